import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../kernel/index.ts';
import type { ResourceType } from '../../../platform/index.ts';
import { MemoryStore } from '../../../store/index.ts';
import { stackOf } from '../testing/asking.ts';
import { openWorkbench, type Workbench } from '../testing/workbench.ts';

/** A type whose create makes two calls of another service, which gives the first a random id. */
const paired: ResourceType = {
  name: 'Toy::Pair',
  properties: {},
  attributes: [],
  create: async (ctx) => {
    const { Id } = await ctx.aws.call<{ Id: string }>('toys', 'CreateHead', { Note: 'first' });
    await ctx.aws.call('toys', 'AddBody', { Id, Name: ctx.generateName(40) });
    return { physicalId: Id, attributes: {} };
  },
  update: async (_ctx, current) => current,
  delete: async (ctx, { physicalId }) => void (await ctx.aws.call('toys', 'Delete', { Id: physicalId })),
};

const template = { StackName: 's', TemplateBody: 'Resources: {A: {Type: Toy::Pair}}' };

function toys(bench: Workbench, made: string[], on: (operation: string) => Promise<void> | void) {
  bench.services.toys = async (operation) => {
    await on(operation);
    made.push(operation);
    return { Id: `id-${made.length}` };
  };
}

describe('a step that is run again', () => {
  it('makes no call twice that it knows the answer of', async () => {
    const store = new MemoryStore();
    const made: string[] = [];
    const reached = Promise.withResolvers<void>();
    const first = await openWorkbench({ store, types: [paired] });
    toys(first, made, (operation) => {
      if (operation !== 'AddBody') return;
      reached.resolve();
      return new Promise<void>(() => {});
    });
    await first.call('CreateStack', template);
    await reached.promise;
    const second = await openWorkbench({ store, types: [paired] });
    toys(second, made, () => {});
    await second.idle();
    expect((await stackOf(second)).StackStatus).toBe('CREATE_COMPLETE');
    expect(made).toEqual(['CreateHead', 'AddBody']);
    expect(
      await second.call('DescribeStackResources', { StackName: 's', LogicalResourceId: 'A' }),
    ).toMatchObject({ StackResources: [{ PhysicalResourceId: 'id-1' }] });
  });

  it('makes anew what bears its own generated name, and nothing else', async () => {
    const named: ResourceType = {
      ...paired,
      name: 'Toy::Named',
      properties: { Name: {} },
      create: async (ctx, { Name }) => {
        const physicalId = String(Name ?? ctx.generateName(40));
        await ctx.aws.call('toys', 'Create', { physicalId });
        return { physicalId, attributes: {} };
      },
    };
    for (const [properties, status, operations] of [
      ['{}', 'CREATE_COMPLETE', ['Create', 'Delete', 'Create']],
      ['{Name: theirs}', 'ROLLBACK_COMPLETE', ['Create']],
    ] as const) {
      const store = new MemoryStore();
      const made: string[] = [];
      const taken = new Set<string>();
      const reached = Promise.withResolvers<void>();
      let dead = false;
      const service = async (operation: string, input: object) => {
        const { physicalId = '', Id = '' } = input as { physicalId?: string; Id?: string };
        if (operation === 'Create' && taken.has(physicalId))
          throw new AwsError('AlreadyExistsException', 'taken');
        made.push(operation);
        if (operation === 'Delete') taken.delete(Id);
        else taken.add(physicalId);
        if (!dead) {
          dead = true;
          reached.resolve();
          return new Promise(() => {});
        }
        return {};
      };
      const first = await openWorkbench({ store, types: [named] });
      first.services.toys = service;
      await first.call('CreateStack', {
        StackName: 's',
        TemplateBody: `Resources: {A: {Type: Toy::Named, Properties: ${properties}}}`,
      });
      await reached.promise;
      const second = await openWorkbench({ store, types: [named] });
      second.services.toys = service;
      await second.idle();
      expect((await stackOf(second)).StackStatus).toBe(status);
      expect(made).toEqual(operations);
    }
  });

  it('that fails half made leaves nothing under its generated name', async () => {
    const half: ResourceType = {
      ...paired,
      name: 'Toy::Half',
      create: async (ctx) => {
        await ctx.aws.call('toys', 'Create', { Id: ctx.generateName(40) });
        throw new AwsError('InvalidRequestException', 'half way');
      },
    };
    const bench = await openWorkbench({ types: [half] });
    const held = new Set<string>();
    bench.services.toys = async (operation, input) => {
      const { Id } = input as { Id: string };
      if (operation === 'Create') held.add(Id);
      else held.delete(Id);
      return {};
    };
    await bench.call('CreateStack', { StackName: 's', TemplateBody: 'Resources: {A: {Type: Toy::Half}}' });
    await bench.idle();
    expect((await stackOf(bench)).StackStatus).toBe('ROLLBACK_COMPLETE');
    expect([...held]).toEqual([]);
  });
});
