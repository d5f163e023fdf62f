/** Fine-grained access control with the policies of the developer guide. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html */
import {
  BatchGetItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const TableName = 'GameScores';
const table = `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}`;
const all = ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'];
const refused = { name: 'AccessDeniedException' };
let cloud: Cloud;
let iam: IAMClient;
let root: DynamoDBClient;
const clients: DynamoDBClient[] = [];

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce', region: 'us-east-1' });
  iam = new IAMClient(cloud.clientConfig);
  root = new DynamoDBClient(cloud.clientConfig);
  await root.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [
        { AttributeName: 'UserId', AttributeType: 'S' },
        { AttributeName: 'GameTitle', AttributeType: 'S' },
        { AttributeName: 'TopScoreDateTime', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'UserId', KeyType: 'HASH' },
        { AttributeName: 'GameTitle', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'TopScoreDateTimeIndex',
          KeySchema: [{ AttributeName: 'TopScoreDateTime', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  for (const user of ['ada', 'bob']) {
    await root.send(
      new PutItemCommand({
        TableName,
        Item: { ...keyOf(user), Wins: { N: '1' }, TopScore: { N: '9' }, TopScoreDateTime: { S: 'now' } },
      }),
    );
  }
});

afterAll(async () => {
  for (const client of clients) client.destroy();
  iam.destroy();
  root.destroy();
  await cloud.close();
});

function keyOf(user: string) {
  return { UserId: { S: user }, GameTitle: { S: 'Chess' } };
}

/** A client of a new user that has one policy. */
async function userWith(UserName: string, statement: object): Promise<DynamoDBClient> {
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  await iam.send(
    new PutUserPolicyCommand({
      UserName,
      PolicyName: 'access',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', ...statement }],
      }),
    }),
  );
  const client = new DynamoDBClient({
    ...cloud.clientConfig,
    credentials: {
      accessKeyId: AccessKey?.AccessKeyId as string,
      secretAccessKey: AccessKey?.SecretAccessKey as string,
    },
  });
  clients.push(client);
  return client;
}

const actions = (names: readonly string[]) => names.map((name) => `dynamodb:${name}`);

describe('access to items', () => {
  it('is held to those of one’s own name', async () => {
    const ada = await userWith('ada', {
      Action: actions(all),
      Resource: [table],
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [`\${aws:username}`] } },
    });
    const { Item } = await ada.send(new GetItemCommand({ TableName, Key: keyOf('ada') }));
    expect(Item?.Wins).toEqual({ N: '1' });
    await expect(ada.send(new GetItemCommand({ TableName, Key: keyOf('bob') }))).rejects.toMatchObject(
      refused,
    );
    const query = (user: string) =>
      ada.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'UserId = :u',
          ExpressionAttributeValues: { ':u': { S: user } },
        }),
      );
    expect((await query('ada')).Count).toBe(1);
    await expect(query('bob')).rejects.toMatchObject(refused);
    const batch = (...users: string[]) =>
      ada.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: users.map(keyOf) } } }));
    expect((await batch('ada')).Responses?.[TableName]).toHaveLength(1);
    await expect(batch('ada', 'bob')).rejects.toMatchObject(refused);
    await expect(ada.send(new ScanCommand({ TableName }))).rejects.toMatchObject(refused);
    await expect(
      ada.send(
        new TransactWriteItemsCommand({
          TransactItems: ['ada', 'bob'].map((user) => ({ Put: { TableName, Item: keyOf(user) } })),
        }),
      ),
    ).rejects.toMatchObject(refused);
    expect((await root.send(new GetItemCommand({ TableName, Key: keyOf('ada') }))).Item?.Wins).toEqual({
      N: '1',
    });
  });

  it('is held to some of their attributes', async () => {
    const scorer = await userWith('scorer', {
      Action: actions(['UpdateItem', 'GetItem', 'Query', 'BatchGetItem', 'Scan']),
      Resource: [table],
      Condition: {
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['UserId', 'GameTitle', 'TopScore'] },
        StringEqualsIfExists: {
          'dynamodb:Select': 'SPECIFIC_ATTRIBUTES',
          'dynamodb:ReturnValues': ['NONE', 'UPDATED_OLD', 'UPDATED_NEW'],
        },
      },
    });
    const get = (ProjectionExpression?: string) =>
      scorer.send(new GetItemCommand({ TableName, Key: keyOf('bob'), ProjectionExpression }));
    expect((await get('TopScore')).Item).toEqual({ TopScore: { N: '9' } });
    await expect(get('TopScore, Wins')).rejects.toMatchObject(refused);
    await expect(get()).rejects.toMatchObject(refused);
    const update = (attribute: string, ReturnValues: 'UPDATED_NEW' | 'ALL_NEW') =>
      scorer.send(
        new UpdateItemCommand({
          TableName,
          Key: keyOf('bob'),
          UpdateExpression: 'SET #a = :v',
          ExpressionAttributeNames: { '#a': attribute },
          ExpressionAttributeValues: { ':v': { N: '9' } },
          ReturnValues,
        }),
      );
    expect((await update('TopScore', 'UPDATED_NEW')).Attributes).toEqual({ TopScore: { N: '9' } });
    await expect(update('TopScore', 'ALL_NEW')).rejects.toMatchObject(refused);
    await expect(update('Wins', 'UPDATED_NEW')).rejects.toMatchObject(refused);
    const scan = (FilterExpression: string) =>
      scorer.send(
        new ScanCommand({
          TableName,
          ProjectionExpression: 'UserId',
          FilterExpression,
          ExpressionAttributeValues: { ':n': { N: '0' } },
        }),
      );
    expect((await scan('TopScore > :n')).Count).toBe(2);
    await expect(scan('Wins > :n')).rejects.toMatchObject(refused);
  });

  it('is held to an index and what it projects', async () => {
    const indexed = await userWith('indexed', {
      Action: ['dynamodb:Query'],
      Resource: [`${table}/index/TopScoreDateTimeIndex`],
      Condition: {
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['TopScoreDateTime', 'GameTitle', 'Wins'] },
        StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
      },
    });
    const query = (more: object) =>
      indexed.send(
        new QueryCommand({
          TableName,
          IndexName: 'TopScoreDateTimeIndex',
          KeyConditionExpression: 'TopScoreDateTime = :t',
          ExpressionAttributeValues: { ':t': { S: 'now' } },
          ...more,
        }),
      );
    expect((await query({ ProjectionExpression: 'Wins' })).Count).toBe(2);
    await expect(query({})).rejects.toMatchObject(refused);
    await expect(query({ Select: 'ALL_PROJECTED_ATTRIBUTES' })).rejects.toMatchObject(refused);
    await expect(query({ ProjectionExpression: 'TopScore' })).rejects.toMatchObject(refused);
    await expect(
      query({
        IndexName: undefined,
        KeyConditionExpression: 'UserId = :t',
        ProjectionExpression: 'Wins',
      }),
    ).rejects.toMatchObject(refused);
  });

  it('can be had in transactions only', async () => {
    const transactor = await userWith('transactor', {
      Action: ['dynamodb:PutItem'],
      Resource: [table],
      Condition: { 'ForAnyValue:StringEquals': { 'dynamodb:EnclosingOperation': ['TransactWriteItems'] } },
    });
    const Item = keyOf('transactor');
    await expect(transactor.send(new PutItemCommand({ TableName, Item }))).rejects.toMatchObject(refused);
    await transactor.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item } }] }));
    expect((await root.send(new GetItemCommand({ TableName, Key: Item }))).Item).toEqual(Item);
  });
});
