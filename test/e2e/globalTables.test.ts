/** Replicas of a table over a crash: the process is killed while items are copied and both regions are written to. */
import { join } from 'node:path';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  paginateScan,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, it } from 'vitest';
import { type Server, startServer, temporaryFolder } from './support/server.ts';

const TableName = 'Everywhere';
const folder = temporaryFolder();
let server: Server;

afterAll(async () => {
  await server?.kill('SIGKILL');
  folder.remove();
});

async function start(): Promise<{ west: DynamoDBClient; east: DynamoDBClient }> {
  server = await startServer(['--port', '0', '--data', join(folder.path, 'data'), '--log-level', 'warn']);
  const config = {
    endpoint: server.endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  return {
    west: new DynamoDBClient({ ...config, region: 'eu-west-1' }),
    east: new DynamoDBClient({ ...config, region: 'us-east-1' }),
  };
}

async function everything(client: DynamoDBClient): Promise<Map<string, Record<string, AttributeValue>>> {
  const items = new Map<string, Record<string, AttributeValue>>();
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
    for (const item of Items) items.set(item.pk?.S ?? '', item);
  }
  return items;
}

async function statusOf(client: DynamoDBClient): Promise<unknown> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  return [Table?.TableStatus, Table?.Replicas?.map(({ ReplicaStatus }) => ReplicaStatus)];
}

/** Writes to a few keys until the server is gone. @param enough writes after which it is killed. */
async function scribble(client: DynamoDBClient, by: string, enough: number): Promise<void> {
  for (let n = 0; ; n++) {
    if (n === enough) void server.kill('SIGKILL');
    const Item = { pk: { S: `key${n % 7}` }, by: { S: `${by}${n}` } };
    try {
      await client.send(new PutItemCommand({ TableName, Item }));
    } catch (error) {
      // The replica isn't there at first.
      if ((error as Error).name !== 'ResourceNotFoundException') return;
    }
  }
}

describe('a global table', () => {
  it('is the same everywhere after a crash in the middle of a copy and of writes', async () => {
    const first = await start();
    await first.west.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    for (let from = 0; from < 2000; from += 25) {
      const requests = Array.from({ length: 25 }, (_, at) => ({
        PutRequest: { Item: { pk: { S: `key${from + at}` }, text: { S: 'x'.repeat(500) } } },
      }));
      await first.west.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
    }
    await first.west.send(
      new UpdateTableCommand({ TableName, ReplicaUpdates: [{ Create: { RegionName: 'us-east-1' } }] }),
    );
    await Promise.all([
      scribble(first.west, 'west', 40),
      scribble(first.east, 'east', Number.POSITIVE_INFINITY),
    ]);
    await server.kill('SIGKILL');

    const { west, east } = await start();
    await expect.poll(() => statusOf(west)).toEqual(['ACTIVE', ['ACTIVE']]);
    await expect
      .poll(async () => {
        const [here, there] = await Promise.all([everything(west), everything(east)]);
        return here.size === 2000 && JSON.stringify([...here]) === JSON.stringify([...there]);
      })
      .toBe(true);
  });
});
