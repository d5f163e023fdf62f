/**
 * Kills a cloud that serves DynamoDB, again and again on one folder, in the middle of transactions, index maintenance,
 * backfills, backups and exports. Afterwards each acknowledged write is there, no transaction is there by half, indexes agree
 * with their tables, streams have each change once, and every copy is of one moment.
 */
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  type AttributeValue,
  CreateBackupCommand,
  CreateTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeExportCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ExportTableToPointInTimeCommand,
  ListBackupsCommand,
  ListExportsCommand,
  PutItemCommand,
  RestoreTableFromBackupCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import {
  type _Record,
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
} from '@aws-sdk/client-dynamodb-streams';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { checkTables } from '../../src/services/dynamodb/testing/checker.ts';
import { openStore } from '../../src/store/index.ts';
import { type Server, startServer, temporaryFolder } from '../e2e/support/server.ts';
import { randomFrom } from './support/random.ts';

type Item = Record<string, AttributeValue>;

const rounds = 12;
const clients = 12;
const accounts = 20;
const total = accounts * 100;
/** Repeat a failure with SEED=… */
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const TableName = 'bank';
const bucket = 'exports';
const account = (at: number) => ({ id: { S: `account-${at % accounts}` } });

it(`keeps tables, indexes and streams whole through ${rounds} SIGKILLs (SEED=${seed})`, async () => {
  const random = randomFrom(seed);
  const folder = temporaryFolder();
  const data = join(folder.path, 'data');
  const counted = new Array<number>(clients).fill(0);
  let server: Server | undefined;
  try {
    for (let round = 0; round < rounds; round++) {
      server = await start(data);
      if (round === 0) await createBank(server);
      const client = dynamodb(server);
      const before = [...counted];
      const work = [...Array(clients).keys()].map((who) => countAndTransfer(client, who, counted, random));
      const others = [changeIndexes(client, round), copy(client, round)];
      // However slow the machine: each round has writes, and the first a backup and an export to look at in the end.
      await expect.poll(() => counted, { interval: 5 }).not.toEqual(before);
      if (round === 0) await Promise.all(others);
      await new Promise((resolve) => setTimeout(resolve, random() * 400));
      await server.kill('SIGKILL');
      await Promise.all([...work, ...others]);
      client.destroy();
    }
    server = await start(data);
    const client = dynamodb(server);
    await expect.poll(() => settled(client)).toBe(true);
    const items = await scan(client);
    expect(sumOf(items)).toBe(total);
    for (const [who, count] of counted.entries()) {
      const found = Number(items.get(`counter-${who}`)?.count?.N ?? 0);
      // A write that was under way when the kill came may be there without anybody having been told.
      expect(found, `counter ${who}`).toBeGreaterThanOrEqual(count);
      expect(found, `counter ${who}`).toBeLessThanOrEqual(count + rounds);
    }
    expect(await replay(server)).toEqual(items);
    expect(sumOf(await restoreLastBackup(client)), 'in a backup').toBe(total);
    expect(sumOf(await readLastExport(server, client)), 'in an export').toBe(total);
    expect(Math.max(...counted), 'writes between kills').toBeGreaterThan(rounds);
    client.destroy();
    await server.kill('SIGTERM');
    const opened = await openStore({ folder: data });
    const disagreements = await checkTables(opened.store);
    await opened.close();
    expect(disagreements).toEqual([]);
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
  region: 'eu-west-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
});

function dynamodb(server: Server): DynamoDBClient {
  return new DynamoDBClient(options(server));
}

async function createBank(server: Server): Promise<void> {
  const client = dynamodb(server);
  const s3 = s3Of(server);
  await s3.send(
    new CreateBucketCommand({
      Bucket: bucket,
      CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
    }),
  );
  s3.destroy();
  await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'group', AttributeType: 'S' },
        { AttributeName: 'balance', AttributeType: 'N' },
      ],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byGroup',
          KeySchema: [
            { AttributeName: 'group', KeyType: 'HASH' },
            { AttributeName: 'balance', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName,
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'expires' },
    }),
  );
  await client.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );
  for (let at = 0; at < accounts; at++) {
    const Item = { ...account(at), group: { S: 'even' }, balance: { N: '100' } };
    await client.send(new PutItemCommand({ TableName, Item }));
  }
  client.destroy();
}

/** One client: counts up, and moves money from one account to another; until the cloud is gone. */
async function countAndTransfer(
  client: DynamoDBClient,
  who: number,
  counted: number[],
  random: () => number,
): Promise<void> {
  for (let turn = 0; ; turn++) {
    try {
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: { S: `counter-${who}` } },
          UpdateExpression: 'ADD #count :one SET expires = :expires',
          ExpressionAttributeNames: { '#count': 'count' },
          ExpressionAttributeValues: { ':one': { N: '1' }, ':expires': { N: String(4e9 + turn) } },
        }),
      );
      counted[who] = (counted[who] ?? 0) + 1;
      const from = Math.floor(random() * accounts);
      const to = from + 1 + Math.floor(random() * (accounts - 1));
      await client.send(
        new TransactWriteItemsCommand({
          TransactItems: [move(account(from), -1, turn), move(account(to), 1, turn)],
        }),
      );
    } catch (error) {
      // Another client's transfer was under way on one of the accounts, or the cloud is gone.
      if ((error as Error).name !== 'TransactionCanceledException') return;
    }
  }
}

const move = (Key: Item, by: number, turn: number) => ({
  Update: {
    TableName,
    Key,
    UpdateExpression: 'ADD balance :by SET #group = :group',
    ExpressionAttributeNames: { '#group': 'group' },
    ExpressionAttributeValues: { ':by': { N: String(by) }, ':group': { S: turn % 2 ? 'odd' : 'even' } },
  },
});

/** Creates an index in one round and deletes it in the next, in the middle of the writes. */
async function changeIndexes(client: DynamoDBClient, round: number): Promise<void> {
  const described = await client.send(new DescribeTableCommand({ TableName })).catch(() => undefined);
  // Killed before it was answered.
  if (!described) return;
  const old = described.Table?.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName !== 'byGroup');
  const attributes = [
    { AttributeName: 'id', AttributeType: 'S' as const },
    { AttributeName: 'group', AttributeType: 'S' as const },
    { AttributeName: 'balance', AttributeType: 'N' as const },
  ];
  const update = old
    ? { Delete: { IndexName: old.IndexName } }
    : {
        Create: {
          IndexName: `byBalance${round}`,
          KeySchema: [{ AttributeName: 'balance', KeyType: 'HASH' as const }],
          Projection: { ProjectionType: 'KEYS_ONLY' as const },
        },
      };
  await client
    .send(
      new UpdateTableCommand({
        TableName,
        AttributeDefinitions: attributes,
        GlobalSecondaryIndexUpdates: [update],
      }),
    )
    // Killed before it was answered, or an index is still being filled.
    .catch(() => undefined);
}

/** Backs the table up and exports it, in the middle of the writes. */
async function copy(client: DynamoDBClient, round: number): Promise<void> {
  try {
    await client.send(new CreateBackupCommand({ TableName, BackupName: `backup-${round}` }));
    const { ContinuousBackupsDescription: description } = await client.send(
      new DescribeContinuousBackupsCommand({ TableName }),
    );
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    await client.send(
      new ExportTableToPointInTimeCommand({
        TableArn: Table?.TableArn,
        S3Bucket: bucket,
        ExportTime: description?.PointInTimeRecoveryDescription?.LatestRestorableDateTime,
      }),
    );
  } catch (error) {
    // Killed before it was answered.
    if ((error as { $fault?: string }).$fault === 'client') throw error;
  }
}

async function restoreLastBackup(client: DynamoDBClient): Promise<Map<string, Item>> {
  const backups = async () =>
    (await client.send(new ListBackupsCommand({ TableName }))).BackupSummaries ?? [];
  await expect.poll(async () => (await backups()).map((each) => each.BackupStatus)).not.toContain('CREATING');
  const last = (await backups()).at(-1);
  expect(last?.BackupStatus).toBe('AVAILABLE');
  await client.send(
    new RestoreTableFromBackupCommand({ BackupArn: last?.BackupArn, TargetTableName: 'restored' }),
  );
  await expect.poll(() => settled(client, 'restored')).toBe(true);
  return scan(client, 'restored');
}

async function readLastExport(server: Server, client: DynamoDBClient): Promise<Map<string, Item>> {
  const summaries = async () => (await client.send(new ListExportsCommand({}))).ExportSummaries ?? [];
  await expect
    .poll(async () => (await summaries()).map(({ ExportStatus }) => ExportStatus))
    .not.toContain('IN_PROGRESS');
  const { ExportDescription: last } = await client.send(
    new DescribeExportCommand({ ExportArn: (await summaries()).at(-1)?.ExportArn }),
  );
  expect(last?.ExportStatus, last?.FailureMessage).toBe('COMPLETED');
  const s3 = s3Of(server);
  const read = async (Key: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  const summary = JSON.parse((await read(last?.ExportManifest as string)).toString());
  const files = lines(await read(summary.manifestFilesS3Key)).map(({ dataFileS3Key }) => dataFileS3Key);
  const items = new Map<string, Item>();
  for (const file of files) {
    for (const { Item } of lines(gunzipSync(await read(file)))) items.set(Item.id.S, Item);
  }
  s3.destroy();
  expect(last?.ItemCount).toBe(items.size);
  return items;
}

function lines(bytes: Buffer) {
  const texts = bytes.toString().split('\n');
  return texts.filter((text) => text !== '').map((text) => JSON.parse(text));
}

function s3Of(server: Server): S3Client {
  return new S3Client({ ...options(server), forcePathStyle: true });
}

async function settled(client: DynamoDBClient, name = TableName): Promise<boolean> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
  const indexes = Table?.GlobalSecondaryIndexes ?? [];
  return Table?.TableStatus === 'ACTIVE' && indexes.every(({ IndexStatus }) => IndexStatus === 'ACTIVE');
}

async function scan(client: DynamoDBClient, name = TableName): Promise<Map<string, Item>> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: name, ConsistentRead: true }));
  return new Map(Items.map((item) => [item.id?.S as string, item]));
}

function sumOf(items: Map<string, Item>): number {
  let sum = 0;
  for (const { balance } of items.values()) sum += Number(balance?.N ?? 0);
  return sum;
}

/** Makes the table again from its stream. @throws when a change is missing or there twice. */
async function replay(server: Server): Promise<Map<string, Item>> {
  const client = new DynamoDBStreamsClient(options(server));
  const table = dynamodb(server);
  const { Table } = await table.send(new DescribeTableCommand({ TableName }));
  const StreamArn = Table?.LatestStreamArn as string;
  table.destroy();
  const items = new Map<string, Item>();
  for (const shard of await shardsOf(client, StreamArn)) {
    for (const record of await recordsOf(client, StreamArn, shard)) {
      const { Keys, OldImage, NewImage } = record.dynamodb ?? {};
      const id = Keys?.id?.S as string;
      expect(OldImage, `what ${id} was before ${record.dynamodb?.SequenceNumber}`).toEqual(items.get(id));
      if (NewImage) items.set(id, NewImage);
      else items.delete(id);
    }
  }
  client.destroy();
  return items;
}

/** Parents before their children. */
async function shardsOf(client: DynamoDBStreamsClient, StreamArn: string): Promise<Shard[]> {
  const shards: Shard[] = [];
  let ExclusiveStartShardId: string | undefined;
  do {
    const { StreamDescription } = await client.send(
      new DescribeStreamCommand({ StreamArn, ...(ExclusiveStartShardId ? { ExclusiveStartShardId } : {}) }),
    );
    shards.push(...(StreamDescription?.Shards ?? []));
    ExclusiveStartShardId = StreamDescription?.LastEvaluatedShardId;
  } while (ExclusiveStartShardId);
  const ordered: Shard[] = [];
  const place = (shard: Shard) => {
    if (ordered.includes(shard)) return;
    const parent = shards.find(({ ShardId }) => ShardId === shard.ParentShardId);
    if (parent) place(parent);
    ordered.push(shard);
  };
  for (const shard of shards) place(shard);
  return ordered;
}

async function recordsOf(
  client: DynamoDBStreamsClient,
  StreamArn: string,
  { ShardId }: Shard,
): Promise<_Record[]> {
  const found: _Record[] = [];
  const first = await client.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
  );
  let next = first.ShardIterator;
  for (let empty = 0; next && empty < 2; ) {
    const page = await client.send(new GetRecordsCommand({ ShardIterator: next }));
    found.push(...(page.Records ?? []));
    empty = page.Records?.length ? 0 : empty + 1;
    next = page.NextShardIterator;
  }
  return found;
}
