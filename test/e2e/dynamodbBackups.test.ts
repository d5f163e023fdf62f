/** Backups and point-in-time recovery as the official client sees them, where IAM is enforced and the clock is moved. */
import {
  CreateBackupCommand,
  CreateTableCommand,
  DeleteBackupCommand,
  DeleteTableCommand,
  DescribeBackupCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListBackupsCommand,
  PutItemCommand,
  RestoreTableFromBackupCommand,
  RestoreTableToPointInTimeCommand,
  UpdateContinuousBackupsCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveOptions } from '../../src/cloud/options.ts';
import { RunningCloud } from '../../src/cloud/runningCloud.ts';
import { rootOf } from '../../src/platform/index.ts';

const region = 'us-east-1';
const account = '000000000000';
const TableName = 'orders';
const tables = `arn:aws:dynamodb:${region}:${account}:table`;
const denied = { name: 'AccessDeniedException' };

let cloud: RunningCloud;
let root: DynamoDBClient;

function clientOf(accessKeyId: string, secretAccessKey: string): DynamoDBClient {
  const credentials = { accessKeyId, secretAccessKey };
  return new DynamoDBClient({ endpoint: cloud.endpoint, region, credentials, maxAttempts: 1 });
}

/** A user who may do what the statements say. */
async function user(UserName: string, ...Statement: object[]): Promise<DynamoDBClient> {
  const aws = cloud.aws({ account, region, principal: rootOf(account) });
  await aws.call('iam', 'CreateUser', { UserName });
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await aws.call('iam', 'PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument });
  const { AccessKey } = await aws.call<{ AccessKey: { AccessKeyId: string; SecretAccessKey: string } }>(
    'iam',
    'CreateAccessKey',
    { UserName },
  );
  return clientOf(AccessKey.AccessKeyId, AccessKey.SecretAccessKey);
}

const put = (state: string) =>
  root.send(new PutItemCommand({ TableName, Item: { id: { S: '1' }, state: { S: state } } }));

async function stateIn(name: string): Promise<string | undefined> {
  await waitUntilTableExists({ client: root, minDelay: 1, maxWaitTime: 60 }, { TableName: name });
  const { Item } = await root.send(new GetItemCommand({ TableName: name, Key: { id: { S: '1' } } }));
  return Item?.state?.S;
}

async function backUp(BackupName: string): Promise<string> {
  const { BackupDetails } = await root.send(new CreateBackupCommand({ TableName, BackupName }));
  const BackupArn = BackupDetails?.BackupArn as string;
  await expect
    .poll(async () => {
      const { BackupDescription } = await root.send(new DescribeBackupCommand({ BackupArn }));
      return BackupDescription?.BackupDetails?.BackupStatus;
    })
    .toBe('AVAILABLE');
  return BackupArn;
}

beforeAll(async () => {
  cloud = await RunningCloud.start(resolveOptions({ iam: 'enforce' }));
  cloud.clock.freeze();
  root = clientOf('test', 'test');
  await root.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  );
});
afterAll(() => cloud.close());

describe('a table', () => {
  it('is restored to the second that was asked for', async () => {
    await put('new');
    await root.send(
      new UpdateContinuousBackupsCommand({
        TableName,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
      }),
    );
    const times: Date[] = [];
    for (const state of ['paid', 'shipped', 'lost']) {
      await cloud.clock.advance(60_000);
      await put(state);
      times.push(new Date(cloud.clock.now()));
    }
    await cloud.clock.advance(60_000);
    const { ContinuousBackupsDescription } = await root.send(
      new DescribeContinuousBackupsCommand({ TableName }),
    );
    const { EarliestRestorableDateTime, LatestRestorableDateTime, RecoveryPeriodInDays } =
      ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
    expect(RecoveryPeriodInDays).toBe(7);
    expect(Number(LatestRestorableDateTime) - Number(EarliestRestorableDateTime)).toBe(4 * 60_000);
    const { TableDescription } = await root.send(
      new RestoreTableToPointInTimeCommand({
        SourceTableName: TableName,
        TargetTableName: 'then',
        RestoreDateTime: times[1],
      }),
    );
    expect(TableDescription?.RestoreSummary).toEqual({
      SourceTableArn: `${tables}/orders`,
      RestoreDateTime: times[1],
      RestoreInProgress: true,
    });
    expect(await stateIn('then')).toBe('shipped');
    const { Table } = await root.send(new DescribeTableCommand({ TableName: 'then' }));
    expect(Table?.RestoreSummary).toBeUndefined();
  });

  it('is backed up and restored by whom policies let', async () => {
    await put('kept');
    const BackupArn = await backUp('first');
    await put('changed');
    const other = await backUp('second');
    const all = {
      Effect: 'Allow',
      Action: ['dynamodb:RestoreTableFromBackup', 'dynamodb:*Backup*'],
      Resource: '*',
    };
    const write = {
      Effect: 'Allow',
      Action: ['BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'].map(
        (name) => `dynamodb:${name}`,
      ),
      Resource: `${tables}/mine-*`,
    };
    const keep = { Effect: 'Deny', Action: 'dynamodb:DeleteBackup', Resource: BackupArn };
    const operator = await user('operator', all, write, keep);
    const restore = (TargetTableName: string) =>
      operator.send(new RestoreTableFromBackupCommand({ TargetTableName, BackupArn }));
    await expect(restore('theirs')).rejects.toMatchObject(denied);
    await restore('mine-too');
    expect(await stateIn('mine-too')).toBe('kept');
    const remove = (arn: string) => operator.send(new DeleteBackupCommand({ BackupArn: arn }));
    await expect(remove(BackupArn)).rejects.toMatchObject(denied);
    await remove(other);
    const { BackupSummaries } = await operator.send(new ListBackupsCommand({ TableName }));
    expect(BackupSummaries?.map(({ BackupName }) => BackupName)).toEqual(['first']);
    const stranger = await user('stranger', write);
    await expect(stranger.send(new DescribeBackupCommand({ BackupArn }))).rejects.toMatchObject(denied);
  });

  it('comes back after it was deleted', async () => {
    await put('last');
    await root.send(new DeleteTableCommand({ TableName }));
    const { BackupSummaries } = await root.send(new ListBackupsCommand({ BackupType: 'SYSTEM' }));
    expect(BackupSummaries).toMatchObject([
      { BackupName: 'orders$DeletedTableBackup', BackupType: 'SYSTEM' },
    ]);
    const BackupArn = BackupSummaries?.[0]?.BackupArn as string;
    await expect
      .poll(() =>
        root.send(new RestoreTableFromBackupCommand({ TargetTableName: TableName, BackupArn })).then(
          () => 'begun',
          (error: Error) => error.name,
        ),
      )
      .toBe('begun');
    expect(await stateIn(TableName)).toBe('last');
  });
});
