/** The in-process cloud, as a test author uses it. */

import { join } from 'node:path';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { temporaryFolder } from './support/server.ts';

const folder = temporaryFolder();
let cloud: Cloud;
let dynamodb: DynamoDBClient;

beforeAll(async () => {
  cloud = await startCloud();
  dynamodb = new DynamoDBClient(cloud.clientConfig);
});
afterAll(async () => {
  dynamodb.destroy();
  await cloud.close();
  folder.remove();
});

async function table(name: string) {
  await dynamodb.send(
    new CreateTableCommand({
      TableName: name,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  await dynamodb.send(new PutItemCommand({ TableName: name, Item: { id: { S: '1' }, n: { N: '42' } } }));
}

const control = async (path: string, body?: unknown) => {
  const answer = await fetch(
    `${cloud.endpoint}/_brume/${path}`,
    body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
  );
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

describe('startCloud', () => {
  it('saves and loads a snapshot, and reset empties everything', async () => {
    await table('kept');
    const file = join(folder.path, 'snapshot');
    await cloud.snapshot.save(file);
    await cloud.reset();
    expect((await dynamodb.send(new ListTablesCommand({}))).TableNames).toEqual([]);
    await cloud.snapshot.load(file);
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName: 'kept', Key: { id: { S: '1' } } }));
    expect(Item).toEqual({ id: { S: '1' }, n: { N: '42' } });
  });

  it('two clouds know nothing of each other', async () => {
    await using other = await startCloud();
    const client = new DynamoDBClient(other.clientConfig);
    await table('mine');
    expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([]);
    client.destroy();
  });

  it('moves its clock, by the library and over HTTP, and never back', async () => {
    const before = cloud.clock.now();
    await cloud.clock.advance(3_600_000);
    expect(cloud.clock.now()).toBeGreaterThanOrEqual(before + 3_600_000);
    expect((await control('clock', { advanceMs: 60_000 })).status).toBe(200);
    expect(cloud.clock.now()).toBeGreaterThanOrEqual(before + 3_660_000);
    expect(await control('clock', { set: '2001-01-01T00:00:00Z' })).toMatchObject({ status: 400 });
    expect(await control('clock', { nonsense: true })).toMatchObject({ status: 400 });
  });

  it('tells its health in both places, and refuses control to foreign pages and hosts', async () => {
    for (const path of ['_brume/health', '_localstack/health']) {
      const health = (await (await fetch(`${cloud.endpoint}/${path}`)).json()) as {
        services: Record<string, string>;
      };
      expect(health.services.dynamodb).toBe('running');
    }
    const foreign = await fetch(`${cloud.endpoint}/_brume/reset`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
    });
    expect(foreign.status).toBe(403);
  });

  it('an unknown service says which exist, an unbuilt operation answers 501 with its name', async () => {
    const unknown = await fetch(cloud.endpoint, {
      method: 'POST',
      headers: {
        authorization:
          'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/rekognition/aws4_request, SignedHeaders=host, Signature=0',
      },
    });
    expect(unknown.status).toBe(501);
    expect(await unknown.text()).toMatch(/rekognition.*dynamodb/s);
    const unbuilt = await fetch(cloud.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.SearchVectors',
        authorization:
          'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: '{}',
    });
    expect(unbuilt.status).toBe(501);
    expect(await unbuilt.text()).toContain('SearchVectors');
  });
});
