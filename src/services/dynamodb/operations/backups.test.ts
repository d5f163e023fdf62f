import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStore, type Store } from '../../../store/index.ts';
import type { Item } from '../domain/attributeValues.ts';
import { decodeItem } from '../domain/itemCodec.ts';
import { dropTable } from '../lifecycle.ts';
import { openDynamoDb, startAt } from '../testing/harness.ts';

type Bench = Awaited<ReturnType<typeof openDynamoDb>>;

interface Described {
  Table: {
    TableStatus: string;
    ItemCount: number;
    TableId: string;
    RestoreSummary?: Record<string, unknown>;
    GlobalSecondaryIndexes?: { IndexName: string; IndexStatus: string; ItemCount: number }[];
    [member: string]: unknown;
  };
}

interface BackupAnswer {
  BackupDetails: { BackupArn: string; BackupStatus: string };
}

interface BackupDescription {
  BackupDescription: {
    BackupDetails: Record<string, unknown>;
    SourceTableDetails: Record<string, unknown>;
    SourceTableFeatureDetails: Record<string, unknown>;
  };
}

interface BackupList {
  BackupSummaries: { BackupName: string; BackupArn: string; BackupType: string; BackupStatus: string }[];
  LastEvaluatedBackupArn?: string;
}

const place = { account: '000000000000', region: 'eu-west-1' };
const day = 24 * 3600 * 1000;
const indexes = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'g', AttributeType: 'S' },
  ],
  LocalSecondaryIndexes: [
    {
      IndexName: 'local',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'g', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'global',
      KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};

const item = (n: number, more: Item = {}): Item => ({ pk: { S: `p${n}` }, sk: { S: `${n}` }, ...more });

async function put(bench: Bench, table: string, ...items: Item[]): Promise<void> {
  for (const Item of items) await bench.call('PutItem', { TableName: table, Item });
}

async function contents(bench: Bench, table: string, more: object = {}): Promise<string[]> {
  const found: Item[] = [];
  let ExclusiveStartKey: Item | undefined;
  do {
    const page: { Items: Item[]; LastEvaluatedKey?: Item } = await bench.call('Scan', {
      TableName: table,
      ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
      ...more,
    });
    found.push(...page.Items);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return found.map(textOf).sort();
}

function textOf(one: Item): string {
  return JSON.stringify(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function backUp(bench: Bench, table: string, name = 'backup'): Promise<string> {
  const { BackupDetails } = await bench.call<BackupAnswer>('CreateBackup', {
    TableName: table,
    BackupName: name,
  });
  expect(BackupDetails.BackupStatus).toBe('CREATING');
  return BackupDetails.BackupArn;
}

const recovery = (bench: Bench, table: string, enabled = true, days?: number) =>
  bench.call<{ ContinuousBackupsDescription: { PointInTimeRecoveryDescription: Record<string, unknown> } }>(
    'UpdateContinuousBackups',
    {
      TableName: table,
      PointInTimeRecoverySpecification: {
        PointInTimeRecoveryEnabled: enabled,
        ...(days === undefined ? {} : { RecoveryPeriodInDays: days }),
      },
    },
  );

const restoreAt = (bench: Bench, source: string, target: string, time: number, more: object = {}) =>
  bench.call<{ TableDescription: Described['Table'] }>('RestoreTableToPointInTime', {
    SourceTableName: source,
    TargetTableName: target,
    RestoreDateTime: new Date(time),
    ...more,
  });

/** A store as a process sees it that dies at some transaction: that one, and all after it, never come back. */
function dying(store: MemoryStore, isDead: () => boolean): MemoryStore {
  const never = () => new Promise<never>(() => {});
  return changed(store, {
    transact: (body) => (isDead() ? never() : store.transact(body)),
  });
}

/** A store as a process sees it that is suspended at its n-th transaction, and goes on when it is woken. */
function suspended(store: MemoryStore, transactions: number) {
  let left = transactions;
  let wake = () => {};
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  return {
    wake,
    store: changed(store, {
      transact: async (body) => {
        if (left-- <= 0) await woken;
        return store.transact(body);
      },
    }),
  };
}

/** A store that doesn't tell of changes: tasks that are enqueued wait for another process. */
function withoutNews(store: MemoryStore): MemoryStore {
  return changed(store, { watch: () => () => {} });
}

function changed(store: MemoryStore, members: Partial<Store>): MemoryStore {
  return new Proxy(store, {
    get: (target, name) => {
      const member = members[name as keyof Store] ?? target[name as keyof Store];
      return typeof member === 'function' ? (member as () => unknown).bind(target) : member;
    },
  });
}

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
    expect(Table).toMatchObject({ TableStatus: 'ACTIVE', RestoreSummary: { RestoreInProgress: false } });
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
    ];
    for (const [operation, input, code, message] of failures) {
      await expect(call(operation, input)).rejects.toMatchObject({ code, message });
    }
  });
});

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
    ).rejects.toMatchObject(missing);
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
    await restore('bare', { GlobalSecondaryIndexOverride: [], LocalSecondaryIndexOverride: [] });
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
    await expect(
      restore('bad', {
        GlobalSecondaryIndexOverride: [{ ...indexes.GlobalSecondaryIndexes[0], IndexName: 'new' }],
      }),
    ).rejects.toMatchObject({ code: 'ValidationException' });
    await expect(restore('bad', { BillingModeOverride: 'PROVISIONED' })).rejects.toMatchObject({
      code: 'ValidationException',
    });
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
    });
    await expect(bench.call('CreateBackup', { TableName: 'new', BackupName: 'name' })).rejects.toMatchObject({
      code: 'TableInUseException',
    });
    await (await openDynamoDb(store)).settle();
    const later = await openDynamoDb(store);
    await put(later, 'new', item(1));
    await later.call('DeleteBackup', { BackupArn });
  });

  it('go to another region', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('tbl');
    await put(bench, 'tbl', item(1));
    await recovery(bench, 'tbl');
    const BackupArn = await backUp(bench, 'tbl');
    await bench.settle();
    const place = { region: 'us-east-1' };
    await bench.call('RestoreTableFromBackup', { TargetTableName: 'one', BackupArn }, place);
    await bench.call(
      'RestoreTableToPointInTime',
      {
        TargetTableName: 'two',
        SourceTableArn: 'arn:aws:dynamodb:eu-west-1:000000000000:table/tbl',
        UseLatestRestorableTime: true,
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

describe('a process that wakes up after another took its work over', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('does nothing twice (%i)', async (transactions) => {
    const store = new MemoryStore();
    const idle = await openDynamoDb(withoutNews(store));
    await idle.createTable('tbl');
    for (let n = 0; n < 450; n++) await put(idle, 'tbl', item(n));
    await recovery(idle, 'tbl');
    const BackupArn = await backUp(idle, 'tbl');
    await restoreAt(idle, 'tbl', 'old', startAt);
    const sleeper = suspended(store, transactions);
    const first = await openDynamoDb(sleeper.store);
    for (let turn = 0; turn < 50; turn++) await first.clock.advance(0);

    const second = await openDynamoDb(store);
    await second.clock.advance(120_000);
    await second.settle();
    for (const { pk, sk } of [item(1), item(300), item(449)]) {
      await second.call('DeleteItem', { TableName: 'old', Key: { pk, sk } });
    }
    sleeper.wake();
    await first.clock.advance(120_000);
    await first.settle();
    expect(await contents(second, 'old')).toHaveLength(447);
    expect(await second.call('DescribeBackup', { BackupArn })).toMatchObject({
      BackupDescription: {
        BackupDetails: { BackupStatus: 'AVAILABLE' },
        SourceTableDetails: { ItemCount: 450 },
      },
    });
    const { history } = await second.room.tables.load(place, 'tbl');
    expect(Object.keys(history?.holds ?? {})).toEqual(['recovery']);
  });
});

describe('a crash at any transaction', () => {
  async function storedItems(store: MemoryStore, bench: Bench, name: string): Promise<number> {
    const table = await bench.room.tables.load(place, name);
    const stored = await store.range({ prefix: ['dynamodb.item', table.id], limit: 10_000 });
    expect(new Set(stored.map(({ value }) => textOf(decodeItem(value)))).size).toBe(stored.length);
    return stored.length;
  }

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('of a backup and a restore is resumed (%i)', async (transactions) => {
    const store = new MemoryStore();
    const first = await openDynamoDb(store);
    await first.createTable('tbl', 'S', indexes);
    for (let n = 0; n < 450; n++) await put(first, 'tbl', item(n, { g: { S: `${n % 3}` } }));
    const before = await contents(first, 'tbl');
    await recovery(first, 'tbl');
    await first.settle();

    // The first process dies while it works on both; a second one goes on when the leases are over.
    const idle = await openDynamoDb(withoutNews(store));
    const arn = await backUp(idle, 'tbl');
    await restoreAt(idle, 'tbl', 'old', startAt);
    let left = transactions;
    const mortal = await openDynamoDb(dying(store, () => left-- <= 0));
    for (let turn = 0; turn < 50; turn++) await mortal.clock.advance(0);

    const second = await openDynamoDb(store);
    await put(second, 'tbl', item(1000));
    await second.clock.advance(120_000);
    await second.settle();
    expect(await contents(second, 'old')).toEqual(before);
    expect(await contents(second, 'old', { IndexName: 'global' })).toEqual(before);
    expect(await storedItems(store, second, 'old')).toBe(450);
    expect(await second.call('DescribeBackup', { BackupArn: arn })).toMatchObject({
      BackupDescription: {
        BackupDetails: { BackupStatus: 'AVAILABLE' },
        SourceTableDetails: { ItemCount: 450 },
      },
    });
    await second.call('RestoreTableFromBackup', { TargetTableName: 'copy', BackupArn: arn });
    await second.settle();
    expect(await contents(second, 'copy')).toEqual(before);
    await recovery(second, 'tbl', false);
    await second.settle();
    for (const prefix of [
      'dynamodb.history',
      'dynamodb.historyTime',
      'dynamodb.historyHead',
      'dynamodb.restore',
    ]) {
      expect(await store.range({ prefix: [prefix], limit: 1 })).toEqual([]);
    }
  });
});
