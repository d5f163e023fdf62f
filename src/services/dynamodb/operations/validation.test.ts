import { describe, expect, it } from 'vitest';
import { openDynamoDb } from '../testing/harness.ts';

const invalid = (what: string) => `One or more parameter values were invalid: ${what}`;
const Key = { pk: { S: 'a' }, sk: { S: '1' } };

async function withTable() {
  const bench = await openDynamoDb();
  await bench.createTable('tbl', 'S', {
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
      { AttributeName: 'g', AttributeType: 'S' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byG',
        KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
      {
        IndexName: 'keys',
        KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  });
  return bench;
}

describe('what DynamoDB refuses, it says in these words', () => {
  it.each<[string, object, string]>([
    ['PutItem', { Item: { pk: { S: 'a' } } }, invalid('Missing the key sk in the item')],
    [
      'PutItem',
      { Item: { ...Key, sk: { N: '1' } } },
      invalid('Type mismatch for key sk expected: S actual: N'),
    ],
    [
      'PutItem',
      { Item: { ...Key, g: { N: '1' } } },
      invalid('Type mismatch for Index Key g Expected: S Actual: N IndexName: byG'),
    ],
    [
      'PutItem',
      { Item: { ...Key, sk: { S: '' } } },
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: sk',
    ],
    ['PutItem', { Item: { ...Key, x: { SS: [] } } }, invalid('An string set  may not be empty')],
    ['PutItem', { Item: { ...Key, x: { NS: ['1', '1.0'] } } }, 'Input collection contains duplicates'],
    [
      'PutItem',
      { Item: { ...Key, x: { SS: ['b', 'b'] } } },
      invalid('Input collection [b, b] contains duplicates.'),
    ],
    [
      'PutItem',
      { Item: { ...Key, x: { NULL: false } } },
      invalid('Null attribute value types must have the value of true'),
    ],
    [
      'PutItem',
      { Item: { ...Key, x: {} } },
      'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',
    ],
    [
      'PutItem',
      { Item: { ...Key, x: { S: 'x'.repeat(400 * 1024) } } },
      'Item size has exceeded the maximum allowed size',
    ],
    ['PutItem', { Item: Key, ReturnValues: 'ALL_NEW' }, 'ReturnValues can only be ALL_OLD or NONE'],
    [
      'PutItem',
      {
        Item: Key,
        ConditionExpression: 'a = :a',
        Expected: {},
        ExpressionAttributeValues: { ':a': { S: '' } },
      },
      'Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}',
    ],
    [
      'PutItem',
      { Item: Key, ExpressionAttributeNames: { '#a': 'a' } },
      'ExpressionAttributeNames can only be specified when using expressions',
    ],
    [
      'PutItem',
      { Item: Key, ExpressionAttributeValues: { ':a': { S: 'a' } } },
      'ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null',
    ],
    [
      'PutItem',
      {
        Item: Key,
        ConditionExpression: 'attribute_exists(a)',
        ExpressionAttributeNames: { '#a': 'a' },
      },
      'Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}',
    ],
    [
      'GetItem',
      { Key, ProjectionExpression: 'pk.x' },
      "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk",
    ],
    ['GetItem', { Key: { pk: { S: 'a' } } }, 'The provided key element does not match the schema'],
    ['GetItem', { Key, AttributesToGet: ['a', 'a'] }, invalid('Duplicate value in attribute name: a')],
    [
      'UpdateItem',
      { Key, UpdateExpression: 'SET sk = :a', ExpressionAttributeValues: { ':a': { S: 'a' } } },
      invalid('Cannot update attribute sk. This attribute is part of the key'),
    ],
    [
      'UpdateItem',
      { Key, UpdateExpression: 'SET x = y' },
      'The provided expression refers to an attribute that does not exist in the item',
    ],
    [
      'UpdateItem',
      { Key, UpdateExpression: 'SET x.y = :a', ExpressionAttributeValues: { ':a': { S: 'a' } } },
      'The document path provided in the update expression is invalid for update',
    ],
    [
      'UpdateItem',
      { Key, UpdateExpression: 'SET x = pk + :a', ExpressionAttributeValues: { ':a': { N: '1' } } },
      'An operand in the update expression has an incorrect data type',
    ],
    [
      'Query',
      {},
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    ],
    [
      'Query',
      { KeyConditionExpression: 'sk = :a', ExpressionAttributeValues: { ':a': { S: 'a' } } },
      'Query condition missed key schema element: pk',
    ],
    [
      'Query',
      { KeyConditionExpression: 'pk > :a', ExpressionAttributeValues: { ':a': { S: 'a' } } },
      'Query key condition not supported',
    ],
    [
      'Query',
      { KeyConditionExpression: 'pk = :a OR pk = :a', ExpressionAttributeValues: { ':a': { S: 'a' } } },
      'Invalid operator used in KeyConditionExpression: OR',
    ],
    [
      'Query',
      {
        KeyConditionExpression: 'pk = :a',
        FilterExpression: 'sk = :a',
        ExpressionAttributeValues: { ':a': { S: 'a' } },
      },
      'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk',
    ],
    [
      'Query',
      { KeyConditionExpression: 'pk = :a', ExpressionAttributeValues: { ':a': { N: '1' } } },
      invalid('Condition parameter type does not match schema type'),
    ],
    ['Scan', { IndexName: 'none' }, 'The table does not have the specified index: none'],
    [
      'Scan',
      { Segment: 2, TotalSegments: 2 },
      'The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less than TotalSegments: 2',
    ],
    [
      'Query',
      {
        KeyConditionExpression: 'pk = :a',
        ExpressionAttributeValues: { ':a': { S: 'a' } },
        ExclusiveStartKey: { ...Key, sk: { N: '1' } },
      },
      'The provided key element does not match the schema',
    ],
    ['Scan', { ExclusiveStartKey: Key, IndexName: 'byG' }, 'The provided starting key is invalid'],
    [
      'Query',
      {
        KeyConditionExpression: 'pk = :a AND begins_with(sk, :e)',
        ExpressionAttributeValues: { ':a': { S: 'a' }, ':e': { S: '' } },
      },
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: sk',
    ],
    [
      'Query',
      { IndexName: 'byG', KeyConditionExpression: 'g = :e', ExpressionAttributeValues: { ':e': { S: '' } } },
      'One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: byG, IndexKey: g',
    ],
    [
      'Query',
      {
        IndexName: 'keys',
        KeyConditionExpression: 'g = :a',
        FilterExpression: 'z = :a OR pk = :a OR b = :a',
        ExpressionAttributeValues: { ':a': { S: 'a' } },
      },
      invalid('Secondary index keys does not project one or more filter attributes: [b, z]'),
    ],
    [
      'Query',
      {
        KeyConditionExpression: 'pk = :a',
        ExpressionAttributeValues: { ':a': { S: 'a' } },
        Select: 'COUNT',
        ProjectionExpression: 'x',
      },
      '1 validation error detected: Cannot specify the ProjectionExpression when choosing to get only the Count',
    ],
    [
      'Scan',
      { Select: 'ALL_PROJECTED_ATTRIBUTES', ProjectionExpression: 'x' },
      'Cannot specify the ProjectionExpression when choosing to get ALL_PROJECTED_ATTRIBUTES',
    ],
    [
      'Scan',
      {
        ScanFilter: { x: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'x' }] } },
        ConditionalOperator: 'OR',
      },
      'ConditionalOperator can only be used when Filter or Expected has two or more elements',
    ],
    [
      'PutItem',
      { Item: Key, Expected: {}, ConditionalOperator: 'AND' },
      'ConditionalOperator cannot be used without Filter or Expected',
    ],
  ])('%s %j', async (operation, input, message) => {
    const { call } = await withTable();
    await expect(call(operation, { TableName: 'tbl', ...input })).rejects.toMatchObject({
      code: 'ValidationException',
      message,
    });
  });

  it('and of what is missing', async () => {
    const { call } = await openDynamoDb();
    const missing = { code: 'ResourceNotFoundException', message: 'Requested resource not found' };
    await expect(call('GetItem', { TableName: 'none', Key })).rejects.toMatchObject(missing);
    await expect(call('DescribeTable', { TableName: 'none' })).rejects.toMatchObject({
      ...missing,
      message: 'Requested resource not found: Table: none not found',
    });
  });

  it('keeps deep items to 32 levels', async () => {
    const { call } = await withTable();
    const nested = (levels: number): object => (levels === 0 ? { S: 'x' } : { L: [nested(levels - 1)] });
    await call('PutItem', { TableName: 'tbl', Item: { ...Key, x: nested(32) } });
    await expect(call('PutItem', { TableName: 'tbl', Item: { ...Key, x: nested(33) } })).rejects.toThrow(
      invalid('Nesting Levels have exceeded supported limits'),
    );
  });
});
