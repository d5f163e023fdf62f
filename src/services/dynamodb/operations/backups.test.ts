import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../store/index.ts';
import { dropTable } from '../lifecycle.ts';
import {
  type BackupAnswer,
  type BackupDescription,
  type BackupList,
  backUp,
  contents,
  type Described,
  indexes,
  item,
  place,
  put,
  recovery,
  restoreAt,
} from '../testing/copies.ts';
import { openDynamoDb, startAt } from '../testing/harness.ts';
import { withoutNews } from '../testing/processes.ts';

describe('backups', () => {
  it('hold what the table was when they were asked for, and survive it', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('tbl', 'S', indexes);
    await put(bench, 'tbl', item(1, { g: { S: 'a' } }), item(2, { b: { B: Buffer.from([1, 2]) } }), item(3));
    const before = await contents(bench, 'tbl');
    const arn = await backUp(bench, 'tbl');
    expect(arn).toMatch(/^arn:aws:dynamodb:eu-west-1:000000000000:table\/tbl\/backup\/0\d{13}-[0-9a-f]{8}$/);
    await put(bench, 'tbl', item(2, { late: { BOOL: true } }), item(4));
    await bench.call('DeleteItem', { TableName: 'tbl', Key: item(1) });
    await bench.settle();
    await bench.call('DeleteTable', { TableName: 'tbl' });
    await bench.settle();
    const { BackupDescription } = await bench.call<BackupDescription>('DescribeBackup', { BackupArn: arn });
    expect(BackupDescription).toMatchObject({
      BackupDetails: {
        BackupArn: arn,
        BackupName: 'backup',
        BackupStatus: 'AVAILABLE',
        BackupType: 'USER',
        BackupCreationDateTime: new Date(startAt),
      },
      SourceTableDetails: {
        TableName: 'tbl',
        ItemCount: 3,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
      },
      SourceTableFeatureDetails: {
        LocalSecondaryIndexes: [{ IndexName: 'local' }],
        GlobalSecondaryIndexes: [{ IndexName: 'global', Projection: { ProjectionType: 'ALL' } }],
      },
    });
    const restored = await bench.call<{ TableDescription: Described['Table'] }>('RestoreTableFromBackup', {
      TargetTableName: 'tbl',
      BackupArn: arn,
    });
    expect(restored.TableDescription).toMatchObject({
      TableStatus: 'CREATING',
      RestoreSummary: {
        SourceBackupArn: arn,
        SourceTableArn: 'arn:aws:dynamodb:eu-west-1:000000000000:table/tbl',
        RestoreDateTime: new Date(startAt),
        RestoreInProgress: true,
      },
    });
    await bench.settle();
    expect(await contents(bench, 'tbl')).toEqual(before);
    expect(await contents(bench, 'tbl', { IndexName: 'global' })).toHaveLength(1);
    expect(await contents(bench, 'tbl', { IndexName: 'local' })).toHaveLength(1);
    const { Table } = await bench.call<Described>('DescribeTable', { TableName: 'tbl' });
    expect(Table.TableStatus).toBe('ACTIVE');
    expect(Table).not.toHaveProperty('RestoreSummary');
    expect(Table.GlobalSecondaryIndexes).toMatchObject([{ IndexStatus: 'ACTIVE', ItemCount: 1 }]);
    await put(bench, 'tbl', item(9));
    expect(await contents(bench, 'tbl')).toHaveLength(4);
  });

  it('leave nothing when they are deleted', async () => {
    const store = new MemoryStore();
    const idle = await openDynamoDb(withoutNews(store));
    await idle.createTable('tbl');
    await put(idle, 'tbl', item(1), item(2));
    const arn = await backUp(idle, 'tbl');
    await expect(idle.call('DeleteBackup', { BackupArn: arn })).rejects.toMatchObject({
      code: 'BackupInUseException',
    });
    await expect(idle.call('DeleteTable', { TableName: 'tbl' })).rejects.toMatchObject({
      code: 'ResourceInUseException',
    });
    const bench = await openDynamoDb(store);
    await bench.settle();
    const all = () => bench.store.range({ prefix: ['dynamodb.item'], limit: 100 });
    expect(await all()).toHaveLength(4);
    expect(await bench.call('DeleteBackup', { BackupArn: arn })).toMatchObject({
      BackupDescription: { BackupDetails: { BackupStatus: 'DELETED' } },
    });
    await bench.settle();
    expect(await all()).toHaveLength(2);
    for (const operation of ['DescribeBackup', 'DeleteBackup']) {
      await expect(bench.call(operation, { BackupArn: arn })).rejects.toMatchObject({
        code: 'BackupNotFoundException',
        message: `Backup not found: ${arn}`,
      });
    }
  });

  it('hold one moment of a table that is written to all the while', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('tbl');
    for (let n = 0; n < 700; n++) await put(bench, 'tbl', item(n, { n: { N: '0' } }));
    const before = await contents(bench, 'tbl');
    const request = bench.call<BackupAnswer>('CreateBackup', { TableName: 'tbl', BackupName: 'backup' });
    const { BackupArn } = (await request).BackupDetails;
    for (let n = 0; n < 1000; n += 2) {
      await put(bench, 'tbl', item(n, { n: { N: '1' } }));
      if (n % 5 === 0) await bench.call('DeleteItem', { TableName: 'tbl', Key: item(n + 1) });
    }
    await bench.settle();
    await bench.call('RestoreTableFromBackup', { TargetTableName: 'old', BackupArn });
    await bench.settle();
    expect(await contents(bench, 'old')).toEqual(before);
    expect(await bench.store.range({ prefix: ['dynamodb.history'], limit: 1 })).toEqual([]);
  });

  it('are forgotten, and restores with them, when their table goes before it is copied', async () => {
    const store = new MemoryStore();
    const idle = await openDynamoDb(withoutNews(store));
    await idle.createTable('tbl');
    await put(idle, 'tbl', item(1));
    await recovery(idle, 'tbl');
    await backUp(idle, 'tbl');
    await restoreAt(idle, 'tbl', 'old', startAt);
    await dropTable(idle.room, await idle.room.tables.load(place, 'tbl'), startAt);
    const bench = await openDynamoDb(store);
    await bench.settle();
    expect(await bench.call('ListTables', {})).toEqual({ TableNames: [] });
    expect(
      (await bench.call<BackupList>('ListBackups', { BackupType: 'ALL' })).BackupSummaries,
    ).toMatchObject([{ BackupType: 'SYSTEM', BackupStatus: 'AVAILABLE' }]);
    expect(await store.range({ prefix: ['dynamodb.restore'], limit: 1 })).toEqual([]);
  });

  it('are listed by table, type and time, in pages', async () => {
    const bench = await openDynamoDb();
    const list = (more: object = {}) => bench.call<BackupList>('ListBackups', more);
    const names = async (more: object = {}) =>
      (await list(more)).BackupSummaries.map(({ BackupName }) => BackupName);
    for (const table of ['aaa', 'bbb']) {
      await bench.createTable(table);
      for (const n of [1, 2, 3]) {
        await backUp(bench, table, `${table}${n}`);
        await bench.clock.advance(1000);
      }
    }
    await bench.settle();
    await recovery(bench, 'bbb');
    await bench.call('DeleteTable', { TableName: 'bbb' });
    await bench.settle();
    const users = ['aaa1', 'aaa2', 'aaa3', 'bbb1', 'bbb2', 'bbb3'];
    expect(await names()).toEqual(users);
    expect(await names({ BackupType: 'ALL' })).toEqual([...users, 'bbb$DeletedTableBackup']);
    expect(await names({ BackupType: 'SYSTEM' })).toEqual(['bbb$DeletedTableBackup']);
    expect(await names({ BackupType: 'AWS_BACKUP' })).toEqual([]);
    expect(await names({ TableName: 'bbb' })).toEqual(['bbb1', 'bbb2', 'bbb3']);
    expect(await names({ TableName: 'arn:aws:dynamodb:eu-west-1:000000000000:table/aaa' })).toEqual([
      'aaa1',
      'aaa2',
      'aaa3',
    ]);
    const window = {
      TimeRangeLowerBound: new Date(startAt + 1000),
      TimeRangeUpperBound: new Date(startAt + 4000),
    };
    expect(await names(window)).toEqual(['aaa2', 'aaa3', 'bbb1']);
    expect(await names({ ...window, TableName: 'aaa' })).toEqual(['aaa2', 'aaa3']);
    for (const filter of [{}, { TableName: 'aaa' }, { BackupType: 'ALL' }, window]) {
      const seen: string[] = [];
      let ExclusiveStartBackupArn: string | undefined;
      do {
        const page = await list({
          ...filter,
          Limit: 2,
          ...(ExclusiveStartBackupArn ? { ExclusiveStartBackupArn } : {}),
        });
        expect(page.BackupSummaries.length).toBeLessThanOrEqual(2);
        seen.push(...page.BackupSummaries.map(({ BackupName }) => BackupName));
        ExclusiveStartBackupArn = page.LastEvaluatedBackupArn;
      } while (ExclusiveStartBackupArn);
      expect(seen).toEqual(await names(filter));
    }
  });

  it('speak of tables and backups that are not there in their own words', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl');
    const missing = 'arn:aws:dynamodb:eu-west-1:000000000000:table/tbl/backup/01489173575360-b308cd7d';
    const failures: [string, object, string, string][] = [
      [
        'CreateBackup',
        { TableName: 'none', BackupName: 'name' },
        'TableNotFoundException',
        'Table not found: none',
      ],
      ['DescribeContinuousBackups', { TableName: 'none' }, 'TableNotFoundException', 'Table not found: none'],
      [
        'RestoreTableFromBackup',
        { TargetTableName: 'new', BackupArn: missing },
        'BackupNotFoundException',
        `Backup not found: ${missing}`,
      ],
      [
        'RestoreTableToPointInTime',
        { SourceTableName: 'none', TargetTableName: 'new', UseLatestRestorableTime: true },
        'TableNotFoundException',
        'Table not found: none',
      ],
      [
        'RestoreTableToPointInTime',
        { SourceTableName: 'tbl', TargetTableName: 'new', UseLatestRestorableTime: true },
        'PointInTimeRecoveryUnavailableException',
        "Point in time recovery is not enabled for table 'tbl'",
      ],
      [
        'RestoreTableToPointInTime',
        {
          SourceTableName: 'tbl',
          TargetTableName: 'new',
          UseLatestRestorableTime: true,
          RestoreDateTime: new Date(startAt),
        },
        'ValidationException',
        'Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set for point-in-time restore request. Please specify either RestoreDateTime time or UseLatestRestorableTime',
      ],
      [
        'RestoreTableToPointInTime',
        { SourceTableName: 'none', TargetTableName: 'new' },
        'ValidationException',
        'Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both',
      ],
      [
        'RestoreTableToPointInTime',
        { TargetTableName: 'new', UseLatestRestorableTime: true },
        'ValidationException',
        "The parameter 'TableName' is required but was not present in the request",
      ],
      [
        'RestoreTableFromBackup',
        { TargetTableName: '', BackupArn: 'x' },
        'ValidationException',
        'TableName must be at least 3 characters long and at most 255 characters long',
      ],
      [
        'RestoreTableFromBackup',
        { TargetTableName: 'bad name!', BackupArn: 'x' },
        'ValidationException',
        "1 validation error detected: Value 'bad name!' at 'targetTableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
      ],
      [
        'DescribeBackup',
        { BackupArn: 'arn:aws:dynamodb:eu-west-1:000000000000:table/tbl' },
        'ValidationException',
        'Invalid Backup ARN',
      ],
      [
        'ListBackups',
        { TimeRangeLowerBound: new Date(2), TimeRangeUpperBound: new Date(1) },
        'ValidationException',
        'One or more parameter values were invalid: Time range lower bound must be less than or equal to upper bound',
      ],
      [
        'UpdateContinuousBackups',
        {
          TableName: 'tbl',
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false, RecoveryPeriodInDays: 7 },
        },
        'ValidationException',
        'Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.',
      ],
      [
        'DescribeTable',
        { TableName: 'arn:aws:dynamodb:us-east-1:000000000000:table/tbl' },
        'ValidationException',
        "1 validation error detected: Invalid AWS region in 'arn:aws:dynamodb:us-east-1:000000000000:table/tbl'",
      ],
      [
        'DescribeTable',
        { TableName: 'arn:aws:dynamodb:eu-west-1:111111111111:table/tbl' },
        'AccessDeniedException',
        'Access is denied',
      ],
    ];
    for (const [operation, input, code, message] of failures) {
      await expect(call(operation, input)).rejects.toMatchObject({ code, message });
    }
  });
});
