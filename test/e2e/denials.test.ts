/**
 * Why something is refused, in the words of AWS: as an answer where policies are enforced, as an audit record where they
 * are not. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutResourcePolicyCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  ListRolesCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const account = '000000000000';
const table = (name: string) => `arn:aws:dynamodb:us-east-1:${account}:table/${name}`;
const user = (name: string) => `arn:aws:iam::${account}:user/${name}`;
const policyArn = (name: string) => `arn:aws:iam::${account}:policy/${name}`;
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = { Effect: 'Allow', Action: '*', Resource: '*' };
const deny = { Effect: 'Deny', Action: 'dynamodb:*', Resource: '*' };
const Key = { id: { S: '1' } };

type Config = Cloud['clientConfig'];

/** Everything that the cases need, in a cloud of either mode. */
async function scene(mode: 'audit' | 'enforce') {
  const cloud = await startCloud({ iam: mode });
  const iam = new IAMClient(cloud.clientConfig);
  const dynamodb = new DynamoDBClient(cloud.clientConfig);
  const s3 = new S3Client(cloud.clientConfig);
  for (const TableName of ['orders', 'closed']) {
    await dynamodb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
  }
  await dynamodb.send(
    new PutResourcePolicyCommand({
      ResourceArn: table('closed'),
      Policy: document({
        Effect: 'Deny',
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: 'dynamodb:Scan',
        Resource: table('closed'),
      }),
    }),
  );
  await s3.send(new CreateBucketCommand({ Bucket: 'files' }));
  await s3.send(new PutObjectCommand({ Bucket: 'files', Key: 'a', Body: 'a' }));
  for (const [name, statements] of [
    ['limit', [{ Effect: 'Allow', Action: ['s3:*', 'sts:*'], Resource: '*' }]],
    ['closed', [allow, deny]],
    ['never', [deny]],
  ] as const) {
    await iam.send(new CreatePolicyCommand({ PolicyName: name, PolicyDocument: document(...statements) }));
  }
  const config: Record<string, Config> = {};
  const makeUser = async (name: string, ...statements: object[]) => {
    await iam.send(new CreateUserCommand({ UserName: name }));
    if (statements.length > 0) {
      await iam.send(
        new PutUserPolicyCommand({
          UserName: name,
          PolicyName: 'own',
          PolicyDocument: document(...statements),
        }),
      );
    }
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
    config[name] = {
      ...cloud.clientConfig,
      credentials: {
        accessKeyId: AccessKey?.AccessKeyId as string,
        secretAccessKey: AccessKey?.SecretAccessKey as string,
      },
    };
  };
  await makeUser('nobody');
  await makeUser('everything', allow);
  await makeUser('denied', allow, deny);
  await makeUser('managed', allow);
  await makeUser('bounded', allow);
  await makeUser('closed', allow);
  await iam.send(new AttachUserPolicyCommand({ UserName: 'managed', PolicyArn: policyArn('never') }));
  for (const [UserName, name] of [
    ['bounded', 'limit'],
    ['closed', 'closed'],
  ] as const)
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: policyArn(name) }));
  const trust = (Effect: string, who: string) =>
    document({ Effect, Principal: { AWS: user(who) }, Action: 'sts:AssumeRole' });
  for (const [RoleName, AssumeRolePolicyDocument] of [
    ['worker', trust('Allow', 'everything')],
    ['other', trust('Allow', 'nobody')],
    ['forbidden', trust('Deny', 'everything')],
  ] as const) {
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  }
  await iam.send(
    new PutRolePolicyCommand({ RoleName: 'worker', PolicyName: 'all', PolicyDocument: document(allow) }),
  );
  for (const [name, statement] of [
    ['narrowed', { Effect: 'Allow', Action: 's3:*', Resource: '*' }],
    ['cut', deny],
  ] as const) {
    const { Credentials } = await new STSClient(config.everything as Config).send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${account}:role/worker`,
        RoleSessionName: name,
        Policy: document(statement),
      }),
    );
    config[name] = {
      ...cloud.clientConfig,
      credentials: {
        accessKeyId: Credentials?.AccessKeyId as string,
        secretAccessKey: Credentials?.SecretAccessKey as string,
        sessionToken: Credentials?.SessionToken as string,
      } as Config['credentials'],
    };
  }
  return { cloud, config };
}

const getItem = (config: Config) =>
  new DynamoDBClient(config).send(new GetItemCommand({ TableName: 'orders', Key }));
const assume = (name: string) => (config: Config) =>
  new STSClient(config).send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/${name}`, RoleSessionName: 'one' }),
  );
const session = (name: string) => `arn:aws:sts::${account}:assumed-role/worker/${name}`;
const orders = `dynamodb:GetItem on resource: ${table('orders')}`;
const silence = (kind: string, action = 'dynamodb:GetItem') =>
  `because no ${kind} allows the ${action} action`;

const cases: [what: string, who: string, ask: (config: Config) => Promise<unknown>, message: string][] = [
  [
    'no identity-based policy allows it',
    'nobody',
    getItem,
    `User: ${user('nobody')} is not authorized to perform: ${orders} ${silence('identity-based policy')}`,
  ],
  [
    'no policy allows to list tables',
    'nobody',
    (config) => new DynamoDBClient(config).send(new ListTablesCommand({})),
    `User: ${user('nobody')} is not authorized to perform: dynamodb:ListTables on resource: ${table('*')} ${silence('identity-based policy', 'dynamodb:ListTables')}`,
  ],
  [
    'no policy allows to list buckets',
    'nobody',
    (config) => new S3Client(config).send(new ListBucketsCommand({})),
    `User: ${user('nobody')} is not authorized to perform: s3:ListAllMyBuckets ${silence('identity-based policy', 's3:ListAllMyBuckets')}`,
  ],
  [
    'no policy allows to list functions',
    'nobody',
    (config) => new LambdaClient(config).send(new ListFunctionsCommand({})),
    `User: ${user('nobody')} is not authorized to perform: lambda:ListFunctions on resource: * ${silence('identity-based policy', 'lambda:ListFunctions')}`,
  ],
  [
    'no policy allows to list roles of a path',
    'nobody',
    (config) => new IAMClient(config).send(new ListRolesCommand({ PathPrefix: '/aws-service-role/' })),
    `User: ${user('nobody')} is not authorized to perform: iam:ListRoles on resource: arn:aws:iam::${account}:role/aws-service-role/ ${silence('identity-based policy', 'iam:ListRoles')}`,
  ],
  [
    'S3 quotes its resource',
    'nobody',
    (config) => new S3Client(config).send(new GetObjectCommand({ Bucket: 'files', Key: 'a' })),
    `User: ${user('nobody')} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::files/a" ${silence('identity-based policy', 's3:GetObject')}`,
  ],
  [
    'an inline policy denies it',
    'denied',
    getItem,
    `User: ${user('denied')} is not authorized to perform: ${orders} with an explicit deny in an identity-based policy`,
  ],
  [
    'a managed policy denies it',
    'managed',
    getItem,
    `User: ${user('managed')} is not authorized to perform: ${orders} with an explicit deny in an identity-based policy: ${policyArn('never')}`,
  ],
  [
    'the boundary doesn’t allow it',
    'bounded',
    getItem,
    `User: ${user('bounded')} is not authorized to perform: ${orders} ${silence('permissions boundary')}`,
  ],
  [
    'the boundary denies it',
    'closed',
    getItem,
    `User: ${user('closed')} is not authorized to perform: ${orders} with an explicit deny in a permissions boundary: ${policyArn('closed')}`,
  ],
  [
    'the session’s policy doesn’t allow it',
    'narrowed',
    getItem,
    `User: ${session('narrowed')} is not authorized to perform: ${orders} ${silence('session policy')}`,
  ],
  [
    'the session’s policy denies it',
    'cut',
    getItem,
    `User: ${session('cut')} is not authorized to perform: ${orders} with an explicit deny in a session policy`,
  ],
  [
    'the resource’s policy denies it',
    'everything',
    (config) => new DynamoDBClient(config).send(new ScanCommand({ TableName: 'closed' })),
    `User: ${user('everything')} is not authorized to perform: dynamodb:Scan on resource: ${table('closed')} with an explicit deny in a resource-based policy`,
  ],
  [
    'the role trusts others',
    'everything',
    assume('other'),
    `User: ${user('everything')} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${account}:role/other ${silence('role trust policy', 'sts:AssumeRole')}`,
  ],
  [
    'the role’s trust denies it',
    'everything',
    assume('forbidden'),
    `User: ${user('everything')} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${account}:role/forbidden with an explicit deny in the role trust policy`,
  ],
];

describe('enforced', () => {
  let made: Awaited<ReturnType<typeof scene>>;
  beforeAll(async () => {
    made = await scene('enforce');
  });
  afterAll(() => made.cloud.close());

  it.each(cases)('it is answered: %s', async (_what, who, ask, message) => {
    await expect(ask(made.config[who] as Config)).rejects.toMatchObject({
      name: expect.stringMatching(/^AccessDenied(Exception)?$/),
      message,
    });
  });
});

describe('in audit', () => {
  let made: Awaited<ReturnType<typeof scene>>;
  beforeAll(async () => {
    made = await scene('audit');
  });
  afterAll(() => made.cloud.close());

  it.each(cases)('it passes, and is recorded: %s', async (_what, who, ask, message) => {
    await ask(made.config[who] as Config);
    const response = await fetch(`${made.cloud.endpoint}/_brume/audit?limit=20`);
    const { records } = (await response.json()) as { records: { denied?: { reason: string } }[] };
    const record = records.find(({ denied }) => denied?.reason === message);
    expect(record).toMatchObject({
      overridden: true,
      decision: message.includes('explicit deny') ? 'explicit-deny' : 'implicit-deny',
      account,
    });
    expect(record).not.toHaveProperty('error');
  });
});
