import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../../kernel/index.ts';
import { matchCustomResourceResponse } from '../addresses.ts';
import { customResourceResponse } from '../endpoints/customResourceResponse.ts';
import { deploy, stackOf, storyOf } from '../testing/asking.ts';
import { openWorkbench, type Workbench } from '../testing/workbench.ts';

describe('AWS::CloudFormation::Stack', () => {
  const parent = (url: string, size = 1) => `
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: '${url}', Parameters: {Size: ${size}}}
  After: {Type: Toy::Thing, Properties: {Label: !GetAtt Child.Outputs.Made}}
`;
  const child = `
Parameters: {Size: {Type: Number}}
Resources: {A: {Type: Toy::Thing, Properties: {Size: !Ref Size}}}
Outputs: {Made: {Value: !Ref A}}
`;

  it('makes, changes and deletes a stack of its own, and gives its outputs', async () => {
    const bench = await openWorkbench();
    bench.objects.set('b/child.yaml', child);
    expect(
      await deploy(bench, 'CreateStack', parent('https://b.s3.eu-west-1.amazonaws.com/child.yaml')),
    ).toBe('CREATE_COMPLETE');
    const labels = () =>
      [...bench.box.toys.values()].map(({ properties }) => properties.Label ?? properties.Size);
    expect(labels()).toEqual([1, expect.stringMatching(/-A-/)]);
    expect(await deploy(bench, 'UpdateStack', parent('s3://b/child.yaml', 2))).toBe('UPDATE_COMPLETE');
    expect(labels()).toEqual([2, expect.stringMatching(/-A-/)]);
    await bench.call('DeleteStack', { StackName: 's' });
    await bench.idle();
    expect(bench.box.toys.size).toBe(0);
    expect(await bench.call('DescribeStacks', {})).toMatchObject({ Stacks: [] });
  });

  it('fails with the reason of the child, and leaves nothing', async () => {
    const bench = await openWorkbench();
    bench.objects.set(
      'b/child.yaml',
      'Resources: {A: {Type: Toy::Thing}, X: {Type: Toy::Thing, DependsOn: A, Properties: {Broken: create}}}\nParameters: {Size: {Type: Number}}\nOutputs: {Made: {Value: !Ref A}}',
    );
    expect(await deploy(bench, 'CreateStack', parent('http://localhost:4566/b/child.yaml'))).toBe(
      'ROLLBACK_COMPLETE',
    );
    expect(bench.box.toys.size).toBe(0);
    expect((await storyOf(bench)).find((line) => line.startsWith('Child CREATE_FAILED'))).toContain(
      'was not successfully created: The following resource(s) failed to create: [X].',
    );
  });
});

describe('custom resources', () => {
  const template = (Wish: unknown) => ({
    Resources: {
      Own: {
        Type: 'Custom::Wish',
        Properties: {
          ServiceToken: 'arn:aws:lambda:eu-west-1:123456789012:function:maker',
          Wish,
          Deep: { Flag: true },
        },
      },
      After: { Type: 'Toy::Thing', Properties: { Label: { 'Fn::GetAtt': ['Own', 'Given.Name'] } } },
    },
  });

  /** A function that answers every request at its URL. */
  function answering(bench: Workbench, answer: (event: Record<string, unknown>) => object | undefined) {
    const events: Record<string, unknown>[] = [];
    bench.services.lambda = async (operation, input) => {
      expect(operation).toBe('Invoke');
      const event = JSON.parse(Buffer.from((input as { Payload: Uint8Array }).Payload).toString());
      events.push(event);
      const body = answer(event);
      if (!body) return {};
      const params = matchCustomResourceResponse('', new URL(event.ResponseURL).pathname);
      const request = { method: 'PUT', body: { bytes: async () => Buffer.from(JSON.stringify(body)) } };
      const ctx = { room: bench.room, params, requestId: 'r', now: 0 } as never;
      expect(await customResourceResponse(ctx, request as unknown as HttpRequest)).toMatchObject({
        status: 200,
      });
      return {};
    };
    return events;
  }

  it('are made by their function, which answers at the URL it gets', async () => {
    const bench = await openWorkbench();
    const events = answering(bench, ({ RequestType, ResourceProperties }) => ({
      Status: 'SUCCESS',
      PhysicalResourceId:
        RequestType === 'Delete' ? undefined : `wish-${(ResourceProperties as { Wish: string }).Wish}`,
      Data: { Given: { Name: 'pony' } },
    }));
    expect(await deploy(bench, 'CreateStack', template(1))).toBe('CREATE_COMPLETE');
    expect(events[0]).toMatchObject({
      RequestType: 'Create',
      ResourceType: 'Custom::Wish',
      LogicalResourceId: 'Own',
      ResourceProperties: { Wish: '1', Deep: { Flag: 'true' } },
    });
    expect([...bench.box.toys.values()][0]?.properties.Label).toBe('pony');
    expect(await deploy(bench, 'UpdateStack', template(2))).toBe('UPDATE_COMPLETE');
    // Another physical id: the old one is deleted in the cleanup.
    expect(events.slice(1)).toMatchObject([
      { RequestType: 'Update', PhysicalResourceId: 'wish-1', OldResourceProperties: { Wish: '1' } },
      { RequestType: 'Delete', PhysicalResourceId: 'wish-1' },
    ]);
    await bench.call('DeleteStack', { StackName: 's' });
    await bench.idle();
    expect(events.at(-1)).toMatchObject({ RequestType: 'Delete', PhysicalResourceId: 'wish-2' });
  });

  it('fail with what the function says', async () => {
    const bench = await openWorkbench();
    answering(bench, ({ RequestType }) => ({
      Status: RequestType === 'Create' ? 'FAILED' : 'SUCCESS',
      Reason: 'no ponies',
    }));
    expect(await deploy(bench, 'CreateStack', template(1))).toBe('ROLLBACK_COMPLETE');
    expect((await storyOf(bench)).find((line) => line.startsWith('Own CREATE_FAILED'))).toContain(
      'Received response status [FAILED] from custom resource. Message returned: no ponies',
    );
  });

  it('fail when no answer comes in time', async () => {
    const bench = await openWorkbench();
    let asked: () => void = () => {};
    const asking = new Promise<void>((resolve) => {
      asked = resolve;
    });
    answering(bench, () => void asked());
    await bench.call('CreateStack', { StackName: 's', TemplateBody: JSON.stringify(template(1)) });
    await asking;
    await bench.clock.advance(3600_000);
    await bench.idle();
    expect((await stackOf(bench)).StackStatus).toBe('ROLLBACK_COMPLETE');
    expect((await storyOf(bench)).find((line) => line.startsWith('Own CREATE_FAILED'))).toContain(
      'did not receive a response',
    );
  });
});
