import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { decodeItem } from './domain/itemCodec.ts';
import {
  type Bench,
  backUp,
  contents,
  indexes,
  item,
  place,
  put,
  recovery,
  restoreAt,
  textOf,
} from './testing/copies.ts';
import { openDynamoDb, startAt } from './testing/harness.ts';
import { dying, suspended, withoutNews } from './testing/processes.ts';

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
