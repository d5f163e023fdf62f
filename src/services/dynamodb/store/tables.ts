/**
 * Tables and what hangs on them. Key table:
 *
 *     ['dynamodb.table', account, region, tableName]        → Table
 *     ['dynamodb.tags', tableId]                            → Record<tag key, tag value>
 *
 * Descriptions are kept in memory: every request needs one. The store's watch drops them when any process
 * changes a table, and a writer confirms inside its transaction that what it holds is still current.
 */
import { type Reader, recordSet, type Store, type Transaction } from '../../../store/index.ts';
import type { Table } from '../domain/table.ts';
import { ResourceNotFoundException } from '../errors.ts';

const records = recordSet<[account: string, region: string, name: string], Table>('dynamodb.table');
const tagRecords = recordSet<[tableId: string], Record<string, string>>('dynamodb.tags');

interface Place {
  readonly account: string;
  readonly region: string;
}

/** A writer's table changed under it: the operation starts again with the new one. */
export class TableChanged extends Error {}

/** @returns undefined when the table changed meanwhile: the same must be done again by what it became. */
export async function unlessChanged<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof TableChanged) return undefined;
    throw error;
  }
}

export class Tables {
  readonly #store: Store;
  /** By name: looked up by every request, and nobody has many tables of one name. */
  readonly #known = new Map<string, Table[]>();
  /** How many changes of a table are under way: until they are done or given up, its record alone tells. */
  readonly #changing = new Map<string, number>();
  /** What a writer found in the record of a table that is changing. */
  readonly #found = new Map<string, Table>();
  readonly #unwatch: () => void;
  #generation = 0;

  constructor(store: Store) {
    this.#store = store;
    this.#unwatch = store.watch([records.prefix], () => this.#forget());
  }

  close(): void {
    this.#unwatch();
  }

  /** The table, when it is in memory. */
  known(place: Place, name: string): Table | undefined {
    const found = this.#found.size > 0 ? this.#found.get(idOf(place, name)) : undefined;
    return found ?? this.#known.get(name)?.find((table) => isIn(table, place));
  }

  /** @throws ResourceNotFoundException, with the words of the data operations. */
  async load(place: Place, name: string): Promise<Table> {
    const table = this.known(place, name) ?? (await this.find(place, name));
    if (!table) throw new ResourceNotFoundException('Requested resource not found');
    return table;
  }

  async find(place: Place, name: string): Promise<Table | undefined> {
    const known = this.known(place, name);
    if (known) return known;
    const generation = this.#generation;
    const table = await records.get(this.#store, place.account, place.region, name);
    // A change that came while we read may have made this one old.
    if (table && generation === this.#generation) this.#remember(table);
    return this.known(place, name) ?? table;
  }

  /** True when `table` is what this process knows, and nothing is about to change it; else `confirm` tells. */
  isCurrent(table: Table): boolean {
    return !this.#isChanging(table) && this.known(table, table.name) === table;
  }

  /** @throws TableChanged when the table isn't the one that `table` describes any more. */
  async confirm(tx: Transaction, table: Table): Promise<void> {
    const changing = this.#isChanging(table);
    const known = changing ? undefined : this.known(table, table.name);
    if (known === table) return;
    const current = known ?? (await records.get(tx, table.account, table.region, table.name));
    if (current?.id === table.id && current.revision === table.revision) return;
    if (changing && current) this.#found.set(idOf(table, table.name), current);
    throw new TableChanged();
  }

  #isChanging(table: Table): boolean {
    return this.#changing.size > 0 && this.#changing.has(idOf(table, table.name));
  }

  /** While `change` is under way, writers ask the record of each table, so that they fall before or after it. */
  async #whileChanging<T>(tables: readonly Table[], change: () => Promise<T>): Promise<T> {
    const ids = tables.map((table) => idOf(table, table.name));
    for (const id of ids) this.#changing.set(id, (this.#changing.get(id) ?? 0) + 1);
    try {
      return await change();
    } finally {
      for (const id of ids) {
        const others = (this.#changing.get(id) ?? 1) - 1;
        if (others > 0) this.#changing.set(id, others);
        else this.#changing.delete(id);
        this.#found.delete(id);
      }
    }
  }

  read(reader: Reader, place: Place, name: string): Promise<Table | undefined> {
    return records.get(reader, place.account, place.region, name);
  }

  /**
   * Changes a table in one transaction. A writer comes before it or sees what it made of the table, so that no item
   * slips past an index that is being created.
   * @param change given the current table; @returns the new one. @param also more to do in the same transaction.
   * @throws TableChanged when somebody else changed it first.
   */
  async update(
    table: Table,
    change: (table: Table) => Table,
    also?: (tx: Transaction) => Promise<void>,
  ): Promise<Table> {
    const [changed] = await this.updateAll([{ table, changed: change(table) }], also);
    return changed as Table;
  }

  /**
   * Changes several tables in one transaction, as `update` does one. @returns them in the same order.
   * @param removed tables that `also` removes: their writers too come before it or find them gone.
   */
  async updateAll(
    updates: readonly { table: Table; changed: Table }[],
    also?: (tx: Transaction) => Promise<void>,
    removed: readonly Table[] = [],
  ): Promise<Table[]> {
    const next = updates.map(({ table, changed }) => ({ ...changed, revision: table.revision + 1 }));
    return this.#whileChanging([...next, ...removed], async () => {
      await this.#store.transact(async (tx) => {
        for (const { table } of updates) {
          const current = await this.read(tx, table, table.name);
          if (current?.id !== table.id || current.revision !== table.revision) {
            this.#forget();
            throw new TableChanged();
          }
        }
        for (const changed of next) records.put(tx, [changed.account, changed.region, changed.name], changed);
        await also?.(tx);
      });
      this.#forget();
      for (const changed of next) this.#remember(changed);
      return next;
    });
  }

  /** @returns false when a table of that name is there already. */
  async create(
    table: Table,
    tags: Record<string, string>,
    also: (tx: Transaction) => Promise<void>,
  ): Promise<boolean> {
    return this.#store.transact(async (tx) => {
      if (!(await this.insert(tx, table))) return false;
      if (Object.keys(tags).length > 0) tagRecords.put(tx, [table.id], tags);
      await also(tx);
      return true;
    });
  }

  /** A part of `create`, for those who create several. @returns false when a table of that name is there already. */
  async insert(tx: Transaction, table: Table): Promise<boolean> {
    if (await records.get(tx, table.account, table.region, table.name)) return false;
    records.put(tx, [table.account, table.region, table.name], table);
    return true;
  }

  /** A part of `delete`. @throws TableChanged when it isn't there any more. */
  async remove(tx: Transaction, table: Table): Promise<void> {
    const current = await this.read(tx, table, table.name);
    // What hangs on the table goes by its description: a copy that began since must not be forgotten.
    if (current?.id !== table.id || current.revision !== table.revision) {
      this.#forget();
      throw new TableChanged();
    }
    records.delete(tx, table.account, table.region, table.name);
    tagRecords.delete(tx, table.id);
  }

  /** @param also more to do in the same transaction. */
  async delete(table: Table, also: (tx: Transaction) => Promise<void>): Promise<void> {
    await this.#whileChanging([table], async () => {
      await this.#store.transact(async (tx) => {
        await this.remove(tx, table);
        await also(tx);
      });
      this.#forget();
    });
  }

  /** Tables whose names come after `after`, in order. */
  async list(place: Place, after: string | undefined, limit: number): Promise<Table[]> {
    return records.values(this.#store, {
      under: [place.account, place.region],
      ...(after === undefined ? {} : { gt: [place.account, place.region, after] }),
      limit,
    });
  }

  /** Every table of the cloud, for background work; a page at a time. */
  async all(after: Table | undefined, limit: number): Promise<Table[]> {
    return records.values(this.#store, {
      ...(after ? { gt: [after.account, after.region, after.name] } : {}),
      limit,
    });
  }

  async tags(table: Table): Promise<Record<string, string>> {
    return (await tagRecords.get(this.#store, table.id)) ?? {};
  }

  async changeTags(
    table: Table,
    change: (tags: Record<string, string>) => Record<string, string>,
  ): Promise<void> {
    await this.#store.transact(async (tx) => {
      await this.confirm(tx, table);
      tagRecords.put(tx, [table.id], change((await tagRecords.get(tx, table.id)) ?? {}));
    });
  }

  #remember(table: Table): void {
    const others = this.#known.get(table.name)?.filter((other) => !isIn(other, table)) ?? [];
    this.#known.set(table.name, [...others, table]);
  }

  #forget(): void {
    this.#generation++;
    this.#known.clear();
  }
}

function isIn(table: Table, { account, region }: Place): boolean {
  return table.region === region && table.account === account;
}

function idOf(place: Place, name: string): string {
  return `${place.account}/${place.region}/${name}`;
}
