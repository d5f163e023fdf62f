import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../store/index.ts';
import { deploy, eventsOf, stackOf } from '../testing/asking.ts';
import { ToyBox } from '../testing/toys.ts';
import { openWorkbench } from '../testing/workbench.ts';

/** A graph without circles: resource i may need any of those before it, in a template of any order. */
const dag = fc.integer({ min: 1, max: 9 }).chain((size) =>
  fc.tuple(
    fc.tuple(
      ...Array.from({ length: size }, (_, index) => fc.subarray(Array.from({ length: index }, (_, i) => i))),
    ),
    fc.shuffledSubarray(
      Array.from({ length: size }, (_, i) => i),
      { minLength: size, maxLength: size },
    ),
    fc.integer({ min: 0, max: size - 1 }),
  ),
);

function templateOf(
  needs: readonly (readonly number[])[],
  order: readonly number[],
  broken?: string,
  verb = 'create',
) {
  const resources = order.map((i) => {
    const id = `R${i}`;
    const refs = (needs[i] ?? []).map((need) => ({ Ref: `R${need}` }));
    const Properties = { Needs: refs, ...(id === broken ? { Broken: verb } : {}) };
    return [id, { Type: 'Toy::Thing', Properties }];
  });
  return { Resources: Object.fromEntries(resources) };
}

/** Index of each call in the order made. */
function positions(calls: readonly string[], verb: string): Map<string, number> {
  return new Map(
    calls.flatMap((call, index) => (call.startsWith(verb) ? [[call.slice(verb.length + 1), index]] : [])),
  );
}

describe('any graph', () => {
  it('is created along its dependencies and deleted against them', async () => {
    await fc.assert(
      fc.asyncProperty(dag, async ([needs, order]) => {
        const bench = await openWorkbench();
        expect(await deploy(bench, 'CreateStack', templateOf(needs, order))).toBe('CREATE_COMPLETE');
        expect(bench.box.toys.size).toBe(needs.length);
        await bench.call('DeleteStack', { StackName: 's' });
        await bench.idle();
        expect(bench.box.toys.size).toBe(0);
        const created = positions(bench.box.calls, 'create');
        const deleted = positions(bench.box.calls, 'delete');
        expect(bench.box.calls).toHaveLength(needs.length * 2);
        for (const [i, ids] of needs.entries()) {
          for (const need of ids) {
            expect(created.get(`R${need}`)).toBeLessThan(created.get(`R${i}`) ?? -1);
            expect(deleted.get(`R${need}`)).toBeGreaterThan(deleted.get(`R${i}`) ?? 99);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('leaves nothing behind wherever it fails', async () => {
    await fc.assert(
      fc.asyncProperty(dag, async ([needs, order, broken]) => {
        const bench = await openWorkbench();
        expect(await deploy(bench, 'CreateStack', templateOf(needs, order, `R${broken}`))).toBe(
          'ROLLBACK_COMPLETE',
        );
        expect(bench.box.toys.size).toBe(0);
        const created = positions(bench.box.calls, 'create');
        for (const [i, ids] of needs.entries()) {
          if (ids.includes(broken)) expect(created.has(`R${i}`)).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is what it was after an update that fails', async () => {
    await fc.assert(
      fc.asyncProperty(dag, dag, async ([needs, order], [nextNeeds, nextOrder, broken]) => {
        const bench = await openWorkbench();
        await deploy(bench, 'CreateStack', templateOf(needs, order));
        const before = [...bench.box.toys.values()]
          .map(({ physicalId, properties }) => [physicalId, properties])
          .sort();
        const next = templateOf(
          nextNeeds,
          nextOrder,
          `R${broken}`,
          broken < needs.length ? 'update' : 'create',
        );
        expect(await deploy(bench, 'UpdateStack', next)).toBe('UPDATE_ROLLBACK_COMPLETE');
        const after = [...bench.box.toys.values()]
          .map(({ physicalId, properties }) => [physicalId, properties])
          .sort();
        expect(after).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });
});

describe('an engine that is killed', () => {
  const template = {
    Resources: {
      A: { Type: 'Toy::Thing' },
      B: { Type: 'Toy::Thing', Properties: { Label: { Ref: 'A' } } },
      C: { Type: 'Toy::Thing', DependsOn: 'B' },
    },
  };

  it.each(['A', 'B', 'C'])(
    'while %s is made is resumed by the next one, without duplicates',
    async (victim) => {
      const store = new MemoryStore();
      const box = new ToyBox();
      const first = await openWorkbench({ store, box });
      let reached: () => void = () => {};
      const arrived = new Promise<void>((resolve) => {
        reached = resolve;
      });
      // The process dies in the middle of the step: its handler never comes back, its store is never written again.
      box.intervene = (_verb, id) => {
        if (id !== victim) return;
        reached();
        return new Promise<void>(() => {});
      };
      await first.call('CreateStack', { StackName: 's', TemplateBody: JSON.stringify(template) });
      await arrived;

      box.intervene = () => {};
      const second = await openWorkbench({ store, box });
      await second.idle();
      expect(await stackOf(second)).toMatchObject({ StackStatus: 'CREATE_COMPLETE' });
      expect([...box.toys.keys()].map((id) => id.split('-')[1])).toEqual(['A', 'B', 'C']);
      const calls = box.calls.filter((call) => call !== `create ${victim}`);
      expect(calls).toEqual(['A', 'B', 'C'].filter((id) => id !== victim).map((id) => `create ${id}`));
      expect(box.calls.filter((call) => call === `create ${victim}`)).toHaveLength(2);
      const completed = (await eventsOf(second)).filter(
        ({ ResourceStatus }) => ResourceStatus === 'CREATE_COMPLETE',
      );
      expect(completed.map(({ LogicalResourceId }) => LogicalResourceId)).toEqual(['A', 'B', 'C', 's']);
    },
  );

  it('asks the same name of a resource twice, so that the handler finds what it made', async () => {
    const store = new MemoryStore();
    const box = new ToyBox();
    const first = await openWorkbench({ store, box });
    let reached: () => void = () => {};
    const arrived = new Promise<void>((resolve) => {
      reached = resolve;
    });
    // It dies after the resource is there, before the engine has noted it.
    const { create } = box.type;
    let dead = false;
    Object.assign(box.type, {
      create: async (...args: Parameters<typeof create>) => {
        const state = await create(...args);
        if (dead) return state;
        dead = true;
        reached();
        return new Promise(() => {});
      },
    });
    await first.call('CreateStack', { StackName: 's', TemplateBody: 'Resources: {A: {Type: Toy::Thing}}' });
    await arrived;
    const second = await openWorkbench({ store, box });
    await second.idle();
    expect(await stackOf(second)).toMatchObject({ StackStatus: 'CREATE_COMPLETE' });
    expect(box.toys.size).toBe(1);
  });

  it('while rolling an update back goes on rolling back', async () => {
    const store = new MemoryStore();
    const box = new ToyBox();
    const first = await openWorkbench({ store, box });
    const sized = (Size: number, Broken?: string) => ({
      Resources: {
        A: { Type: 'Toy::Thing', Properties: { Size } },
        B: { Type: 'Toy::Thing', DependsOn: 'A', Properties: { Size, Broken } },
      },
    });
    await deploy(first, 'CreateStack', JSON.parse(JSON.stringify(sized(1))));
    let reached: () => void = () => {};
    const arrived = new Promise<void>((resolve) => {
      reached = resolve;
    });
    box.intervene = (verb, id, { Size }) => {
      if (verb !== 'update' || id !== 'A' || Size !== 1) return;
      reached();
      return new Promise<void>(() => {});
    };
    await first.call('UpdateStack', { StackName: 's', TemplateBody: JSON.stringify(sized(2, 'update')) });
    await arrived;
    expect((await stackOf(first)).StackStatus).toBe('UPDATE_ROLLBACK_IN_PROGRESS');
    box.intervene = () => {};
    const second = await openWorkbench({ store, box });
    await second.idle();
    expect((await stackOf(second)).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect([...box.toys.values()].map(({ properties }) => properties.Size)).toEqual([1, 1]);
  });
});
