/**
 * Shards and records of streams. Key table:
 *
 *     ['dynamodb.streamHead', tableId, label]                     → StreamHead: where the next change goes
 *     ['dynamodb.shard', tableId, label, number]                  → Shard
 *     ['dynamodb.streamRecord', tableId, label, number, sequence] → time, and the record of a change
 *
 * A change takes one read (the head) and two writes (the head, its record). Former versions kept one shard a
 * stream, its records in a log under ['dynamodb', tableId, label]: that log is read as the first shard, which is
 * closed by the first change that finds no head.
 */
import {
  type Codec,
  packed,
  type Reader,
  recordSet,
  type Store,
  type Transaction,
} from '../../../store/index.ts';
import type { Logs } from '../../../store/logs.port.ts';
import type { Key } from '../../../store/port.ts';
import { places } from '../domain/keys.ts';
import {
  count,
  emptyEnd,
  firstHead,
  holderOf,
  isDue,
  type OpenShard,
  openShard,
  recordOf,
  type Shard,
  type ShardRules,
  type StreamHead,
  succeed,
} from '../domain/shards.ts';
import type { ChangeRecord } from '../domain/streamRecords.ts';
import { limits } from '../limits.ts';

/** Which stream: names its keys. */
export interface StreamKey {
  readonly tableId: string;
  readonly label: string;
  /** When it was switched off. */
  readonly disabledAt?: number;
}

interface StoredRecord {
  time: number;
  change: ChangeRecord;
}

export interface ReadRecord extends StoredRecord {
  sequence: number;
}

const change = packed<ChangeRecord>();

const stored: Codec<StoredRecord> = {
  encode: ({ time, change: record }) => {
    const packedChange = change.encode(record);
    const bytes = Buffer.allocUnsafe(8 + packedChange.length);
    bytes.writeDoubleBE(time);
    bytes.set(packedChange, 8);
    return bytes;
  },
  decode: (bytes) => ({ time: viewOf(bytes).getFloat64(0), change: change.decode(bytes.subarray(8)) }),
};

// Read and written by every change: numbers one after the other.
const headCodec: Codec<StreamHead> = {
  encode: ({ next, shards: given, open }) => {
    const bytes = new Uint8Array(8 * (2 + 6 * open.length));
    const view = viewOf(bytes);
    let at = 0;
    const write = (value: number) => {
      view.setFloat64(at, value);
      at += 8;
    };
    write(next);
    write(given);
    for (const shard of open) {
      write(shard.number);
      write(shard.from);
      write(shard.openedAt);
      write(shard.first);
      write(shard.countedFrom);
      write(shard.counted);
    }
    return bytes;
  },
  decode: (bytes) => {
    const view = viewOf(bytes);
    const number = (at: number) => view.getFloat64(at * 8);
    const open: OpenShard[] = [];
    for (let at = 2; at * 8 < bytes.byteLength; at += 6) {
      open.push({
        number: number(at),
        from: number(at + 1),
        openedAt: number(at + 2),
        first: number(at + 3),
        countedFrom: number(at + 4),
        counted: number(at + 5),
      });
    }
    return { next: number(0), shards: number(1), open };
  },
};

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const heads = recordSet<[tableId: string, label: string], StreamHead>('dynamodb.streamHead', headCodec);
const shards = recordSet<[tableId: string, label: string, number: number], Shard>('dynamodb.shard');
const records = recordSet<[tableId: string, label: string, shard: number, sequence: number], StoredRecord>(
  'dynamodb.streamRecord',
  stored,
);

/** Opens the first shard of a stream. */
export function openShards(tx: Transaction, { tableId, label }: StreamKey, now: number): void {
  const head = firstHead(now);
  heads.put(tx, [tableId, label], head);
  shards.put(tx, [tableId, label, 0], recordOf(head, 0));
}

/**
 * Appends the record of a change. @param placeOf asked only when the stream has several open shards.
 * @param rules when shards close.
 */
export async function appendRecord(
  tx: Transaction,
  logs: Logs,
  stream: StreamKey,
  record: ChangeRecord,
  placeOf: () => string,
  now: number,
  rules: ShardRules,
): Promise<void> {
  const { tableId, label } = stream;
  const head = (await heads.get(tx, tableId, label)) ?? (await adopt(tx, logs, stream, now));
  let at = head.open.length === 1 ? 0 : holderOf(head, placeOf());
  if (isDue(head, at, now, rules)) {
    await replace(tx, stream, head, at, now, rules);
    at = head.open.length === 1 ? 0 : holderOf(head, placeOf());
  }
  const shard = head.open[at] as OpenShard;
  count(shard, now);
  records.put(tx, [tableId, label, shard.number, head.next], { time: now, change: record });
  head.next++;
  heads.put(tx, [tableId, label], head);
}

/** Closes an open shard and opens its children. The caller writes the head. */
async function replace(
  tx: Transaction,
  stream: StreamKey,
  head: StreamHead,
  at: number,
  now: number,
  rules: ShardRules,
): Promise<void> {
  const { number, openedAt } = head.open[at] as OpenShard;
  await close(tx, stream, head, at, now);
  const children = succeed(head, at, now, rules);
  for (let child = at; child < at + children; child++) {
    const record = recordOf(head, child, { number, openedAt });
    shards.put(tx, [stream.tableId, stream.label, record.number], record);
  }
}

async function close(
  tx: Transaction,
  { tableId, label }: StreamKey,
  head: StreamHead,
  at: number,
  now: number,
): Promise<void> {
  const { number } = head.open[at] as OpenShard;
  const shard = (await shards.get(tx, tableId, label, number)) ?? recordOf(head, at);
  const [last] = await records.range(tx, { under: [tableId, label, number], reverse: true, limit: 1 });
  const end = last ? Number(last.key[3]) : emptyEnd(head, at);
  shards.put(tx, [tableId, label, number], { ...shard, end, closedAt: now });
}

/** Closes every open shard: the stream was switched off. */
export async function closeShards(
  tx: Transaction,
  logs: Logs,
  stream: StreamKey,
  now: number,
): Promise<void> {
  const { tableId, label } = stream;
  const head = (await heads.get(tx, tableId, label)) ?? (await adopt(tx, logs, stream, now));
  for (let at = 0; at < head.open.length; at++) await close(tx, stream, head, at, now);
  heads.put(tx, [tableId, label], { ...head, open: [] });
}

/** The head of a stream that a former version wrote: what is in its log becomes a closed shard. */
async function adopt(tx: Transaction, logs: Logs, stream: StreamKey, now: number): Promise<StreamHead> {
  const { tableId, label } = stream;
  const next = Number(await logs.nextSequence(logOf(stream), tx));
  const head: StreamHead = {
    next: Math.max(1, next),
    shards: 2,
    open: [openShard(1, 0, Math.max(1, next), now)],
  };
  const parent = oldShard(stream);
  shards.put(tx, [tableId, label, 0], { ...parent, end: head.next - 1, closedAt: now });
  shards.put(tx, [tableId, label, 1], recordOf(head, 0, { number: 0, openedAt: parent.openedAt }));
  return head;
}

/** The single shard that former versions kept. */
function oldShard({ label }: StreamKey): Shard {
  return { number: 0, from: 0, to: places, openedAt: Date.parse(`${label}Z`), first: 0, inLog: true };
}

/** The same of a stream that no change has adopted yet. */
async function unadopted(logs: Logs, stream: StreamKey): Promise<Shard> {
  const shard = oldShard(stream);
  if (stream.disabledAt === undefined) return shard;
  const next = Number(await logs.nextSequence(logOf(stream)));
  return { ...shard, end: Math.max(0, next - 1), closedAt: stream.disabledAt };
}

function logOf({ tableId, label }: StreamKey): Key {
  return ['dynamodb', tableId, label];
}

/** Closes the shards that are old enough, though nothing is written. */
export async function rollShards(
  store: Store,
  stream: StreamKey,
  now: number,
  rules: ShardRules,
): Promise<void> {
  const { tableId, label } = stream;
  const due = (head: StreamHead | undefined) =>
    head?.open.findIndex((_, at) => now - (head.open[at] as OpenShard).openedAt >= rules.lifeMs) ?? -1;
  if (due(await heads.get(store, tableId, label)) < 0) return;
  await store.transact(async (tx) => {
    const head = await heads.get(tx, tableId, label);
    if (!head) return;
    for (let at = due(head); at >= 0; at = due(head)) await replace(tx, stream, head, at, now, rules);
    heads.put(tx, [tableId, label], head);
  });
}

/** Every shard that isn't forgotten, in the order in which they were opened. */
export async function listShards(reader: Reader, logs: Logs, stream: StreamKey): Promise<Shard[]> {
  const { tableId, label } = stream;
  const found: Shard[] = [];
  for (let page: Shard[] = [], more = true; more; more = page.length === limits.sweepItems) {
    const after = found.at(-1);
    page = await shards.values(reader, {
      under: [tableId, label],
      ...(after ? { gt: [tableId, label, after.number] } : {}),
      limit: limits.sweepItems,
    });
    found.push(...page);
  }
  if (found.length > 0 || (await heads.exists(reader, tableId, label))) return found;
  return [await unadopted(logs, stream)];
}

export async function findShard(
  reader: Reader,
  logs: Logs,
  stream: StreamKey,
  number: number,
): Promise<Shard | undefined> {
  const found = await shards.get(reader, stream.tableId, stream.label, number);
  if (found || number > 0 || (await heads.exists(reader, stream.tableId, stream.label))) return found;
  return unadopted(logs, stream);
}

/** The sequence that the stream's next record gets. */
export async function nextSequence(reader: Reader, logs: Logs, stream: StreamKey): Promise<number> {
  const head = await heads.get(reader, stream.tableId, stream.label);
  return head ? head.next : Number(await logs.nextSequence(logOf(stream)));
}

/** Records of a shard after a sequence: at most `limit`, and about `bytesMax`. */
export async function readRecords(
  reader: Reader,
  logs: Logs,
  stream: StreamKey,
  shard: Shard,
  after: number,
  limit: number,
  bytesMax: number,
): Promise<ReadRecord[]> {
  if (shard.inLog) {
    const entries = await logs.read(logOf(stream), { afterSequence: BigInt(after), limit });
    return entries.map(({ sequence, time, value }) => ({
      sequence: Number(sequence),
      time,
      change: change.decode(value),
    }));
  }
  const under = [stream.tableId, stream.label, shard.number] as const;
  const found = await records.range(reader, { under, gt: [...under, after], limit, bytesMax });
  return found.map((entry) => ({ sequence: Number(entry.key[3]), ...entry.value }));
}

/** Forgets the records of a shard from before `oldest`, and a closed shard that has none left. */
export async function trimShard(
  { store, logs }: { store: Store; logs: Logs },
  stream: StreamKey,
  shard: Shard,
  oldest: number,
  signal?: AbortSignal,
): Promise<void> {
  for (let more = true; more; ) {
    signal?.throwIfAborted();
    more = shard.inLog
      ? await trimLog(store, logs, stream, shard, oldest)
      : await store.transact((tx) => trimPage(tx, stream, shard, oldest));
  }
}

async function trimPage(
  tx: Transaction,
  stream: StreamKey,
  { number }: Shard,
  oldest: number,
): Promise<boolean> {
  const { tableId, label } = stream;
  const shard = await shards.get(tx, tableId, label, number);
  if (!shard) return false;
  const page = await records.range(tx, {
    under: [tableId, label, number],
    limit: limits.sweepItems,
    bytesMax: limits.sweepBytes,
  });
  let trimmed = shard.trimmed ?? -1;
  let left = page.length;
  for (const { key, value } of page) {
    if (value.time > oldest) break;
    records.delete(tx, ...key);
    trimmed = Number(key[3]);
    left--;
  }
  if (page.length === 0 && isOver(shard, oldest)) shards.delete(tx, tableId, label, number);
  if (left < page.length) shards.put(tx, [tableId, label, number], { ...shard, trimmed });
  return left === 0 && page.length > 0;
}

async function trimLog(
  store: Store,
  logs: Logs,
  stream: StreamKey,
  shard: Shard,
  oldest: number,
): Promise<boolean> {
  const log = logOf(stream);
  const { tableId, label } = stream;
  if ((await logs.trim(log, oldest, limits.sweepItems)) === limits.sweepItems) return true;
  const [first] = await logs.read(log, { limit: 1 });
  await store.transact(async (tx) => {
    const current = await shards.get(tx, tableId, label, shard.number);
    if (!current) return;
    if (!first && isOver(current, oldest)) {
      logs.delete(tx, log);
      shards.delete(tx, tableId, label, shard.number);
    } else if (first && first.sequence > 0n) {
      shards.put(tx, [tableId, label, shard.number], { ...current, trimmed: Number(first.sequence) - 1 });
    }
  });
  return false;
}

function isOver(shard: Shard, oldest: number): boolean {
  return shard.closedAt !== undefined && shard.closedAt <= oldest;
}

/** After the last shard: what is left of a stream. */
export function forgetHead(tx: Transaction, logs: Logs, stream: StreamKey): void {
  heads.delete(tx, stream.tableId, stream.label);
  logs.delete(tx, logOf(stream));
}
