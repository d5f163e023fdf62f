import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalItems, type Item } from '../domain/attributeValues.ts';
import { openDynamoDb, startAt } from '../testing/harness.ts';
import { keepHistory, type Moment, momentAt, releaseHistory, trimHistory } from './history.ts';
import { changesBetween, HistoryLost, itemsAt } from './historyReads.ts';

const place = { account: '000000000000', region: 'eu-west-1' };
const reason = 'test';

type Bench = Awaited<ReturnType<typeof openDynamoDb>>;
type State = ReadonlyMap<string, Item>;

const nameOf = (item: Item) => JSON.stringify([item.pk?.S, item.sk?.N]);

type Write = typeof write extends fc.Arbitrary<infer Value> ? Value : never;

const write = fc.record({
  pk: fc.constantFrom('a', 'b', 'c', 'd'.repeat(200)),
  sk: fc.integer({ min: 0, max: 4 }),
  value: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  wait: fc.constantFrom<number[]>(0, 0, 1, 1000),
});

async function writeAll(bench: Bench, writes: readonly Write[], model: Map<string, Item>) {
  const states: { time: number; state: State }[] = [];
  for (const { pk, sk, value, wait } of writes) {
    await bench.clock.advance(wait);
    const Key: Item = { pk: { S: pk }, sk: { N: `${sk}` } };
    if (value === undefined) {
      await bench.call('DeleteItem', { TableName: 'tbl', Key });
      model.delete(nameOf(Key));
    } else {
      const Item: Item = { ...Key, value: { N: `${value}` }, b: { B: Buffer.from([value]) } };
      await bench.call('PutItem', { TableName: 'tbl', Item });
      model.set(nameOf(Key), Item);
    }
    states.push({ time: bench.clock.now(), state: new Map(model) });
  }
  return states;
}

async function stateAt(bench: Bench, moment: Moment): Promise<State> {
  const table = await bench.room.tables.load(place, 'tbl');
  const items: Item[] = [];
  for await (const page of itemsAt(bench.room, table, moment)) items.push(...page.items);
  expect(new Set(items.map(nameOf)).size).toBe(items.length);
  return new Map(items.map((item) => [nameOf(item), item]));
}

function expectSame(actual: State, expected: State): void {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, item] of actual) expect(equalItems(item, expected.get(name) as Item)).toBe(true);
}

describe('the history of a table', () => {
  it('knows every past state of it, and what changed between any two', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(write, { maxLength: 6 }),
        fc.array(write, { maxLength: 40 }),
        fc.nat(),
        fc.nat(),
        async (early, late, one, two) => {
          const bench = await openDynamoDb();
          await bench.createTable('tbl', 'N');
          const model = new Map<string, Item>();
          await writeAll(bench, early, model);
          await bench.clock.advance(1);
          const table = await bench.room.tables.load(place, 'tbl');
          const first: State = new Map(model);
          const start = bench.clock.now();
          await keepHistory(bench.room, table, reason);
          const states = [{ time: start, state: first }, ...(await writeAll(bench, late, model))];
          await bench.clock.advance(1);
          const historyId = (await bench.room.tables.load(place, 'tbl')).history?.id as string;
          const past = (time: number) => states.filter((one) => one.time <= time).at(-1)?.state as State;
          const end = bench.clock.now();
          const times = [start + (one % (end - start)), start + (two % (end - start))].sort((a, b) => a - b);
          const [from, to] = times as [number, number];
          const [fromMoment, toMoment] = [
            await momentAt(bench.store, historyId, from),
            await momentAt(bench.store, historyId, to),
          ];
          expectSame(await stateAt(bench, fromMoment), past(from));
          expectSame(await stateAt(bench, toMoment), past(to));

          const replayed = new Map(past(from));
          const current = await bench.room.tables.load(place, 'tbl');
          for await (const { items } of changesBetween(bench.room, current, fromMoment, toMoment)) {
            for (const { key, before, after, time } of items) {
              expect(time > from && time <= to).toBe(true);
              expect(replayed.get(nameOf(key))).toEqual(before);
              if (after) replayed.set(nameOf(key), after);
              else replayed.delete(nameOf(key));
            }
          }
          expectSame(replayed, past(to));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives a walk one moment, however the table changes meanwhile, and lets it go on elsewhere', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('tbl', 'N');
    const model = new Map<string, Item>();
    const put = (n: number, value: number) =>
      writeAll(bench, [{ pk: `p${n}`, sk: n, value, wait: 0 }], model);
    for (let n = 0; n < 450; n++) await put(n, 0);
    const table = await bench.room.tables.load(place, 'tbl');
    const moment = await keepHistory(bench.room, table, reason);
    const expected: State = new Map(model);
    const found: Item[] = [];
    let pages = 0;
    let after: Parameters<typeof itemsAt>[3];
    for (let more = true; more; ) {
      more = false;
      for await (const { items, cursor } of itemsAt(bench.room, table, moment, structuredClone(after))) {
        found.push(...items);
        after = cursor;
        more = ++pages < 1000;
        break;
      }
      for (let n = pages; n < 600; n += 3) await put(n, pages);
      for (let n = pages + 1; n < 450; n += 7) {
        await writeAll(bench, [{ pk: `p${n}`, sk: n, value: undefined, wait: 0 }], model);
      }
    }
    expect(pages).toBeGreaterThan(2);
    expect(found).toHaveLength(450);
    expectSame(new Map(found.map((item) => [nameOf(item), item])), expected);
  });

  it('ends with its last hold and leaves nothing; a walk over it fails rather than lie', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('tbl', 'N');
    const table = await bench.room.tables.load(place, 'tbl');
    const moment = await keepHistory(bench.room, table, 'one');
    await keepHistory(bench.room, table, 'two');
    await writeAll(bench, [{ pk: 'a', sk: 1, value: 1, wait: 0 }], new Map());
    await releaseHistory(bench.room, table, 'one');
    await releaseHistory(bench.room, table, 'one');
    expect(await stateAt(bench, moment)).toEqual(new Map());
    await releaseHistory(bench.room, table, 'two');
    await expect(stateAt(bench, moment)).rejects.toBeInstanceOf(HistoryLost);
    await bench.settle();
    for (const prefix of ['dynamodb.history', 'dynamodb.historyTime', 'dynamodb.historyHead']) {
      expect(await bench.store.range({ prefix: [prefix], limit: 10 })).toEqual([]);
    }
    expect((await bench.room.tables.load(place, 'tbl')).history).toBeUndefined();
  });

  it('never shows half of a transaction', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('tbl', 'N');
    const table = await bench.room.tables.load(place, 'tbl');
    const { historyId } = await keepHistory(bench.room, table, reason);
    let now = bench.clock.now();
    // A clock of which each look is a millisecond later.
    Object.assign(bench.clock, { now: () => ++now });
    for (let n = 0; n < 3; n++) {
      const Put = (sk: number) => ({
        TableName: 'tbl',
        Item: { pk: { S: 'a' }, sk: { N: `${n * 5 + sk}` } },
      });
      await bench.call('TransactWriteItems', {
        TransactItems: [0, 1, 2, 3, 4].map((sk) => ({ Put: Put(sk) })),
      });
    }
    for (let time = startAt; time <= now; time++) {
      expect((await stateAt(bench, await momentAt(bench.store, historyId, time))).size % 5).toBe(0);
    }
    expect(now - startAt).toBeGreaterThan(3);
  });

  it('goes forward when the clock is set back', async () => {
    const early = await openDynamoDb();
    const late = await openDynamoDb(early.store);
    await late.clock.advance(60_000);
    await early.createTable('tbl', 'N');
    const { historyId } = await keepHistory(early.room, await early.room.tables.load(place, 'tbl'), reason);
    const model = new Map<string, Item>();
    const moments: { moment: Moment; state: State }[] = [];
    for (let n = 0; n < 12; n++) {
      await writeAll(
        n % 3 === 0 ? late : early,
        [{ pk: 'a', sk: n % 4, value: n % 5 || undefined, wait: 0 }],
        model,
      );
      const moment = await keepHistory(early.room, await early.room.tables.load(place, 'tbl'), `copy/${n}`);
      moments.push({ moment, state: new Map(model) });
    }
    for (const { moment, state } of moments) expectSame(await stateAt(early, moment), state);
    const recorded = await early.store.range({ prefix: ['dynamodb.historyTime', historyId], limit: 100 });
    const sequences = recorded.map(({ key }) => Number(key[3]));
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
  });

  it('stays right for all moments after the time up to which it was trimmed', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('tbl', 'N');
    const table = await bench.room.tables.load(place, 'tbl');
    const { historyId } = await keepHistory(bench.room, table, reason);
    const model = new Map<string, Item>();
    const states = await writeAll(
      bench,
      Array.from({ length: 20 }, (_, n) => ({
        pk: 'a',
        sk: n % 3,
        value: n % 4 === 0 ? undefined : n,
        wait: 10,
      })),
      model,
    );
    const horizon = startAt + 105;
    expect(await bench.store.transact((tx) => trimHistory(tx, historyId, horizon, 200))).toBe(9);
    for (const { time, state } of states.filter((one) => one.time >= horizon)) {
      expectSame(await stateAt(bench, await momentAt(bench.store, historyId, time)), state);
    }
  });

  it('leaves nothing when its beginning fails', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('tbl', 'N');
    const table = await bench.room.tables.load(place, 'tbl');
    const also = async () => {
      throw new Error('refused');
    };
    const begun = keepHistory(bench.room, table, reason, { also });
    // The write comes while the description is on its way.
    const written = writeAll(bench, [{ pk: 'a', sk: 1, value: 1, wait: 0 }], new Map());
    await expect(begun).rejects.toThrow('refused');
    await written;
    await bench.settle();
    for (const prefix of ['dynamodb.history', 'dynamodb.historyTime', 'dynamodb.historyHead']) {
      expect(await bench.store.range({ prefix: [prefix], limit: 10 })).toEqual([]);
    }
    expect(await bench.room.tables.load(place, 'tbl')).toEqual(table);
  });

  it('costs a table without one nothing', async () => {
    const bench = await openDynamoDb();
    await bench.createTable('tbl', 'N');
    expect(bench.room.items.followed(await bench.room.tables.load(place, 'tbl'))).toBe(false);
  });
});
