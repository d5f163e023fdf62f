/**
 * Changes a table together with the replicas that follow its settings, and brings replicas into being and ends
 * them: what UpdateTable, UpdateTimeToLive and DeleteTable commit when a table has replicas or gets some.
 */
import type { Transaction } from '../../../store/port.ts';
import { checkNotCopied } from '../domain/backups.ts';
import {
  followSettings,
  type GlobalTable,
  type Membership,
  membershipOf,
  type Overrides,
  type Replica,
  renewedOverrides,
  replicaOf,
  withOverrides,
  withoutOverrides,
} from '../domain/globalTable.ts';
import type { Index, Table } from '../domain/table.ts';
import { ResourceInUseException, ValidationException } from '../errors.ts';
import { purgeTable } from '../lifecycle.ts';
import { followStream, followTimeToLive, streamTime } from '../operations/settings.ts';
import type { Room } from '../room.ts';
import { putGlobalTable, putReplication, readGlobalTable, readReplication } from '../store/globalTables.ts';
import { TableChanged } from '../store/tables.ts';
import { shrink } from './leave.ts';
import { checkReplicated, nameTakenElsewhere, type ReplicaChanges } from './replicaUpdates.ts';

interface Now {
  room: Room;
  now: number;
}

/** The global table of a table, if it is a replica of one. */
export async function globalTableOf(room: Room, table: Table): Promise<GlobalTable | undefined> {
  const { account, name, global } = table;
  return global && readGlobalTable(room.items.store, { account, name, id: global.id });
}

/**
 * Changes a table, and its replicas as far as they follow it, in one transaction.
 * @param replicas what becomes of the replicas besides. @param also more to do in the same transaction.
 * @param settled what the table is to be when a change that takes time is made: replicas are that at once.
 * @throws TableChanged
 */
export async function updateWithReplicas(
  ctx: Now,
  table: Table,
  changed: Table,
  replicas: ReplicaChanges | undefined,
  also: (tx: Transaction) => Promise<void>,
  settled = changed,
): Promise<Table> {
  if (!table.global && !replicas) return ctx.room.tables.update(table, () => changed, also);
  checkReplicated(table, changed);
  return new Reshaping(ctx, table, replicas).commit(changed, settled, also);
}

/** One change of a table and its replicas on its way. */
class Reshaping {
  readonly #ctx: Now;
  readonly #table: Table;
  readonly #replicas: ReplicaChanges | undefined;

  constructor(ctx: Now, table: Table, replicas: ReplicaChanges | undefined) {
    this.#ctx = ctx;
    this.#table = table;
    this.#replicas = replicas;
  }

  async commit(wanted: Table, settled: Table, also: (tx: Transaction) => Promise<void>): Promise<Table> {
    const { room, now } = this.#ctx;
    const { create = [], remove = [], override = [] } = this.#replicas ?? {};
    const group = (await globalTableOf(room, this.#table)) ?? this.#newGroup();
    checkReady(group);
    const leader = create.length > 0 ? this.#joined(wanted, group) : wanted;
    const followed: Table = { ...settled, ...(leader.global ? { global: leader.global } : {}) };
    const own = group.replicas.find(({ tableId }) => tableId === this.#table.id)?.overrides;
    const overridden = (region: string, before: Overrides = {}): Overrides =>
      override.find((one) => one.region === region)?.overrides ?? before;
    const updates = [{ table: this.#table, changed: leader }];
    const removed: Table[] = [];
    for (const { region, overrides, tableId } of group.replicas) {
      if (tableId === this.#table.id) continue;
      const table = await room.tables.find({ account: group.account, region }, group.name);
      if (table?.id !== tableId) throw new TableChanged();
      if (remove.includes(region)) {
        checkNotCopied(table);
        removed.push(table);
      } else if (group.version === '2019.11.21') {
        updates.push({
          table,
          changed: followSettings(
            table,
            own ? withoutOverrides(followed, own, table) : followed,
            overridden(region, overrides),
            this.#ids(),
            now,
          ),
        });
      }
    }
    const added = create.map(({ region, overrides }) => this.#replica(followed, region, overrides, group));
    const commit = async (tx: Transaction) => {
      await also(tx);
      if (leader !== wanted) await followStream(tx, this.#ctx, leader, wanted.stream, leader.stream);
      for (const { table, changed } of updates.slice(1)) await this.#follow(tx, table, changed);
      if (!this.#replicas && !own) return;
      let current = this.#table.global ? await this.#current(tx) : group;
      for (const table of removed) {
        await room.tables.remove(tx, table);
        await purgeTable(tx, room, table, now);
        current = await shrink(tx, room, current, table.id);
      }
      if (added.length > 0 && group.consistency === 'STRONG') await checkEmpty(tx, room, this.#table);
      for (const table of added) {
        if (!(await room.tables.insert(tx, table))) throw nameTakenElsewhere(table.name);
        await this.#begin(tx, table);
        current = await this.#grow(tx, current, table, overridden);
      }
      const { witness } = this.#replicas ?? {};
      const { witness: before, ...rest } = current;
      const voting = witness === undefined ? before : (witness.create ?? undefined);
      putGlobalTable(tx, {
        ...rest,
        ...(voting === undefined ? {} : { witness: voting }),
        replicas: rest.replicas.map((replica) =>
          own && replica.tableId === this.#table.id
            ? { ...replica, overrides: renewedOverrides(followed, own) }
            : withOverride(replica, overridden(replica.region, replica.overrides)),
        ),
      });
      await room.replicator.wake(tx, current);
    };
    const [updated] = await room.tables.updateAll(updates, commit, removed);
    return updated as Table;
  }

  #ids() {
    const { ids } = this.#ctx.room;
    return { token: () => ids.token(10), uuid: () => ids.uuid() };
  }

  #newGroup(): GlobalTable {
    const { room, now } = this.#ctx;
    const { account, name, region, id: tableId } = this.#table;
    return {
      id: room.ids.token(10),
      ...{ account, name },
      version: '2019.11.21',
      consistency: this.#replicas?.consistency ?? 'EVENTUAL',
      createdAt: now,
      replicas: [{ region, tableId, phase: 'active', addedAt: now }],
    };
  }

  /** The table as a replica: replication of AWS's kind needs a stream, and switches it on. */
  #joined(table: Table, group: GlobalTable): Table {
    const membership: Membership = membershipOf(group);
    const joined: Table = { ...table, global: table.global ?? membership };
    if (joined.stream || group.consistency === 'STRONG') return joined;
    return { ...joined, ...newStream(streamTime(joined, this.#ctx.now)) };
  }

  #replica(leader: Table, region: string, overrides: Overrides, group: GlobalTable): Table {
    const { now } = this.#ctx;
    const replica = withOverrides(replicaOf(leader, region, overrides, this.#ids(), now), overrides);
    if (group.consistency === 'STRONG') {
      return { ...replica, status: 'ACTIVE', ...(leader.stream ? newStream(now) : {}) };
    }
    return { ...replica, ...newStream(now) };
  }

  async #current(tx: Transaction): Promise<GlobalTable> {
    const { account, name, global } = this.#table;
    const group = await readGlobalTable(tx, { account, name, id: (global as Membership).id });
    if (!group) throw new TableChanged();
    return group;
  }

  /** What a new table needs besides its record. */
  async #begin(tx: Transaction, table: Table): Promise<void> {
    const { room, now } = this.#ctx;
    await followStream(tx, { room, now }, table, undefined, table.stream);
    await followTimeToLive(tx, { room, now }, undefined, table);
  }

  async #grow(
    tx: Transaction,
    group: GlobalTable,
    { region, id: tableId }: Table,
    overridden: (region: string) => Overrides,
  ): Promise<GlobalTable> {
    const { now } = this.#ctx;
    const strong = group.consistency === 'STRONG';
    const source = this.#table;
    const wanted =
      this.#replicas?.create?.find((one) => one.region === region)?.overrides ?? overridden(region);
    const replica: Replica = withOverride(
      { region, tableId, phase: strong ? 'active' : 'copying', source: source.region, addedAt: now },
      wanted,
    );
    const state = await readReplication(tx, group.id);
    // What the source hasn't seen yet, its copy won't have either.
    const seen = { ...state.seen, [tableId]: state.seen[source.id] ?? 0 };
    putReplication(tx, group.id, { ...state, seen });
    return { ...group, replicas: [...group.replicas, replica] };
  }

  /** What follows from a change of a replica's settings. */
  async #follow(tx: Transaction, before: Table, after: Table): Promise<void> {
    const { room, now } = this.#ctx;
    await followIndexes(tx, room, before, after);
    await followTimeToLive(tx, { room, now }, before, after);
  }
}

/** One change after another. @throws ResourceInUseException while a replica is being made. */
function checkReady(group: GlobalTable): void {
  if (group.replicas.every(({ phase }) => phase === 'active')) return;
  throw new ResourceInUseException(
    `Attempt to change a resource which is still in use: Table is being updated: ${group.name}`,
  );
}

/** Nothing is copied to replicas of strong consistency. @throws ValidationException */
async function checkEmpty(tx: Transaction, room: Room, table: Table): Promise<void> {
  if ((await room.items.page(tx, table, undefined, 1)).length === 0) return;
  throw new ValidationException(
    'The table must be empty to become a global table with multi-Region strong consistency',
  );
}

async function followIndexes(tx: Transaction, room: Room, before: Table, after: Table): Promise<void> {
  const isIn = (table: Table, { id }: Index) => table.indexes.some((index) => index.id === id);
  const { account, region, name: table } = after;
  for (const index of after.indexes) {
    if (isIn(before, index)) continue;
    await room.queues.backfills.enqueue(tx, { account, region, table, indexId: index.id });
  }
  for (const index of before.indexes) {
    if (!isIn(after, index)) await room.queues.purges.enqueue(tx, { kind: 'index', id: index.id });
  }
}

function newStream(now: number): Pick<Table, 'stream' | 'latestStream'> {
  const stream = {
    label: new Date(now).toISOString().slice(0, -1),
    viewType: 'NEW_AND_OLD_IMAGES' as const,
  };
  return { stream, latestStream: stream };
}

function withOverride(replica: Replica, overrides: Overrides | undefined): Replica {
  if (!overrides || Object.keys(overrides).length === 0) return replica;
  return { ...replica, overrides };
}
