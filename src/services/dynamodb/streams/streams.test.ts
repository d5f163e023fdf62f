import { describe, expect, it } from 'vitest';
import { openStreams } from '../testing/streams.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

describe('a stream', () => {
  it('has each change once, in order, and none for a write that changes nothing', async () => {
    const { call, iterator, read } = await openStreams();
    const Key = { pk: { S: 'a' } };
    await call('PutItem', { TableName: 'tbl', Item: { ...Key, n: { N: '1' } } });
    await call('PutItem', { TableName: 'tbl', Item: { ...Key, n: { N: '1' } } });
    await call('UpdateItem', {
      TableName: 'tbl',
      Key,
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    });
    await expect(
      call('PutItem', { TableName: 'tbl', Item: Key, ConditionExpression: 'attribute_not_exists(pk)' }),
    ).rejects.toThrow();
    await call('DeleteItem', { TableName: 'tbl', Key });
    await call('DeleteItem', { TableName: 'tbl', Key });
    const { Records, NextShardIterator } = await read(await iterator('TRIM_HORIZON'));
    expect(
      Records.map(({ eventName, dynamodb }) => [eventName, dynamodb.OldImage, dynamodb.NewImage]),
    ).toEqual([
      ['INSERT', undefined, { ...Key, n: { N: '1' } }],
      ['MODIFY', { ...Key, n: { N: '1' } }, { ...Key, n: { N: '2' } }],
      ['REMOVE', { ...Key, n: { N: '2' } }, undefined],
    ]);
    expect((await read(NextShardIterator as string)).Records).toEqual([]);
    const second = Records[1]?.dynamodb.SequenceNumber;
    expect((await read(await iterator('AFTER_SEQUENCE_NUMBER', second))).Records).toHaveLength(1);
    expect((await read(await iterator('AT_SEQUENCE_NUMBER', second))).Records).toHaveLength(2);
    expect((await read(await iterator('LATEST'))).Records).toEqual([]);
  });

  it('keeps records for a day, also after it was switched off, and then goes', async () => {
    const { call, clock, iterator, read, shards, arn, ask, settle } = await openStreams('KEYS_ONLY');
    await call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'a' } } });
    const from = await iterator('TRIM_HORIZON');
    await call('UpdateTable', { TableName: 'tbl', StreamSpecification: { StreamEnabled: false } });
    await call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'b' } } });
    expect((await shards()).StreamStatus).toBe('DISABLED');
    const { Records, NextShardIterator } = await read(from);
    expect(Records.map(({ dynamodb }) => dynamodb.Keys)).toEqual([{ pk: { S: 'a' } }]);
    expect(NextShardIterator).toBeUndefined();
    await clock.advance(16 * minuteMs);
    await expect(read(from)).rejects.toMatchObject({ code: 'ExpiredIteratorException' });
    await clock.advance(2 * dayMs);
    await settle();
    await expect(ask('DescribeStream', { StreamArn: arn })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
  });

  it('is another one when it is switched on again, even at the same time', async () => {
    const { call, iterator, read, arn, ask } = await openStreams('KEYS_ONLY');
    await call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'a' } } });
    const from = await iterator('TRIM_HORIZON');
    const change = (StreamSpecification: object) =>
      call('UpdateTable', { TableName: 'tbl', StreamSpecification });
    await change({ StreamEnabled: false });
    await change({ StreamEnabled: true, StreamViewType: 'NEW_IMAGE' });
    await call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'b' } } });
    const { Records } = await read(from);
    expect(Records.map(({ dynamodb }) => dynamodb.Keys)).toEqual([{ pk: { S: 'a' } }]);
    const { Streams } = await ask<{ Streams: { StreamArn: string }[] }>('ListStreams', { TableName: 'tbl' });
    expect(new Set(Streams.map(({ StreamArn }) => StreamArn)).size).toBe(2);
    expect(Streams[0]?.StreamArn).toBe(arn);
  });

  it('tells TTL deletions from others', async () => {
    const { call, clock, iterator, read, settle } = await openStreams('OLD_IMAGE');
    const inSeconds = (seconds: number) => ({ N: String(Math.floor(clock.now() / 1000) + seconds) });
    await call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'before' }, ttl: inSeconds(30) } });
    await call('UpdateTimeToLive', {
      TableName: 'tbl',
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' },
    });
    await settle();
    await call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'soon' }, ttl: inSeconds(90) } });
    await call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'kept' }, ttl: inSeconds(90) } });
    await call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'kept' }, ttl: inSeconds(9000) } });
    await call('PutItem', { TableName: 'tbl', Item: { pk: { S: 'never' }, ttl: { S: 'x' } } });
    await clock.advance(5 * minuteMs);
    await settle();
    const { Items } = await call<{ Items: { pk: { S: string } }[] }>('Scan', { TableName: 'tbl' });
    expect(Items.map(({ pk }) => pk.S).sort()).toEqual(['kept', 'never']);
    const { Records } = await read(await iterator('TRIM_HORIZON'));
    const removed = Records.filter(({ eventName }) => eventName === 'REMOVE');
    expect(removed.map(({ dynamodb, userIdentity }) => [dynamodb.Keys, userIdentity])).toEqual([
      [{ pk: { S: 'before' } }, { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' }],
      [{ pk: { S: 'soon' } }, { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' }],
    ]);
  });
});
