/**
 * What happens after the answers of backups and restores: durable tasks that copy a table page by page, each page
 * together with how far the copy is, so that a crash at any point is resumed and nothing is done twice.
 */

import type { Platform } from '../../platform/index.ts';
import { TaskPostponed, type TaskQueue } from '../../tasks/port.ts';
import { decodeItem, storedSize } from './domain/itemCodec.ts';
import { fitsIndex } from './domain/keys.ts';
import { settled } from './domain/states.ts';
import type { Table } from './domain/table.ts';
import { changeTable, dropTable } from './lifecycle.ts';
import { limits, taskRetry as retry } from './limits.ts';
import type { HistoryTrim, Queues, Room, TableReference } from './room.ts';
import {
  type Backup,
  type BackupKey,
  contentsOf,
  findBackup,
  forgetBackup,
  putBackup,
} from './store/backups.ts';
import { countChange, hasCollections } from './store/collections.ts';
import { releaseHistory, trimHistory, trimmableUntil } from './store/history.ts';
import { HistoryLost, isSamePlace, itemPages, type StoredItem, storedItemsAt } from './store/historyReads.ts';
import { findRestore, putRestore, type Restore, removeRestore } from './store/restores.ts';

export type CopyQueues = Pick<Queues, 'backups' | 'backupExpiries' | 'historyTrims' | 'restores'>;

/** @param room asked for when a task runs: it holds these queues. */
export function openCopyQueues({ tasks }: Platform, room: () => Room): CopyQueues {
  const backups: TaskQueue<BackupKey> = tasks.queue<BackupKey>({
    name: 'dynamodb.backup',
    retry,
    concurrency: 2,
    run: ({ payload }, signal) => makeBackup(room(), payload, signal),
  });
  const backupExpiries: TaskQueue<BackupKey> = tasks.queue<BackupKey>({
    name: 'dynamodb.backupExpiry',
    retry,
    concurrency: 1,
    run: ({ payload }) => expireBackup(room(), payload),
  });
  const restores: TaskQueue<TableReference> = tasks.queue<TableReference>({
    name: 'dynamodb.restore',
    retry,
    concurrency: 2,
    run: ({ payload }, signal) => fillTable(room(), payload, signal),
  });
  const historyTrims: TaskQueue<HistoryTrim> = tasks.queue<HistoryTrim>({
    name: 'dynamodb.historyTrim',
    retry,
    concurrency: 1,
    run: ({ payload }, signal) => trim(room(), payload, signal),
  });
  return { backups, backupExpiries, historyTrims, restores };
}

async function makeBackup(room: Room, key: BackupKey, signal: AbortSignal): Promise<void> {
  const { store } = room.items;
  const backup = await findBackup(store, key);
  if (!backup || backup.status === 'AVAILABLE') return;
  if (!backup.copying) return countBackup(room, backup, signal);
  const { source } = backup;
  const contents = contentsOf(backup);
  const reason = `backup/${backup.id}`;
  try {
    let { after } = backup.copying;
    for await (const { items, cursor } of storedItemsAt(room, source, backup.copying.moment, after)) {
      signal.throwIfAborted();
      const bytes = items.reduce((sum, { value }) => sum + storedSize(value), 0);
      await store.transact(async (tx) => {
        const current = await findBackup(tx, key);
        if (!current?.copying || !isSamePlace(current.copying.after, after))
          throw new Error('another has taken over');
        for (const item of items) room.items.putStored(tx, contents, item.key, item.value);
        const { copying } = current;
        putBackup(tx, {
          ...current,
          copying: {
            ...copying,
            after: cursor,
            items: copying.items + items.length,
            bytes: copying.bytes + bytes,
          },
        });
      });
      after = cursor;
    }
  } catch (error) {
    if (!(error instanceof HistoryLost)) throw error;
    // The table went before it was copied: there is nothing that could be restored.
    await store.transact(async (tx) => {
      const current = await findBackup(tx, key);
      if (current?.copying) await forgetBackup(tx, room, current);
    });
    return;
  }
  await releaseHistory(room, source, reason, {
    also: async (tx) => {
      const current = await findBackup(tx, key);
      if (!current?.copying) return;
      const { copying, ...rest } = current;
      putBackup(tx, { ...rest, status: 'AVAILABLE', items: copying.items, bytes: copying.bytes });
    },
  });
}

/** A system backup has its items already; what is missing is how many there are. */
async function countBackup(room: Room, backup: Backup, signal: AbortSignal): Promise<void> {
  let items = 0;
  let bytes = 0;
  for await (const page of itemPages(room, contentsOf(backup))) {
    signal.throwIfAborted();
    items += page.items.length;
    for (const { value } of page.items) bytes += storedSize(value);
  }
  await room.items.store.transact(async (tx) => {
    const current = await findBackup(tx, backup);
    if (current) putBackup(tx, { ...current, status: 'AVAILABLE', items, bytes });
  });
}

async function expireBackup(room: Room, key: BackupKey): Promise<void> {
  await room.items.store.transact(async (tx) => {
    const backup = await findBackup(tx, key);
    if (!backup) return;
    if (backup.restoring.length > 0) throw new TaskPostponed(room.clock.now() + limits.historyTrimMs);
    await forgetBackup(tx, room, backup);
  });
}

async function fillTable(room: Room, reference: TableReference, signal: AbortSignal): Promise<void> {
  const { items: store } = room;
  const restore = await findRestore(store.store, reference.tableId);
  if (!restore) return;
  const target = await room.tables.find(reference, reference.table);
  if (target?.id === reference.tableId && target.restore?.inProgress) {
    try {
      await copyInto(room, target, restore, signal);
    } catch (error) {
      if (!(error instanceof HistoryLost)) throw error;
      await dropTable(room, target, room.clock.now());
    }
    await changeTable(room.tables, reference, (table) =>
      table.restore?.inProgress
        ? { ...settled(table), restore: { ...table.restore, inProgress: false } }
        : table,
    );
  }
  await endRestore(room, reference.tableId, restore);
}

async function copyInto(room: Room, target: Table, restore: Restore, signal: AbortSignal): Promise<void> {
  let { after } = restore;
  const { from, moment } = restore;
  const pages = moment ? storedItemsAt(room, from, moment, after) : itemPages(room, from, after);
  for await (const { items, cursor } of pages) {
    signal.throwIfAborted();
    await room.items.store.transact(async (tx) => {
      await room.tables.confirm(tx, target);
      const current = await findRestore(tx, target.id);
      if (!current || !isSamePlace(current.after, after)) throw new Error('another has taken over');
      for (const item of items) {
        room.items.putStored(tx, target, item.key, item.value);
        await fillIndexes(tx, room, target, item);
      }
      putRestore(tx, target.id, { ...current, after: cursor });
    });
    after = cursor;
  }
}

async function fillIndexes(
  tx: Parameters<Room['items']['fill']>[0],
  room: Room,
  target: Table,
  { value }: StoredItem,
): Promise<void> {
  if (target.indexes.length === 0) return;
  const item = decodeItem(value);
  if (hasCollections(target)) await countChange(tx, target, { before: undefined, after: item });
  for (const index of target.indexes) if (fitsIndex(item, index)) room.items.fill(tx, target, index, item);
}

/** Lets go of what was restored from. */
async function endRestore(room: Room, tableId: string, { from, backup, reason }: Restore): Promise<void> {
  if (reason !== undefined) {
    await releaseHistory(room, from, reason, { also: async (tx) => removeRestore(tx, tableId) });
    return;
  }
  await room.items.store.transact(async (tx) => {
    removeRestore(tx, tableId);
    const current = backup && (await findBackup(tx, backup));
    if (current) putBackup(tx, { ...current, restoring: current.restoring.filter((id) => id !== tableId) });
  });
}

/** Forgets what no recovery period and no copy needs any more, every hour as long as there is a recovery period. */
async function trim(room: Room, payload: HistoryTrim, signal: AbortSignal): Promise<void> {
  const table = await room.tables.find(payload, payload.table);
  if (table?.history?.id !== payload.historyId) return;
  const before = trimmableUntil(table, room.clock.now());
  const page = limits.sweepItems;
  const { store } = room.items;
  while ((await store.transact((tx) => trimHistory(tx, payload.historyId, before, page))) === page) {
    signal.throwIfAborted();
  }
  throw new TaskPostponed(room.clock.now() + limits.historyTrimMs);
}
