/**
 * The shards of a stream. Each holds the changes of a range of partitions (by the hash that places them, keys.ts)
 * for a time: after about four hours it is closed and another goes on for the same partitions; under more than
 * about a thousand changes a second two go on, half the range each. Whoever reads a shard to its end before its
 * children has every change of an item once and in order, as on AWS.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
 */
import { limits } from '../limits.ts';
import { places, placeText } from './keys.ts';

/** What names a shard. */
export interface ShardId {
  /** Counted from 0 in each stream. */
  readonly number: number;
  readonly openedAt: number;
}

export interface Shard extends ShardId {
  /** Of the places whose changes it holds: the first, and the first that isn't among them any more. */
  readonly from: number;
  readonly to: number;
  readonly parent?: ShardId;
  /** None of its records has a lower sequence. */
  readonly first: number;
  /** Of a closed shard: none of its records has a higher sequence; its children's begin above. */
  readonly end?: number;
  readonly closedAt?: number;
  /** Its records up to this sequence are forgotten. */
  readonly trimmed?: number;
  /** Its records are in a log, as those of the single shard of former versions. */
  readonly inLog?: true;
}

/** What a writer must know of a shard that is open, kept small. */
export interface OpenShard {
  number: number;
  from: number;
  openedAt: number;
  first: number;
  /** Changes since `countedFrom`, in milliseconds of the epoch: how busy it is. */
  countedFrom: number;
  counted: number;
}

/** Where a stream stands: read and written by every change. */
export interface StreamHead {
  /** The sequence of the next record; one count for all shards of a stream. */
  next: number;
  /** Numbers of shards that were given away. */
  shards: number;
  /** By `from`; together they hold all places. */
  open: OpenShard[];
}

/** When shards close. */
export interface ShardRules {
  /** Milliseconds. */
  readonly lifeMs: number;
  /** Changes in a window of a minute after which a shard is divided. */
  readonly splitRecords: number;
  /** Open at once. */
  readonly openMax: number;
}

export const shardRules: ShardRules = {
  lifeMs: limits.streamShardMs,
  splitRecords: limits.streamShardRecordsPerMinute,
  openMax: limits.streamOpenShardsMax,
};

const windowMs = 60_000;

export function firstHead(now: number): StreamHead {
  return { next: 0, shards: 1, open: [openShard(0, 0, 0, now)] };
}

export function openShard(number: number, from: number, first: number, now: number): OpenShard {
  return { number, from, openedAt: now, first, countedFrom: now, counted: 0 };
}

/** Index, among the open shards, of the one that holds a place. @param place as keys.ts writes it. */
export function holderOf({ open }: StreamHead, place: string): number {
  let at = open.length - 1;
  while (at > 0 && placeText((open[at] as OpenShard).from) > place) at--;
  return at;
}

export function isDue(head: StreamHead, at: number, now: number, rules: ShardRules): boolean {
  const { openedAt, counted } = head.open[at] as OpenShard;
  return now - openedAt >= rules.lifeMs || (counted >= rules.splitRecords && canSplit(head, at, rules));
}

function canSplit(head: StreamHead, at: number, { openMax }: ShardRules): boolean {
  return head.open.length < openMax && endOf(head, at) - (head.open[at] as OpenShard).from > 1;
}

function endOf({ open }: StreamHead, at: number): number {
  return open[at + 1]?.from ?? places;
}

/** Counts one more change of an open shard. */
export function count(shard: OpenShard, now: number): void {
  if (now - shard.countedFrom >= windowMs) {
    shard.countedFrom = now;
    shard.counted = 0;
  }
  shard.counted++;
}

/** The record of a shard that is open. */
export function recordOf(head: StreamHead, at: number, parent?: ShardId): Shard {
  const { number, from, openedAt, first } = head.open[at] as OpenShard;
  return {
    ...{ number, from, to: endOf(head, at), openedAt, first },
    ...(parent === undefined ? {} : { parent }),
  };
}

/** The end of a shard that closes and has no records: a sequence of its own, so that its children begin above. */
export function emptyEnd(head: StreamHead, at: number): number {
  if (head.next === (head.open[at] as OpenShard).first) head.next++;
  return head.next - 1;
}

/** Puts the children of an open shard in its place, in `head`. @returns how many. */
export function succeed(head: StreamHead, at: number, now: number, rules: ShardRules): 1 | 2 {
  const { from, counted } = head.open[at] as OpenShard;
  const divided = counted >= rules.splitRecords && canSplit(head, at, rules);
  const children = [openShard(head.shards++, from, head.next, now)];
  if (divided) {
    const middle = from + Math.floor((endOf(head, at) - from) / 2);
    children.push(openShard(head.shards++, middle, head.next, now));
  }
  head.open.splice(at, 1, ...children);
  return divided ? 2 : 1;
}
