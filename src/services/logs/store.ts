/**
 * What CloudWatch Logs keeps.
 *
 *   logs.group   [account, region, name]                     → LogGroup
 *   logs.stream  [account, region, groupName, streamName]    → LogStream
 *   logs.event   [groupId, timestamp, streamId, sequence]    → StoredEvent   in time order over the whole group
 *   logs.byStream [streamId, timestamp, sequence]            → nothing       the same events by stream
 *
 * Ids, not names, stand in the event keys: a group that is deleted and made again starts empty.
 */
import { type Reader, recordSet, type Store, type Transaction } from '../../store/index.ts';
import type { TaskQueue } from '../../tasks/index.ts';

export interface LogGroup {
  id: string;
  name: string;
  createdAt: number;
  retentionDays: number | undefined;
  logGroupClass: string;
  kmsKeyId: string | undefined;
  tags: Record<string, string>;
  storedBytes: number;
}

export interface LogStream {
  id: string;
  name: string;
  createdAt: number;
  firstEventAt: number | undefined;
  lastEventAt: number | undefined;
  lastIngestionAt: number | undefined;
  /** Events ever written: the sequence of the next one. */
  sequence: number;
}

export interface StoredEvent {
  message: string;
  streamName: string;
  ingestedAt: number;
}

/** An event with its place, as reads return it. */
export interface LogEvent extends StoredEvent {
  timestamp: number;
  streamId: string;
  sequence: number;
}

export interface Scope {
  account: string;
  region: string;
}

const groups = recordSet<[account: string, region: string, name: string], LogGroup>('logs.group');
const streams = recordSet<[account: string, region: string, group: string, name: string], LogStream>(
  'logs.stream',
);
const events = recordSet<
  [groupId: string, timestamp: number, streamId: string, sequence: number],
  StoredEvent
>('logs.event');
const byStream = recordSet<[streamId: string, timestamp: number, sequence: number], null>('logs.byStream');

/** A place in the time order of a group (with stream) or of a stream (without). */
export interface Position {
  timestamp: number;
  streamId?: string;
  sequence: number;
}

export class LogsStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  transact<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#store.transact(body);
  }

  get reader(): Reader {
    return this.#store;
  }

  group(reader: Reader, scope: Scope, name: string): Promise<LogGroup | undefined> {
    return groups.get(reader, scope.account, scope.region, name);
  }

  putGroup(tx: Transaction, scope: Scope, group: LogGroup): void {
    groups.put(tx, [scope.account, scope.region, group.name], group);
  }

  /** Groups whose name starts with `namePrefix`, after `afterName`, in name order. */
  async groups(
    scope: Scope,
    options: { namePrefix: string; afterName: string | undefined; limit: number },
  ): Promise<LogGroup[]> {
    const { namePrefix, afterName, limit } = options;
    const from = afterName !== undefined && afterName >= namePrefix ? { gt: afterName } : { gte: namePrefix };
    const found = await groups.values(this.#store, {
      under: [scope.account, scope.region],
      ...('gt' in from
        ? { gt: [scope.account, scope.region, from.gt] }
        : { gte: [scope.account, scope.region, from.gte] }),
      limit,
    });
    return found.filter((group) => group.name.startsWith(namePrefix));
  }

  deleteGroup(tx: Transaction, scope: Scope, group: LogGroup, members: readonly LogStream[]): void {
    groups.delete(tx, scope.account, scope.region, group.name);
    streams.deleteUnder(tx, scope.account, scope.region, group.name);
    events.deleteUnder(tx, group.id);
    for (const stream of members) byStream.deleteUnder(tx, stream.id);
  }

  stream(reader: Reader, scope: Scope, group: string, name: string): Promise<LogStream | undefined> {
    return streams.get(reader, scope.account, scope.region, group, name);
  }

  putStream(tx: Transaction, scope: Scope, group: string, stream: LogStream): void {
    streams.put(tx, [scope.account, scope.region, group, stream.name], stream);
  }

  async streams(
    reader: Reader,
    scope: Scope,
    group: string,
    options: { namePrefix: string; afterName: string | undefined; limit: number; reverse?: boolean },
  ): Promise<LogStream[]> {
    const { namePrefix, afterName, limit, reverse = false } = options;
    const at = (name: string) => [scope.account, scope.region, group, name];
    const bounds = reverse
      ? { ...(afterName === undefined ? {} : { lt: at(afterName) }), gte: at(namePrefix) }
      : afterName !== undefined && afterName >= namePrefix
        ? { gt: at(afterName) }
        : { gte: at(namePrefix) };
    const found = await streams.values(reader, {
      under: [scope.account, scope.region, group],
      ...bounds,
      reverse,
      limit,
    });
    return found.filter((stream) => stream.name.startsWith(namePrefix));
  }

  deleteStream(
    tx: Transaction,
    scope: Scope,
    group: LogGroup,
    stream: LogStream,
    members: readonly LogEvent[],
  ): void {
    streams.delete(tx, scope.account, scope.region, group.name, stream.name);
    this.deleteEvents(tx, group.id, members);
  }

  appendEvent(
    tx: Transaction,
    group: LogGroup,
    stream: LogStream,
    timestamp: number,
    event: StoredEvent,
  ): void {
    const sequence = stream.sequence++;
    events.put(tx, [group.id, timestamp, stream.id, sequence], event);
    byStream.put(tx, [stream.id, timestamp, sequence], null);
  }

  deleteEvents(tx: Transaction, groupId: string, members: readonly LogEvent[]): void {
    for (const { timestamp, streamId, sequence } of members) {
      events.delete(tx, groupId, timestamp, streamId, sequence);
      byStream.delete(tx, streamId, timestamp, sequence);
    }
  }

  /** Events of a group from `from` (inclusive) to before `until`, after a position, oldest first. */
  async groupEvents(
    reader: Reader,
    groupId: string,
    options: { from: number; until: number; after: Position | undefined; limit: number; bytesMax?: number },
  ): Promise<LogEvent[]> {
    const { from, until, after, limit, bytesMax } = options;
    const entries = await events.range(reader, {
      under: [groupId],
      ...(after
        ? { gt: [groupId, after.timestamp, after.streamId ?? '', after.sequence] }
        : { gte: [groupId, from] }),
      lt: [groupId, until],
      limit,
      ...(bytesMax === undefined ? {} : { bytesMax }),
    });
    return entries.map(({ key: [, timestamp, streamId, sequence], value }) => ({
      ...value,
      timestamp,
      streamId,
      sequence,
    }));
  }

  /** Events of a stream within times, from a position on (exclusive), forwards or backwards. */
  async streamEvents(
    reader: Reader,
    groupId: string,
    streamId: string,
    options: { from: number; until: number; position: Position | undefined; reverse: boolean; limit: number },
  ): Promise<LogEvent[]> {
    const { from, until, position, reverse, limit } = options;
    const place = position && [streamId, position.timestamp, position.sequence];
    const places = await byStream.range(reader, {
      under: [streamId],
      ...(place && !reverse ? { gt: place } : { gte: [streamId, from] }),
      ...(place && reverse ? { lt: place } : { lt: [streamId, until] }),
      reverse,
      limit,
    });
    const found = await Promise.all(
      places.map(async ({ key: [, timestamp, sequence] }) => {
        const event = await events.get(reader, groupId, timestamp, streamId, sequence);
        return event && { ...event, timestamp, streamId, sequence };
      }),
    );
    return found.filter((event) => event !== undefined);
  }
}

/** The room of the service: its store and the queue that enforces retention. */
export interface LogsRoom {
  readonly store: LogsStore;
  readonly retention: TaskQueue<Scope & { group: string }>;
  newId(): string;
}
