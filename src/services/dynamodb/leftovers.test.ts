import { describe, expect, it } from 'vitest';
import type { Platform } from '../../platform/index.ts';
import { declaredPrefixes, type MemoryStore } from '../../store/index.ts';
import { indexes } from './testing/copies.ts';
import { openDynamoDb } from './testing/harness.ts';

const day = 24 * 3600 * 1000;
const arn = 'arn:aws:dynamodb:eu-west-1:000000000000:table/everything';
const streamArn = 'arn:aws:kinesis:eu-west-1:000000000000:stream/changes';
const policy = (Resource: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'dynamodb:GetItem', Resource },
    ],
  });

/** What is left of DynamoDB in the store: how many keys of each prefix. */
async function leftovers(store: MemoryStore): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const prefix of declaredPrefixes()) {
    if (!prefix.startsWith('dynamodb.')) continue;
    const entries = await store.range({ prefix: [prefix], limit: 1000 });
    if (entries.length > 0) found[prefix] = entries.length;
  }
  return found;
}

/** A cloud with a table that has everything that a table can have, and a day of work behind it. */
async function openFull() {
  const aws = () => ({
    call: async (_service: string, operation: string) =>
      operation === 'DescribeStreamSummary' ? { StreamDescriptionSummary: { StreamStatus: 'ACTIVE' } } : {},
  });
  const bench = await openDynamoDb(undefined, {}, { aws: aws as unknown as Platform['aws'] });
  const { call, clock, settle, store } = bench;
  await bench.createTable('everything', 'S', {
    ...indexes,
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    ResourcePolicy: policy(arn),
    Tags: [{ Key: 'team', Value: 'data' }],
  });
  const { Table } = await call<{ Table: { LatestStreamArn: string } }>('DescribeTable', {
    TableName: 'everything',
  });
  const stream = Table.LatestStreamArn;
  await call('PutResourcePolicy', {
    ResourceArn: stream,
    Policy: policy(stream).replace('GetItem', 'GetRecords'),
  });
  await call('UpdateTimeToLive', {
    TableName: 'everything',
    TimeToLiveSpecification: { Enabled: true, AttributeName: 'expires' },
  });
  await call('EnableKinesisStreamingDestination', { TableName: 'everything', StreamArn: streamArn });
  for (const IndexName of [undefined, 'global']) {
    await call('UpdateContributorInsights', {
      ...{ TableName: 'everything', ContributorInsightsAction: 'ENABLE' },
      ...(IndexName ? { IndexName } : {}),
    });
  }
  const write = async (from: number, to: number) => {
    for (let n = from; n < to; n++) {
      await call('PutItem', {
        TableName: 'everything',
        Item: {
          ...{ pk: { S: `p${n % 3}` }, sk: { S: String(n) }, g: { S: 'g' } },
          expires: { N: String(Math.floor(clock.now() / 1000) + (n % 2 === 0 ? 60 : 10_000_000)) },
        },
      });
    }
    await settle();
  };
  await write(0, 10);
  await clock.advance(3 * 60_000);
  await settle();
  await write(10, 20);
  const drop = async (region = 'eu-west-1') => {
    await call('DeleteTable', { TableName: 'everything' }, { region });
    await settle();
  };
  const pass = async (days: number) => {
    for (let hours = 0; hours < days * 24; hours += 12) {
      await clock.advance(day / 2);
      await settle();
    }
  };
  return { ...bench, write, drop, pass, left: () => leftovers(store) };
}

describe('a table that is deleted', () => {
  it('leaves nothing but its stream, and that for a day', async () => {
    const { drop, pass, left } = await openFull();
    expect(Object.keys(await left())).toEqual(
      expect.arrayContaining([
        ...['dynamodb.table', 'dynamodb.tags', 'dynamodb.item', 'dynamodb.index', 'dynamodb.collection'],
        ...['dynamodb.expiry', 'dynamodb.stream', 'dynamodb.streamRecord', 'dynamodb.insight'],
        ...['dynamodb.kinesis', 'dynamodb.outbox', 'dynamodb.policy'],
      ]),
    );
    await drop();
    expect(Object.keys(await left()).sort()).toEqual([
      'dynamodb.shard',
      'dynamodb.stream',
      'dynamodb.streamHead',
      'dynamodb.streamRecord',
    ]);
    await pass(2);
    expect(await left()).toEqual({});
  });

  it('is a system backup for 35 days when it had point-in-time recovery', async () => {
    const { call, drop, pass, write, left } = await openFull();
    await call('UpdateContinuousBackups', {
      TableName: 'everything',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    await write(20, 30);
    await drop();
    await pass(2);
    expect(Object.keys(await left()).sort()).toEqual(['dynamodb.backup', 'dynamodb.item']);
    await pass(34);
    expect(await left()).toEqual({});
  });

  it('leaves nothing when it had replicas', async () => {
    const { call, write, drop, pass, settle, left } = await openFull();
    await call('UpdateTable', {
      TableName: 'everything',
      ReplicaUpdates: [{ Create: { RegionName: 'eu-north-1' } }],
    });
    await settle();
    await write(20, 30);
    await drop('eu-north-1');
    await write(30, 40);
    await pass(2);
    await drop();
    await pass(2);
    expect(await left()).toEqual({});
  });
});
