/** Exports to and imports from S3 as the official clients see them, where IAM is enforced. */
import { gunzipSync } from 'node:zlib';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateTableCommand,
  DescribeExportCommand,
  DescribeImportCommand,
  DynamoDBClient,
  type ExportDescription,
  ExportTableToPointInTimeCommand,
  ImportTableCommand,
  type ImportTableCommandInput,
  type ImportTableDescription,
  ListExportsCommand,
  ListImportsCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

let cloud: Cloud;
let dynamodb: DynamoDBClient;
let s3: S3Client;
const Bucket = 'transfers';
const key = {
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' as const }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
  BillingMode: 'PAY_PER_REQUEST' as const,
};

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  dynamodb = new DynamoDBClient(cloud.clientConfig);
  s3 = new S3Client(cloud.clientConfig);
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(async () => {
  dynamodb.destroy();
  s3.destroy();
  await cloud.close();
});

async function exported(ExportArn: string | undefined, client = dynamodb): Promise<ExportDescription> {
  let found: ExportDescription = {};
  await expect
    .poll(async () => {
      found = (await client.send(new DescribeExportCommand({ ExportArn }))).ExportDescription ?? {};
      return found.ExportStatus;
    })
    .not.toBe('IN_PROGRESS');
  return found;
}

async function imported(
  input: Omit<ImportTableCommandInput, 'TableCreationParameters'> & { TableName: string },
  client = dynamodb,
): Promise<ImportTableDescription> {
  const { TableName, ...rest } = input;
  const TableCreationParameters = { ...key, TableName };
  const begun = await client.send(new ImportTableCommand({ ...rest, TableCreationParameters }));
  const { ImportArn } = begun.ImportTableDescription ?? {};
  let found: ImportTableDescription = {};
  await expect
    .poll(async () => {
      found = (await dynamodb.send(new DescribeImportCommand({ ImportArn }))).ImportTableDescription ?? {};
      return found.ImportStatus;
    })
    .not.toBe('IN_PROGRESS');
  return found;
}

const objectOf = async (Key: string | undefined) => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};

describe('a table', () => {
  it('goes to S3 and comes back', async () => {
    const TableName = 'source';
    const { TableDescription } = await dynamodb.send(new CreateTableCommand({ TableName, ...key }));
    const TableArn = TableDescription?.TableArn;
    const request = { TableArn, S3Bucket: Bucket, S3Prefix: 'backups/' };
    await expect(dynamodb.send(new ExportTableToPointInTimeCommand(request))).rejects.toMatchObject({
      name: 'PointInTimeRecoveryUnavailableException',
    });
    await dynamodb.send(
      new UpdateContinuousBackupsCommand({
        TableName,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    );
    const items = [
      { pk: { S: 'one' }, n: { N: '600' }, b: { B: Uint8Array.from([0, 255]) }, s: { SS: ['a', 'b'] } },
      { pk: { S: 'zwei ✓' }, m: { M: { 'a b': { L: [{ NULL: true as const }, { BOOL: false }] } } } },
    ];
    for (const Item of items) await dynamodb.send(new PutItemCommand({ TableName, Item }));
    const { Items } = await dynamodb.send(new ScanCommand({ TableName }));
    for (const format of ['DYNAMODB_JSON', 'ION'] as const) {
      const begun = await dynamodb.send(
        new ExportTableToPointInTimeCommand({ ...request, ExportFormat: format }),
      );
      const done = await exported(begun.ExportDescription?.ExportArn);
      expect(done).toMatchObject({ ExportStatus: 'COMPLETED', ItemCount: 2, ExportFormat: format });
      const summary = JSON.parse((await objectOf(done.ExportManifest)).toString());
      const file = JSON.parse((await objectOf(summary.manifestFilesS3Key)).toString());
      expect(gunzipSync(await objectOf(file.dataFileS3Key)).toString()).toContain('zwei ✓');
      const copy = await imported({
        TableName: `copy-${format}`,
        S3BucketSource: { S3Bucket: Bucket, S3KeyPrefix: file.dataFileS3Key },
        InputFormat: format,
        InputCompressionType: 'GZIP',
      });
      expect(copy).toMatchObject({ ImportStatus: 'COMPLETED', ImportedItemCount: 2, ErrorCount: 0 });
      expect((await dynamodb.send(new ScanCommand({ TableName: `copy-${format}` }))).Items).toEqual(Items);
    }
    const { ExportSummaries } = await dynamodb.send(new ListExportsCommand({ TableArn }));
    expect(ExportSummaries?.map(({ ExportStatus }) => ExportStatus)).toEqual(['COMPLETED', 'COMPLETED']);
    const { ImportSummaryList } = await dynamodb.send(new ListImportsCommand({ PageSize: 1 }));
    expect(ImportSummaryList).toHaveLength(1);
  });

  it('is made of CSV, with what was wrong in the log', async () => {
    const rows = Array.from({ length: 3000 }, (_, at) => `${at === 1500 ? '' : at},"row ""${at}"""\n`);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'rows.csv', Body: `pk,text\n${rows.join('')}` }));
    const done = await imported({
      TableName: 'rows',
      S3BucketSource: { S3Bucket: Bucket, S3KeyPrefix: 'rows.csv' },
      InputFormat: 'CSV',
    });
    expect(done).toMatchObject({
      ImportStatus: 'FAILED',
      FailureCode: 'ItemValidationError',
      ProcessedItemCount: 3000,
      ImportedItemCount: 2999,
      ErrorCount: 1,
    });
    const { Items } = await dynamodb.send(
      new QueryCommand({
        TableName: 'rows',
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: '2999' } },
      }),
    );
    expect(Items).toEqual([{ pk: { S: '2999' }, text: { S: 'row "2999"' } }]);
    const logs = new CloudWatchLogsClient(cloud.clientConfig);
    const { events } = await logs.send(
      new GetLogEventsCommand({
        logGroupName: '/aws-dynamodb/imports',
        logStreamName: `${done.ImportArn?.split('/').at(-1)}/error`,
      }),
    );
    expect(events?.map(({ message }) => JSON.parse(message ?? '').itemS3Pointer)).toEqual([
      { bucket: Bucket, key: 'rows.csv', itemIndex: 1500 },
    ]);
  });
});

describe('who asks', () => {
  it('needs leave for the job, and for what it reads and writes in S3', async () => {
    const iam = new IAMClient(cloud.clientConfig);
    await iam.send(new CreateUserCommand({ UserName: 'mover' }));
    const allow = (PolicyName: string, ...Action: string[]) =>
      iam.send(
        new PutUserPolicyCommand({
          UserName: 'mover',
          PolicyName,
          PolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
          }),
        }),
      );
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'mover' }));
    const mover = new DynamoDBClient({
      ...cloud.clientConfig,
      maxAttempts: 1,
      credentials: {
        accessKeyId: AccessKey?.AccessKeyId ?? '',
        secretAccessKey: AccessKey?.SecretAccessKey ?? '',
      },
    });
    const source = { S3BucketSource: { S3Bucket: Bucket, S3KeyPrefix: 'few' }, InputFormat: 'CSV' as const };
    await s3.send(new PutObjectCommand({ Bucket, Key: 'few', Body: 'pk\n1\n' }));
    await expect(imported({ ...source, TableName: 'first' }, mover)).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await allow('jobs', 'dynamodb:ImportTable', 'dynamodb:ExportTableToPointInTime');
    expect(await imported({ ...source, TableName: 'second' }, mover)).toMatchObject({
      ImportStatus: 'FAILED',
      FailureCode: 'S3AccessDenied',
    });
    await allow('reading', 's3:ListBucket', 's3:GetObject');
    expect(await imported({ ...source, TableName: 'third' }, mover)).toMatchObject({
      ImportStatus: 'COMPLETED',
      ImportedItemCount: 1,
    });
    const TableName = 'third';
    await dynamodb.send(
      new UpdateContinuousBackupsCommand({
        TableName,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    );
    const send = async () => {
      const TableArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/third';
      const begun = await mover.send(new ExportTableToPointInTimeCommand({ TableArn, S3Bucket: Bucket }));
      return exported(begun.ExportDescription?.ExportArn);
    };
    expect(await send()).toMatchObject({ ExportStatus: 'FAILED', FailureCode: 'S3AccessDenied' });
    await allow('writing', 's3:PutObject');
    expect(await send()).toMatchObject({ ExportStatus: 'COMPLETED', ItemCount: 1 });
    mover.destroy();
  });
});
