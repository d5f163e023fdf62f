import { describe, expect, it } from 'vitest';
import { openDynamoDb } from '../testing/harness.ts';

const minute = 60_000;

async function openExpiring(items: number) {
  const bench = await openDynamoDb();
  const { call, clock } = bench;
  await bench.createTable('tbl', false);
  const expires = { N: String(clock.now() / 1000 + 60) };
  for (let n = 0; n < items; n++) {
    await call('PutItem', { TableName: 'tbl', Item: { pk: { S: String(n) }, expires } });
  }
  const enable = (Enabled: boolean) =>
    call('UpdateTimeToLive', {
      TableName: 'tbl',
      TimeToLiveSpecification: { Enabled, AttributeName: 'expires' },
    });
  const count = async () =>
    (await call<{ Count: number }>('Scan', { TableName: 'tbl', Select: 'COUNT' })).Count;
  const pass = async (minutes: number) => {
    for (let passed = 0; passed < minutes; passed++) {
      await clock.advance(minute);
      await bench.settle();
    }
  };
  return { ...bench, enable, count, pass };
}

describe('time to live', () => {
  it('deletes what was there before it, also when it was disabled and enabled again meanwhile', async () => {
    const { call, createTable, enable, count, pass } = await openExpiring(450);
    // What keeps the deletion of the old expiry times waiting until the new ones are there.
    await createTable('other', false);
    for (let n = 0; n < 2200; n++)
      await call('PutItem', { TableName: 'other', Item: { pk: { S: String(n) } } });
    await enable(true);
    await call('DeleteTable', { TableName: 'other' });
    await enable(false);
    await enable(true);
    await pass(3);
    expect(await count()).toBe(0);
  });

  it('deletes nothing once it is disabled', async () => {
    const { enable, count, pass, store } = await openExpiring(3);
    await enable(true);
    await enable(false);
    await pass(3);
    expect(await count()).toBe(3);
    expect(await store.range({ prefix: ['dynamodb.expiry'], limit: 1 })).toEqual([]);
  });

  it('looks once a minute, however often it was enabled', async () => {
    const { clock, enable, pass, store } = await openExpiring(0);
    for (let times = 0; times < 3; times++) {
      await enable(true);
      await clock.advance(1);
      await enable(false);
    }
    await enable(true);
    await pass(3);
    expect(await store.range({ prefix: ['task', 'dynamodb.sweep', 'due'], limit: 100 })).toHaveLength(1);
  });

  it('knows one attribute at a time', async () => {
    const { call, enable } = await openExpiring(0);
    const other = (Enabled: boolean) =>
      call('UpdateTimeToLive', {
        TableName: 'tbl',
        TimeToLiveSpecification: { Enabled, AttributeName: 'other' },
      });
    await expect(other(false)).rejects.toMatchObject({ message: 'TimeToLive is already disabled' });
    await enable(true);
    await expect(enable(true)).rejects.toMatchObject({ message: 'TimeToLive is already enabled' });
    for (const enabled of [true, false]) {
      await expect(other(enabled)).rejects.toMatchObject({
        code: 'ValidationException',
        message: 'TimeToLive is active on a different AttributeName: current AttributeName is expires',
      });
    }
  });
});
