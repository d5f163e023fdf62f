import { describe, expect, it } from 'vitest';
import { deploy, stackOf } from '../testing/asking.ts';
import { openWorkbench } from '../testing/workbench.ts';

const template = (a: object, more: object = {}) => ({
  Resources: { A: { Type: 'Toy::Thing', Properties: a }, ...more },
});
const policy = (...denied: object[]) =>
  JSON.stringify({
    Statement: [
      { Effect: 'Allow', Action: 'Update:*', Principal: '*', Resource: '*' },
      ...denied.map((statement) => ({ Effect: 'Deny', Principal: '*', ...statement })),
    ],
  });

describe('stack policies', () => {
  it.each<[object, object, string]>([
    [
      { Action: 'Update:Replace', Resource: 'LogicalResourceId/A' },
      template({ Name: 'two' }),
      'Update:Replace for resource LogicalResourceId/A',
    ],
    [
      { Action: 'Update:Delete', Resource: '*' },
      { Resources: { B: { Type: 'Toy::Thing' } } },
      'Update:Delete for resource LogicalResourceId/A',
    ],
    [
      { Action: 'Update:*', Resource: '*', Condition: { StringLike: { ResourceType: ['Toy::*'] } } },
      template({ Name: 'one', Size: 2 }),
      'Update:Modify for resource LogicalResourceId/A',
    ],
  ])('deny %j', async (denied, next, message) => {
    const bench = await openWorkbench();
    await deploy(bench, 'CreateStack', template({ Name: 'one' }), { StackPolicyBody: policy(denied) });
    await expect(deploy(bench, 'UpdateStack', next)).rejects.toThrow(
      `Action denied by stack policy: ${message}`,
    );
    expect((await stackOf(bench)).StackStatus).toBe('CREATE_COMPLETE');
    const StackPolicyDuringUpdateBody = policy();
    expect(await deploy(bench, 'UpdateStack', next, { StackPolicyDuringUpdateBody })).toBe('UPDATE_COMPLETE');
  });

  it('let pass what no statement denies', async () => {
    const bench = await openWorkbench();
    await deploy(bench, 'CreateStack', template({ Name: 'one' }));
    const body = policy({ Action: 'Update:Replace', Resource: '*' });
    await bench.call('SetStackPolicy', { StackName: 's', StackPolicyBody: body });
    expect(await bench.call('GetStackPolicy', { StackName: 's' })).toEqual({ StackPolicyBody: body });
    expect(await deploy(bench, 'UpdateStack', template({ Name: 'one', Size: 1 }))).toBe('UPDATE_COMPLETE');
    await expect(
      bench.call('SetStackPolicy', { StackName: 's', StackPolicyBody: 'nonsense' }),
    ).rejects.toMatchObject({
      code: 'ValidationError',
    });
  });
});
