import { describe, expect, it } from 'vitest';
import type { AuthorizationRequest } from '../../../platform/index.ts';
import { authorize } from '../authorize.ts';
import { dynamodbStreams } from '../streams/index.ts';
import { openDynamoDb } from '../testing/harness.ts';

const table = 'arn:aws:dynamodb:eu-west-1:000000000000:table/tbl';
const policy = (Resource: string) => ({
  ResourceArn: table,
  Policy: JSON.stringify({
    Statement: { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'dynamodb:*', Resource },
  }),
});

async function open() {
  const bench = await openDynamoDb();
  await bench.createTable('tbl');
  const ask = async (rules: Readonly<Record<string, unknown>>, operation: string, input: object) => {
    const principal = { type: 'user' };
    const ctx = { room: bench.room, account: '000000000000', region: 'eu-west-1', principal };
    const rule = rules[operation] as (ctx: object, input: object) => Promise<unknown>;
    return [await rule(ctx, input)].flat() as AuthorizationRequest[];
  };
  return {
    ...bench,
    asked: (operation: string, input: object) => ask(authorize, operation, input),
    askedOfStreams: (operation: string, input: object) => ask(dynamodbStreams.authorize, operation, input),
  };
}

describe('what IAM is asked', () => {
  it('has the policy of the table, for its indexes too, and only while there is one', async () => {
    const { asked, call } = await open();
    const query = { TableName: 'tbl', IndexName: 'byDay' };
    expect((await asked('Query', query))[0]).not.toHaveProperty('resourcePolicy');
    await call('PutResourcePolicy', policy(table));
    expect((await asked('Query', query))[0]).toMatchObject({
      resources: [`${table}/index/byDay`],
      resourcePolicy: expect.stringContaining('111122223333'),
    });
    expect((await asked('GetItem', { TableName: 'other', Key: {} }))[0]).not.toHaveProperty('resourcePolicy');
    await call('DeleteResourcePolicy', { ResourceArn: table });
    expect((await asked('Query', query))[0]).not.toHaveProperty('resourcePolicy');
  });

  it('names the stream of an iterator, and the streams of a table', async () => {
    const { askedOfStreams } = await open();
    const stream = `${table}/stream/2026-01-01T00:00:00.000`;
    const resourcesOf = async (operation: string, input: object) =>
      (await askedOfStreams(operation, input)).map(({ resources }) => resources);
    expect(await resourcesOf('GetRecords', { ShardIterator: `${stream}|1|x` })).toEqual([[stream]]);
    expect(await resourcesOf('GetRecords', { ShardIterator: 'nonsense' })).toEqual([['*']]);
    expect(await resourcesOf('DescribeStream', { StreamArn: stream })).toEqual([[stream]]);
    expect(await resourcesOf('ListStreams', { TableName: 'tbl' })).toEqual([[`${table}/stream/*`]]);
  });

  it('asks for leave to write to a Kinesis stream, and for insights of an index', async () => {
    const { asked } = await open();
    const StreamArn = 'arn:aws:kinesis:eu-west-1:000000000000:stream/changes';
    expect(await asked('EnableKinesisStreamingDestination', { TableName: 'tbl', StreamArn })).toEqual([
      { resources: [table] },
      { action: 'kinesis:DescribeStream', resources: [StreamArn] },
      { action: 'kinesis:PutRecords', resources: [StreamArn] },
    ]);
    expect(await asked('UpdateContributorInsights', { TableName: 'tbl', IndexName: 'byDay' })).toEqual([
      { action: 'dynamodb:UpdateContributorInsights', resources: [`${table}/index/byDay`] },
    ]);
    expect(await asked('CreateTable', { TableName: 'tbl', ResourcePolicy: '{}' })).toEqual([
      { resources: [table] },
      { action: 'dynamodb:PutResourcePolicy', resources: [table] },
    ]);
  });
});
