/** Lanes of a shard: what waits in each, and how batches are cut from it. Pure. */
import { syncPayloadBytesMax } from '../limits.ts';
import { envelopeBytes } from './limits.ts';
import type { SourceRecord } from './sources/stream.ts';

/** A record that was read, in the order of its shard. */
export interface Entry {
  sequence: string;
  done: boolean;
}

/** A record that waits for its batch. */
export interface Waiting {
  record: SourceRecord;
  json: string;
  entry: Entry;
}

export interface Lane {
  queue: Waiting[];
  bytes: number;
  /** Since when the next batch is gathered. */
  since: number;
  running: boolean;
  /** The last record that is done with. */
  after: string | undefined;
}

export function newLane(): Lane {
  return { queue: [], bytes: 0, since: 0, running: false, after: undefined };
}

/** The same lane for the same group, in every process. FNV-1a. */
export function laneOf(group: string, lanes: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < group.length; at++) {
    hash = Math.imul(hash ^ group.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0) % lanes;
}

/** The next batch: as many as the mapping and the payload of an invocation take, and belong together. */
export function cutBatch(
  lane: Lane,
  batchSize: number,
  belongs: (record: SourceRecord) => boolean,
): Waiting[] {
  let count = 0;
  let bytes = envelopeBytes;
  for (const { record, json } of lane.queue) {
    const isFull = count >= batchSize || bytes + json.length > syncPayloadBytesMax;
    if (count > 0 && (isFull || !belongs(record))) break;
    bytes += json.length + 1;
    count++;
  }
  return takeFrom(lane, count);
}

export function takeFrom(lane: Lane, count: number): Waiting[] {
  const batch = lane.queue.splice(0, count);
  lane.bytes -= batch.reduce((sum, { json }) => sum + json.length, 0);
  return batch;
}
