/** What the service's operations share: its store, its queue of stack operations and the ports they need. */
import { type Clock, formatArn, type Ids } from '../../kernel/index.ts';
import type { OperationContext, Platform } from '../../platform/index.ts';
import { StackEngine, type StackQueue, type StackTask } from './engine/engine.ts';
import type { PurgeQueue, PurgeTask } from './engine/run.ts';
import { limits } from './limits.ts';
import type { PrepareContext } from './prepare.ts';
import type { Place } from './records.ts';
import { ownResourceType } from './resources/index.ts';
import { StackStore } from './store/index.ts';

export interface Room {
  readonly store: StackStore;
  readonly queue: StackQueue;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly resourceType: Platform['resourceType'];
  /** Where this cloud answers, `http://127.0.0.1:4566`. */
  readonly endpoint: string;
}

export type Context = OperationContext<Room>;

export function openRoom(platform: Platform): Room {
  const { clock, ids, telemetry } = platform;
  const store = new StackStore(platform.store, platform.vault);
  const own = { store, clock, endpoint: platform.config.endpoint };
  const resourceType = async (name: string) =>
    ownResourceType(name, own) ?? (await platform.resourceType(name));
  const purges = purgeQueue(platform, store);
  const engine = new StackEngine({ ...own, ids, telemetry, resourceType, purges }, (as) => platform.aws(as));
  const queue = platform.tasks.queue<StackTask>({
    name: 'cloudformation.stack',
    concurrency: limits.parallelStacks,
    // A throw here is a bug of ours or a store that is away; resources that fail don't throw.
    retry: { attemptsMax: 5, baseMs: 1000, factor: 4 },
    run: (task, signal) => engine.run(task, signal),
    giveUp: (tx, { payload }, cause) =>
      engine.giveUp(store.writer(tx, payload), payload, cause, clock.now(), ids.uuid()),
  });
  return { ...own, queue, ids, resourceType };
}

/** Forgets deleted stacks when their time is over. */
function purgeQueue(platform: Platform, store: StackStore): PurgeQueue {
  return platform.tasks.queue<PurgeTask>({
    name: 'cloudformation.purge',
    concurrency: 4,
    retry: { attemptsMax: 10, baseMs: 60_000, factor: 2 },
    run: async ({ payload }) => {
      await store.transact(payload, async (writer) => {
        const stack = await writer.stack(payload.stackId);
        if (stack?.status === 'DELETE_COMPLETE') writer.purge(stack);
      });
    },
  });
}

export function placeOf(ctx: Context): Place {
  return { account: ctx.account, region: ctx.region };
}

export function prepareContext(ctx: Context): PrepareContext {
  return { ...placeOf(ctx), aws: ctx.aws, resourceType: ctx.room.resourceType, now: ctx.now };
}

export function stackIdFor(ctx: Context, stackName: string): string {
  const resource = `stack/${stackName}/${ctx.room.ids.uuid()}`;
  return formatArn({ service: 'cloudformation', region: ctx.region, account: ctx.account, resource });
}
