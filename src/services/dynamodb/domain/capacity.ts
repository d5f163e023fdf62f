/** Capacity units, exactly. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-unit-calculations.html */
import type { Index, Table } from './table.ts';

const readUnitBytes = 4096;
const writeUnitBytes = 1024;

/** @param bytes of what was read in one go; nothing found still costs one unit. @param factor 0.5 eventually consistent, 1, or 2 in a transaction. */
export function readUnits(bytes: number, factor: number): number {
  return Math.max(1, Math.ceil(bytes / readUnitBytes)) * factor;
}

/** @param factor 2 in a transaction, else 1. */
export function writeUnits(bytes: number, factor: number): number {
  return Math.max(1, Math.ceil(bytes / writeUnitBytes)) * factor;
}

export type ReturnConsumedCapacity = 'INDEXES' | 'TOTAL' | 'NONE';

interface Capacity {
  CapacityUnits: number;
  ReadCapacityUnits?: number;
  WriteCapacityUnits?: number;
}

export interface ConsumedCapacity extends Capacity {
  TableName: string;
  Table?: Capacity;
  LocalSecondaryIndexes?: Record<string, Capacity>;
  GlobalSecondaryIndexes?: Record<string, Capacity>;
}

/** Adds up what one request consumed of one table and its indexes. */
export class Consumption {
  readonly #table: Table;
  #tableUnits: number;
  readonly #indexUnits = new Map<Index, number>();

  /** @param units of the table, to begin with. */
  constructor(table: Table, units = 0) {
    this.#table = table;
    this.#tableUnits = units;
  }

  addTable(units: number): void {
    this.#tableUnits += units;
  }

  addIndex(index: Index, units: number): void {
    if (units > 0) this.#indexUnits.set(index, (this.#indexUnits.get(index) ?? 0) + units);
  }

  /** What the table (undefined) and each index consumed. */
  *parts(): Iterable<[Index | undefined, number]> {
    if (this.#tableUnits > 0) yield [undefined, this.#tableUnits];
    yield* this.#indexUnits;
  }

  get units(): number {
    let sum = this.#tableUnits;
    for (const units of this.#indexUnits.values()) sum += units;
    return sum;
  }

  /** @param split `read` or `write` in transactions, which tell the kinds of units apart. */
  describe(
    wanted: ReturnConsumedCapacity | undefined,
    split?: 'read' | 'write',
  ): ConsumedCapacity | undefined {
    if (wanted !== 'TOTAL' && wanted !== 'INDEXES') return undefined;
    const described: ConsumedCapacity = { TableName: this.#table.name, ...capacity(this.units, split) };
    if (wanted === 'TOTAL') return described;
    described.Table = capacity(this.#tableUnits, split);
    for (const [index, units] of this.#indexUnits) {
      const member = index.kind === 'local' ? 'LocalSecondaryIndexes' : 'GlobalSecondaryIndexes';
      described[member] ??= {};
      described[member][index.name] = capacity(units, split);
    }
    return described;
  }
}

function capacity(units: number, split?: 'read' | 'write'): Capacity {
  if (split === 'read') return { CapacityUnits: units, ReadCapacityUnits: units };
  if (split === 'write') return { CapacityUnits: units, WriteCapacityUnits: units };
  return { CapacityUnits: units };
}
