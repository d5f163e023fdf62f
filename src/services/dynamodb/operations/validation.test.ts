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
    [
      'PutItem',
      { Item: { ...Key, x: { SS: ['a', null] } } },
      invalid('An string set may not have a null string as a member'),
    ],
    [
      'DeleteItem',
      { Key, ConditionExpression: 'attribute_exists(#a)', ExpressionAttributeNames: { '#a': null } },
      'ExpressionAttributeNames contains invalid value: null for key #a',
    ],
    [
      'DeleteItem',
      { Key, ConditionExpression: 'attribute_exists(a)', ConditionalOperator: 'AND' },
      'Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {ConditionalOperator} Expression parameters: {ConditionExpression}',
    ],
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
    [
      'GetItem',
      { Key: { pk: {} }, ExpressionAttributeNames: {} },
      'ExpressionAttributeNames can only be specified when using expressions',
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
    // The item is a level itself.
    await call('PutItem', { TableName: 'tbl', Item: { ...Key, x: nested(31), m: { M: {} } } });
    await expect(call('PutItem', { TableName: 'tbl', Item: { ...Key, x: nested(32) } })).rejects.toThrow(
      'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit',
    );
    const set = (UpdateExpression: string, levels: number) =>
      call('UpdateItem', {
        TableName: 'tbl',
        Key,
        UpdateExpression,
        ExpressionAttributeValues: { ':v': nested(levels) },
      });
    await expect(set('SET m.x = :v', 31)).rejects.toThrow('Nesting Levels have exceeded supported limits');
    await set('SET m.x = :v', 30);
  });

  it('finds what is wrong with an update in the order of DynamoDB', async () => {
    const { call } = await withTable();
    await call('PutItem', { TableName: 'tbl', Item: { ...Key, n: { N: '1' }, l: { L: [] } } });
    const update = (UpdateExpression: string, values: object = { ':s': { SS: ['a'] } }) =>
      call('UpdateItem', { TableName: 'tbl', Key, UpdateExpression, ExpressionAttributeValues: values });
    const path = 'The document path provided in the update expression is invalid for update';
    const absent = 'The provided expression refers to an attribute that does not exist in the item';
    const mistyped = 'An operand in the update expression has an incorrect data type';
    await expect(update('SET a = nope REMOVE q.z ADD s :s')).rejects.toThrow(path);
    await expect(update('SET a = nope REMOVE q.z ADD n :s')).rejects.toThrow(mistyped);
    await expect(update('SET a = n + l, b = nope ADD s :s')).rejects.toThrow(absent);
    await expect(update('SET a = if_not_exists(n, nope) ADD s :s')).rejects.toThrow(absent);
    await expect(update('SET a = if_not_exists(a, list_append(l, l)) ADD s :s')).rejects.toThrow(
      'Invalid UpdateExpression: The function is not allowed to be used this way in an expression; function: list_append',
    );
  });

  it.each([
    ['', 'Empty attribute name'],
    ['x'.repeat(65_536), 'Attribute name is too large, must be less than 65536 bytes'],
  ])('refuses the attribute name %#', async (name, message) => {
    const { call } = await withTable();
    const value = { S: 'a' };
    const attempts: [string, object, string][] = [
      ['PutItem', { Item: { ...Key, [name]: value } }, message],
      ['PutItem', { Item: { ...Key, m: { M: { [name]: value } } } }, message],
      ['UpdateItem', { Key, AttributeUpdates: { [name]: { Value: value } } }, message],
      ['DeleteItem', { Key, Expected: { [name]: { Exists: false } } }, message],
      [
        'UpdateItem',
        { Key, UpdateExpression: 'REMOVE #n', ExpressionAttributeNames: { '#n': name } },
        `ExpressionAttributeNames contains invalid value: ${message} for key #n`,
      ],
    ];
    for (const [operation, input, text] of attempts) {
      await expect(call(operation, { TableName: 'tbl', ...input })).rejects.toThrow(text);
    }
  });

  it('refuses placeholders longer than 255', async () => {
    const { call } = await withTable();
    const remove = (name: string) =>
      call('UpdateItem', {
        TableName: 'tbl',
        Key,
        UpdateExpression: `REMOVE ${name}`,
        ExpressionAttributeNames: { [name]: 'a' },
      });
    await remove(`#${'a'.repeat(254)}`);
    await expect(remove(`#${'a'.repeat(255)}`)).rejects.toThrow(
      'ExpressionAttributeNames contains invalid key: The expression attribute map contains a key that is too long; size of key: 256',
    );
  });
});
