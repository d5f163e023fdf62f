/**
 * What CloudWatch Logs keeps.
 *
 *   logs.group   [account, region, name]                     → LogGroup
 *   logs.stream  [groupId, streamName]                       → LogStream
 *   logs.event   [groupId, timestamp, streamId, sequence]    → EventRecord   in time order over the whole group
 *   logs.byStream [streamId, timestamp, sequence]            → nothing       the same records by stream
 *
 * A record holds one event, or several of one call, stream and millisecond: what a short invocation writes is one record.
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

/** Events of one millisecond, with sequences that follow each other. */
interface EventRecord extends StoredEvent {
  /** Messages of the events after the first. */
  later?: string[];
}

/** Reading from a place on looks this far back for the record that it is in. */
const recordEventsMax = 64;
/** A record isn't added to beyond this. */
const recordCharactersMax = 16 * 1024;

/** An event with its place, as reads return it. */
export interface LogEvent extends StoredEvent {
  timestamp: number;
  streamId: string;
  sequence: number;
  /** Sequence of the first event in its record. */
  record: number;
}

export interface Scope {
  account: string;
  region: string;
}

const groups = recordSet<[account: string, region: string, name: string], LogGroup>('logs.group');
const streams = recordSet<[groupId: string, name: string], LogStream>('logs.stream');
const events = recordSet<
  [groupId: string, timestamp: number, streamId: string, sequence: number],
  EventRecord
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

  /** @param batch in the order of time. */
  appendEvents(
    tx: Transaction,
    group: LogGroup,
    stream: LogStream,
    batch: readonly { timestamp: number; message: string }[],
    ingestedAt: number,
  ): void {
    for (let index = 0; index < batch.length; ) {
      const { timestamp, message } = batch[index] as (typeof batch)[number];
      const record: EventRecord = { message, streamName: stream.name, ingestedAt };
      const later: string[] = [];
      let characters = message.length;
      for (index++; index < batch.length && later.length < recordEventsMax - 1; index++) {
        const next = batch[index] as (typeof batch)[number];
        characters += next.message.length;
        if (next.timestamp !== timestamp || characters > recordCharactersMax) break;
        later.push(next.message);
      }
      if (later.length > 0) record.later = later;
      events.put(tx, [group.id, timestamp, stream.id, stream.sequence], record);
      byStream.put(tx, [stream.id, timestamp, stream.sequence], null);
      stream.sequence += 1 + later.length;
    }
  }

  /** Deletes the records that begin with one of `members`. */
  deleteEvents(tx: Transaction, groupId: string, members: readonly LogEvent[]): void {
    for (const { timestamp, streamId, sequence, record } of members) {
      if (sequence !== record) continue;
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
      gte: after
        ? [groupId, after.timestamp, after.streamId ?? '', recordBefore(after.sequence)]
        : [groupId, from],
      lt: [groupId, until],
      limit: limit + (after ? recordEventsMax : 0),
      ...(bytesMax === undefined ? {} : { bytesMax }),
    });
    const found: LogEvent[] = [];
    for (const { key, value } of entries) {
      const [, timestamp, streamId, sequence] = key;
      const isAtPlace = after?.timestamp === timestamp && after.streamId === streamId;
      for (const event of eventsOf(value, timestamp, streamId, sequence)) {
        if (!isAtPlace || event.sequence > after.sequence) found.push(event);
      }
    }
    return found.slice(0, limit);
  }

  /** Events of a stream within times, from a position on (exclusive), forwards or backwards. */
  async streamEvents(
    reader: Reader,
    groupId: string,
    streamId: string,
    options: { from: number; until: number; position: Position | undefined; reverse: boolean; limit: number },
  ): Promise<LogEvent[]> {
    const { from, until, position, reverse, limit } = options;
    const places = await byStream.range(reader, {
      under: [streamId],
      gte:
        position && !reverse
          ? [streamId, position.timestamp, recordBefore(position.sequence)]
          : [streamId, from],
      lt: position && reverse ? [streamId, position.timestamp, position.sequence] : [streamId, until],
      reverse,
      limit: limit + (position ? recordEventsMax : 0),
    });
    const records = await Promise.all(
      places.map(async ({ key: [, timestamp, sequence] }) => {
        const record = await events.get(reader, groupId, timestamp, streamId, sequence);
        return record ? eventsOf(record, timestamp, streamId, sequence) : [];
      }),
    );
    const isBeyond = (event: LogEvent) => {
      if (!position || event.timestamp !== position.timestamp) return true;
      return reverse ? event.sequence < position.sequence : event.sequence > position.sequence;
    };
    const found = records.flatMap((members) => (reverse ? members.reverse() : members)).filter(isBeyond);
    return found.slice(0, limit);
  }
}

/** The first sequence that a record with an event of this one may have. */
function recordBefore(sequence: number): number {
  return Math.max(0, sequence - recordEventsMax + 1);
}

function eventsOf(
  { message, later, streamName, ingestedAt }: EventRecord,
  timestamp: number,
  streamId: string,
  first: number,
): LogEvent[] {
  const place = { streamName, ingestedAt, timestamp, streamId, record: first };
  const found: LogEvent[] = [{ ...place, message, sequence: first }];
  if (later)
    for (const next of later) found.push({ ...place, message: next, sequence: first + found.length });
  return found;
}

/** The room of the service: its store, the queue that enforces retention and the one that empties deleted groups. */
export interface LogsRoom {
  readonly store: LogsStore;
  readonly retention: TaskQueue<Scope & { group: string }>;
  readonly purge: TaskQueue<{ groupId: string }>;
  newId(): string;
}
