/** What tests of pollers work with: real tasks over a store in memory, a stream and a function that tests play. */

import type { Delivery } from '../../../delivery/port.ts';
import { AwsError, RandomIds, VirtualClock } from '../../../kernel/index.ts';
import type { AwsCaller, Platform } from '../../../platform/index.ts';
import { MemoryStore } from '../../../store/index.ts';
import { DurableTasks } from '../../../tasks/index.ts';
import { LocalTelemetry, type Telemetry } from '../../../telemetry/index.ts';
import type { Invoker, Outcome } from '../eventSources/invoker.ts';
import { Pollers } from '../eventSources/pollers.ts';
import type { MappingRecord, MappingSettings, SourceKind } from '../eventSources/records.ts';
import { defaultMappingSettings } from '../eventSources/settings.ts';
import { MappingStore } from '../store/mappings.ts';

export const benchStart = Date.UTC(2026, 0, 1);

/** How the played function answers an event: a value it returns, or an error it throws. */
export type Handler = (event: { Records: StreamRecord[] } & Record<string, unknown>) => unknown;

export interface StreamRecord {
  dynamodb: { Keys: { id: { S: string } }; SequenceNumber: string; NewImage?: object };
}

/** Calls of services by `service:Operation`. */
export type Answers = Record<string, (input: Record<string, unknown>) => unknown>;

export interface Bench {
  clock: VirtualClock;
  store: MappingStore;
  pollers: Pollers;
  telemetry: Telemetry;
  deliveries: (Delivery & { id: string | undefined })[];
  /** Records of every event that the function was given, as texts of their keys. */
  events: string[][];
  /** The events whole. */
  whole: Record<string, unknown>[];
  calls: string[];
  create(settings?: Partial<MappingSettings>, kind?: SourceKind): Promise<MappingRecord>;
  read(): Promise<MappingRecord | undefined>;
  /** Lets what is under way go on until `isSo`, moving the clock. */
  until(isSo: () => boolean | Promise<boolean>, stepMs?: number): Promise<void>;
  /** Ends this process as a crash does and opens another over the same store. */
  restart(): Promise<Bench>;
  close(): Promise<void>;
  touch(): Promise<void>;
  /** Resolves when no task is due or running. */
  idle(): Promise<void>;
}

const sourceArns: Record<SourceKind, string> = {
  dynamodb: 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000',
  kinesis: 'arn:aws:kinesis:us-east-1:000000000000:stream/s',
  sqs: 'arn:aws:sqs:us-east-1:000000000000:q',
};

export function openBench(
  answers: Answers,
  handler: Handler,
  options: { store?: MemoryStore; clock?: VirtualClock; events?: string[][] } = {},
): Bench {
  const clock = options.clock ?? new VirtualClock(benchStart);
  const memory = options.store ?? new MemoryStore();
  const telemetry = new LocalTelemetry({ clock, write: () => {}, format: 'json', level: 'error' });
  const ids = new RandomIds();
  const tasks = new DurableTasks({ store: memory, clock, ids, telemetry, exclusive: true });
  const deliveries: (Delivery & { id: string | undefined })[] = [];
  const calls: string[] = [];
  const aws: AwsCaller = {
    async call(service, operation, input) {
      calls.push(`${service}:${operation}`);
      const answer = answers[`${service}:${operation}`];
      if (!answer)
        throw new AwsError('NotImplemented', `Brume has no service ${service} yet.`, { status: 501 });
      return (await answer(input as Record<string, unknown>)) as never;
    },
    as: () => aws,
    asRole: async () => aws,
  };
  const platform = {
    store: memory,
    tasks,
    telemetry,
    clock,
    ids,
    deliveries: {
      send: async (_tx: unknown, delivery: Delivery, id?: string) => {
        deliveries.push({ ...delivery, id });
      },
    },
    aws: () => aws,
  } as unknown as Platform;
  const events: string[][] = options.events ?? [];
  const whole: Record<string, unknown>[] = [];
  const invoker = {
    roleOf: async () => 'arn:aws:iam::000000000000:role/r',
    async invoke(_mapping: MappingRecord, text: string): Promise<Outcome> {
      if (isGone) return new Promise(() => {});
      const event = JSON.parse(text);
      whole.push(event);
      events.push(event.Records.map(nameOf));
      const requestId = ids.uuid();
      try {
        const answer = JSON.parse(JSON.stringify((await handler(event)) ?? null));
        return { kind: 'succeeded', requestId, version: '$LATEST', answer };
      } catch (error) {
        if (error instanceof AwsError) return { kind: 'refused', code: error.code, message: error.message };
        return { kind: 'failed', requestId, version: '$LATEST', functionError: 'Unhandled' };
      }
    },
  } as unknown as Invoker;
  const store = new MappingStore(memory);
  const pollers = new Pollers(platform, store, invoker, clock);
  let record: MappingRecord | undefined;
  let isGone = false;
  const bench: Bench = {
    ...{ clock, store, pollers, telemetry, deliveries, events, whole, calls },
    async create(settings = {}, kind = 'dynamodb') {
      record = {
        uuid: 'aaaaaaaa-0000-0000-0000-000000000001',
        account: '000000000000',
        region: 'us-east-1',
        sourceArn: sourceArns[kind],
        kind,
        function: { account: '000000000000', region: 'us-east-1', name: 'f', qualifier: undefined },
        state: 'Creating',
        enabled: true,
        revision: 1,
        started: false,
        settings: { ...defaultMappingSettings(kind), startingPosition: 'TRIM_HORIZON', ...settings },
        tags: {},
        lastResult: undefined,
        lastModified: clock.now(),
      };
      const made = record;
      await store.transact(async (tx) => {
        store.put(tx, made);
        await pollers.wake(tx, made);
      });
      return made;
    },
    read: async () => (await store.all(1))[0],
    async until(isSo, stepMs = 10) {
      for (let turn = 0; !(await isSo()); turn++) {
        if (turn > 20_000) throw new Error(`it never came to be: ${JSON.stringify(events)}`);
        await clock.advance(stepMs);
      }
    },
    async restart() {
      // The process that is gone does nothing more, whatever its clock says; what it wrote stands.
      isGone = true;
      const copy = new MemoryStore();
      const entries = await memory.range({ limit: 1_000_000 });
      await copy.transact(async (tx) => {
        for (const { key, value } of entries) tx.put(key, value);
      });
      const next = openBench(answers, handler, { store: copy, clock, events });
      await next.pollers.resume();
      return next;
    },
    idle: () => tasks.idle(),
    async close() {
      const closing = tasks.close();
      await clock.advance(60_000);
      await closing;
      pollers.close();
    },
    touch: () => memory.transact(async (tx) => tx.put(['dynamodb.streamHead', 't'], new Uint8Array())),
  };
  return bench;
}

function nameOf(record: { dynamodb?: StreamRecord['dynamodb']; body?: string; kinesis?: { data: string } }) {
  if (record.dynamodb) return record.dynamodb.Keys.id.S;
  if (record.kinesis) return Buffer.from(record.kinesis.data, 'base64').toString();
  return record.body ?? '';
}
