import { describe, expect, it } from 'vitest';
import type { AwsCaller } from '../../../../platform/index.ts';
import { kinesisStreams } from './kinesis.ts';

const streamArn = 'arn:aws:kinesis:eu-west-1:123456789012:stream/s';

/** A stream whose calls are told, with the answers of its service. */
function open(answers: Record<string, object[]>) {
  const asked: [string, object][] = [];
  const aws = {
    async call(_service: string, operation: string, input: object) {
      asked.push([operation, input]);
      return answers[operation]?.shift() ?? {};
    },
  } as unknown as AwsCaller;
  return { asked, source: kinesisStreams.open(aws, streamArn, 'arn:aws:iam::123456789012:role/r') };
}

describe('a Kinesis stream', () => {
  it('tells its shards, page by page, with both parents of a merge', async () => {
    const { source, asked } = open({
      ListShards: [
        { Shards: [{ ShardId: 'a', SequenceNumberRange: { EndingSequenceNumber: '9' } }], NextToken: 'more' },
        {
          Shards: [{ ShardId: 'c', ParentShardId: 'a', AdjacentParentShardId: 'b', SequenceNumberRange: {} }],
        },
      ],
    });
    expect(await source.shards()).toEqual([
      { id: 'a', parents: [], closed: true },
      { id: 'c', parents: ['a', 'b'], closed: false },
    ]);
    expect(asked.map(([, input]) => input)).toEqual([{ StreamARN: streamArn }, { NextToken: 'more' }]);
  });

  it('is read from where it is told', async () => {
    const { source, asked } = open({});
    await source.iterator('a', { at: 'TRIM_HORIZON' });
    await source.iterator('a', { at: 'AT_TIMESTAMP', time: 5_000 });
    await source.iterator('a', { at: 'AFTER_SEQUENCE_NUMBER', sequence: '7' });
    expect(asked.map(([, input]) => input)).toEqual([
      { StreamARN: streamArn, ShardId: 'a', ShardIteratorType: 'TRIM_HORIZON' },
      { StreamARN: streamArn, ShardId: 'a', ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(5_000) },
      {
        StreamARN: streamArn,
        ShardId: 'a',
        ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
        StartingSequenceNumber: '7',
      },
    ]);
  });

  it('gives records as AWS writes them, and their decoded data to filters', async () => {
    const record = (SequenceNumber: string, data: string) => ({
      SequenceNumber,
      ApproximateArrivalTimestamp: new Date(1_545_084_650_987),
      Data: Buffer.from(data),
      PartitionKey: 'p',
    });
    const { source } = open({ GetRecords: [{ Records: [record('1', '{"n":1}'), record('2', 'text')] }] });
    const { records, next } = await source.records('shardId-000000000006', 'i', 10);
    expect(next).toBeUndefined();
    expect(records[0]).toMatchObject({ sequence: '1', group: 'p', time: 1_545_084_650_987 });
    expect(records[0]?.event).toEqual({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: 'p',
        sequenceNumber: '1',
        data: 'eyJuIjoxfQ==',
        approximateArrivalTimestamp: 1545084650.987,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: 'shardId-000000000006:1',
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: 'arn:aws:iam::123456789012:role/r',
      awsRegion: 'eu-west-1',
      eventSourceARN: streamArn,
    });
    expect(records.map(({ filtered }) => filtered)).toMatchObject([{ data: { n: 1 } }, { data: 'text' }]);
  });
});
