import { describe, expect, it } from 'vitest';
import type { MetricDatum, Telemetry } from '../../telemetry/port.ts';
import { Bucket } from './domain/bucket.ts';
import { Consumption } from './domain/capacity.ts';
import { openDynamoDb, startAt } from './testing/harness.ts';
import { ThroughputMeter } from './throughput.ts';

async function provisioned(read: number, write: number, more: object = {}) {
  const room = await openDynamoDb(undefined, { throughput: 'enforce' });
  await room.createTable('tbl', false, {
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: { ReadCapacityUnits: read, WriteCapacityUnits: write },
    ...more,
  });
  const put = (pk: string, more: object = {}) =>
    room.call('PutItem', { TableName: 'tbl', Item: { pk: { S: pk }, ...more } });
  const get = (pk: string, consistent = true) =>
    room.call('GetItem', { TableName: 'tbl', Key: { pk: { S: pk } }, ConsistentRead: consistent });
  return { ...room, put, get };
}

const tableArn = 'arn:aws:dynamodb:eu-west-1:000000000000:table/tbl';
const exceeded = (kind: 'Read' | 'Write') => ({
  code: 'ProvisionedThroughputExceededException',
  message:
    'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
  members: {
    ThrottlingReasons: [{ reason: `Table${kind}ProvisionedThroughputExceeded`, resource: tableArn }],
  },
});
const byN = {
  IndexName: 'byN',
  KeySchema: [{ AttributeName: 'n', KeyType: 'HASH' }],
  Projection: { ProjectionType: 'ALL' },
};
const definitions = [
  { AttributeName: 'pk', AttributeType: 'S' },
  { AttributeName: 'n', AttributeType: 'S' },
];

describe('buckets', () => {
  it('hold five minutes of what went unused', () => {
    const bucket = new Bucket(2, 0, 0);
    bucket.take(2);
    expect(bucket.isEmpty).toBe(true);
    bucket.refill(2, 1000);
    expect(bucket.isEmpty).toBe(false);
    bucket.refill(2, 1e9);
    bucket.take(599);
    expect(bucket.isEmpty).toBe(false);
    bucket.take(1);
    expect(bucket.isEmpty).toBe(true);
  });

  it('pay off what one request took too much', () => {
    const bucket = new Bucket(1, 0, 0);
    bucket.take(11);
    bucket.refill(1, 10_000);
    expect(bucket.isEmpty).toBe(true);
    bucket.refill(1, 11_000);
    expect(bucket.isEmpty).toBe(false);
  });

  it('keep no burst of a rate that was lowered', () => {
    const bucket = new Bucket(100, 0, 300_000);
    bucket.refill(1, 300_000);
    bucket.take(300);
    expect(bucket.isEmpty).toBe(true);
  });
});

describe('throughput, enforced', () => {
  it('refuses what is beyond the provisioned units, until the clock brings more', async () => {
    const { put, get, clock } = await provisioned(1, 2);
    await put('a');
    await put('b');
    await expect(put('c')).rejects.toMatchObject(exceeded('Write'));
    await get('a');
    await expect(get('a')).rejects.toMatchObject(exceeded('Read'));
    await clock.advance(1000);
    await get('a', false);
    await get('a', false);
    await expect(get('a', false)).rejects.toMatchObject(exceeded('Read'));
    await put('c');
    await clock.advance(600_000);
    for (let n = 0; n < 600; n++) await put('a');
    await expect(put('a')).rejects.toMatchObject(exceeded('Write'));
  });

  it('charges queries, scans, failed conditions and updates by their size', async () => {
    const { call, put, clock } = await provisioned(3, 4);
    await put('a', { text: { S: 'x'.repeat(3000) } });
    await expect(
      call('DeleteItem', {
        TableName: 'tbl',
        Key: { pk: { S: 'a' } },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    ).rejects.toMatchObject({ code: 'ConditionalCheckFailedException' });
    await expect(call('DeleteItem', { TableName: 'tbl', Key: { pk: { S: 'a' } } })).rejects.toMatchObject(
      exceeded('Write'),
    );
    for (let n = 0; n < 3; n++) await call('Scan', { TableName: 'tbl', ConsistentRead: true });
    await expect(call('Scan', { TableName: 'tbl' })).rejects.toMatchObject(exceeded('Read'));
    await clock.advance(60_000);
    expect(await call('Scan', { TableName: 'tbl' })).toMatchObject({ Count: 1 });
  });

  it('lets an index without write capacity hold back the table, for the items that it holds', async () => {
    const { call, put } = await provisioned(5, 100, {
      AttributeDefinitions: definitions,
      GlobalSecondaryIndexes: [
        { ...byN, ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } },
      ],
    });
    await put('a', { n: { S: 'x' } });
    await expect(put('b', { n: { S: 'x' } })).rejects.toMatchObject({
      code: 'ProvisionedThroughputExceededException',
      members: {
        ThrottlingReasons: [
          { reason: 'IndexWriteProvisionedThroughputExceeded', resource: `${tableArn}/index/byN` },
        ],
      },
    });
    expect(await call('GetItem', { TableName: 'tbl', Key: { pk: { S: 'b' } } })).toEqual({});
    await put('c');
    const query = () =>
      call('Query', {
        TableName: 'tbl',
        IndexName: 'byN',
        KeyConditionExpression: 'n = :n',
        ExpressionAttributeValues: { ':n': { S: 'x' } },
      });
    await query();
    await query();
    await expect(query()).rejects.toMatchObject({
      members: { ThrottlingReasons: [{ reason: 'IndexReadProvisionedThroughputExceeded' }] },
    });
  });

  it('leaves the rest of a batch to be sent again, and refuses one of which nothing can be done', async () => {
    const { call, clock } = await provisioned(2, 2);
    const puts = ['a', 'b', 'c'].map((pk) => ({ PutRequest: { Item: { pk: { S: pk } } } }));
    expect(await call('BatchWriteItem', { RequestItems: { tbl: puts } })).toMatchObject({
      UnprocessedItems: { tbl: [puts[2]] },
    });
    await expect(call('BatchWriteItem', { RequestItems: { tbl: puts } })).rejects.toMatchObject(
      exceeded('Write'),
    );
    const Keys = ['a', 'b', 'c'].map((pk) => ({ pk: { S: pk } }));
    const get = () => call('BatchGetItem', { RequestItems: { tbl: { Keys, ConsistentRead: true } } });
    expect(await get()).toMatchObject({
      UnprocessedKeys: { tbl: { Keys: [Keys[2]], ConsistentRead: true } },
    });
    await expect(get()).rejects.toMatchObject(exceeded('Read'));
    await clock.advance(2000);
    expect(await get()).toMatchObject({ UnprocessedKeys: {} });
  });

  it('cancels transactions', async () => {
    const { call, put } = await provisioned(2, 3);
    await put('a');
    const Put = (pk: string) => ({ Put: { TableName: 'tbl', Item: { pk: { S: pk } } } });
    await expect(call('TransactWriteItems', { TransactItems: [Put('b'), Put('c')] })).rejects.toMatchObject({
      code: 'TransactionCanceledException',
      members: {
        CancellationReasons: [
          { Code: 'None' },
          { Code: 'ProvisionedThroughputExceeded', Message: exceeded('Write').message },
        ],
      },
    });
    const Get = (pk: string) => ({ Get: { TableName: 'tbl', Key: { pk: { S: pk } } } });
    await expect(call('TransactGetItems', { TransactItems: [Get('a'), Get('b')] })).rejects.toMatchObject({
      members: { CancellationReasons: [{ Code: 'None' }, { Code: 'ProvisionedThroughputExceeded' }] },
    });
  });

  it('holds on-demand tables to the maximum that was set for them', async () => {
    const { call, createTable } = await openDynamoDb(undefined, { throughput: 'enforce' });
    await createTable('tbl', false, { OnDemandThroughput: { MaxWriteRequestUnits: 1 } });
    const put = () => call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'a' } } });
    await put();
    await expect(put()).rejects.toMatchObject({
      code: 'ThrottlingException',
      members: {
        throttlingReasons: [{ reason: 'TableWriteMaxOnDemandThroughputExceeded', resource: tableArn }],
      },
    });
    for (let n = 0; n < 50; n++) await call('GetItem', { TableName: 'tbl', Key: { pk: { S: 'a' } } });
  });

  it('holds every on-demand table to the account’s quota, and reports each minute what was consumed', async () => {
    const { createTable, room, clock } = await openDynamoDb();
    await createTable('tbl', false);
    const reported: MetricDatum[] = [];
    const telemetry = { metric: (datum: MetricDatum) => reported.push(datum) } as unknown as Telemetry;
    const meter = new ThroughputMeter(clock, telemetry);
    const table = await room.tables.load({ account: '000000000000', region: 'eu-west-1' }, 'tbl');
    const read = (units: number) => meter.admit(table, 'read', new Consumption(table, units));
    read(39_000.5);
    read(999.5);
    expect(() => read(0.5)).toThrow('Throughput exceeds the current throughput limit for your account');
    await clock.advance(60_000);
    read(2);
    await clock.advance(300_000);
    expect(reported.map(({ name, dimensions, value, time }) => ({ name, dimensions, value, time }))).toEqual([
      { name: 'ConsumedReadCapacityUnits', dimensions: { TableName: 'tbl' }, value: 40_000, time: startAt },
      {
        name: 'ConsumedReadCapacityUnits',
        dimensions: { TableName: 'tbl' },
        value: 2,
        time: startAt + 60_000,
      },
    ]);
  });

  it('is off unless asked for', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', false, {
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
    });
    for (let n = 0; n < 10; n++) await call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'a' } } });
  });
});
