import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../store/index.ts';
import type { RuleKind } from '../domain/insights.ts';
import { openDynamoDb, startAt } from '../testing/harness.ts';

const minuteMs = 60_000;
const index = {
  IndexName: 'byOwner',
  KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
  Projection: { ProjectionType: 'ALL' },
};

async function openTable(more: object = {}, options: object = {}, store = new MemoryStore()) {
  const bench = await openDynamoDb(store, options);
  const attributes = ['pk', 'sk', 'owner'].map((name) => ({ AttributeName: name, AttributeType: 'S' }));
  await bench.createTable('tbl', 'S', {
    AttributeDefinitions: attributes,
    GlobalSecondaryIndexes: [index],
    ...more,
  });
  const update = (action: string, given: object = {}) =>
    bench.call<Record<string, string>>('UpdateContributorInsights', {
      TableName: 'tbl',
      ContributorInsightsAction: action,
      ...given,
    });
  const describeIt = (given: object = {}) =>
    bench.call<Record<string, unknown>>('DescribeContributorInsights', { TableName: 'tbl', ...given });
  const list = async (given: object = {}) =>
    bench.call<{ ContributorInsightsSummaries: object[]; NextToken?: string }>(
      'ListContributorInsights',
      given,
    );
  const report = async (kind: RuleKind, indexName?: string, from = startAt) => {
    const table = await bench.room.tables.load({ account: '000000000000', region: 'eu-west-1' }, 'tbl');
    const indexId = table.indexes.find(({ name }) => name === indexName)?.id ?? '';
    const found = await bench.room.insights.report(
      { tableId: table.id, indexId, kind },
      from,
      bench.clock.now() + minuteMs,
      10,
    );
    return found.map(({ keys, count }) => [...keys, count]);
  };
  const put = (pk: string, sk: string, owner = 'ada') =>
    bench.call('PutItem', {
      TableName: 'tbl',
      Item: { pk: { S: pk }, sk: { S: sk }, owner: { S: owner } },
    });
  const get = (pk: string, sk: string) =>
    bench.call('GetItem', { TableName: 'tbl', Key: { pk: { S: pk }, sk: { S: sk } } });
  return { ...bench, update, describe: describeIt, list, report, put, get };
}

describe('contributor insights', () => {
  it('are switched on and off, by table and by global index', async () => {
    const { update, describe: described, list, clock } = await openTable();
    expect(await described()).toEqual({ TableName: 'tbl', ContributorInsightsStatus: 'DISABLED' });
    expect(await update('DISABLE')).toEqual({ TableName: 'tbl', ContributorInsightsStatus: 'DISABLED' });
    expect(await update('ENABLE')).toEqual({
      TableName: 'tbl',
      ContributorInsightsStatus: 'ENABLING',
      ContributorInsightsMode: 'ACCESSED_AND_THROTTLED_KEYS',
    });
    expect(await described()).toEqual({
      TableName: 'tbl',
      ContributorInsightsRuleList: ['PKC', 'SKC', 'PKT', 'SKT'].map(
        (kind) => `DynamoDBContributorInsights-${kind}-tbl-${startAt}`,
      ),
      ContributorInsightsStatus: 'ENABLED',
      LastUpdateDateTime: new Date(startAt),
      ContributorInsightsMode: 'ACCESSED_AND_THROTTLED_KEYS',
    });
    expect(await update('ENABLE')).toMatchObject({ ContributorInsightsStatus: 'ENABLED' });
    await clock.advance(1000);
    const mode = { ContributorInsightsMode: 'THROTTLED_KEYS' };
    expect(await update('ENABLE', mode)).toMatchObject({ ContributorInsightsStatus: 'ENABLING', ...mode });
    expect(await described()).toMatchObject({
      ContributorInsightsRuleList: ['PKT', 'SKT'].map(
        (kind) => `DynamoDBContributorInsights-${kind}-tbl-${startAt}`,
      ),
      LastUpdateDateTime: new Date(startAt + 1000),
    });
    await update('ENABLE', { IndexName: 'byOwner' });
    expect(await described({ IndexName: 'byOwner' })).toMatchObject({
      IndexName: 'byOwner',
      ContributorInsightsRuleList: ['PKC', 'PKT'].map(
        (kind) => `DynamoDBContributorInsights-${kind}-tbl-byOwner-${startAt + 1000}`,
      ),
    });
    const enabled = { TableName: 'tbl', ContributorInsightsStatus: 'ENABLED' };
    const onTable = { ...enabled, ContributorInsightsMode: 'THROTTLED_KEYS' };
    const onIndex = {
      ...enabled,
      IndexName: 'byOwner',
      ContributorInsightsMode: 'ACCESSED_AND_THROTTLED_KEYS',
    };
    expect(await list({ TableName: 'tbl' })).toEqual({ ContributorInsightsSummaries: [onTable, onIndex] });
    expect(await update('DISABLE')).toMatchObject({ ContributorInsightsStatus: 'DISABLING' });
    expect(await described()).toEqual({
      TableName: 'tbl',
      ContributorInsightsStatus: 'DISABLED',
      LastUpdateDateTime: new Date(startAt + 1000),
      ContributorInsightsMode: 'THROTTLED_KEYS',
    });
    expect(await list()).toEqual({ ContributorInsightsSummaries: [onIndex] });
    await expect(update('ENABLE', { IndexName: 'nope' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
      message: 'Requested resource not found: Index: nope not found for table: tbl',
    });
    await expect(update('ENABLE', { IndexName: '' })).rejects.toMatchObject({
      message: 'IndexName must be at least 3 characters long and at most 255 characters long',
    });
  });

  it('are listed by pages', async () => {
    const { call, createTable, list } = await openTable();
    for (const name of ['aaa', 'bbb', 'ccc']) {
      await createTable(name);
      await call('UpdateContributorInsights', { TableName: name, ContributorInsightsAction: 'ENABLE' });
    }
    const first = await list({ MaxResults: 2 });
    expect(first.ContributorInsightsSummaries).toMatchObject([{ TableName: 'aaa' }, { TableName: 'bbb' }]);
    const rest = await list({ MaxResults: 2, NextToken: first.NextToken });
    expect(rest.ContributorInsightsSummaries).toMatchObject([{ TableName: 'ccc' }]);
    expect(rest.NextToken).toBeUndefined();
    await call('UpdateContributorInsights', { TableName: 'tbl', ContributorInsightsAction: 'ENABLE' });
    await call('UpdateContributorInsights', {
      TableName: 'tbl',
      IndexName: 'byOwner',
      ContributorInsightsAction: 'ENABLE',
    });
    const own = await list({ TableName: 'tbl', MaxResults: 1 });
    expect(own.ContributorInsightsSummaries).toHaveLength(1);
    expect(await list({ TableName: 'tbl', MaxResults: 1, NextToken: own.NextToken })).toEqual({
      ContributorInsightsSummaries: [expect.objectContaining({ IndexName: 'byOwner' })],
    });
    const all: unknown[] = [];
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const page = await list({ MaxResults: 1, ...(token ? { NextToken: token } : {}) });
      all.push(...page.ContributorInsightsSummaries);
      token = page.NextToken;
    }
    expect(all).toHaveLength(5);
    await expect(list({ NextToken: 'x' })).rejects.toMatchObject({ message: 'Invalid NextToken' });
  });

  it('count what each key consumed, minute by minute, over a restart too', async () => {
    const store = new MemoryStore();
    const { call, update, put, get, report, clock, room } = await openTable({}, {}, store);
    await put('before', '1');
    await update('ENABLE');
    await update('ENABLE', { IndexName: 'byOwner' });
    await put('a', '1');
    await put('a', '2', 'bob');
    await put('b', '1');
    for (let n = 0; n < 4; n++) await get('b', '1');
    await expect(
      call('DeleteItem', {
        TableName: 'tbl',
        Key: { pk: { S: 'b' }, sk: { S: '1' } },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    ).rejects.toThrow();
    const query = { ExpressionAttributeNames: { '#o': 'owner' } };
    await call('Query', {
      TableName: 'tbl',
      IndexName: 'byOwner',
      KeyConditionExpression: '#o = :o',
      ExpressionAttributeValues: { ':o': { S: 'ada' } },
      ...query,
    });
    expect(await report('PKC')).toEqual([
      ['b', 4],
      ['a', 2],
    ]);
    await clock.advance(minuteMs);
    await get('a', '2');
    expect(await report('SKC')).toEqual([
      ['b', '1', 4],
      ['a', '2', 1.5],
      ['a', '1', 1],
    ]);
    expect(await report('PKC', 'byOwner')).toEqual([
      ['ada', 2.5],
      ['bob', 1],
    ]);
    expect(await report('PKC', undefined, clock.now())).toEqual([['a', 0.5]]);
    expect(await report('PKT')).toEqual([]);
    await room.insights.close();
    const next = await openDynamoDb(store);
    const table = await next.room.tables.load({ account: '000000000000', region: 'eu-west-1' }, 'tbl');
    const rule = { tableId: table.id, indexId: '', kind: 'PKC' as const };
    expect((await next.room.insights.report(rule, startAt, startAt + 2 * minuteMs, 1))[0]).toMatchObject({
      keys: ['b'],
      count: 4,
    });
  });

  it('count reads of a local index for its table', async () => {
    const local = {
      IndexName: 'byDay',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'owner', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    };
    const { call, update, put, report } = await openTable({ LocalSecondaryIndexes: [local] });
    await put('a', '1');
    await put('a', '2');
    await update('ENABLE');
    const query = {
      TableName: 'tbl',
      IndexName: 'byDay',
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: 'a' } },
    };
    await call('Query', query);
    expect(await report('PKC')).toEqual([['a', 0.5]]);
    await call('Query', { ...query, Select: 'ALL_ATTRIBUTES' });
    // The index once more, and each item of the table.
    expect(await report('PKC')).toEqual([['a', 2]]);
  });

  it('count the keys of requests that are refused', async () => {
    const provisioned = {
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
      GlobalSecondaryIndexes: [
        { ...index, ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1000 } },
      ],
    };
    const { update, put, report } = await openTable(provisioned, { throughput: 'enforce' });
    await update('ENABLE', { ContributorInsightsMode: 'THROTTLED_KEYS' });
    let refused = 0;
    for (let n = 0; n < 400; n++) await put('hot', '1', String(n)).catch(() => refused++);
    expect(refused).toBeGreaterThan(0);
    expect(await report('PKT')).toEqual([['hot', refused]]);
    expect(await report('PKC')).toEqual([]);
  });
});
