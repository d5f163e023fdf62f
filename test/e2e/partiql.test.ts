/** PartiQL as the official clients see it, where IAM is enforced. */
import {
  BatchExecuteStatementCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DuplicateItemException,
  DynamoDBClient,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  DynamoDBDocumentClient,
  ExecuteStatementCommand as Execute,
  type ExecuteStatementCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { boto3, python } from './support/clients.ts';

let cloud: Cloud;
let client: DynamoDBClient;
let documents: DynamoDBDocumentClient;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  client = new DynamoDBClient(cloud.clientConfig);
  documents = DynamoDBDocumentClient.from(client);
  await client.send(
    new CreateTableCommand({
      TableName: 'music',
      AttributeDefinitions: [
        { AttributeName: 'artist', AttributeType: 'S' },
        { AttributeName: 'song', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'artist', KeyType: 'HASH' },
        { AttributeName: 'song', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
});
afterAll(async () => {
  client.destroy();
  await cloud.close();
});

const run = (Statement: string, Parameters?: unknown[]) =>
  documents.send(
    new Execute({ Statement, ...(Parameters ? { Parameters } : {}) } as ExecuteStatementCommandInput),
  );

describe('the document client', () => {
  it('writes and reads values of JavaScript', async () => {
    const awards = { grammy: [2020, 2024], tags: new Set(['live', 'rock']) };
    await run("INSERT INTO music VALUE {'artist': ?, 'song': ?, 'awards': ?}", [
      'Acme',
      'PartiQL Rocks',
      awards,
    ]);
    await expect(
      run("INSERT INTO music VALUE {'artist': 'Acme', 'song': 'PartiQL Rocks'}"),
    ).rejects.toBeInstanceOf(DuplicateItemException);
    const { Items } = await run(
      `UPDATE "music" SET awards.tags = set_add(awards.tags, <<'new'>>) REMOVE awards.grammy[0] WHERE artist = ? AND song = ? AND awards.grammy[0] < 2024 RETURNING ALL NEW *`,
      ['Acme', 'PartiQL Rocks'],
    );
    expect(Items).toEqual([
      {
        artist: 'Acme',
        song: 'PartiQL Rocks',
        awards: { grammy: [2024], tags: new Set(['live', 'rock', 'new']) },
      },
    ]);
  });

  it('shows the item whose condition failed', async () => {
    const failure = client.send(
      new ExecuteStatementCommand({
        Statement: "DELETE FROM music WHERE artist = 'Acme' AND song = 'PartiQL Rocks' AND rank = 1",
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    await expect(failure).rejects.toBeInstanceOf(ConditionalCheckFailedException);
    await expect(failure).rejects.toMatchObject({ Item: { artist: { S: 'Acme' } } });
  });
});

it('batches and transactions keep the shape of their models', async () => {
  const { Responses } = await client.send(
    new BatchExecuteStatementCommand({
      Statements: [
        { Statement: "INSERT INTO music VALUE {'artist': 'Acme', 'song': 'B'}" },
        { Statement: "INSERT INTO music VALUE {'artist': 'Acme', 'song': 'PartiQL Rocks'}" },
      ],
      ReturnConsumedCapacity: 'TOTAL',
    }),
  );
  expect(Responses).toMatchObject([{ TableName: 'music' }, { Error: { Code: 'DuplicateItem' } }]);
  const failure = client.send(
    new ExecuteTransactionCommand({
      TransactStatements: [
        { Statement: "EXISTS(SELECT * FROM music WHERE artist = 'Acme' AND song = 'B' AND rank = 1)" },
        { Statement: "DELETE FROM music WHERE artist = 'Acme' AND song = 'PartiQL Rocks'" },
      ],
    }),
  );
  await expect(failure).rejects.toBeInstanceOf(TransactionCanceledException);
  await expect(failure).rejects.toMatchObject({
    CancellationReasons: [{ Code: 'ConditionalCheckFailed' }, { Code: 'None' }],
  });
});

it('asks IAM for what a statement does, and tells a scan from a query', async () => {
  const iam = new IAMClient(cloud.clientConfig);
  await iam.send(new CreateUserCommand({ UserName: 'reader' }));
  const resource = `arn:aws:dynamodb:*:*:table/music`;
  const policy = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'dynamodb:PartiQLSelect', Resource: resource },
      {
        Effect: 'Deny',
        Action: 'dynamodb:PartiQLSelect',
        Resource: resource,
        Condition: { Bool: { 'dynamodb:FullTableScan': 'true' } },
      },
      {
        Effect: 'Allow',
        Action: 'dynamodb:PartiQLDelete',
        Resource: resource,
        Condition: { StringEquals: { 'dynamodb:EnclosingOperation': 'ExecuteTransaction' } },
      },
    ],
  };
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'reader',
      PolicyName: 'select',
      PolicyDocument: JSON.stringify(policy),
    }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'reader' }));
  iam.destroy();
  const reader = new DynamoDBClient({
    ...cloud.clientConfig,
    credentials: {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    },
  });
  const ask = (Statement: string) => reader.send(new ExecuteStatementCommand({ Statement }));
  const denied = { name: 'AccessDeniedException' };
  const remove = "DELETE FROM music WHERE artist = 'none' AND song = 'none'";
  expect((await ask("SELECT song FROM music WHERE artist = 'Acme' AND song > 'C'")).Items).toHaveLength(1);
  await expect(ask("SELECT * FROM music WHERE song = 'B'")).rejects.toMatchObject(denied);
  await expect(ask(remove)).rejects.toMatchObject(denied);
  await expect(ask('SELEC')).rejects.toMatchObject({ name: 'ValidationException' });
  await reader.send(new ExecuteTransactionCommand({ TransactStatements: [{ Statement: remove }] }));
  reader.destroy();
});

it.skipIf(boto3 === undefined)('boto3 pages by NextToken', async () => {
  const open = await startCloud();
  const program = `
import boto3, json
c = boto3.client('dynamodb')
c.create_table(TableName='pages', AttributeDefinitions=[{'AttributeName':'pk','AttributeType':'S'}],
  KeySchema=[{'AttributeName':'pk','KeyType':'HASH'}], BillingMode='PAY_PER_REQUEST')
for i in range(5):
    c.execute_statement(Statement="INSERT INTO pages VALUE {'pk': ?, 'n': ?}", Parameters=[{'S': 'p%d' % i}, {'N': str(i)}])
found, token = [], {}
while True:
    page = c.execute_statement(Statement='SELECT n FROM "pages" WHERE n > 0', Limit=2, **token)
    found += [int(i['n']['N']) for i in page['Items']]
    if 'NextToken' not in page: break
    token = {'NextToken': page['NextToken']}
print(json.dumps(sorted(found)))
`;
  try {
    expect(await python(open.endpoint, program)).toEqual([1, 2, 3, 4]);
  } finally {
    await open.close();
  }
});
