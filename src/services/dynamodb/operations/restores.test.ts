import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../store/index.ts';
import {
  type BackupList,
  backUp,
  contents,
  type Described,
  day,
  indexes,
  item,
  put,
  recovery,
  restoreAt,
  textOf,
} from '../testing/copies.ts';
import { openDynamoDb, startAt } from '../testing/harness.ts';
import { dying, withoutNews } from '../testing/processes.ts';

describe('restores', () => {
  it('are made of the account and, of backups, in any region', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('tbl');
    const BackupArn = await backUp(bench, 'tbl');
    await bench.settle();
    const missing = { code: 'BackupNotFoundException' };
    const input = { TargetTableName: 'new', BackupArn };
    await expect(
      bench.call('RestoreTableFromBackup', input, { account: '111111111111' }),
    ).rejects.toMatchObject({ code: 'AccessDeniedException', message: 'Access is denied' });
    await expect(bench.call('DescribeBackup', { BackupArn }, { region: 'us-east-1' })).rejects.toMatchObject(
      missing,
    );
  });

  it('take other indexes, capacity and encryption when told to, and nothing that AWS leaves out', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('tbl', 'S', {
      ...indexes,
      Tags: [{ Key: 'k', Value: 'v' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      DeletionProtectionEnabled: true,
      SSESpecification: { Enabled: true },
    });
    await bench.call('UpdateTimeToLive', {
      TableName: 'tbl',
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' },
    });
    await put(bench, 'tbl', item(1, { g: { S: 'a' } }));
    const BackupArn = await backUp(bench, 'tbl');
    await bench.settle();
    const restore = (TargetTableName: string, more: object) =>
      bench.call<{ TableDescription: Described['Table'] }>('RestoreTableFromBackup', {
        TargetTableName,
        BackupArn,
        ...more,
      });
    const { TableDescription: plain } = await restore('plain', {});
    expect(plain).toMatchObject({
      SSEDescription: { Status: 'ENABLED', SSEType: 'KMS' },
      DeletionProtectionEnabled: false,
    });
    expect(plain.StreamSpecification).toBeUndefined();
    await bench.settle();
    const { TableDescription: other } = await restore('other', {
      BillingModeOverride: 'PROVISIONED',
      ProvisionedThroughputOverride: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 },
      GlobalSecondaryIndexOverride: [
        {
          ...indexes.GlobalSecondaryIndexes[0],
          ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 2 },
        },
      ],
      LocalSecondaryIndexOverride: [],
      SSESpecificationOverride: { Enabled: false },
    });
    expect(other).toMatchObject({
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 },
      GlobalSecondaryIndexes: [{ ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 2 } }],
    });
    expect(other.LocalSecondaryIndexes).toBeUndefined();
    expect(other.SSEDescription).toBeUndefined();
    await bench.settle();
    await restore('bare', { GlobalSecondaryIndexOverride: [], LocalSecondaryIndexOverride: [] });
    await bench.settle();
    const [global] = indexes.GlobalSecondaryIndexes;
    const { TableDescription: renamed } = await restore('renamed', {
      GlobalSecondaryIndexOverride: [{ ...global, IndexName: 'new' }],
    });
    expect(renamed).toMatchObject({ GlobalSecondaryIndexes: [{ IndexName: 'new' }] });
    await bench.settle();
    for (const TableName of ['plain', 'other', 'bare']) {
      expect(await contents(bench, TableName)).toEqual(await contents(bench, 'tbl'));
      expect(
        await bench.call('ListTagsOfResource', {
          ResourceArn: `arn:aws:dynamodb:eu-west-1:000000000000:table/${TableName}`,
        }),
      ).toEqual({ Tags: [] });
      expect(await bench.call('DescribeTimeToLive', { TableName })).toMatchObject({
        TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' },
      });
    }
    const { Table: bare } = await bench.call<Described>('DescribeTable', { TableName: 'bare' });
    expect(bare.AttributeDefinitions).toHaveLength(2);
    const units = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };
    const onDemand = { OnDemandThroughputOverride: { MaxReadRequestUnits: 5 } };
    const provisioned = { BillingModeOverride: 'PROVISIONED', ProvisionedThroughputOverride: units };
    const reshaped = { ...global, Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x'] } };
    for (const [override, message] of [
      [
        { GlobalSecondaryIndexOverride: [reshaped] },
        `Index ${global?.IndexName} does not match a secondary index that existed in the source table and cannot be created during the restore operation`,
      ],
      [
        { BillingModeOverride: 'PROVISIONED' },
        'Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED',
      ],
      [
        { ProvisionedThroughputOverride: units },
        'Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED',
      ],
      [
        { BillingModeOverride: 'PAY_PER_REQUEST', ProvisionedThroughputOverride: units },
        'Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST',
      ],
      [
        { ...provisioned, ...onDemand },
        'Cannot override MaxReadRequestUnits for OnDemandThroughput unless BillingModeOverride is PAY_PER_REQUEST',
      ],
      [
        { OnDemandThroughputOverride: { MaxWriteRequestUnits: 0 } },
        'Requested MaxWriteRequestUnits for OnDemandThroughput is outside of valid range',
      ],
      [
        { ...provisioned, GlobalSecondaryIndexOverride: [global] },
        `Must specify provisioned throughput for index ${global?.IndexName}`,
      ],
      [
        { GlobalSecondaryIndexOverride: [{ ...global, ProvisionedThroughput: units }] },
        `Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST for index ${global?.IndexName}`,
      ],
    ] as const) {
      await expect(restore('bad', override)).rejects.toMatchObject({
        code: 'ValidationException',
        message: `Invalid Request: ${message}`,
      });
    }
    await expect(restore('tbl', {})).rejects.toMatchObject({
      code: 'TableAlreadyExistsException',
      message: 'Table already exists: tbl',
    });
  });

  it('refuse data operations and changes until the items are there', async () => {
    const store = new MemoryStore();
    let dead = false;
    const first = await openDynamoDb(dying(store, () => dead));
    await first.createTable('tbl');
    const BackupArn = await backUp(first, 'tbl');
    await first.settle();
    dead = true;
    const bench = await openDynamoDb(withoutNews(store));
    const input = { TargetTableName: 'new', BackupArn };
    await bench.call('RestoreTableFromBackup', input);
    await expect(put(bench, 'new', item(1))).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
    await expect(bench.call('DeleteTable', { TableName: 'new' })).rejects.toMatchObject({
      code: 'ResourceInUseException',
    });
    await expect(bench.call('DeleteBackup', { BackupArn })).rejects.toMatchObject({
      code: 'BackupInUseException',
    });
    await expect(bench.call('RestoreTableFromBackup', input)).rejects.toMatchObject({
      code: 'TableInUseException',
      message: `Table: new is already being restored from backup: ${BackupArn}`,
    });
    await expect(
      bench.call('RestoreTableFromBackup', { ...input, TargetTableName: 'two' }),
    ).rejects.toMatchObject({
      code: 'BackupInUseException',
      message: `Backup is being used to restore another table: ${BackupArn}`,
    });
    const TableName = 'new';
    const gone = {
      code: 'ResourceNotFoundException',
      message: 'Requested resource not found: Table: new not found',
    };
    await expect(
      bench.call('UpdateTable', { TableName, DeletionProtectionEnabled: true }),
    ).rejects.toMatchObject(gone);
    for (const operation of ['DescribeTimeToLive', 'DescribeContributorInsights']) {
      await expect(bench.call(operation, { TableName })).rejects.toMatchObject(gone);
    }
    await expect(bench.call('DescribeContinuousBackups', { TableName })).rejects.toMatchObject({
      code: 'TableNotFoundException',
      message: 'Table not found: new',
    });
    await expect(bench.createTable('new')).rejects.toMatchObject({
      code: 'ResourceInUseException',
      message: 'Table is being used: new',
    });
    await expect(bench.call('CreateBackup', { TableName: 'new', BackupName: 'name' })).rejects.toMatchObject({
      code: 'TableNotFoundException',
    });
    await (await openDynamoDb(store)).settle();
    const later = await openDynamoDb(store);
    await put(later, 'new', item(1));
    await later.call('DeleteBackup', { BackupArn });
  });

  it('are fifty at a time', async () => {
    const store = new MemoryStore();
    const bench = await openDynamoDb(withoutNews(store));
    await bench.createTable('tbl');
    await recovery(bench, 'tbl');
    for (let n = 0; n < 50; n++) await restoreAt(bench, 'tbl', `new${n}`, startAt);
    await expect(restoreAt(bench, 'tbl', 'more', startAt)).rejects.toMatchObject({
      code: 'LimitExceededException',
    });
    await (await openDynamoDb(store)).settle();
    await restoreAt(bench, 'tbl', 'more', startAt);
  });

  it('go to another region', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('tbl');
    await put(bench, 'tbl', item(1));
    await recovery(bench, 'tbl');
    const BackupArn = await backUp(bench, 'tbl');
    await bench.settle();
    const place = { region: 'us-east-1' };
    await expect(
      bench.call('RestoreTableFromBackup', { TargetTableName: 'one', BackupArn }, place),
    ).rejects.toMatchObject({
      message: 'Invalid Request: sseSpecificationOverride must be provided for cross-region restores',
    });
    const SSESpecificationOverride = { Enabled: false };
    await bench.call(
      'RestoreTableFromBackup',
      { TargetTableName: 'one', BackupArn, SSESpecificationOverride },
      place,
    );
    await bench.call(
      'RestoreTableToPointInTime',
      {
        TargetTableName: 'two',
        SourceTableArn: 'arn:aws:dynamodb:eu-west-1:000000000000:table/tbl',
        UseLatestRestorableTime: true,
        SSESpecificationOverride,
      },
      place,
    );
    await bench.settle();
    for (const TableName of ['one', 'two']) {
      expect(await bench.call('Scan', { TableName, Select: 'COUNT' }, place)).toMatchObject({ Count: 1 });
    }
  });
});

describe('point-in-time recovery', () => {
  it('says what can be restored', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('tbl');
    const read = () =>
      bench.call<{ ContinuousBackupsDescription: object }>('DescribeContinuousBackups', { TableName: 'tbl' });
    const off = {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
    };
    expect(await read()).toEqual({ ContinuousBackupsDescription: off });
    expect(await recovery(bench, 'tbl', false)).toEqual({ ContinuousBackupsDescription: off });
    await recovery(bench, 'tbl');
    await bench.clock.advance(5000);
    expect(await read()).toEqual({
      ContinuousBackupsDescription: {
        ContinuousBackupsStatus: 'ENABLED',
        PointInTimeRecoveryDescription: {
          PointInTimeRecoveryStatus: 'ENABLED',
          RecoveryPeriodInDays: 35,
          EarliestRestorableDateTime: new Date(startAt),
          LatestRestorableDateTime: new Date(startAt + 5000),
        },
      },
    });
    await recovery(bench, 'tbl', true, 1);
    await bench.clock.advance(2 * day);
    expect(await read()).toMatchObject({
      ContinuousBackupsDescription: {
        PointInTimeRecoveryDescription: {
          RecoveryPeriodInDays: 1,
          EarliestRestorableDateTime: new Date(startAt + 5000 + day),
        },
      },
    });
    expect(await recovery(bench, 'tbl', false)).toEqual({ ContinuousBackupsDescription: off });
    await bench.settle();
    expect(await bench.store.range({ prefix: ['dynamodb.historyHead'], limit: 1 })).toEqual([]);
  });

  it('restores any moment of its window and no other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            n: fc.nat(5),
            value: fc.option(fc.nat(9), { nil: undefined }),
            wait: fc.constantFrom(0, 1, 500, 1000),
          }),
          { minLength: 1, maxLength: 30 },
        ),
        fc.nat(),
        async (writes, at) => {
          const bench = await openDynamoDb();
          await bench.createTable('tbl', 'S', indexes);
          await put(bench, 'tbl', item(0), item(1, { g: { S: 'x' } }));
          await recovery(bench, 'tbl');
          const states = [{ time: startAt, state: await contents(bench, 'tbl') }];
          for (const { n, value, wait } of writes) {
            await bench.clock.advance(wait);
            if (value === undefined) await bench.call('DeleteItem', { TableName: 'tbl', Key: item(n) });
            else await put(bench, 'tbl', item(n, { g: { S: `${value}` } }));
            states.push({ time: bench.clock.now(), state: await contents(bench, 'tbl') });
          }
          await bench.clock.advance(1);
          const time = startAt + (at % (bench.clock.now() - startAt));
          await restoreAt(bench, 'tbl', 'old', time);
          await put(bench, 'tbl', item(3, { g: { S: 'late' } }));
          await bench.settle();
          const expected = states.filter((one) => one.time <= time).at(-1)?.state as string[];
          expect(await contents(bench, 'old')).toEqual(expected);
          const indexed = expected.filter((text) => text.includes('"g"'));
          expect(await contents(bench, 'old', { IndexName: 'global' })).toEqual(indexed);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('refuses times outside of its window', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('tbl');
    await bench.clock.advance(1500);
    await recovery(bench, 'tbl', true, 1);
    const now = bench.clock.now();
    for (const time of [now + 1, startAt + 999]) {
      await expect(restoreAt(bench, 'tbl', 'new', time)).rejects.toMatchObject({
        code: 'InvalidRestoreTimeException',
      });
    }
    await restoreAt(bench, 'tbl', 'same-second', startAt + 1000);
    await bench.clock.advance(2 * day);
    await expect(restoreAt(bench, 'tbl', 'new', now)).rejects.toMatchObject({
      code: 'InvalidRestoreTimeException',
    });
    const both = { UseLatestRestorableTime: true };
    await expect(restoreAt(bench, 'tbl', 'new', bench.clock.now(), both)).rejects.toMatchObject({
      code: 'ValidationException',
    });
  });

  it('forgets what is older than its period, and keeps what a copy still needs', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('tbl');
    await recovery(bench, 'tbl', true, 1);
    for (let n = 0; n < 5; n++) {
      await put(bench, 'tbl', item(1, { n: { N: `${n}` } }));
      await bench.clock.advance(day / 2);
    }
    await bench.settle();
    const kept = await bench.store.range({ prefix: ['dynamodb.history'], limit: 100 });
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(4);
    await restoreAt(bench, 'tbl', 'old', bench.clock.now() - day / 4 - day / 2);
    await bench.settle();
    expect(await contents(bench, 'old')).toEqual([textOf(item(1, { n: { N: '3' } }))]);
  });

  it('keeps a deleted table as a system backup for 35 days', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('tbl', 'S', indexes);
    await put(bench, 'tbl', item(1, { g: { S: 'a' } }), item(2));
    const before = await contents(bench, 'tbl');
    await recovery(bench, 'tbl');
    await bench.call('DeleteTable', { TableName: 'tbl' });
    await bench.settle();
    const { BackupSummaries } = await bench.call<BackupList>('ListBackups', { BackupType: 'SYSTEM' });
    expect(BackupSummaries).toMatchObject([
      {
        TableName: 'tbl',
        BackupName: 'tbl$DeletedTableBackup',
        BackupStatus: 'AVAILABLE',
        BackupType: 'SYSTEM',
        BackupExpiryDateTime: new Date(startAt + 35 * day),
      },
    ]);
    const BackupArn = BackupSummaries[0]?.BackupArn;
    expect(await bench.call('DescribeBackup', { BackupArn })).toMatchObject({
      BackupDescription: { SourceTableDetails: { ItemCount: 2 } },
    });
    await bench.call('RestoreTableFromBackup', { TargetTableName: 'tbl', BackupArn });
    await bench.settle();
    expect(await contents(bench, 'tbl')).toEqual(before);
    await bench.call('DeleteTable', { TableName: 'tbl' });
    await bench.clock.advance(35 * day);
    await bench.settle();
    expect(await bench.call('ListBackups', { BackupType: 'ALL' })).toEqual({ BackupSummaries: [] });
    for (const prefix of ['dynamodb.item', 'dynamodb.index', 'dynamodb.history', 'dynamodb.restore']) {
      expect(await bench.store.range({ prefix: [prefix], limit: 1 })).toEqual([]);
    }
  });
});
