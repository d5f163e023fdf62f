/** Changes of provisioned and warm throughput, and of the mode. */
import { describe, expect, it } from 'vitest';
import { openDynamoDb } from '../testing/harness.ts';

const units = (read: number, write: number) => ({
  ProvisionedThroughput: { ReadCapacityUnits: read, WriteCapacityUnits: write },
});
const warm = (read?: number, write?: number) => ({
  WarmThroughput: {
    ...(read === undefined ? {} : { ReadUnitsPerSecond: read }),
    ...(write === undefined ? {} : { WriteUnitsPerSecond: write }),
  },
});
const provisioned = { BillingMode: 'PROVISIONED', ...units(10, 10) };
const byN = {
  IndexName: 'byN',
  KeySchema: [{ AttributeName: 'n', KeyType: 'HASH' }],
  Projection: { ProjectionType: 'ALL' },
};
const AttributeDefinitions = [
  { AttributeName: 'pk', AttributeType: 'S' },
  { AttributeName: 'n', AttributeType: 'S' },
];

interface Described {
  TableStatus: string;
  ProvisionedThroughput: { NumberOfDecreasesToday: number; ReadCapacityUnits: number };
  WarmThroughput?: object;
  GlobalSecondaryIndexes?: { WarmThroughput: object }[];
}

async function table(more: object = provisioned) {
  const room = await openDynamoDb();
  const created = await room.createTable('tbl', false, more);
  const update = (change: object) =>
    room.call<{ TableDescription: Described }>('UpdateTable', { TableName: 'tbl', ...change });
  const shown = async () =>
    (await room.call<{ Table: Described }>('DescribeTable', { TableName: 'tbl' })).Table;
  return { ...room, created: created as unknown as { TableDescription: Described }, update, shown };
}

const invalid = (what: string) => ({
  code: 'ValidationException',
  message: `One or more parameter values were invalid: ${what}`,
});

describe('provisioned throughput', () => {
  it('is decreased four times a day, then once an hour', async () => {
    const { update, shown, clock } = await table();
    for (let read = 9; read > 5; read--) await update(units(read, 20 - read));
    await expect(update(units(5, 5))).rejects.toMatchObject({
      code: 'LimitExceededException',
      message:
        'Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 seconds. Number of decreases today: 4. Last decrease at Thursday, January 1, 2026 at 12:00:00 AM Coordinated Universal Time. Next decrease can be made at Thursday, January 1, 2026 at 1:00:00 AM Coordinated Universal Time',
    });
    await update(units(50, 50));
    await clock.advance(3600_000);
    await update(units(40, 40));
    await expect(update(units(30, 30))).rejects.toMatchObject({ code: 'LimitExceededException' });
    expect((await shown()).ProvisionedThroughput.NumberOfDecreasesToday).toBe(5);
    await clock.advance(23 * 3600_000);
    expect((await shown()).ProvisionedThroughput.NumberOfDecreasesToday).toBe(0);
    await update(units(30, 30));
  });

  it('is answered as it was before, and is as asked for at once', async () => {
    const { update, shown } = await table();
    expect(await update(units(20, 20))).toMatchObject({
      TableDescription: { TableStatus: 'UPDATING', ProvisionedThroughput: { ReadCapacityUnits: 10 } },
    });
    expect(await shown()).toMatchObject({
      TableStatus: 'ACTIVE',
      ProvisionedThroughput: { ReadCapacityUnits: 20 },
    });
  });

  it('of all tables of an account in a region has a bound, and so has each', async () => {
    const { createTable, update } = await table();
    await createTable('big', false, { BillingMode: 'PROVISIONED', ...units(40_000, 1) });
    await createTable('abroad', false, { BillingMode: 'PAY_PER_REQUEST' });
    await expect(update(units(40_001, 10))).rejects.toMatchObject({ code: 'LimitExceededException' });
    await update(units(40_000, 10));
    await expect(
      createTable('more', false, { BillingMode: 'PROVISIONED', ...units(1, 1) }),
    ).rejects.toMatchObject({
      code: 'LimitExceededException',
      message:
        'This request would have caused the ReadCapacityUnits limit to be exceeded for the account in eu-west-1. Current ReadCapacityUnits reserved by the account: 80000. Limit: 80000. Requested: 1. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.',
    });
    await update(units(39_999, 11));
    await createTable('more', false, { BillingMode: 'PROVISIONED', ...units(1, 1) });
    await expect(
      createTable('capped', false, { OnDemandThroughput: { MaxWriteRequestUnits: 40_001 } }),
    ).rejects.toMatchObject({
      message:
        'Subscriber limit exceeded: Requested MaxWriteRequestUnits for OnDemandThroughput for table exceeds TableMaxWriteCapacityUnits of the account in region eu-west-1',
    });
  });

  it('is given up for on-demand mode four times in 24 hours', async () => {
    const { update, clock } = await table();
    for (let n = 0; n < 4; n++) {
      await update({ BillingMode: 'PAY_PER_REQUEST' });
      await update({ BillingMode: 'PROVISIONED', ...units(10, 10) });
    }
    await expect(update({ BillingMode: 'PAY_PER_REQUEST' })).rejects.toMatchObject({
      code: 'LimitExceededException',
    });
    await clock.advance(24 * 3600_000);
    await update({ BillingMode: 'PAY_PER_REQUEST' });
  });
});

describe('maxima of requests', () => {
  it('go one by one, and are answered with -1 as they go', async () => {
    const { call, createTable } = await openDynamoDb();
    await createTable('tbl', false, {
      OnDemandThroughput: { MaxReadRequestUnits: 1000, MaxWriteRequestUnits: 500 },
      GlobalSecondaryIndexes: [
        {
          IndexName: 'gsi',
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
          OnDemandThroughput: { MaxReadRequestUnits: 5 },
        },
      ],
    });
    type Shown = { OnDemandThroughput?: object; GlobalSecondaryIndexes: object[] };
    const update = async (change: object) =>
      (await call<{ TableDescription: Shown }>('UpdateTable', { TableName: 'tbl', ...change }))
        .TableDescription.OnDemandThroughput;
    const described = async () => (await call<{ Table: Shown }>('DescribeTable', { TableName: 'tbl' })).Table;
    expect(await update({ OnDemandThroughput: { MaxReadRequestUnits: -1 } })).toEqual({
      MaxReadRequestUnits: -1,
      MaxWriteRequestUnits: 500,
    });
    expect((await described()).OnDemandThroughput).toEqual({ MaxWriteRequestUnits: 500 });
    expect(await update({ OnDemandThroughput: { MaxWriteRequestUnits: -1 } })).toEqual({
      MaxWriteRequestUnits: -1,
    });
    await update({
      GlobalSecondaryIndexUpdates: [
        { Update: { IndexName: 'gsi', OnDemandThroughput: { MaxReadRequestUnits: -1 } } },
      ],
    });
    const { GlobalSecondaryIndexes, ...rest } = await described();
    expect(rest).not.toHaveProperty('OnDemandThroughput');
    expect(GlobalSecondaryIndexes[0]).not.toHaveProperty('OnDemandThroughput');
  });
});

describe('warm throughput', () => {
  const isWarm = (read: number, write: number) => ({
    ReadUnitsPerSecond: read,
    WriteUnitsPerSecond: write,
    Status: 'ACTIVE',
  });

  it('is the most that was ever provisioned, or what on-demand tables begin with', async () => {
    const { update, shown, created } = await table();
    expect(created.TableDescription.WarmThroughput).toBeUndefined();
    expect((await shown()).WarmThroughput).toEqual(isWarm(10, 10));
    await update(units(30, 5));
    await update(units(5, 6));
    expect((await shown()).WarmThroughput).toEqual(isWarm(30, 10));
    await update({ BillingMode: 'PAY_PER_REQUEST' });
    expect((await shown()).WarmThroughput).toEqual(isWarm(12_000, 4_000));
    await update({ BillingMode: 'PROVISIONED', ...units(1, 1) });
    expect((await shown()).WarmThroughput).toEqual(isWarm(12_000, 4_000));
  });

  it('is only raised', async () => {
    const { update, shown } = await table({});
    expect(await update(warm(13_000, 5_000))).toMatchObject({
      TableDescription: {
        TableStatus: 'ACTIVE',
        WarmThroughput: { ReadUnitsPerSecond: 12_000, Status: 'UPDATING' },
      },
    });
    await update(warm(13_000));
    await update(warm(undefined, 6_000));
    expect((await shown()).WarmThroughput).toEqual(isWarm(13_000, 6_000));
    await expect(update(warm(12_999))).rejects.toMatchObject(
      invalid(
        'Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, decreasing WarmThroughput is not supported',
      ),
    );
    await expect(update(warm(40_001))).rejects.toMatchObject({
      code: 'LimitExceededException',
      message:
        'Subscriber limit exceeded: Requested ReadUnitsPerSecond for WarmThroughput for table exceeds TableMaxReadCapacityUnits of the account in region eu-west-1',
    });
    await expect(update(warm())).rejects.toMatchObject({ code: 'ValidationException' });
  });

  it('of a new table is at least what it has anyway', async () => {
    await expect(table(warm(12_000, 1))).rejects.toMatchObject(
      invalid(
        'Requested WriteUnitsPerSecond for WarmThroughput for table is lower than initial throughput for OnDemand. See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html#on-demand-capacity-mode-initial',
      ),
    );
    await expect(table({ ...provisioned, ...warm(5, 20) })).rejects.toMatchObject(
      invalid(
        'Requested ReadUnitsPerSecond for WarmThroughput for table is lower than ReadCapacityUnits of ProvisionedThroughput',
      ),
    );
    const { created, shown } = await table(warm(12_001));
    expect(created.TableDescription.WarmThroughput).toEqual(isWarm(12_001, 4_000));
    expect((await shown()).WarmThroughput).toEqual(isWarm(12_001, 4_000));
  });

  it('is each index’s own', async () => {
    const { update, shown } = await table({
      AttributeDefinitions,
      GlobalSecondaryIndexes: [{ ...byN, ...warm(15_000, 5_000) }],
    });
    const change = (more: object) =>
      update({ GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'byN', ...more } }] });
    expect((await shown()).GlobalSecondaryIndexes?.[0]?.WarmThroughput).toEqual(isWarm(15_000, 5_000));
    await change(warm(16_000));
    expect((await shown()).GlobalSecondaryIndexes?.[0]?.WarmThroughput).toEqual(isWarm(16_000, 5_000));
    expect((await shown()).WarmThroughput).toEqual(isWarm(12_000, 4_000));
    await expect(change(warm(1, 1))).rejects.toMatchObject(
      invalid(
        'Requested ReadUnitsPerSecond for WarmThroughput for index byN is lower than current WarmThroughput, decreasing WarmThroughput is not supported',
      ),
    );
    await expect(change(warm())).rejects.toMatchObject(
      invalid(
        'WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for index: byN',
      ),
    );
  });
});
