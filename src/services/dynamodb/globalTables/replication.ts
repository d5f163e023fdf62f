/**
 * Replication between the replicas of a global table. A change is noted in the transaction that makes it; a durable
 * task, one for each global table that has something to do, carries it to the other replicas, copies the items
 * that a new replica starts from, and ends the global table when one replica is left. Each step is one transaction
 * that writes down how far it came, so that a crash anywhere loses nothing and repeats nothing.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
 */

import { assert } from '../../../kernel/index.ts';
import type { Platform } from '../../../platform/index.ts';
import type { Transaction } from '../../../store/port.ts';
import type { TaskQueue } from '../../../tasks/port.ts';
import type { GlobalTable, Membership, Replica } from '../domain/globalTable.ts';
import { decodeItem, encodeItem, storedSize } from '../domain/itemCodec.ts';
import { keyOf } from '../domain/keys.ts';
import type { Table } from '../domain/table.ts';
import { limits, taskRetry as retry } from '../limits.ts';
import { countChange, hasCollections } from '../store/collections.ts';
import {
  changesAfter,
  deleteGlobalTable,
  deleteReplication,
  dropChanges,
  dropChangesUpTo,
  dropPending,
  purgeChanges,
  purgePending,
  putChange,
  putGlobalTable,
  putPending,
  putReplication,
  type Replication,
  readGlobalTable,
  readPending,
  readReplication,
} from '../store/globalTables.ts';

import { type Change, type ChangeFollower, type Items, type Origin, placedKey } from '../store/items.ts';
import { TableChanged, type Tables } from '../store/tables.ts';

/** A global table that has something to do, or what is left of a replica that is gone. */
export interface ReplicationWork {
  account: string;
  name: string;
  id: string;
  /** The replica that is gone. */
  goneTableId?: string;
}

/** What a step found to be done next outside of its own transaction. */
type Outcome = 'more' | 'done' | { activate: Replica } | { dissolve: GlobalTable };

export class Replicator implements ChangeFollower {
  readonly #tables: Tables;
  readonly #queue: TaskQueue<ReplicationWork>;
  #items: Items | undefined;

  constructor(platform: Platform, tables: Tables) {
    this.#tables = tables;
    this.#queue = platform.tasks.queue<ReplicationWork>({
      name: 'dynamodb.replicate',
      retry,
      concurrency: 2,
      run: ({ payload }, signal) => this.#run(payload, signal),
    });
  }

  /** Items are written through what follows them, and it is one of those: it learns of them afterwards. */
  attach(items: Items): void {
    this.#items = items;
  }

  follows(table: Table): boolean {
    return table.global !== undefined;
  }

  async changed(tx: Transaction, table: Table, change: Change, origin: Origin | undefined): Promise<void> {
    if (origin?.replicatedFrom !== undefined) return;
    const membership = table.global as Membership;
    if (membership.consistency === 'STRONG') return this.#mirror(tx, table, change);
    const { before, after, afterBytes } = change;
    const item = after ?? before;
    if (!item) return;
    const key = keyOf(item, table.key);
    const state = await readReplication(tx, membership.id);
    const sequence = state.head + 1;
    putReplication(tx, membership.id, { ...state, head: sequence });
    putChange(tx, membership.id, sequence, {
      tableId: table.id,
      region: table.region,
      key,
      ...(after ? { item: encodeItem(after, afterBytes) } : {}),
    });
    putPending(tx, table, key, sequence);
    await this.#start(tx, table, membership.id, state);
  }

  /** Sees to it that the task of a global table is there. Called in the transaction that gives it something to do. */
  async wake(tx: Transaction, group: GlobalTable): Promise<void> {
    await this.#start(tx, group, group.id, await readReplication(tx, group.id));
  }

  /** Deletes, later, what a replica that is gone left behind. */
  async forget(tx: Transaction, group: GlobalTable, tableId: string): Promise<void> {
    const { account, name, id } = group;
    await this.#queue.enqueue(tx, { account, name, id, goneTableId: tableId });
  }

  async #start(
    tx: Transaction,
    { account, name }: { account: string; name: string },
    id: string,
    { generation }: Replication,
  ): Promise<void> {
    await this.#queue.enqueue(tx, { account, name, id }, { id: `${id}/${generation}` });
  }

  /** Strong consistency: a change is in every replica when it is acknowledged, for it is one transaction. */
  async #mirror(tx: Transaction, table: Table, { before, after, afterBytes }: Change): Promise<void> {
    const group = await this.#groupOf(tx, table);
    for (const replica of group?.replicas ?? []) {
      if (replica.tableId === table.id) continue;
      const target = await this.#tables.read(
        tx,
        { account: table.account, region: replica.region },
        table.name,
      );
      assert(target?.id === replica.tableId, 'a replica is a table of its region', { replica });
      await this.#write(tx, target, { before, after, afterBytes }, table.region, false);
    }
  }

  #groupOf(tx: Transaction, table: Table): Promise<GlobalTable | undefined> {
    const { account, name, global } = table;
    return readGlobalTable(tx, { account, name, id: (global as Membership).id });
  }

  async #run(work: ReplicationWork, signal: AbortSignal): Promise<void> {
    const items = this.#items as Items;
    for (let turn = 0; ; turn++) {
      signal.throwIfAborted();
      const outcome = await items.store.transact((tx) => this.#step(tx, work, turn % 2 === 1));
      if (outcome === 'done') return;
      if (outcome === 'more') continue;
      try {
        if ('activate' in outcome) await this.#activate(work, outcome.activate);
        else await this.#dissolve(outcome.dissolve);
      } catch (error) {
        // Somebody changed the table meanwhile: the next step looks again.
        if (!(error instanceof TableChanged)) throw error;
      }
    }
  }

  /** @param newFirst new replicas and old ones take turns: a busy table must not keep either waiting. */
  async #step(tx: Transaction, work: ReplicationWork, newFirst: boolean): Promise<Outcome> {
    if (work.goneTableId !== undefined) return this.#forget(tx, work, work.goneTableId);
    const group = await readGlobalTable(tx, work);
    if (!group) return (await purgeChanges(tx, work.id)) ? 'done' : 'more';
    const state = await readReplication(tx, group.id);
    const seenBy = ({ tableId }: Replica) => state.seen[tableId] ?? 0;
    const isBehind = (replica: Replica) => seenBy(replica) < state.head;
    const inPhase = (phase: Replica['phase']) => group.replicas.filter((replica) => replica.phase === phase);
    const [behind] = inPhase('active')
      .filter(isBehind)
      .sort((one, other) => seenBy(one) - seenBy(other));
    const [copying] = inPhase('copying');
    const [following] = inPhase('following');
    if (behind && !(newFirst && (copying ?? following))) return this.#carry(tx, group, state, behind);
    if (copying) return this.#copy(tx, group, state, copying);
    if (following) return this.#carry(tx, group, state, following);
    if (group.version === '2019.11.21' && group.replicas.length === 1) return { dissolve: group };
    putReplication(tx, group.id, { ...state, generation: state.generation + 1 });
    return 'done';
  }

  /** Deletes what is left of a replica that is gone, and the changes that were kept for it alone. */
  async #forget(tx: Transaction, work: ReplicationWork, tableId: string): Promise<'more' | 'done'> {
    if (!(await purgePending(tx, tableId))) return 'more';
    const group = await readGlobalTable(tx, work);
    if (!group) return 'done';
    const least = leastSeen(group, (await readReplication(tx, group.id)).seen);
    return (await dropChangesUpTo(tx, group.id, least, limits.sweepItems)) ? 'done' : 'more';
  }

  /** Brings one replica a few changes further. */
  async #carry(tx: Transaction, group: GlobalTable, state: Replication, replica: Replica): Promise<Outcome> {
    const target = await this.#tableOf(tx, group, replica);
    const from = state.seen[replica.tableId] ?? 0;
    const found = await changesAfter(tx, group.id, from, limits.replicatedItems, limits.replicatedBytes);
    for (const { sequence, change } of found) {
      const own = await readPending(tx, target, change.key);
      if (change.tableId === target.id) {
        if (own === sequence) dropPending(tx, target, change.key);
        continue;
      }
      // The last writer wins: what this replica wrote itself meanwhile is on its way to the others.
      if (own !== undefined && own > sequence) continue;
      const stored = await (this.#items as Items).get(tx, target, change.key);
      const before = stored && decodeItem(stored);
      const after = change.item && decodeItem(change.item);
      if (!before && !after) continue;
      const afterBytes = change.item ? storedSize(change.item) : 0;
      const quietly = replica.phase !== 'active';
      await this.#write(tx, target, { before, after, afterBytes }, change.region, quietly);
    }
    const last = found.at(-1)?.sequence ?? state.head;
    saveSeen(tx, group, state, replica.tableId, last);
    return replica.phase === 'following' && last === state.head ? { activate: replica } : 'more';
  }

  /** Copies a few items to a new replica; what changes meanwhile it gets from the log afterwards. */
  async #copy(tx: Transaction, group: GlobalTable, state: Replication, replica: Replica): Promise<'more'> {
    const items = this.#items as Items;
    const target = await this.#tableOf(tx, group, replica);
    const active = group.replicas.filter(({ phase }) => phase === 'active');
    const from = active.find(({ region }) => region === replica.source) ?? active[0];
    let copied = replica.copied;
    let phase: Replica['phase'] = 'following';
    if (from) {
      const source = await this.#tableOf(tx, group, from);
      const after = copied && placedKey(source, copied);
      const page = await items.page(tx, source, after, limits.replicatedItems, limits.replicatedBytes);
      for (const { value } of page) {
        const item = decodeItem(value);
        // Where this replica was written to already, that is later.
        if ((await readPending(tx, target, item)) !== undefined) continue;
        const stored = await items.get(tx, target, item);
        const before = stored && decodeItem(stored);
        await this.#write(
          tx,
          target,
          { before, after: item, afterBytes: storedSize(value) },
          from.region,
          true,
        );
      }
      const last = page.at(-1);
      if (last) copied = last.key.slice(2);
      if (last) phase = 'copying';
      const seen = Math.min(state.seen[replica.tableId] ?? 0, state.seen[from.tableId] ?? 0);
      putReplication(tx, group.id, { ...state, seen: { ...state.seen, [replica.tableId]: seen } });
    }
    const { copied: _, ...rest } = replica;
    const changed: Replica = { ...rest, phase, ...(copied && phase === 'copying' ? { copied } : {}) };
    putGlobalTable(tx, withReplica(group, changed));
    return 'more';
  }

  /** @param quietly no stream tells of it: the items that a replica starts with are no changes of its. */
  async #write(
    tx: Transaction,
    target: Table,
    change: Change,
    replicatedFrom: string,
    quietly: boolean,
  ): Promise<void> {
    const items = this.#items as Items;
    if (quietly) {
      items.place(tx, target, change);
      if (hasCollections(target)) await countChange(tx, target, change);
    } else {
      await items.write(tx, target, change, undefined, 1, { replicatedFrom });
    }
  }

  async #tableOf(tx: Transaction, group: GlobalTable, { region, tableId }: Replica): Promise<Table> {
    const table = await this.#tables.read(tx, { account: group.account, region }, group.name);
    assert(table?.id === tableId, 'a replica is a table of its region', { region, tableId });
    return table;
  }

  async #activate(work: ReplicationWork, replica: Replica): Promise<void> {
    const table = await this.#fresh(work.account, replica.region, work.name);
    if (table?.id !== replica.tableId) return;
    await this.#tables.update(
      table,
      (current) => ({ ...current, status: 'ACTIVE' }),
      async (tx) => {
        const group = await this.#groupOf(tx, table);
        if (group) putGlobalTable(tx, withReplica(group, { ...replica, phase: 'active' }));
      },
    );
  }

  /** One replica is left and has seen everything: it is a table like any other. */
  async #dissolve(group: GlobalTable): Promise<void> {
    const [last] = group.replicas;
    const table = last && (await this.#fresh(group.account, last.region, group.name));
    if (!table?.global) return;
    const { global: _, ...alone } = table;
    await this.#tables.update(
      table,
      () => alone,
      async (tx) => {
        const current = await this.#groupOf(tx, table);
        const state = await readReplication(tx, group.id);
        // A replica was added, or a change made, since the step looked.
        if (current?.replicas.length !== 1 || (state.seen[table.id] ?? 0) < state.head)
          throw new TableChanged();
        deleteGlobalTable(tx, group);
        deleteReplication(tx, group.id);
      },
    );
  }

  /** The table as it is stored: a description in memory that is old would be refused again and again. */
  #fresh(account: string, region: string, name: string): Promise<Table | undefined> {
    return this.#tables.read((this.#items as Items).store, { account, region }, name);
  }
}

function saveSeen(
  tx: Transaction,
  group: GlobalTable,
  state: Replication,
  tableId: string,
  last: number,
): void {
  const seen = { ...state.seen, [tableId]: last };
  putReplication(tx, group.id, { ...state, seen });
  dropChanges(tx, group.id, leastSeen(group, state.seen), leastSeen(group, seen));
}

/** The last change that all replicas have seen: it and those before it are of no use any more. */
function leastSeen({ replicas }: GlobalTable, seen: Replication['seen']): number {
  return Math.min(...replicas.map(({ tableId }) => seen[tableId] ?? 0));
}

function withReplica(group: GlobalTable, changed: Replica): GlobalTable {
  return {
    ...group,
    replicas: group.replicas.map((one) => (one.tableId === changed.tableId ? changed : one)),
  };
}
