/** What a poller knows of a stream, whichever service keeps it: shards, their order, their records. */
import type { AwsCaller } from '../../../../platform/index.ts';

export interface SourceShard {
  id: string;
  /** Shards to be read to their end before this one. */
  parents: readonly string[];
  closed: boolean;
}

export type ShardPosition =
  | { at: 'TRIM_HORIZON' | 'LATEST' }
  | { at: 'AT_TIMESTAMP'; time: number }
  | { at: 'AFTER_SEQUENCE_NUMBER'; sequence: string };

export interface SourceRecord {
  sequence: string;
  /** When it came to the stream, milliseconds since the epoch. */
  time: number;
  /** Records of the same group are processed in order. */
  group: string;
  /** As it stands among the `Records` of the function's event. */
  event: object;
  /** What filter patterns look at. */
  filtered: object;
}

export interface StreamSource {
  /** All shards that the stream still knows, parents before their children. */
  shards(): Promise<SourceShard[]>;
  /** @throws AwsError `TrimmedDataAccessException` when the position is gone. */
  iterator(shardId: string, position: ShardPosition): Promise<string>;
  /** @returns the records, and the next iterator unless the shard is closed and was read to its end. */
  records(
    shardId: string,
    iterator: string,
    limit: number,
  ): Promise<{ records: SourceRecord[]; next: string | undefined }>;
}

export interface StreamKind {
  /** The most that one call for records may ask for. */
  readonly pageMax: number;
  /** How long the stream keeps records at most, when that is the same for all. Milliseconds. */
  readonly retentionMs: number | undefined;
  /** Under `batchInfo`, the record of a failure tells which records were given up. */
  readonly batchInfo: 'DDBStreamBatchInfo' | 'KinesisBatchInfo';
  /** A store key under which something changes when a record comes; a hint. */
  readonly stirs: readonly string[] | undefined;
  open(aws: AwsCaller, streamArn: string, roleArn: string): StreamSource;
}

/** Sequence numbers are decimal numbers of any length. */
export function isAfter(sequence: string, other: string): boolean {
  return sequence.length === other.length ? sequence > other : sequence.length > other.length;
}
