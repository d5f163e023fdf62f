import { describe, expect, it } from 'vitest';
import { openWorkbench } from '../testing/workbench.ts';

interface Stacks {
  Stacks: {
    StackStatus: string;
    StackStatusReason?: string;
    Outputs?: { OutputKey: string; OutputValue: string }[];
    Parameters: object[];
  }[];
}
interface Events {
  StackEvents: { LogicalResourceId: string; ResourceStatus: string; ResourceStatusReason?: string }[];
}

const chain = `
Parameters:
  Size: {Type: Number, Default: 3}
  Secret: {Type: String, NoEcho: true, Default: hush}
Conditions:
  Never: !Equals [a, b]
Resources:
  B:
    Type: Toy::Thing
    Properties:
      Label: !Sub "after \${A} at \${A.Arn}"
      Size: !Ref Size
  A:
    Type: Toy::Thing
  C:
    Type: Toy::Thing
    Condition: Never
Outputs:
  BArn: {Value: !GetAtt B.Arn}
`;

describe('CreateStack', () => {
  it('creates resources in the order of their dependencies and shows outputs', async () => {
    const bench = await openWorkbench();
    const { StackId } = await bench.call<{ StackId: string }>('CreateStack', {
      StackName: 's',
      TemplateBody: chain,
    });
    await bench.idle();
    const { Stacks } = await bench.call<Stacks>('DescribeStacks', { StackName: 's' });
    expect(bench.log).toEqual([]);
    expect(Stacks[0]).toMatchObject({ StackId, StackStatus: 'CREATE_COMPLETE' });
    expect(bench.box.calls).toEqual(['create A', 'create B']);
    const b = [...bench.box.toys.values()].find(({ physicalId }) => physicalId.startsWith('s-B-'));
    expect(b?.properties.Size).toBe(3);
    expect(b?.properties.Label).toMatch(/^after s-A-[A-Z0-9]{12} at arn:toy:s-A-/);
    expect(Stacks[0]?.Outputs).toMatchObject([
      { OutputKey: 'BArn', OutputValue: `arn:toy:${b?.physicalId}` },
    ]);
    expect(Stacks[0]?.Parameters).toContainEqual({ ParameterKey: 'Secret', ParameterValue: '****' });
  });

  it('tells its story in events, oldest last', async () => {
    const bench = await openWorkbench();
    await bench.call('CreateStack', { StackName: 's', TemplateBody: 'Resources: {A: {Type: Toy::Thing}}' });
    await bench.idle();
    const { StackEvents } = await bench.call<Events>('DescribeStackEvents', { StackName: 's' });
    const told = StackEvents.reverse().map((event) => [
      event.LogicalResourceId,
      event.ResourceStatus,
      event.ResourceStatusReason,
    ]);
    expect(told).toEqual([
      ['s', 'CREATE_IN_PROGRESS', 'User Initiated'],
      ['A', 'CREATE_IN_PROGRESS', undefined],
      ['A', 'CREATE_IN_PROGRESS', 'Resource creation Initiated'],
      ['A', 'CREATE_COMPLETE', undefined],
      ['s', 'CREATE_COMPLETE', undefined],
    ]);
  });

  it('rolls back and leaves nothing when a resource fails', async () => {
    const bench = await openWorkbench();
    const template = `
Resources:
  A: {Type: Toy::Thing}
  B: {Type: Toy::Thing, DependsOn: A, Properties: {Broken: create}}
  C: {Type: Toy::Thing, DependsOn: B}
`;
    await bench.call('CreateStack', { StackName: 's', TemplateBody: template });
    await bench.idle();
    const { Stacks } = await bench.call<Stacks>('DescribeStacks', { StackName: 's' });
    expect(Stacks[0]?.StackStatus).toBe('ROLLBACK_COMPLETE');
    expect(bench.box.toys.size).toBe(0);
    expect(bench.box.calls).toEqual(['create A', 'create B', 'delete A']);
    const { StackEvents } = await bench.call<Events>('DescribeStackEvents', { StackName: 's' });
    expect(StackEvents.map(({ ResourceStatusReason }) => ResourceStatusReason)).toContain(
      'The following resource(s) failed to create: [B]. Rollback requested by user.',
    );
  });

  it('names every unsupported type and property at once, with lines, and creates nothing', async () => {
    const bench = await openWorkbench();
    const template = `Resources:
  A:
    Type: Toy::Thing
    Properties:
      Colour: red
      Parts:
        - {Kind: x, Off: true}
  B:
    Type: Toy::Unheard
`;
    const failing = bench.call('CreateStack', { StackName: 's', TemplateBody: template });
    await expect(failing).rejects.toMatchObject({
      code: 'ValidationError',
      message: [
        'Template error: 3 parts of this template cannot be deployed',
        'line 5: Resources.A.Properties.Colour: Toy::Thing property Colour is not supported',
        'line 7: Resources.A.Properties.Parts.0.Off: Toy::Thing property Parts.Off is not supported',
        'line 9: Resources.B.Type: resource type Toy::Unheard is not supported',
      ].join('\n'),
    });
    await expect(bench.call('DescribeStacks', { StackName: 's' })).rejects.toMatchObject({
      message: 'Stack with id s does not exist',
    });
  });
});

describe('CreateStack, sent again', () => {
  const body = {
    StackName: 's',
    TemplateBody: 'Resources: {A: {Type: Toy::Thing}}',
    ClientRequestToken: 'token-1',
  };

  it('is the same request under the same token, and no other', async () => {
    const bench = await openWorkbench();
    const first = await bench.call('CreateStack', body);
    expect(await bench.call('CreateStack', body)).toEqual(first);
    await bench.idle();
    expect(bench.box.calls).toEqual(['create A']);
    await expect(bench.call('UpdateStack', body)).rejects.toMatchObject({
      code: 'TokenAlreadyExistsException',
    });
    await expect(bench.call('CreateStack', { ...body, ClientRequestToken: 'token-2' })).rejects.toMatchObject(
      {
        code: 'AlreadyExistsException',
        message: 'Stack [s] already exists',
      },
    );
  });
});

describe('CreateStack, when it fails', () => {
  const template = `
Resources:
  A: {Type: Toy::Thing}
  B: {Type: Toy::Thing, DependsOn: A, Properties: {Broken: create}}
`;

  it.each([
    [{ OnFailure: 'DO_NOTHING' }, 'CREATE_FAILED', 1],
    [{ DisableRollback: true }, 'CREATE_FAILED', 1],
    [{ OnFailure: 'DELETE' }, 'DELETE_COMPLETE', 0],
    [{ OnFailure: 'ROLLBACK' }, 'ROLLBACK_COMPLETE', 0],
  ])('does as %j says', async (options, status, left) => {
    const bench = await openWorkbench();
    const { StackId } = await bench.call<{ StackId: string }>('CreateStack', {
      StackName: 's',
      TemplateBody: template,
      ...options,
    });
    await bench.idle();
    const { Stacks } = await bench.call<Stacks>('DescribeStacks', { StackName: StackId });
    expect(Stacks[0]?.StackStatus).toBe(status);
    expect(bench.box.toys.size).toBe(left);
  });

  it('counts what was at work as cancelled, and deletes it too', async () => {
    const bench = await openWorkbench();
    const failed = Promise.withResolvers<void>();
    bench.box.intervene = async (verb, id) => {
      if (verb !== 'create') return;
      if (id === 'Slow') await failed.promise;
    };
    const both =
      'Resources: {Slow: {Type: Toy::Thing}, Bad: {Type: Toy::Thing, Properties: {Broken: create}}}';
    await bench.call('CreateStack', { StackName: 's', TemplateBody: both });
    await new Promise((resolve) => setImmediate(resolve));
    failed.resolve();
    await bench.idle();
    const { StackEvents } = await bench.call<Events>('DescribeStackEvents', { StackName: 's' });
    expect(StackEvents).toContainEqual(
      expect.objectContaining({
        LogicalResourceId: 'Slow',
        ResourceStatusReason: 'Resource creation cancelled',
      }),
    );
    expect(bench.box.toys.size).toBe(0);
  });

  it('gives up when the time is over', async () => {
    const bench = await openWorkbench();
    const late = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    bench.box.intervene = async (verb, id) => {
      if (verb !== 'create' || id !== 'A') return;
      began.resolve();
      await late.promise;
    };
    await bench.call('CreateStack', { StackName: 's', TemplateBody: template, TimeoutInMinutes: 5 });
    await began.promise;
    await bench.clock.advance(5 * 60_000);
    late.resolve();
    await bench.idle();
    const { StackEvents } = await bench.call<Events>('DescribeStackEvents', { StackName: 's' });
    expect(bench.box.calls).toEqual(['create A', 'delete A']);
    expect(StackEvents[0]?.ResourceStatus).toBe('ROLLBACK_COMPLETE');
  });
});
