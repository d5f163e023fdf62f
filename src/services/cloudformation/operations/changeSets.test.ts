import { describe, expect, it } from 'vitest';
import { deploy, stackOf } from '../testing/asking.ts';
import { openWorkbench } from '../testing/workbench.ts';

const one = 'Resources: {A: {Type: Toy::Thing, Properties: {Size: 1}}}';

interface Change {
  ResourceChange: { Action: string; LogicalResourceId: string; Replacement?: string; Details: unknown[] };
}
interface ChangeSet {
  Status: string;
  StatusReason?: string;
  ExecutionStatus: string;
  Changes: Change[];
}

describe('change sets', () => {
  it('create a stack as `aws cloudformation deploy` does', async () => {
    const bench = await openWorkbench();
    const created = await bench.call<{ Id: string; StackId: string }>('CreateChangeSet', {
      StackName: 's',
      ChangeSetName: 'first',
      ChangeSetType: 'CREATE',
      TemplateBody: one,
    });
    expect((await stackOf(bench)).StackStatus).toBe('REVIEW_IN_PROGRESS');
    const described = await bench.call<ChangeSet>('DescribeChangeSet', { ChangeSetName: created.Id });
    expect(described).toMatchObject({ Status: 'CREATE_COMPLETE', ExecutionStatus: 'AVAILABLE' });
    expect(described.Changes.map(({ ResourceChange }) => ResourceChange)).toMatchObject([
      { Action: 'Add', LogicalResourceId: 'A' },
    ]);
    expect(bench.box.calls).toEqual([]);
    await bench.call('ExecuteChangeSet', { ChangeSetName: 'first', StackName: 's' });
    await bench.idle();
    expect((await stackOf(bench)).StackStatus).toBe('CREATE_COMPLETE');
    expect(await bench.call('DescribeChangeSet', { ChangeSetName: created.Id })).toMatchObject({
      ExecutionStatus: 'EXECUTE_COMPLETE',
    });
    await expect(bench.call('ExecuteChangeSet', { ChangeSetName: created.Id })).rejects.toMatchObject({
      code: 'InvalidChangeSetStatusException',
    });
  });

  it('take IncludeNestedStacks, which clients always say, where nothing is nested', async () => {
    const bench = await openWorkbench();
    const input = {
      StackName: 's',
      ChangeSetName: 'first',
      ChangeSetType: 'CREATE',
      IncludeNestedStacks: true,
    };
    await bench.call('CreateChangeSet', { ...input, TemplateBody: one });
    const asked = { StackName: 's', ChangeSetName: 'first' };
    expect(await bench.call('DescribeChangeSet', asked)).toMatchObject({
      Status: 'CREATE_COMPLETE',
      IncludeNestedStacks: true,
    });
    expect(await bench.call('ListChangeSets', asked)).toMatchObject({
      Summaries: [{ IncludeNestedStacks: true }],
    });
    const TemplateBody =
      'Resources: {N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: "s3://b/k"}}}';
    await expect(
      bench.call('CreateChangeSet', { ...input, StackName: 'n', TemplateBody }),
    ).rejects.toMatchObject({ code: 'NotImplemented' });
  });

  it('say what an update would do, without doing it', async () => {
    const bench = await openWorkbench();
    await deploy(
      bench,
      'CreateStack',
      `
Resources:
  A: {Type: Toy::Thing, Properties: {Name: one}}
  B: {Type: Toy::Thing, Properties: {Label: !GetAtt A.Arn}}
  C: {Type: Toy::Thing}
  D: {Type: Toy::Thing, Properties: {Size: 1}}
`,
    );
    await bench.call('CreateChangeSet', {
      StackName: 's',
      ChangeSetName: 'next',
      TemplateBody: `
Resources:
  A: {Type: Toy::Thing, Properties: {Name: two}}
  B: {Type: Toy::Thing, Properties: {Label: !GetAtt A.Arn}}
  D: {Type: Toy::Thing, Properties: {Size: 2}}
  E: {Type: Toy::Thing}
`,
    });
    const { Changes } = await bench.call<ChangeSet>('DescribeChangeSet', {
      StackName: 's',
      ChangeSetName: 'next',
    });
    expect(
      Changes.map(({ ResourceChange: { Action, LogicalResourceId, Replacement } }) => [
        LogicalResourceId,
        Action,
        Replacement,
      ]),
    ).toEqual([
      ['A', 'Modify', 'True'],
      ['B', 'Modify', 'False'],
      ['D', 'Modify', 'False'],
      ['E', 'Add', undefined],
      ['C', 'Remove', undefined],
    ]);
    expect(Changes[0]?.ResourceChange.Details).toEqual([
      {
        Target: { Attribute: 'Properties', Name: 'Name', RequiresRecreation: 'Always' },
        Evaluation: 'Static',
        ChangeSource: 'DirectModification',
      },
    ]);
    expect((await stackOf(bench)).StackStatus).toBe('CREATE_COMPLETE');
  });

  it('fail, in the words the CLI looks for, when nothing changes', async () => {
    const bench = await openWorkbench();
    await deploy(bench, 'CreateStack', one);
    await bench.call('CreateChangeSet', { StackName: 's', ChangeSetName: 'same', TemplateBody: one });
    expect(await bench.call('DescribeChangeSet', { StackName: 's', ChangeSetName: 'same' })).toMatchObject({
      Status: 'FAILED',
      ExecutionStatus: 'UNAVAILABLE',
      StatusReason:
        "The submitted information didn't contain changes. Submit different information to create a change set.",
    });
    await bench.call('DeleteChangeSet', { StackName: 's', ChangeSetName: 'same' });
    await expect(
      bench.call('DescribeChangeSet', { StackName: 's', ChangeSetName: 'same' }),
    ).rejects.toMatchObject({
      code: 'ChangeSetNotFoundException',
      message: 'ChangeSet [same] does not exist',
    });
  });

  it('ask for capabilities when executed, not when created', async () => {
    const role = {
      ...(await openWorkbench()).box.type,
      name: 'AWS::IAM::Role',
      properties: { RoleName: {} },
    };
    const bench = await openWorkbench({ types: [role] });
    const template = 'Resources: {R: {Type: AWS::IAM::Role, Properties: {RoleName: me}}}';
    await expect(deploy(bench, 'CreateStack', template)).rejects.toMatchObject({
      code: 'InsufficientCapabilitiesException',
      message: 'Requires capabilities : [CAPABILITY_NAMED_IAM]',
    });
    const change = { StackName: 's', ChangeSetName: 'c', ChangeSetType: 'CREATE', TemplateBody: template };
    await bench.call('CreateChangeSet', change);
    await expect(
      bench.call('ExecuteChangeSet', { StackName: 's', ChangeSetName: 'c' }),
    ).rejects.toMatchObject({
      code: 'InsufficientCapabilitiesException',
    });
    await bench.call('CreateChangeSet', {
      ...change,
      ChangeSetName: 'd',
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    });
    await bench.call('ExecuteChangeSet', { StackName: 's', ChangeSetName: 'd' });
    await bench.idle();
    expect((await stackOf(bench)).StackStatus).toBe('CREATE_COMPLETE');
  });
});
