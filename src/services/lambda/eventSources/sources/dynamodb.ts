/**
 * DynamoDB Streams as an event source, read as the execution role.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
import type { _Record, AttributeValue, DescribeStreamOutput } from '@aws-sdk/client-dynamodb-streams';
import type { AwsCaller } from '../../../../platform/index.ts';
import { dynamoDbRecordAgeMs } from '../limits.ts';
import type { ShardPosition, SourceRecord, SourceShard, StreamKind } from './stream.ts';

const service = 'dynamodbstreams';

export const dynamoDbStreams: StreamKind = {
  /** GetRecords: “The default value is 1000”, which is also the most. */
  pageMax: 1000,
  retentionMs: dynamoDbRecordAgeMs,
  batchInfo: 'DDBStreamBatchInfo',
  // Written by every change that a stream records.
  stirs: ['dynamodb.streamHead'],
  open: (aws, streamArn) => ({
    shards: () => shardsOf(aws, streamArn),
    async iterator(ShardId, position) {
      const { ShardIterator = '' } = await aws.call<{ ShardIterator?: string }>(service, 'GetShardIterator', {
        StreamArn: streamArn,
        ShardId,
        ...placeOf(position),
      });
      return ShardIterator;
    },
    async records(_shardId, ShardIterator, Limit) {
      const { Records = [], NextShardIterator } = await aws.call<{
        Records?: _Record[];
        NextShardIterator?: string;
      }>(service, 'GetRecords', { ShardIterator, Limit });
      return { records: Records.map((record) => recordOf(record, streamArn)), next: NextShardIterator };
    },
  }),
};

async function shardsOf(aws: AwsCaller, StreamArn: string): Promise<SourceShard[]> {
  const shards: SourceShard[] = [];
  for (let start: string | undefined; ; ) {
    const { StreamDescription } = await aws.call<DescribeStreamOutput>(service, 'DescribeStream', {
      StreamArn,
      ...(start === undefined ? {} : { ExclusiveStartShardId: start }),
    });
    for (const { ShardId = '', ParentShardId, SequenceNumberRange } of StreamDescription?.Shards ?? []) {
      shards.push({
        id: ShardId,
        parents: ParentShardId === undefined ? [] : [ParentShardId],
        closed: SequenceNumberRange?.EndingSequenceNumber !== undefined,
      });
    }
    start = StreamDescription?.LastEvaluatedShardId;
    if (start === undefined) return shards;
  }
}

function placeOf(position: ShardPosition): object {
  return position.at === 'AFTER_SEQUENCE_NUMBER'
    ? { ShardIteratorType: position.at, SequenceNumber: position.sequence }
    : { ShardIteratorType: position.at };
}

function recordOf(record: _Record, eventSourceARN: string): SourceRecord {
  const { dynamodb = {}, userIdentity } = record;
  const { ApproximateCreationDateTime: created, Keys, NewImage, OldImage } = dynamodb;
  const time = created === undefined ? 0 : new Date(created).getTime();
  const keys = imageOf(Keys ?? {});
  const event = {
    eventID: record.eventID,
    eventName: record.eventName,
    eventVersion: record.eventVersion,
    eventSource: record.eventSource,
    awsRegion: record.awsRegion,
    dynamodb: {
      ApproximateCreationDateTime: time / 1000,
      Keys: keys,
      ...(NewImage ? { NewImage: imageOf(NewImage) } : {}),
      ...(OldImage ? { OldImage: imageOf(OldImage) } : {}),
      SequenceNumber: dynamodb.SequenceNumber,
      SizeBytes: dynamodb.SizeBytes,
      StreamViewType: dynamodb.StreamViewType,
    },
    ...(userIdentity
      ? { userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId } }
      : {}),
    eventSourceARN,
  };
  return {
    sequence: dynamodb.SequenceNumber ?? '',
    time,
    group: JSON.stringify(keys),
    event,
    filtered: event,
  };
}

type Image = Record<string, AttributeValue>;

function imageOf(image: Image): Record<string, unknown> {
  return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, jsonOf(value)]));
}

/** An attribute value in JSON: bytes are base64. */
function jsonOf(value: AttributeValue): unknown {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.M !== undefined) return { M: imageOf(value.M) };
  if (value.L !== undefined) return { L: value.L.map(jsonOf) };
  return value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
