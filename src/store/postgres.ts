/**
 * The store over the PostgreSQL wire (PostgreSQL, CockroachDB, YugabyteDB): one table of ordered byte keys,
 * serialisable transactions, run again when the server says they collided. `pg` is not among Brume's
 * dependencies: who uses this installs it.
 *
 * A B-tree row of PostgreSQL holds 2,704 bytes and our keys may have 4,026. So the table is found by `id` (the
 * key, or its head and a digest when it is longer) and ordered by `head`, then by the key itself.
 */
import { createHash } from 'node:crypto';
import type { Pool, PoolClient, QueryResult } from 'pg';
import { RandomIds, SystemClock } from '../kernel/index.ts';
import { type Bounds, boundsOf, isEmpty } from './bounds.ts';
import { EncodedEntry } from './entry.ts';
import { encodeKey, type KeyText, keyBytes, keyText } from './keys.ts';
import type { Entry, Key, KeyRange, Reader, Store, Transaction } from './port.ts';
import { Watchers } from './watchers.ts';

/** Bytes of a key that the indexes hold. */
const headBytes = 1024;
/** Attempts of a transaction that keeps colliding. */
const attemptsMax = 40;
/** serialization_failure, deadlock_detected. https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html */
const collisions = new Set(['40001', '40P01']);
/** Rows a query fetches at once when only a byte limit ends the range. */
const pageRows = 256;

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. */
  connectionString: string;
  /** Connections at once. */
  connections?: number;
  /** Name of the table, made when missing; letters, digits and `_`. */
  table?: string;
}

export async function openPostgresStore(options: PostgresOptions): Promise<PostgresStore> {
  const pg = await import('pg').catch((cause: unknown) => {
    throw new Error('A store on PostgreSQL needs the package pg: npm install pg', { cause });
  });
  const table = options.table ?? 'brume';
  if (!/^[a-z_][a-z0-9_]*$/.test(table)) throw new Error(`${table} can't be the name of the store's table`);
  const pool = new pg.default.Pool({
    connectionString: options.connectionString,
    max: options.connections ?? 10,
  });
  // An idle connection that the server closes is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {});
  await pool.query(
    `CREATE TABLE IF NOT EXISTS ${table} (id bytea PRIMARY KEY, head bytea NOT NULL, key bytea NOT NULL, value bytea NOT NULL)`,
  );
  await pool.query(`CREATE INDEX IF NOT EXISTS ${table}_head ON ${table} (head)`);
  return new PostgresStore(pool, table);
}

type Query = (text: string, values?: unknown[]) => Promise<QueryResult>;

export class PostgresStore implements Store {
  readonly #pool: Pool;
  readonly #table: string;
  readonly #reader: Reader;
  readonly #watchers = new Watchers();
  readonly #clock = new SystemClock();
  readonly #ids = new RandomIds();

  constructor(pool: Pool, table: string) {
    this.#pool = pool;
    this.#table = table;
    this.#reader = readerOf((text, values) => pool.query(text, values), table);
  }

  get(key: Key): Promise<Uint8Array | undefined> {
    return this.#reader.get(key);
  }

  range(range: KeyRange): Promise<Entry[]> {
    return this.#reader.range(range);
  }

  async snapshot<T>(body: (reader: Reader) => Promise<T>): Promise<T> {
    return this.#withClient(async (client) => {
      // The snapshot is taken by the first query, so there must be one before the body runs.
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await client.query('SELECT 1');
      try {
        return await body(readerOf(inOrder(client), this.#table));
      } finally {
        await client.query('ROLLBACK');
      }
    });
  }

  async transact<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const { result, touched } = await this.#withClient((client) => this.#attempt(client, body));
        this.#watchers.notify(touched);
        return result;
      } catch (error) {
        if (!collisions.has((error as { code?: string }).code ?? '') || attempt >= attemptsMax) throw error;
        const spread = (this.#ids.bytes(1)[0] as number) / 255;
        await this.#clock.sleep(Math.min(2 ** attempt, 200) * spread);
      }
    }
  }

  watch(prefix: Key, onChange: () => void): () => void {
    return this.#watchers.add(prefix, onChange);
  }

  async clear(): Promise<void> {
    await this.#pool.query(`DELETE FROM ${this.#table}`);
    this.#watchers.notifyAll();
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #attempt<T>(
    client: PoolClient,
    body: (tx: Transaction) => Promise<T>,
  ): Promise<{ result: T; touched: Set<KeyText> }> {
    await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
    const tx = new PostgresTransaction(inOrder(client), this.#table);
    try {
      const result = await body(tx);
      await tx.settle();
      await client.query('COMMIT');
      return { result, touched: tx.touched };
    } catch (error) {
      // A collision makes every later query fail too; the first failure is the one that says so.
      const first = await tx.settle().then(
        () => error,
        (cause: unknown) => cause,
      );
      await client.query('ROLLBACK').catch(() => {});
      throw collisions.has((error as { code?: string }).code ?? '') ? error : first;
    } finally {
      tx.isOver = true;
    }
  }

  async #withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    try {
      return await work(client);
    } finally {
      client.release();
    }
  }
}

class PostgresTransaction implements Transaction {
  readonly touched = new Set<KeyText>();
  isOver = false;
  readonly #query: Query;
  readonly #table: string;
  readonly #reader: Reader;
  /** Queries of a transaction run in order, so a read sees the writes before it without waiting for them here. */
  readonly #writes: Promise<unknown>[] = [];

  constructor(query: Query, table: string) {
    this.#query = query;
    this.#table = table;
    this.#reader = readerOf(query, table);
  }

  async get(key: Key): Promise<Uint8Array | undefined> {
    this.#assertRunning();
    return this.#reader.get(key);
  }

  async range(range: KeyRange): Promise<Entry[]> {
    this.#assertRunning();
    return this.#reader.range(range);
  }

  put(key: Key, value: Uint8Array): void {
    this.#assertRunning();
    const bytes = encodeKey(key);
    this.touched.add(keyText(key));
    void this.#write(
      `INSERT INTO ${this.#table} (id, head, key, value) VALUES ($1, $2, $3, $4) ` +
        'ON CONFLICT (id) DO UPDATE SET value = excluded.value',
      [idOf(bytes), bytes.subarray(0, headBytes), bytes, Buffer.from(value)],
    );
  }

  delete(key: Key): void {
    this.#assertRunning();
    this.touched.add(keyText(key));
    void this.#write(`DELETE FROM ${this.#table} WHERE id = $1`, [idOf(encodeKey(key))]);
  }

  deletePrefix(prefix: Key): void {
    this.#assertRunning();
    const { where, values } = conditionOf(boundsOf({ prefix, limit: 1 }));
    const deleted = this.#write(`DELETE FROM ${this.#table} WHERE ${where} RETURNING key`, values);
    deleted.then(
      ({ rows }) => {
        for (const row of rows) this.touched.add((row.key as Buffer).toString('latin1'));
      },
      () => {}, // `settle` tells.
    );
  }

  /** Rejects with the first failure of a write. */
  async settle(): Promise<void> {
    for (const write of this.#writes) await write;
  }

  #write(text: string, values: unknown[]): Promise<QueryResult> {
    const write = this.#query(text, values);
    write.catch(() => {}); // `settle` tells.
    this.#writes.push(write);
    return write;
  }

  #assertRunning(): void {
    if (this.isOver) throw new Error('the transaction is over: await every read and write inside its body');
  }
}

/** One query at a time, in the order of the calls; a failed one doesn't keep the next from being tried. */
function inOrder(client: PoolClient): Query {
  let last: Promise<unknown> = Promise.resolve();
  return (text, values) => {
    const next = () => client.query(text, values);
    const result = last.then(next, next);
    last = result;
    return result;
  };
}

function readerOf(query: Query, table: string): Reader {
  return {
    async get(key) {
      const { rows } = await query(`SELECT value FROM ${table} WHERE id = $1`, [idOf(encodeKey(key))]);
      return rows[0]?.value as Uint8Array | undefined;
    },
    range: (range) => readRange(query, table, range),
  };
}

async function readRange(query: Query, table: string, range: KeyRange): Promise<Entry[]> {
  const bounds = boundsOf(range);
  const entries: Entry[] = [];
  let bytes = 0;
  while (!isEmpty(bounds) && entries.length < range.limit) {
    const rowsMax = Math.min(
      range.limit - entries.length,
      range.bytesMax === undefined ? range.limit : pageRows,
    );
    const { where, values } = conditionOf(bounds);
    const direction = range.reverse ? 'DESC' : 'ASC';
    const { rows } = await query(
      `SELECT key, value FROM ${table} WHERE ${where} ORDER BY head ${direction}, key ${direction} LIMIT ${rowsMax}`,
      values,
    );
    for (const row of rows as { key: Buffer; value: Buffer }[]) {
      const text = row.key.toString('latin1');
      entries.push(new EncodedEntry(text, row.value));
      bytes += row.value.length;
      if (range.bytesMax !== undefined && bytes >= range.bytesMax) return entries;
      if (range.reverse) Object.assign(bounds, { high: text, highInclusive: false });
      else Object.assign(bounds, { low: text, lowExclusive: true });
    }
    if (rows.length < rowsMax) break;
  }
  return entries;
}

function conditionOf(bounds: Bounds): { where: string; values: Buffer[] } {
  const low = keyBytes(bounds.low);
  const values = [low.subarray(0, headBytes), low];
  let where = `head >= $1 AND key ${bounds.lowExclusive ? '>' : '>='} $2`;
  if (bounds.high !== undefined) {
    const high = keyBytes(bounds.high);
    values.push(high.subarray(0, headBytes), high);
    where += ` AND head <= $3 AND key ${bounds.highInclusive ? '<=' : '<'} $4`;
  }
  return { where, values };
}

function idOf(key: Buffer): Buffer {
  if (key.length <= headBytes) return key;
  return Buffer.concat([key.subarray(0, headBytes), createHash('sha256').update(key).digest()]);
}
