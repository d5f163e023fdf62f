/**
 * What CloudWatch Logs keeps.
 *
 *   logs.group   [account, region, name]                     → LogGroup
 *   logs.stream  [groupId, streamName]                       → LogStream
 *   logs.event   [groupId, timestamp, streamId, sequence]    → StoredEvent   in time order over the whole group
 *   logs.byStream [streamId, timestamp, sequence]            → nothing       the same events by stream
 *
 * Ids, not names, stand in the keys of streams and events: a group that is deleted and made again starts empty, and what
 * the deleted one held is removed later, in slices.
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
const streams = recordSet<[groupId: string, name: string], LogStream>('logs.stream');
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

const allTime = { from: 0, until: Number.MAX_SAFE_INTEGER };

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

  /** The group alone, by which its streams and events are found: nobody sees them any more. `purge` removes them. */
  deleteGroup(tx: Transaction, scope: Scope, group: LogGroup): void {
    groups.delete(tx, scope.account, scope.region, group.name);
  }

  /**
   * Removes streams and events of a group that is gone: at most `limit` of each, and no more events than hold
   * `bytesMax` bytes. @returns whether there was anything left to remove.
   */
  async purge(
    tx: Transaction,
    groupId: string,
    options: { limit: number; bytesMax: number },
  ): Promise<boolean> {
    const members = await streams.range(tx, { under: [groupId], limit: options.limit });
    for (const { key } of members) streams.delete(tx, ...key);
    const found = await this.groupEvents(tx, groupId, { ...allTime, after: undefined, ...options });
    this.deleteEvents(tx, groupId, found);
    return members.length > 0 || found.length > 0;
  }

  stream(reader: Reader, groupId: string, name: string): Promise<LogStream | undefined> {
    return streams.get(reader, groupId, name);
  }

  putStream(tx: Transaction, groupId: string, stream: LogStream): void {
    streams.put(tx, [groupId, stream.name], stream);
  }

  async streams(
    reader: Reader,
    groupId: string,
    options: { namePrefix: string; afterName: string | undefined; limit: number; reverse?: boolean },
  ): Promise<LogStream[]> {
    const { namePrefix, afterName, limit, reverse = false } = options;
    const at = (name: string) => [groupId, name];
    const bounds = reverse
      ? { ...(afterName === undefined ? {} : { lt: at(afterName) }), gte: at(namePrefix) }
      : afterName !== undefined && afterName >= namePrefix
        ? { gt: at(afterName) }
        : { gte: at(namePrefix) };
    const found = await streams.values(reader, {
      under: [groupId],
      ...bounds,
      reverse,
      limit,
    });
    return found.filter((stream) => stream.name.startsWith(namePrefix));
  }

  deleteStream(tx: Transaction, groupId: string, stream: LogStream, members: readonly LogEvent[]): void {
    streams.delete(tx, groupId, stream.name);
    this.deleteEvents(tx, groupId, members);
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

/** The room of the service: its store, the queue that enforces retention and the one that empties deleted groups. */
export interface LogsRoom {
  readonly store: LogsStore;
  readonly retention: TaskQueue<Scope & { group: string }>;
  readonly purge: TaskQueue<{ groupId: string }>;
  newId(): string;
}
