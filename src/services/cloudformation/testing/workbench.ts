/** A cloud of one service, over the naive store: what a test of stacks needs and no more. */

import { AwsError, RandomIds, VirtualClock } from '../../../kernel/index.ts';
import { type AwsCaller, type Platform, type ResourceType, rootOf } from '../../../platform/index.ts';
import { MemoryStore, type Store } from '../../../store/index.ts';
import { openVault, type Vault } from '../../../store/vault.ts';
import { DurableTasks } from '../../../tasks/index.ts';
import type { LogLevel, Telemetry } from '../../../telemetry/port.ts';
import { cloudformation } from '../index.ts';
import { type Context, openRoom, type Room } from '../room.ts';
import { ToyBox } from './toys.ts';

export const account = '123456789012';
export const region = 'eu-west-1';

type Operations = typeof cloudformation.operations;

export interface Workbench {
  readonly store: Store;
  readonly clock: VirtualClock;
  readonly box: ToyBox;
  readonly log: { level: LogLevel; message: string; fields: unknown }[];
  /** Objects that `s3 GetObject` finds, by `bucket/key`. */
  readonly objects: Map<string, string>;
  /** Other services, by name. */
  readonly services: Record<string, (operation: string, input: object) => Promise<unknown>>;
  readonly room: Room;
  call<Output = Record<string, never>>(operation: string, input: object): Promise<Output>;
  /** Waits until no operation is at work. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** A store's next engine finds the key of the one before, as a cloud that starts again does. */
const vaults = new WeakMap<Store, Vault>();
function vaultOf(store: Store): Vault {
  const known = vaults.get(store) ?? openVault({ ids: new RandomIds() });
  vaults.set(store, known);
  return known;
}

export interface WorkbenchOptions {
  store?: Store;
  box?: ToyBox;
  clock?: VirtualClock;
  types?: readonly ResourceType[];
}

export async function openWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const store = options.store ?? new MemoryStore();
  const clock = options.clock ?? new VirtualClock(Date.UTC(2026, 0, 1));
  const box = options.box ?? new ToyBox();
  const ids = new RandomIds();
  const log: Workbench['log'] = [];
  const objects = new Map<string, string>();
  const services: Workbench['services'] = {};
  const telemetry = {
    log: (level: LogLevel, message: string, fields: unknown) => void log.push({ level, message, fields }),
  } as unknown as Telemetry;
  const tasks = new DurableTasks({ store, clock, ids, telemetry, exclusive: true });
  const own = [...(cloudformation.resources ?? []), ...(options.types ?? []), box.type];
  const caller: AwsCaller = {
    call: async (service: string, operation: string, input: object) => {
      if (service === 's3' && operation === 'GetObject') {
        const { Bucket, Key } = input as { Bucket: string; Key: string };
        const body = objects.get(`${Bucket}/${Key}`);
        if (body === undefined)
          throw new AwsError('NoSuchKey', 'The specified key does not exist.', { status: 404 });
        return { Body: Buffer.from(body) } as never;
      }
      const other = services[service];
      if (other) return other(operation, input) as never;
      if (service === 'toys') return {} as never;
      if (service === 'cloudformation') return call(operation, input) as never;
      throw new AwsError('UnknownOperationException', `No service ${service}`, { status: 404 });
    },
    as: () => caller,
    asRole: async () => caller,
  };
  const platform = {
    store,
    clock,
    ids,
    vault: vaultOf(store),
    tasks,
    telemetry,
    config: { endpoint: 'http://127.0.0.1:4566' },
    aws: () => caller,
    resourceType: async (name: string) => own.find((type) => type.name === name),
  } as unknown as Platform;
  const room = openRoom(platform);

  const call = async (operation: string, input: object): Promise<unknown> => {
    const handler = cloudformation.operations[operation as keyof Operations];
    if (!handler) throw new Error(`No operation ${operation}`);
    const ctx: Context = {
      room,
      account,
      region,
      principal: rootOf(account),
      requestId: ids.uuid(),
      sourceIp: '127.0.0.1',
      now: clock.now(),
      aws: caller,
      signal: new AbortController().signal,
    };
    return (handler as (ctx: Context, input: object) => Promise<unknown>)(ctx, input);
  };

  return {
    store,
    clock,
    box,
    log,
    objects,
    services,
    room,
    call: call as Workbench['call'],
    idle: () => tasks.idle(),
    stop: () => tasks.close(),
  };
}
