/** Resource types for tests: things kept in memory, whose every step can be watched, delayed and made to fail. */
import { AwsError } from '../../../kernel/index.ts';
import type { Properties, ResourceContext, ResourceState, ResourceType } from '../../../platform/index.ts';

export interface Toy {
  readonly physicalId: string;
  properties: Properties;
}

export class ToyBox {
  readonly toys = new Map<string, Toy>();
  /** `create A`, `update A`, `delete A-…`, in the order in which they began. */
  readonly calls: string[] = [];
  /** Asked at the start of each call; a promise holds the call up, a throw fails it. */
  intervene: (
    verb: 'create' | 'update' | 'delete',
    logicalId: string,
    properties: Properties,
  ) => Promise<void> | void = () => {};

  readonly type: ResourceType = {
    name: 'Toy::Thing',
    attributes: ['Arn', 'Size'],
    properties: {
      Name: { type: 'string', createOnly: true },
      Size: { type: 'number' },
      Label: { type: 'string' },
      Needs: { type: 'json' },
      Parts: {
        type: 'array',
        members: { Kind: { type: 'string', required: true }, On: { type: 'boolean' } },
      },
      Broken: { type: 'string' },
      Tags: { type: 'tags' },
    },
    create: async (ctx, properties) => {
      await this.#call('create', ctx, properties);
      const physicalId = String(properties.Name ?? ctx.generateName(64));
      // As the contract asks: the same step again finds what it made.
      const existing = this.toys.get(physicalId);
      if (existing && properties.Name)
        throw new AwsError('AlreadyExistsException', `${physicalId} already exists`);
      this.toys.set(physicalId, { physicalId, properties });
      return this.#state(physicalId, properties);
    },
    update: async (ctx, current, properties) => {
      await this.#call('update', ctx, properties);
      this.toys.set(current.physicalId, { physicalId: current.physicalId, properties });
      return this.#state(current.physicalId, properties);
    },
    delete: async (ctx, current, properties) => {
      await this.#call('delete', ctx, properties);
      this.toys.delete(current.physicalId);
    },
  };

  #state(physicalId: string, properties: Properties): ResourceState {
    return { physicalId, attributes: { Arn: `arn:toy:${physicalId}`, Size: properties.Size ?? 0 } };
  }

  async #call(
    verb: 'create' | 'update' | 'delete',
    ctx: ResourceContext,
    properties: Properties,
  ): Promise<void> {
    this.calls.push(`${verb} ${ctx.logicalId}`);
    if (properties.Broken !== 'at once') await ctx.aws.call('toys', 'Touch', { logicalId: ctx.logicalId });
    await this.intervene(verb, ctx.logicalId, properties);
    if (properties.Broken === verb || (properties.Broken === 'at once' && verb !== 'delete'))
      throw new AwsError('InvalidRequestException', `${ctx.logicalId} is broken`);
  }
}
