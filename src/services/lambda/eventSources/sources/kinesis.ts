/**
 * Kinesis streams as an event source, read as the execution role with shared throughput.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
 */
import type { AwsCaller } from '../../../../platform/index.ts';
import type { ShardPosition, SourceRecord, SourceShard, StreamKind } from './stream.ts';

const service = 'kinesis';

interface Shard {
  ShardId?: string;
  ParentShardId?: string;
  AdjacentParentShardId?: string;
  SequenceNumberRange?: { EndingSequenceNumber?: string };
}

interface KinesisRecord {
  SequenceNumber: string;
  ApproximateArrivalTimestamp?: Date;
  Data: Uint8Array;
  PartitionKey: string;
}

export const kinesisStreams: StreamKind = {
  /** GetRecords: “The default value is 10,000”, which is also the most. */
  pageMax: 10_000,
  retentionMs: undefined,
  batchInfo: 'KinesisBatchInfo',
  stirs: undefined,
  open: (aws, StreamARN, roleArn) => ({
    shards: () => shardsOf(aws, StreamARN),
    async iterator(ShardId, position) {
      const input = { StreamARN, ShardId, ...placeOf(position) };
      const answer = await aws.call<{ ShardIterator?: string }>(service, 'GetShardIterator', input);
      return answer.ShardIterator ?? '';
    },
    async records(shardId, ShardIterator, Limit) {
      const { Records = [], NextShardIterator } = await aws.call<{
        Records?: KinesisRecord[];
        NextShardIterator?: string;
      }>(service, 'GetRecords', { ShardIterator, Limit, StreamARN });
      return {
        records: Records.map((record) => recordOf(record, shardId, StreamARN, roleArn)),
        next: NextShardIterator ?? undefined,
      };
    },
  }),
};

async function shardsOf(aws: AwsCaller, StreamARN: string): Promise<SourceShard[]> {
  const shards: SourceShard[] = [];
  for (let NextToken: string | undefined; ; ) {
    const page = await aws.call<{ Shards?: Shard[]; NextToken?: string }>(
      service,
      'ListShards',
      NextToken === undefined ? { StreamARN } : { NextToken },
    );
    for (const shard of page.Shards ?? []) {
      const parents = [shard.ParentShardId, shard.AdjacentParentShardId];
      shards.push({
        id: shard.ShardId ?? '',
        parents: parents.filter((parent) => parent !== undefined && parent !== null),
        closed: (shard.SequenceNumberRange?.EndingSequenceNumber ?? undefined) !== undefined,
      });
    }
    NextToken = page.NextToken;
    if (NextToken === undefined) return shards;
  }
}

function placeOf(position: ShardPosition): object {
  switch (position.at) {
    case 'AFTER_SEQUENCE_NUMBER':
      return { ShardIteratorType: position.at, StartingSequenceNumber: position.sequence };
    case 'AT_TIMESTAMP':
      return { ShardIteratorType: position.at, Timestamp: new Date(position.time) };
    default:
      return { ShardIteratorType: position.at };
  }
}

function recordOf(
  record: KinesisRecord,
  shardId: string,
  eventSourceARN: string,
  invokeIdentityArn: string,
): SourceRecord {
  const data = Buffer.from(record.Data);
  const time = record.ApproximateArrivalTimestamp?.getTime() ?? 0;
  const kinesis = {
    kinesisSchemaVersion: '1.0',
    partitionKey: record.PartitionKey,
    sequenceNumber: record.SequenceNumber,
    data: data.toString('base64'),
    approximateArrivalTimestamp: time / 1000,
  };
  return {
    sequence: record.SequenceNumber,
    time,
    group: record.PartitionKey,
    event: {
      kinesis,
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${shardId}:${record.SequenceNumber}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn,
      awsRegion: eventSourceARN.split(':')[3],
      eventSourceARN,
    },
    // “data” of a pattern means the decoded data; the other members of `kinesis` stand beside it.
    get filtered() {
      return { ...kinesis, data: decoded(data) };
    },
  };
}

/** JSON when it is, text otherwise. */
function decoded(data: Buffer): unknown {
  const text = data.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
