/** What a cloud can be started with for DynamoDB: throughput that is enforced, states that take time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  ThrottlingException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { type CloudOptions, startCloud } from '../../src/cloud/index.ts';

const startAt = Date.UTC(2026, 0, 1);

async function open(options: CloudOptions) {
  const cloud = await startCloud(options);
  return { cloud, client: new DynamoDBClient({ ...cloud.clientConfig, maxAttempts: 1 }) };
}

const table = (TableName: string, more: object) =>
  new CreateTableCommand({
    TableName,
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    ...more,
  });
const put = (TableName: string) => new PutItemCommand({ TableName, Item: { pk: { S: 'a' } } });

it('tells clients in their own words what was throttled', async () => {
  const { cloud, client } = await open({ startAt, dynamodb: { throughput: 'enforce' } });
  // Nothing is refilled but by what is said below.
  cloud.clock.freeze();
  await client.send(
    table('small', { ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } }),
  );
  await client.send(put('small'));
  const refusal = await client.send(put('small')).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ProvisionedThroughputExceededException);
  expect(refusal).toMatchObject({
    ThrottlingReasons: [
      {
        reason: 'TableWriteProvisionedThroughputExceeded',
        resource: 'arn:aws:dynamodb:us-east-1:000000000000:table/small',
      },
    ],
    $metadata: { httpStatusCode: 400 },
  });
  const get = new GetItemCommand({ TableName: 'small', Key: { pk: { S: 'a' } }, ConsistentRead: true });
  expect((await client.send(get)).Item).toEqual({ pk: { S: 'a' } });
  await expect(client.send(get)).rejects.toBeInstanceOf(ProvisionedThroughputExceededException);
  await cloud.clock.advance(1000);
  const requests = ['a', 'b'].map((pk) => ({ PutRequest: { Item: { pk: { S: pk } } } }));
  const { UnprocessedItems } = await client.send(
    new BatchWriteItemCommand({ RequestItems: { small: requests } }),
  );
  expect(UnprocessedItems).toEqual({ small: [requests[1]] });

  await client.send(
    table('capped', { BillingMode: 'PAY_PER_REQUEST', OnDemandThroughput: { MaxWriteRequestUnits: 1 } }),
  );
  await client.send(put('capped'));
  const capped = await client.send(put('capped')).catch((error: unknown) => error);
  expect(capped).toBeInstanceOf(ThrottlingException);
  expect(capped).toMatchObject({
    throttlingReasons: [{ reason: 'TableWriteMaxOnDemandThroughputExceeded' }],
  });
  await cloud.close();
});

it('lets SDKs wait for a table, also over a restart', async () => {
  const data = mkdtempSync(join(tmpdir(), 'brume-'));
  try {
    const dynamodb = { durations: { tableCreate: 60_000 } };
    const first = await open({ startAt, dynamodb, data });
    await first.client.send(table('slow', { BillingMode: 'PAY_PER_REQUEST' }));
    await expect(first.client.send(put('slow'))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await first.cloud.close();

    const second = await open({ startAt: startAt + 30_000, dynamodb, data });
    const describe = new DescribeTableCommand({ TableName: 'slow' });
    expect((await second.client.send(describe)).Table?.TableStatus).toBe('CREATING');
    const waiting = waitUntilTableExists(
      { client: second.client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { TableName: 'slow' },
    );
    await second.cloud.clock.advance(30_000);
    expect((await waiting).state).toBe('SUCCESS');
    await second.client.send(put('slow'));
    await second.cloud.close();
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});
