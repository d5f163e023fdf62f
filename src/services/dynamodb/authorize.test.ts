import { describe, expect, it } from 'vitest';
import type { OperationContext } from '../../platform/index.ts';
import { authorize } from './authorize.ts';
import type { Room } from './room.ts';
import { asked } from './testing/asked.ts';
import { openDynamoDb } from './testing/harness.ts';

const arn = 'arn:aws:dynamodb:eu-west-1:000000000000:table/tbl';
const Key = { pk: { S: 'ada' }, sk: { S: '1' } };

describe('what IAM is asked', () => {
  it('names the partition and the attributes of an item', async () => {
    expect(
      await asked('UpdateItem', {
        TableName: 'tbl',
        Key,
        UpdateExpression: 'SET #c = if_not_exists(a.b, :one) REMOVE d',
        ConditionExpression: 'size(e) > :one',
        ExpressionAttributeNames: { '#c': 'c' },
        ReturnValues: 'ALL_NEW',
      }),
    ).toEqual([
      {
        resources: [arn],
        context: {
          'dynamodb:Attributes': ['pk', 'sk', 'e', 'c', 'a', 'd'],
          'dynamodb:LeadingKeys': ['ada'],
          'dynamodb:FirstPartitionKeyValues': ['ada'],
          'dynamodb:ReturnValues': 'ALL_NEW',
        },
      },
    ]);
  });

  it('names the partition of a query, whichever way it is written, and the index', async () => {
    const values = { ':p': { S: 'ada' }, ':s': { S: '1' } };
    const leading = async (more: object) =>
      (await asked('Query', { TableName: 'tbl', ...more }))[0]?.context?.['dynamodb:LeadingKeys'];
    for (const text of ['pk = :p', ':p = #p AND sk > :s', '(sk = :s) AND (pk = :p)']) {
      const request = {
        KeyConditionExpression: text,
        ExpressionAttributeNames: { '#p': 'pk' },
        ExpressionAttributeValues: values,
      };
      expect(await leading(request)).toEqual(['ada']);
    }
    const legacy = {
      KeyConditions: { pk: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'ada' }] } },
    };
    expect(await leading(legacy)).toEqual(['ada']);
    expect(await leading({ KeyConditionExpression: 'pk = = :p' })).toBeUndefined();
    expect((await asked('Scan', { TableName: 'tbl', IndexName: 'byG' }))[0]?.resources).toEqual([
      `${arn}/index/byG`,
    ]);
  });

  it('wants a restore allowed on its source, and reading and writing on the table that it makes', async () => {
    const BackupArn = `${arn}/backup/01489173575360-b308cd7d`;
    expect(await asked('DeleteBackup', { BackupArn })).toEqual([
      { action: 'dynamodb:DeleteBackup', resources: [BackupArn] },
    ]);
    const target = 'arn:aws:dynamodb:eu-west-1:000000000000:table/new';
    const names = ['BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'];
    const needed = names.map((name) => ({ action: `dynamodb:${name}`, resources: [target] }));
    expect(await asked('RestoreTableFromBackup', { TargetTableName: 'new', BackupArn })).toEqual([
      { resources: [BackupArn] },
      ...needed,
    ]);
    expect(
      await asked('RestoreTableToPointInTime', { TargetTableName: 'new', SourceTableName: 'tbl' }),
    ).toEqual([{ resources: [arn] }, ...needed]);
  });

  it('says what a read returns of items, whether it was asked to or not', async () => {
    const select = async (operation: string, more: object) =>
      (await asked(operation, { TableName: 'tbl', ...more }))[0]?.context?.['dynamodb:Select'];
    expect(await select('GetItem', { Key })).toBe('ALL_ATTRIBUTES');
    expect(await select('GetItem', { Key, ProjectionExpression: 'a' })).toBe('SPECIFIC_ATTRIBUTES');
    expect(await select('GetItem', { Key, AttributesToGet: ['a'] })).toBe('SPECIFIC_ATTRIBUTES');
    expect(await select('Scan', { IndexName: 'byG' })).toBe('ALL_PROJECTED_ATTRIBUTES');
    expect(await select('Query', { IndexName: 'byG', Select: 'COUNT' })).toBe('COUNT');
    expect(await select('PutItem', { Item: Key })).toBeUndefined();
    const [batch] = await asked('BatchGetItem', { RequestItems: { tbl: { Keys: [Key] } } });
    expect(batch?.context?.['dynamodb:Select']).toBe('ALL_ATTRIBUTES');
    const [get] = await asked('TransactGetItems', {
      TransactItems: [{ Get: { TableName: 'tbl', Key, ProjectionExpression: 'a' } }],
    });
    expect(get?.context?.['dynamodb:Select']).toBe('SPECIFIC_ATTRIBUTES');
  });

  it('names each of the partition attributes of an index', async () => {
    const { call, createTable, room } = await openDynamoDb();
    await createTable('matches', false, {
      AttributeDefinitions: ['pk', 'a', 'b'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'both',
          KeySchema: ['a', 'b'].map((AttributeName) => ({ AttributeName, KeyType: 'HASH' })),
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    });
    await call('DescribeTable', { TableName: 'matches' });
    const ctx = { room, account: '000000000000', region: 'eu-west-1', principal: { type: 'user' } };
    const answer = await authorize.Query?.(
      ctx as unknown as OperationContext<Room>,
      {
        TableName: 'matches',
        IndexName: 'both',
        KeyConditionExpression: 'b = :b AND a = :a',
        ExpressionAttributeValues: { ':a': { S: 'one' }, ':b': { S: 'two' } },
      } as never,
    );
    expect(answer).toMatchObject({
      context: {
        'dynamodb:LeadingKeys': ['one'],
        'dynamodb:FirstPartitionKeyValues': ['one'],
        'dynamodb:SecondPartitionKeyValues': ['two'],
      },
    });
  });

  it('goes through batches and transactions part by part', async () => {
    expect(
      await asked('BatchWriteItem', {
        RequestItems: {
          tbl: [{ PutRequest: { Item: Key } }, { DeleteRequest: { Key: { ...Key, pk: { S: 'bob' } } } }],
        },
      }),
    ).toMatchObject([{ resources: [arn], context: { 'dynamodb:LeadingKeys': ['ada', 'bob'] } }]);
    const requests = await asked('TransactWriteItems', {
      TransactItems: [
        { ConditionCheck: { TableName: 'tbl', Key, ConditionExpression: 'a = :a' } },
        { Delete: { TableName: 'other', Key } },
      ],
    });
    expect(requests.map(({ action }) => action)).toEqual([
      'dynamodb:ConditionCheckItem',
      'dynamodb:DeleteItem',
    ]);
    expect(requests[0]?.context).toMatchObject({
      'dynamodb:LeadingKeys': ['ada'],
      'dynamodb:EnclosingOperation': 'TransactWriteItems',
    });
  });

  it('names the tables of other regions that replicas are made of, and global tables', async () => {
    const there = arn.replace('eu-west-1', 'us-east-1');
    const change = (ReplicaUpdates: object[]) => asked('UpdateTable', { TableName: 'tbl', ReplicaUpdates });
    expect(await change([{ Create: { RegionName: 'us-east-1' } }])).toEqual([
      { resources: [arn] },
      { action: 'dynamodb:CreateTableReplica', resources: [there] },
    ]);
    expect(await change([{ Delete: { RegionName: 'us-east-1' } }])).toMatchObject([
      {},
      { action: 'dynamodb:DeleteTableReplica', resources: [there] },
    ]);
    const globalArn = 'arn:aws:dynamodb::000000000000:global-table/tbl';
    expect(await asked('UpdateGlobalTable', { GlobalTableName: 'tbl', ReplicaUpdates: [] })).toEqual([
      { resources: [globalArn] },
      { resources: [arn] },
    ]);
  });
});
