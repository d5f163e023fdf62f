/** A table with a stream and what reads it, for the tests of streams. */
import type { OperationContext } from '../../../platform/index.ts';
import type { MemoryStore } from '../../../store/index.ts';
import { dynamodbStreams } from '../streams/index.ts';
import { openDynamoDb } from './harness.ts';

export interface StreamRecord {
  eventID: string;
  eventName: string;
  userIdentity?: object;
  dynamodb: {
    Keys: { pk: { S: string } };
    NewImage?: Record<string, { N: string }>;
    OldImage?: object;
    SequenceNumber: string;
    SizeBytes: number;
  };
}

export interface DescribedShard {
  ShardId: string;
  ParentShardId?: string;
  SequenceNumberRange: { StartingSequenceNumber: string; EndingSequenceNumber?: string };
}

export interface DescribedStream {
  StreamStatus: string;
  Shards: DescribedShard[];
  LastEvaluatedShardId?: string;
}

export interface ReadPage {
  Records: StreamRecord[];
  NextShardIterator?: string;
}

/** A table `tbl` whose stream has this view type. */
export async function openStreams(viewType = 'NEW_AND_OLD_IMAGES', store?: MemoryStore) {
  const bench = await openDynamoDb(store);
  const created = await bench.createTable('tbl', false, {
    StreamSpecification: { StreamEnabled: true, StreamViewType: viewType },
  });
  const { LatestStreamArn: arn } = (created as unknown as { TableDescription: { LatestStreamArn: string } })
    .TableDescription;
  const ask = async <Output>(operation: string, input: object): Promise<Output> => {
    const handler = dynamodbStreams.operations[operation] as unknown as (
      ctx: OperationContext<{ store: unknown; logs: unknown }>,
      input: object,
    ) => Promise<Output>;
    const room = { store: bench.store, logs: bench.logs };
    const ctx = { room, account: '000000000000', region: 'eu-west-1', now: bench.clock.now() };
    return handler(ctx as never, input);
  };
  const shards = async (more: object = {}) =>
    (
      await ask<{ StreamDescription: DescribedStream }>('DescribeStream', {
        StreamArn: arn,
        ...more,
      })
    ).StreamDescription;
  const iterator = async (type: string, sequence?: string, shard?: string) =>
    (
      await ask<{ ShardIterator: string }>('GetShardIterator', {
        StreamArn: arn,
        ShardId: shard ?? (await shards()).Shards[0]?.ShardId,
        ShardIteratorType: type,
        ...(sequence === undefined ? {} : { SequenceNumber: sequence }),
      })
    ).ShardIterator;
  const read = (from: string, more: object = {}) =>
    ask<ReadPage>('GetRecords', { ShardIterator: from, ...more });
  /** Reads all shards from their beginning, parents before children, as consumers do. */
  const readAll = async (limit = 1000): Promise<StreamRecord[]> => {
    const records: StreamRecord[] = [];
    for (const { ShardId } of (await shards()).Shards) {
      let next: string | undefined = await iterator('TRIM_HORIZON', undefined, ShardId);
      while (next !== undefined) {
        const page: ReadPage = await read(next, { Limit: limit });
        records.push(...page.Records);
        next = page.Records.length > 0 ? page.NextShardIterator : undefined;
      }
    }
    return records;
  };
  const put = (pk: string, n: number) =>
    bench.call('PutItem', { TableName: 'tbl', Item: { pk: { S: pk }, n: { N: String(n) } } });
  return { ...bench, arn, ask, shards, iterator, read, readAll, put };
}
