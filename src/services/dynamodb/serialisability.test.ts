/** Concurrent clients, over the stores that a cloud runs on: what they did must have a serial order. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AwsError } from '../../kernel/index.ts';
import { LmdbStore, MemoryStore, type Store } from '../../store/index.ts';
import { openDynamoDb } from './testing/harness.ts';
import { type Operation, whatIsWrong } from './testing/history.ts';

const folder = mkdtempSync(join(tmpdir(), 'brume-serial-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const stores: [string, () => Store][] = [
  ['memory', () => new MemoryStore()],
  ['LMDB', () => new LmdbStore({ path: join(folder, 'durable') })],
  ['LMDB, ephemeral', () => new LmdbStore({ path: join(folder, 'ephemeral'), durable: false })],
];

const TableName = 'lists';
const keys = Array.from({ length: 12 }, (_, at) => `list${at}`);
const Key = (pk: string) => ({ pk: { S: pk } });
const append = (pk: string, value: string) => ({
  TableName,
  Key: Key(pk),
  UpdateExpression: 'SET l = list_append(if_not_exists(l, :none), :value)',
  ExpressionAttributeValues: { ':none': { L: [] }, ':value': { L: [{ S: value }] } },
});
type Listed = { Item?: { l?: { L: { S: string }[] } } | undefined } | undefined;
const listOf = (found: Listed) => found?.Item?.l?.L.map(({ S }) => S) ?? [];

/** The same numbers for the same seed: 0 to 1, as mulberry32 makes them. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe.each(stores)('over %s', (_name, open) => {
  it('transactions and single writes have a serial order', async () => {
    const store = open();
    const { call, createTable } = await openDynamoDb(store as MemoryStore);
    await createTable(TableName, false);
    const history: Operation[] = [];
    let now = 0;
    let refused = 0;
    const act = async (run: () => Promise<Omit<Operation, 'begin' | 'end'>>) => {
      const begin = now++;
      try {
        const done = await run();
        history.push({ ...done, begin, end: now++ });
      } catch (error) {
        if (
          !(error instanceof AwsError) ||
          !JSON.stringify([error.code, error.members]).includes('Conflict')
        ) {
          throw error;
        }
        refused++;
      }
    };
    const client = async (name: number) => {
      const random = numbers(name);
      const some = (least: number, most: number) =>
        keys
          .map((key) => ({ key, rank: random() }))
          .sort((a, b) => a.rank - b.rank)
          .slice(0, least + Math.floor(random() * (most - least + 1)))
          .map(({ key }) => key);
      for (let turn = 0; turn < 20; turn++) {
        const value = `${name}.${turn}`;
        const kind = random();
        if (kind < 0.4) {
          const chosen = some(2, 4);
          await act(async () => {
            await call('TransactWriteItems', {
              TransactItems: chosen.map((pk) => ({ Update: append(pk, value) })),
            });
            return { appended: { value, keys: chosen }, read: {} };
          });
        } else if (kind < 0.7) {
          const chosen = some(2, 4);
          await act(async () => {
            const { Responses } = await call<{ Responses: Listed[] }>('TransactGetItems', {
              TransactItems: chosen.map((pk) => ({ Get: { TableName, Key: Key(pk) } })),
            });
            return { read: Object.fromEntries(chosen.map((pk, at) => [pk, listOf(Responses[at])])) };
          });
        } else if (kind < 0.9) {
          const [pk = ''] = some(1, 1);
          await act(async () => {
            const { Attributes: Item } = await call<{ Attributes: NonNullable<Listed>['Item'] }>(
              'UpdateItem',
              {
                ...append(pk, value),
                ReturnValues: 'ALL_NEW',
              },
            );
            const seen = listOf({ Item });
            expect(seen.pop()).toBe(value);
            return { appended: { value, keys: [pk] }, read: { [pk]: seen } };
          });
        } else {
          const [pk = ''] = some(1, 1);
          await act(async () => {
            const found = await call<Listed>('GetItem', { TableName, Key: Key(pk), ConsistentRead: true });
            return { read: { [pk]: listOf(found) } };
          });
        }
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, name) => client(name)));
    const final: Record<string, string[]> = {};
    for (const pk of keys) final[pk] = listOf(await call('GetItem', { TableName, Key: Key(pk) }));
    expect(whatIsWrong(history, final)).toBeUndefined();
    // Enough must have happened for the verdict to mean something.
    expect(history.length).toBeGreaterThan(80);
    expect(refused).toBeGreaterThan(0);
    await store.close();
  });

  it('counters lose nothing', async () => {
    const store = open();
    const { call, createTable } = await openDynamoDb(store as MemoryStore);
    await createTable('counters', false);
    const one = { UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': { N: '1' } } };
    const client = async () => {
      for (let turn = 0; turn < 10; turn++) {
        await call('UpdateItem', { TableName: 'counters', Key: Key('counter'), ...one });
      }
    };
    await Promise.all(Array.from({ length: 64 }, client));
    expect(await call('GetItem', { TableName: 'counters', Key: Key('counter') })).toMatchObject({
      Item: { n: { N: '640' } },
    });
    await store.close();
  });
});

describe('the judge of histories', () => {
  const write = (begin: number, end: number, value: string, ...written: string[]): Operation => ({
    ...{ begin, end },
    appended: { value, keys: written },
    read: {},
  });
  const final = { x: ['1', '2'], y: ['1', '2'] };
  const writes = [write(0, 10, '1', 'x', 'y'), write(1, 11, '2', 'x', 'y')];

  it('takes what has an order', () => {
    const read = { begin: 2, end: 9, read: { x: ['1'], y: ['1'] } };
    expect(whatIsWrong([...writes, read], final)).toBeUndefined();
  });

  it.each<[string, Operation[], Record<string, string[]>, string]>([
    ['a lost write', writes, { ...final, y: ['1'] }, 'y lost 2'],
    ['a write that was refused', [write(0, 1, '1', 'x', 'y')], final, 'x holds 2, which nobody wrote'],
    ['a write done twice', writes, { ...final, x: ['1', '2', '2'] }, 'x holds a value twice'],
    ['writes in two orders', writes, { ...final, y: ['2', '1'] }, 'no serial order'],
    ['a torn read', [...writes, { begin: 2, end: 9, read: { x: ['1'], y: [] } }], final, 'no serial order'],
    ['a stale read', [...writes, { begin: 12, end: 13, read: { x: ['1'] } }], final, 'no serial order'],
    ['a dirty read', [...writes, { begin: 2, end: 9, read: { x: ['3'] } }], final, 'as it never was'],
  ])('refuses %s', (_what, history, end, message) => {
    expect(whatIsWrong(history, end)).toContain(message);
  });
});
