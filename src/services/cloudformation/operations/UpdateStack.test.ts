import { describe, expect, it } from 'vitest';
import { deploy, stackOf, storyOf } from '../testing/asking.ts';
import { openWorkbench, type Workbench } from '../testing/workbench.ts';

/** A template of toys: what isn't an attribute of the resource is a property. */
const resources = (members: Record<string, Record<string, unknown>>, more: object = {}) => ({
  Resources: Object.fromEntries(
    Object.entries(members).map(([id, { DependsOn, DeletionPolicy, UpdateReplacePolicy, ...Properties }]) => [
      id,
      { Type: 'Toy::Thing', DependsOn, DeletionPolicy, UpdateReplacePolicy, Properties },
    ]),
  ),
  ...more,
});

async function deployed(template: object): Promise<Workbench> {
  const bench = await openWorkbench();
  expect(await deploy(bench, 'CreateStack', template)).toBe('CREATE_COMPLETE');
  bench.box.calls.length = 0;
  return bench;
}

describe('UpdateStack', () => {
  it('touches only what changed, in place', async () => {
    const bench = await deployed(resources({ A: { Size: 1 }, B: { Size: 1, DependsOn: 'A' } }));
    expect(
      await deploy(bench, 'UpdateStack', resources({ A: { Size: 1 }, B: { Size: 2, DependsOn: 'A' } })),
    ).toBe('UPDATE_COMPLETE');
    expect(bench.box.calls).toEqual(['update B']);
    expect(await storyOf(bench)).toEqual(
      expect.arrayContaining([
        's UPDATE_IN_PROGRESS: User Initiated',
        'B UPDATE_IN_PROGRESS',
        'B UPDATE_COMPLETE',
        's UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
        's UPDATE_COMPLETE',
      ]),
    );
  });

  it('says so when there is nothing to do', async () => {
    const bench = await deployed(resources({ A: { Size: 1 } }));
    await expect(deploy(bench, 'UpdateStack', resources({ A: { Size: '1' } }))).rejects.toMatchObject({
      code: 'ValidationError',
      message: 'No updates are to be performed.',
    });
  });

  it('takes a change of outputs alone as an update', async () => {
    const bench = await deployed(resources({ A: {} }));
    const Outputs = { Arn: { Value: { 'Fn::GetAtt': ['A', 'Arn'] } } };
    expect(await deploy(bench, 'UpdateStack', resources({ A: {} }, { Outputs }))).toBe('UPDATE_COMPLETE');
    expect(bench.box.calls).toEqual([]);
    expect((await stackOf(bench)).Outputs).toHaveLength(1);
  });

  it('replaces what must be replaced: new first, dependents then, old last', async () => {
    const label = { Label: { Ref: 'A' } };
    const bench = await deployed(resources({ A: { Name: 'one' }, B: label }));
    expect(await deploy(bench, 'UpdateStack', resources({ A: { Name: 'two' }, B: label }))).toBe(
      'UPDATE_COMPLETE',
    );
    expect(bench.box.calls).toEqual(['create A', 'update B', 'delete A']);
    expect([...bench.box.toys.keys()].filter((id) => !id.startsWith('s-'))).toEqual(['two']);
    const story = await storyOf(bench);
    expect(story).toContain(
      'A UPDATE_IN_PROGRESS: Requested update requires the creation of a new physical resource; hence creating one.',
    );
    expect(story.slice(story.indexOf('s UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'))).toEqual([
      's UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'A DELETE_IN_PROGRESS',
      'A DELETE_COMPLETE',
      's UPDATE_COMPLETE',
    ]);
  });

  it('keeps what policies tell it to keep', async () => {
    const bench = await deployed(
      resources({
        Gone: { Name: 'gone', DeletionPolicy: 'Retain' },
        Renamed: { Name: 'before', UpdateReplacePolicy: 'Retain' },
      }),
    );
    const next = resources({ Renamed: { Name: 'after', UpdateReplacePolicy: 'Retain' } });
    expect(await deploy(bench, 'UpdateStack', next)).toBe('UPDATE_COMPLETE');
    expect([...bench.box.toys.keys()].sort()).toEqual(['after', 'before', 'gone']);
    expect((await storyOf(bench)).filter((line) => line.includes('DELETE')).sort()).toEqual([
      'Gone DELETE_SKIPPED',
      'Renamed DELETE_SKIPPED',
    ]);
  });

  it('goes back to what was when a step fails', async () => {
    const bench = await deployed(resources({ A: { Size: 1 }, B: { Name: 'old', DependsOn: 'A' } }));
    const next = resources({
      A: { Size: 2 },
      B: { Name: 'new', DependsOn: 'A' },
      C: { DependsOn: 'B' },
      D: { DependsOn: 'C', Broken: 'create' },
    });
    expect(await deploy(bench, 'UpdateStack', next)).toBe('UPDATE_ROLLBACK_COMPLETE');
    const left = [...bench.box.toys.values()].map(({ physicalId, properties }) => [
      physicalId.split('-')[1] ?? physicalId,
      properties,
    ]);
    expect(left).toEqual([
      ['A', { Size: 1 }],
      ['old', { Name: 'old' }],
    ]);
    const story = await storyOf(bench);
    expect(
      story.slice(
        story.indexOf('s UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [D]. '),
      ),
    ).toEqual([
      's UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [D]. ',
      'A UPDATE_IN_PROGRESS',
      'A UPDATE_COMPLETE',
      'B UPDATE_COMPLETE',
      's UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
      'D DELETE_COMPLETE',
      'C DELETE_IN_PROGRESS',
      'C DELETE_COMPLETE',
      'B DELETE_IN_PROGRESS',
      'B DELETE_COMPLETE',
      's UPDATE_ROLLBACK_COMPLETE',
    ]);
    const again = resources({ A: { Size: 5 }, B: { Name: 'old', DependsOn: 'A' } });
    expect(await deploy(bench, 'UpdateStack', again)).toBe('UPDATE_COMPLETE');
  });

  it('gets stuck when rolling back fails, and goes on when told to', async () => {
    const bench = await deployed(resources({ A: { Size: 1 } }));
    bench.box.intervene = (verb) => {
      if (verb === 'update') throw new Error('no way');
    };
    expect(await deploy(bench, 'UpdateStack', resources({ A: { Size: 2 } }))).toBe('UPDATE_ROLLBACK_FAILED');
    await expect(deploy(bench, 'UpdateStack', resources({ A: { Size: 3 } }))).rejects.toThrow(
      'is in UPDATE_ROLLBACK_FAILED state and can not be updated.',
    );
    bench.box.intervene = () => {};
    await bench.call('ContinueUpdateRollback', { StackName: 's' });
    await bench.idle();
    expect((await stackOf(bench)).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
  });

  it('brings nothing back where nothing was changed', async () => {
    const bench = await deployed(resources({ A: { Size: 1 } }));
    const next = resources({ A: { Size: 2, Broken: 'at once' } });
    expect(await deploy(bench, 'UpdateStack', next)).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(bench.box.calls).toEqual(['update A']);
    expect(await deploy(bench, 'UpdateStack', resources({ A: { Size: 3 } }))).toBe('UPDATE_COMPLETE');
  });

  it('can be cancelled while it runs', async () => {
    const bench = await deployed(resources({ A: { Size: 1 }, B: { Size: 1, DependsOn: 'A' } }));
    bench.box.intervene = async (verb, id, { Size }) => {
      if (verb === 'update' && id === 'A' && Size === 2)
        await bench.call('CancelUpdateStack', { StackName: 's' });
    };
    const next = resources({ A: { Size: 2 }, B: { Size: 2, DependsOn: 'A' } });
    expect(await deploy(bench, 'UpdateStack', next)).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(bench.box.calls).toEqual(['update A', 'update A']);
    expect([...bench.box.toys.values()].map(({ properties }) => properties.Size)).toEqual([1, 1]);
  });

  it('keeps a failed update when rollback is disabled, and rolls back later', async () => {
    const bench = await deployed(resources({ A: { Size: 1 } }));
    const next = resources({ A: { Size: 2 }, B: { Broken: 'create', DependsOn: 'A' } });
    expect(await deploy(bench, 'UpdateStack', next, { DisableRollback: true })).toBe('UPDATE_FAILED');
    expect([...bench.box.toys.values()].map(({ properties }) => properties.Size)).toEqual([2]);
    await bench.call('RollbackStack', { StackName: 's' });
    await bench.idle();
    expect((await stackOf(bench)).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect([...bench.box.toys.values()].map(({ properties }) => properties.Size)).toEqual([1]);
  });

  it('refuses another type under the same id', async () => {
    const other = { ...(await openWorkbench()).box.type, name: 'Toy::Other' };
    const bench = await openWorkbench({ types: [other] });
    await deploy(bench, 'CreateStack', resources({ A: {} }));
    await expect(deploy(bench, 'UpdateStack', { Resources: { A: { Type: 'Toy::Other' } } })).rejects.toThrow(
      'Update of resource type is not permitted. The new template modifies resource type of the following resources: [A]',
    );
  });

  it('passes a change of the stack’s tags to the resources that take tags', async () => {
    const bench = await deployed(resources({ A: {} }));
    const Tags = [{ Key: 'team', Value: 'x' }];
    expect(await deploy(bench, 'UpdateStack', resources({ A: {} }), { Tags })).toBe('UPDATE_COMPLETE');
    expect(bench.box.calls).toEqual(['update A']);
    expect((await stackOf(bench)).Tags).toEqual(Tags);
  });
});
