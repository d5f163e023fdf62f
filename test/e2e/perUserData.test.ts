/**
 * The policies that applications of many users live by: each user reads and writes its own rows and its own folder, and
 * nobody else's. Who the user is, a session tag says, or the identity that an identity pool gave.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 * https://docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html
 */
import {
  CognitoIdentityClient,
  CreateIdentityPoolCommand,
  GetCredentialsForIdentityCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity';
import {
  BatchGetItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const account = '000000000000';
const table = `arn:aws:dynamodb:us-east-1:${account}:table/notes`;
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

/** AWS's own examples, with the variable that says who the user is. */
const perUser = (variable: string) =>
  document(
    {
      Effect: 'Allow',
      Action: [
        'GetItem',
        'BatchGetItem',
        'Query',
        'PutItem',
        'UpdateItem',
        'DeleteItem',
        'BatchWriteItem',
      ].map((action) => `dynamodb:${action}`),
      Resource: [table, `${table}/index/*`],
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [`\${${variable}}`] } },
    },
    {
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: 'arn:aws:s3:::folders',
      Condition: { StringLike: { 's3:prefix': [`\${${variable}}/*`] } },
    },
    {
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject'],
      Resource: `arn:aws:s3:::folders/\${${variable}}/*`,
    },
  );

let cloud: Cloud;
let root: Cloud['clientConfig'];

interface Session {
  AccessKeyId?: string | undefined;
  SecretAccessKey?: string | undefined;
  SecretKey?: string | undefined;
  SessionToken?: string | undefined;
}

/** Two users, and the names under which their data lies. */
type Pair = { config: Cloud['clientConfig']; name: string }[];

const configOf = (session: Session | undefined) => ({
  ...root,
  maxAttempts: 1,
  credentials: {
    accessKeyId: session?.AccessKeyId as string,
    secretAccessKey: (session?.SecretAccessKey ?? session?.SecretKey) as string,
    sessionToken: session?.SessionToken as string,
  },
});

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  root = cloud.clientConfig;
  await new DynamoDBClient(root).send(
    new CreateTableCommand({
      TableName: 'notes',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'owner', AttributeType: 'S' },
        { AttributeName: 'id', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'owner', KeyType: 'HASH' },
        { AttributeName: 'id', KeyType: 'RANGE' },
      ],
    }),
  );
  await new S3Client(root).send(new CreateBucketCommand({ Bucket: 'folders' }));
});
afterAll(() => cloud.close());

/** Sessions of one role, told apart by a tag that a broker sets. */
async function byTag(): Promise<Pair> {
  const iam = new IAMClient(root);
  await iam.send(new CreateUserCommand({ UserName: 'broker' }));
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'broker',
      PolicyName: 'open',
      PolicyDocument: document({
        Effect: 'Allow',
        Action: ['sts:AssumeRole', 'sts:TagSession'],
        Resource: '*',
      }),
    }),
  );
  await iam.send(
    new CreateRoleCommand({
      RoleName: 'tenant',
      AssumeRolePolicyDocument: document({
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:user/broker` },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
      }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'tenant',
      PolicyName: 'own',
      PolicyDocument: perUser('aws:PrincipalTag/Owner'),
    }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'broker' }));
  const sts = new STSClient({ ...configOf(AccessKey), credentials: keyOf(AccessKey) });
  return Promise.all(
    ['ann', 'bob'].map(async (name) => {
      const { Credentials } = await sts.send(
        new AssumeRoleCommand({
          RoleArn: `arn:aws:iam::${account}:role/tenant`,
          RoleSessionName: name,
          Tags: [{ Key: 'Owner', Value: name }],
        }),
      );
      return { config: configOf(Credentials), name };
    }),
  );
}

const keyOf = (key: Session | undefined) => ({
  accessKeyId: key?.AccessKeyId as string,
  secretAccessKey: key?.SecretAccessKey as string,
});

/** Identities of an identity pool, whose role says `${cognito-identity.amazonaws.com:sub}`. */
async function byIdentity(): Promise<Pair> {
  const iam = new IAMClient(root);
  const pools = new CognitoIdentityClient(root);
  const { IdentityPoolId = '' } = await pools.send(
    new CreateIdentityPoolCommand({
      IdentityPoolName: 'people',
      AllowUnauthenticatedIdentities: false,
      DeveloperProviderName: 'login.example',
    }),
  );
  await iam.send(
    new CreateRoleCommand({
      RoleName: 'signed-in',
      AssumeRolePolicyDocument: document({
        Effect: 'Allow',
        Principal: { Federated: 'cognito-identity.amazonaws.com' },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: { 'cognito-identity.amazonaws.com:aud': IdentityPoolId },
          'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'authenticated' },
        },
      }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'signed-in',
      PolicyName: 'own',
      PolicyDocument: perUser('cognito-identity.amazonaws.com:sub'),
    }),
  );
  await pools.send(
    new SetIdentityPoolRolesCommand({
      IdentityPoolId,
      Roles: { authenticated: `arn:aws:iam::${account}:role/signed-in` },
    }),
  );
  return Promise.all(
    ['ann', 'bob'].map(async (user) => {
      const { IdentityId = '', Token = '' } = await pools.send(
        new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId, Logins: { 'login.example': user } }),
      );
      const { Credentials } = await pools.send(
        new GetCredentialsForIdentityCommand({
          IdentityId,
          Logins: { 'cognito-identity.amazonaws.com': Token },
        }),
      );
      return { config: configOf(Credentials), name: IdentityId };
    }),
  );
}

describe.each<[string, () => Promise<Pair>]>([
  ['a session tag', byTag],
  ['the sub of an identity pool’s identity', byIdentity],
])('users told apart by %s', (_what, open) => {
  let own: string;
  let others: string;
  let dynamodb: DynamoDBClient;
  let s3: S3Client;
  beforeAll(async () => {
    const pair = await open();
    for (const { config, name } of pair) {
      await new DynamoDBClient(config).send(
        new PutItemCommand({ TableName: 'notes', Item: { owner: { S: name }, id: { S: '1' } } }),
      );
      await new S3Client(config).send(
        new PutObjectCommand({ Bucket: 'folders', Key: `${name}/note`, Body: name }),
      );
    }
    own = pair[0]?.name as string;
    others = pair[1]?.name as string;
    dynamodb = new DynamoDBClient(pair[0]?.config as Cloud['clientConfig']);
    s3 = new S3Client(pair[0]?.config as Cloud['clientConfig']);
  });
  const denied = { name: expect.stringMatching(/^AccessDenied(Exception)?$/) };
  const keyOfNote = (owner: string) => ({ owner: { S: owner }, id: { S: '1' } });
  const query = (owner: string) =>
    dynamodb.send(
      new QueryCommand({
        TableName: 'notes',
        KeyConditionExpression: '#o = :o',
        ExpressionAttributeNames: { '#o': 'owner' },
        ExpressionAttributeValues: { ':o': { S: owner } },
      }),
    );

  it('they reach their own rows', async () => {
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName: 'notes', Key: keyOfNote(own) }));
    expect(Item?.owner?.S).toBe(own);
    expect((await query(own)).Count).toBe(1);
  });

  it('and nobody else’s, however they ask', async () => {
    const attempts = [
      () => dynamodb.send(new GetItemCommand({ TableName: 'notes', Key: keyOfNote(others) })),
      () => query(others),
      () => dynamodb.send(new ScanCommand({ TableName: 'notes' })),
      () =>
        dynamodb.send(
          new BatchGetItemCommand({ RequestItems: { notes: { Keys: [keyOfNote(own), keyOfNote(others)] } } }),
        ),
      () => dynamodb.send(new PutItemCommand({ TableName: 'notes', Item: keyOfNote(others) })),
      () =>
        dynamodb.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              { Put: { TableName: 'notes', Item: keyOfNote(own) } },
              { Delete: { TableName: 'notes', Key: keyOfNote(others) } },
            ],
          }),
        ),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(denied);
  });

  it('they reach their own folder, and no other', async () => {
    const get = (Key: string) => s3.send(new GetObjectCommand({ Bucket: 'folders', Key }));
    const list = (Prefix?: string) => s3.send(new ListObjectsV2Command({ Bucket: 'folders', Prefix }));
    expect(await (await get(`${own}/note`)).Body?.transformToString()).toBe(own);
    expect((await list(`${own}/`)).KeyCount).toBe(1);
    const attempts = [
      () => get(`${others}/note`),
      () => get(`${own}/../${others}/note`),
      () => list(`${others}/`),
      () => list(),
      () => list(''),
      () => s3.send(new PutObjectCommand({ Bucket: 'folders', Key: `${others}/note`, Body: 'mine' })),
      () =>
        s3.send(
          new CopyObjectCommand({
            Bucket: 'folders',
            Key: `${own}/copy`,
            CopySource: `folders/${encodeURIComponent(others)}/note`,
          }),
        ),
    ];
    for (const [i, attempt] of attempts.entries()) {
      // What lies below the own prefix is hers by name, whatever it looks like; there is nothing of that name.
      const expected = i === 1 ? { name: expect.stringMatching(/^(AccessDenied|NoSuchKey)$/) } : denied;
      await expect(attempt(), `attempt ${i}`).rejects.toMatchObject(expected);
    }
  });
});
