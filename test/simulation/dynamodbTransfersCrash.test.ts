/**
 * Kills a cloud again and again in the middle of an import from S3 and of an export to it. Afterwards every record was
 * counted once, indexes agree with the table, the export holds the table as it was when it was asked for though
 * others wrote meanwhile, and no upload is left half done.
 */
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  DescribeExportCommand,
  DescribeImportCommand,
  DynamoDBClient,
  ExportTableToPointInTimeCommand,
  ImportTableCommand,
  PutItemCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { checkTables } from '../../src/services/dynamodb/testing/checker.ts';
import { openStore } from '../../src/store/index.ts';
import { type Server, startServer, temporaryFolder } from '../e2e/support/server.ts';
import { randomFrom } from './support/random.ts';

const kills = 5;
const files = 4;
const rows = 5000;
/** Repeat a failure with SEED=… */
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const Bucket = 'transfers';
const TableName = 'moved';

it(`imports and exports whole tables through ${kills} SIGKILLs each (SEED=${seed})`, async () => {
  const random = randomFrom(seed);
  const folder = temporaryFolder();
  const data = join(folder.path, 'data');
  let running: Server | undefined;
  const start = async () => {
    running = await startServer(['--port', '0', '--data', data, '--log-level', 'error']);
    return running;
  };
  try {
    let ImportArn: string | undefined;
    for (let kill = 0; kill < kills; kill++) {
      const cloud = await connect(start());
      ImportArn ??= await beginImport(cloud);
      await killed(cloud, 60 + random() * 250);
    }
    const exports: (string | undefined)[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const cloud = await connect(start());
      if (kill === 0) {
        await expect
          .poll(() => importStatus(cloud, ImportArn), { interval: 100 })
          .toEqual({
            ImportStatus: 'FAILED',
            FailureCode: 'ItemValidationError',
            // The last row of each file has no key.
            ProcessedItemCount: files * rows,
            ImportedItemCount: files * (rows - 1),
            ErrorCount: files,
          });
        await keepHistory(cloud);
      }
      exports.push(await beginExport(cloud));
      const Item = { pk: { S: `0/${kill}` }, text: { S: 'later' } };
      await cloud.dynamodb.send(new PutItemCommand({ TableName, Item }));
      await killed(cloud, random() * 150);
    }
    const cloud = await connect(start());
    for (const [writes, ExportArn] of exports.entries()) {
      await expect.poll(() => exportStatus(cloud, ExportArn), { interval: 100 }).toBe('COMPLETED');
      await checkExport(cloud, ExportArn, writes);
    }
    const { Uploads } = await cloud.s3.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(Uploads ?? []).toEqual([]);
    await cloud.server.kill('SIGTERM');
    const opened = await openStore({ folder: data });
    const disagreements = await checkTables(opened.store);
    await opened.close();
    expect(disagreements).toEqual([]);
  } finally {
    // Whatever failed, no cloud is left behind.
    await running?.kill('SIGKILL');
    folder.remove();
  }
});

interface Connected {
  server: Server;
  dynamodb: DynamoDBClient;
  s3: S3Client;
}

async function connect(starting: Promise<Server>): Promise<Connected> {
  const server = await starting;
  const options = {
    endpoint: server.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  return {
    server,
    dynamodb: new DynamoDBClient(options),
    s3: new S3Client({ ...options, forcePathStyle: true }),
  };
}

async function killed({ server, dynamodb, s3 }: Connected, afterMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  await server.kill('SIGKILL');
  dynamodb.destroy();
  s3.destroy();
}

async function beginImport({ s3, dynamodb }: Connected): Promise<string | undefined> {
  await s3.send(new CreateBucketCommand({ Bucket }));
  for (let file = 0; file < files; file++) {
    const lines = Array.from(
      { length: rows },
      (_, at) => `${at === rows - 1 ? '' : `${file}/${at}`},${at % 100},old\n`,
    );
    const Body = gzipSync(`pk,group,text\n${lines.join('')}`);
    await s3.send(new PutObjectCommand({ Bucket, Key: `data/${file}.csv.gz`, Body }));
  }
  const { ImportTableDescription } = await dynamodb.send(
    new ImportTableCommand({
      S3BucketSource: { S3Bucket: Bucket, S3KeyPrefix: 'data/' },
      InputFormat: 'CSV',
      InputCompressionType: 'GZIP',
      TableCreationParameters: {
        TableName,
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'group', AttributeType: 'N' },
        ],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'byGroup',
            KeySchema: [{ AttributeName: 'group', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
        BillingMode: 'PAY_PER_REQUEST',
      },
    }),
  );
  return ImportTableDescription?.ImportArn;
}

async function importStatus({ dynamodb }: Connected, ImportArn: string | undefined): Promise<object> {
  const { ImportTableDescription: found } = await dynamodb.send(new DescribeImportCommand({ ImportArn }));
  const { ImportStatus, FailureCode, ProcessedItemCount, ImportedItemCount, ErrorCount } = found ?? {};
  return { ImportStatus, FailureCode, ProcessedItemCount, ImportedItemCount, ErrorCount };
}

async function keepHistory({ dynamodb }: Connected): Promise<void> {
  await dynamodb.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );
}

async function beginExport({ dynamodb }: Connected): Promise<string | undefined> {
  const TableArn = `arn:aws:dynamodb:eu-west-1:000000000000:table/${TableName}`;
  const { ExportDescription } = await dynamodb.send(
    new ExportTableToPointInTimeCommand({ TableArn, S3Bucket: Bucket, S3Prefix: 'out' }),
  );
  return ExportDescription?.ExportArn;
}

async function exportStatus({ dynamodb }: Connected, ExportArn: string | undefined) {
  return (await dynamodb.send(new DescribeExportCommand({ ExportArn }))).ExportDescription?.ExportStatus;
}

/** @param writes how many had been made when it was asked for. */
async function checkExport(
  { dynamodb, s3 }: Connected,
  ExportArn: string | undefined,
  writes: number,
): Promise<void> {
  const { ExportDescription } = await dynamodb.send(new DescribeExportCommand({ ExportArn }));
  expect(ExportDescription?.ItemCount).toBe(files * (rows - 1));
  const bytesOf = async (Key: string | undefined) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  const summary = JSON.parse((await bytesOf(ExportDescription?.ExportManifest)).toString());
  const manifest = (await bytesOf(summary.manifestFilesS3Key)).toString().trimEnd().split('\n');
  const keys = manifest.map((line) => JSON.parse(line).dataFileS3Key as string);
  const seen = new Set<string>();
  const later: string[] = [];
  for (const key of keys) {
    for (const line of gunzipSync(await bytesOf(key))
      .toString()
      .trimEnd()
      .split('\n')) {
      const { Item } = JSON.parse(line);
      seen.add(Item.pk.S);
      if (Item.text.S === 'later') later.push(Item.pk.S);
    }
  }
  expect(seen.size).toBe(files * (rows - 1));
  expect(later.sort()).toEqual(Array.from({ length: writes }, (_, at) => `0/${at}`));
  const Prefix = summary.manifestFilesS3Key.replace('manifest-files.json', 'data/');
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  expect(Contents?.map(({ Key }) => Key)).toEqual(keys);
}
