/** A cloud that is killed again and again while a function follows a table: nothing is lost, and nothing is out of order. */
import { join } from 'node:path';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { CreateEventSourceMappingCommand, CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { expect, it } from 'vitest';
import { zipped } from '../../src/services/lambda/code/zipped.ts';
import { type Server, startServer, temporaryFolder } from '../e2e/support/server.ts';

const rounds = 5;
const writers = 3;

/** Appends what it is given to one list, so that its order is the order of invocations. */
const follower = `
const { DynamoDBClient, UpdateItemCommand } = require('@aws-sdk/client-dynamodb');
const client = new DynamoDBClient({});
exports.handler = async ({ Records }) => {
  const seen = Records.map(({ dynamodb: { Keys, NewImage } }) => ({ S: Keys.pk.S + ' ' + NewImage.n.N }));
  await client.send(new UpdateItemCommand({
    TableName: 'log', Key: { pk: { S: 'log' } },
    UpdateExpression: 'SET seen = list_append(if_not_exists(seen, :none), :seen)',
    ExpressionAttributeValues: { ':none': { L: [] }, ':seen': { L: seen } },
  }));
};`;

it('every acknowledged write reaches the function, those of an item in order', async () => {
  const folder = temporaryFolder();
  const data = join(folder.path, 'data');
  const told = Array<number>(writers).fill(0);
  let server: Server | undefined;
  try {
    for (let round = 0; round < rounds; round++) {
      server = await start(data);
      if (round === 0) await prepare(server);
      const client = dynamodb(server);
      const before = Math.min(...told);
      const work = told.map((_, who) => write(client, who, told));
      // However slow the machine: each round has writes of everybody's.
      await expect.poll(() => Math.min(...told), { interval: 5 }).toBeGreaterThan(before + 1);
      await new Promise((resolve) => setTimeout(resolve, 200 + round * 170));
      await server.kill('SIGKILL');
      await Promise.all(work);
      client.destroy();
    }
    server = await start(data);
    const client = dynamodb(server);
    for (const [who, count] of told.entries()) {
      expect(count, `writes of ${who}`).toBeGreaterThan(rounds);
      await expect
        .poll(async () => Math.max(...(await seenOf(client, who))), { interval: 100 })
        .toBeGreaterThanOrEqual(count);
      const seen = await seenOf(client, who);
      const last = Math.max(...seen);
      // A batch comes again after a crash, from its beginning: what is new in it goes on where the last one ended.
      const first = seen.filter((n, at) => seen.indexOf(n) === at);
      expect(first).toEqual(Array.from({ length: last }, (_, n) => n + 1));
    }
    client.destroy();
  } finally {
    await server?.kill('SIGKILL');
    folder.remove();
  }
});

function start(data: string): Promise<Server> {
  return startServer(['--port', '0', '--data', data, '--log-level', 'error']);
}

const options = (server: Server) => ({
  endpoint: server.endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
});

function dynamodb(server: Server): DynamoDBClient {
  return new DynamoDBClient(options(server));
}

async function prepare(server: Server): Promise<void> {
  const client = dynamodb(server);
  const table = {
    BillingMode: 'PAY_PER_REQUEST' as const,
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' as const }],
  };
  await client.send(new CreateTableCommand({ TableName: 'log', ...table }));
  const StreamSpecification = { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' as const };
  const { TableDescription } = await client.send(
    new CreateTableCommand({ TableName: 'changes', ...table, StreamSpecification }),
  );
  for (const TableName of ['log', 'changes']) {
    await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 0.02, maxDelay: 0.1 }, { TableName });
  }
  const lambda = new LambdaClient(options(server));
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'follower',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/follower',
      Timeout: 20,
      Code: { ZipFile: await zipped({ 'index.js': follower }) },
    }),
  );
  await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: 'follower',
      EventSourceArn: TableDescription?.LatestStreamArn ?? '',
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 10,
    }),
  );
  client.destroy();
}

/** Counts an item up until the cloud is gone. */
async function write(client: DynamoDBClient, who: number, told: number[]): Promise<void> {
  for (;;) {
    const n = (told[who] ?? 0) + 1;
    const Item = { pk: { S: `w${who}` }, n: { N: String(n) } };
    try {
      await client.send(new PutItemCommand({ TableName: 'changes', Item }));
    } catch {
      return;
    }
    told[who] = n;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function seenOf(client: DynamoDBClient, who: number): Promise<number[]> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: 'log', Key: { pk: { S: 'log' } }, ConsistentRead: true }),
  );
  const seen = (Item?.seen?.L ?? []).map(({ S = '' }) => S.split(' '));
  return seen.filter(([pk]) => pk === `w${who}`).map(([, n]) => Number(n));
}
