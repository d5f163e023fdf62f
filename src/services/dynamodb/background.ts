/** What happens after the answer: purges, backfills, TTL. Durable tasks, so that a crash in the middle is resumed. */
import type { Platform } from '../../platform/index.ts';
import type { Key, Transaction } from '../../store/port.ts';
import { TaskPostponed, type TaskQueue } from '../../tasks/port.ts';
import { decodeItem } from './domain/itemCodec.ts';
import { fitsIndex } from './domain/keys.ts';
import { withIndex } from './domain/states.ts';
import type { Table } from './domain/table.ts';
import { changeTable, endState, referenceTo, type Transition } from './lifecycle.ts';
import { limits, taskRetry as retry } from './limits.ts';
import type { Backfill, Purge, Queues, Room, Sweep, Trim } from './room.ts';
import { purgeCollections } from './store/collections.ts';
import { expiresHere } from './store/globalTables.ts';
import { purgeHistory } from './store/history.ts';
import { purgeInsights } from './store/insights.ts';
import { expiriesOf, expiryOf, type Items, purgeEntries, purgeExpiries, purgeItems } from './store/items.ts';
import { findStream, trimStream } from './store/streams.ts';
import { type Tables, unlessChanged } from './store/tables.ts';

const purge: Record<Purge['kind'], (tx: Transaction, id: string) => Promise<boolean>> = {
  item: purgeItems,
  index: purgeEntries,
  expiry: purgeExpiries,
  collection: purgeCollections,
  history: purgeHistory,
  insight: purgeInsights,
};

/** @param room asked for when a task runs: it holds these queues. */
export function openQueues(
  platform: Platform,
  tables: Tables,
  items: Items,
  room: () => Room,
): Pick<Queues, 'purges' | 'backfills' | 'sweeps' | 'transitions' | 'trims'> {
  const { tasks, clock } = platform;
  const purges: TaskQueue<Purge> = tasks.queue<Purge>({
    name: 'dynamodb.purge',
    retry,
    concurrency: 1,
    run: async ({ payload }, signal) => {
      const { kind, id } = payload;
      while (!(await platform.store.transact((tx) => purge[kind](tx, id)))) signal.throwIfAborted();
    },
  });
  const backfills: TaskQueue<Backfill> = tasks.queue<Backfill>({
    name: 'dynamodb.backfill',
    retry,
    concurrency: 1,
    run: ({ payload }, signal) => backfill(tables, items, payload, signal),
  });
  const sweeps: TaskQueue<Sweep> = tasks.queue<Sweep>({
    name: 'dynamodb.sweep',
    retry,
    concurrency: 1,
    run: async ({ payload }, signal) => {
      const table = await tables.find(payload, payload.table);
      if (!table?.timeToLive || table.id !== payload.tableId) return;
      if ((payload.expiries ?? table.id) !== expiriesOf(table)) return;
      if (!table.global || (await expiresHere(platform.store, table)))
        await sweep(tables, items, table, clock.now(), signal);
      throw new TaskPostponed(clock.now() + limits.timeToLiveSweepMs);
    },
  });
  const trims: TaskQueue<Trim> = tasks.queue<Trim>({
    name: 'dynamodb.trim',
    retry,
    concurrency: 1,
    run: async ({ payload }, signal) => {
      const state = await findStream(platform.store, payload, payload.table, payload.label);
      if (state && (await trimStream(platform, state, clock.now(), signal))) {
        throw new TaskPostponed(clock.now() + limits.streamTrimMs);
      }
    },
  });
  const transitions = tasks.queue<Transition>({
    name: 'dynamodb.transition',
    retry,
    concurrency: 4,
    run: ({ payload }) => endState(room(), payload),
  });
  return { purges, backfills, sweeps, trims, transitions };
}

async function backfill(tables: Tables, items: Items, payload: Backfill, signal: AbortSignal): Promise<void> {
  let after: Key | undefined;
  await beginBackfill(tables, payload);
  for (;;) {
    signal.throwIfAborted();
    const table = await tables.find(payload, payload.table);
    const index = table?.indexes.find(({ id, status }) => id === payload.indexId && status !== 'DELETING');
    const ttl = table?.timeToLive;
    if (!table || (payload.indexId === undefined ? !ttl : !index)) return;
    const page = await unlessChanged(
      items.store.transact(async (tx) => {
        await tables.confirm(tx, table);
        const entries = await items.page(tx, table, after, limits.sweepItems);
        for (const { value } of entries) {
          const item = decodeItem(value);
          if (!index) items.fillExpiry(tx, table, ttl?.attribute as string, item);
          else if (fitsIndex(item, index)) items.fill(tx, table, index, item);
        }
        return entries;
      }),
    );
    if (!page) continue;
    if (page.length === 0) {
      if (index) await activate(tables, table, index.id);
      return;
    }
    after = page.at(-1)?.key;
  }
}

/** Once an index has its place, the table is ACTIVE again and the index is filled. */
async function beginBackfill(tables: Tables, payload: Backfill): Promise<void> {
  const { indexId } = payload;
  const found = await tables.find(payload, payload.table);
  if (!found || indexId === undefined) return;
  await changeTable(tables, referenceTo(found), (table) => {
    const index = table.indexes.find(({ id }) => id === indexId);
    if (index?.status !== 'CREATING' || index.backfilling) return table;
    return { ...withIndex(table, indexId, { backfilling: true }), status: 'ACTIVE' };
  });
}

async function activate(tables: Tables, filled: Table, indexId: string): Promise<void> {
  await changeTable(tables, referenceTo(filled), (table) => {
    const index = table.indexes.find(({ id }) => id === indexId);
    // It may be on its way out by now.
    return index?.status === 'CREATING'
      ? withIndex(table, indexId, { status: 'ACTIVE', backfilling: false })
      : table;
  });
}

const timeToLive = { userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } };

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html */
async function sweep(
  tables: Tables,
  items: Items,
  table: Table,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const seconds = Math.floor(now / 1000);
  // Items that expired more than five years ago are taken for a mistake in units and kept.
  const oldest = seconds - 5 * 365 * 24 * 3600;
  const attribute = table.timeToLive?.attribute as string;
  for (let found = 1; found > 0; ) {
    signal.throwIfAborted();
    const swept = items.store.transact(async (tx) => {
      await tables.confirm(tx, table);
      const expired = await items.expired(tx, table, oldest, seconds);
      for (const { entry, value } of expired) {
        items.dropExpiry(tx, entry);
        const before = value && decodeItem(value);
        const expiry = before && expiryOf(before, attribute);
        if (!before || expiry === undefined || expiry >= seconds) continue;
        await items.write(tx, table, { before, after: undefined, afterBytes: 0 }, undefined, 1, timeToLive);
      }
      return expired.length;
    });
    // A table that is being changed is looked at again in a minute.
    found = (await unlessChanged(swept)) ?? 0;
  }
}
