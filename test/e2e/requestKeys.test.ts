/** What policies may ask about a request, over HTTP: services in between, the referring page, the region. And presigned identities. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  GetTemplateSummaryCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  ListUsersCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { presignQuery, signRequest } from '../../src/identity/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let iam: IAMClient;
beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  iam = new IAMClient(cloud.clientConfig);
});
afterAll(async () => {
  iam.destroy();
  await cloud.close();
});

const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = { Effect: 'Allow', Resource: '*' };

async function makeUser(UserName: string, ...statements: object[]) {
  await iam.send(new CreateUserCommand({ UserName }));
  const PolicyDocument = document(...statements);
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  };
  return { ...cloud.clientConfig, maxAttempts: 1, credentials };
}

/** What a function reads of a bucket, as its role. */
async function readByFunction(Bucket: string, Key: string): Promise<unknown> {
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const RoleName = 'reading';
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }),
  );
  const PolicyDocument = document({ ...allow, Action: 's3:GetObject' });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument }));
  const lambda = new LambdaClient(cloud.clientConfig);
  const code = `
const { S3Client, GetObjectCommand } = require('@aws-sdk/client-s3');
exports.handler = async (input) => {
  const { Body } = await new S3Client({ forcePathStyle: true }).send(new GetObjectCommand(input));
  return Body.transformToString();
};`;
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'reader',
      Role: Role?.Arn,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Timeout: 60,
      Code: { ZipFile: await zipped({ 'index.js': code }) },
    }),
  );
  const { Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: 'reader', Payload: JSON.stringify({ Bucket, Key }) }),
  );
  lambda.destroy();
  return JSON.parse(Payload?.transformToString() ?? '');
}

const table = {
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' as const }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
  BillingMode: 'PAY_PER_REQUEST' as const,
};

it('tells who asked on somebody’s behalf: tables by CloudFormation only', async () => {
  const via = { 'ForAnyValue:StringEquals': { 'aws:CalledVia': 'cloudformation.amazonaws.com' } };
  const config = await makeUser(
    'builder',
    { ...allow, Action: 'cloudformation:*' },
    { ...allow, Action: 'dynamodb:*', Condition: { ...via, Bool: { 'aws:ViaAWSService': 'true' } } },
  );
  const dynamodb = new DynamoDBClient(config);
  await expect(
    dynamodb.send(new CreateTableCommand({ TableName: 'direct', ...table })),
  ).rejects.toMatchObject({ name: 'AccessDeniedException' });
  const cloudformation = new CloudFormationClient(config);
  const Resources = { Table: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'built', ...table } } };
  await cloudformation.send(
    new CreateStackCommand({ StackName: 'tables', TemplateBody: JSON.stringify({ Resources }) }),
  );
  await expect
    .poll(async () => {
      const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName: 'tables' }));
      return Stacks?.[0]?.StackStatus;
    })
    .toMatch(/^CREATE_COMPLETE|ROLLBACK/);
  const root = new DynamoDBClient(cloud.clientConfig);
  const { TableNames } = await root.send(new ListTablesCommand({}));
  expect(TableNames).toEqual(['built']);
  for (const client of [dynamodb, cloudformation, root]) client.destroy();
});

it('tells the page that a browser comes from', async () => {
  const s3 = new S3Client(cloud.clientConfig);
  await s3.send(new CreateBucketCommand({ Bucket: 'site' }));
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket: 'site' }));
  await s3.send(new PutObjectCommand({ Bucket: 'site', Key: 'logo', Body: 'logo' }));
  await s3.send(
    new PutBucketPolicyCommand({
      Bucket: 'site',
      Policy: document({
        Effect: 'Allow',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: 'arn:aws:s3:::site/*',
        Condition: { StringLike: { 'aws:Referer': 'https://www.example.com/*' } },
      }),
    }),
  );
  const status = async (headers: Record<string, string>) =>
    (await fetch(`${cloud.endpoint}/site/logo`, { headers })).status;
  expect(await status({ referer: 'https://www.example.com/page' })).toBe(200);
  expect(await status({ referer: 'https://www.example.org/page' })).toBe(403);
  expect(await status({})).toBe(403);
  s3.destroy();
});

it('keeps out who comes without TLS, but neither services that read on somebody’s behalf nor functions', async () => {
  const s3 = new S3Client(cloud.clientConfig);
  const Bucket = 'templates';
  await s3.send(new CreateBucketCommand({ Bucket }));
  const Resources = { Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' } };
  await s3.send(new PutObjectCommand({ Bucket, Key: 't.json', Body: JSON.stringify({ Resources }) }));
  await s3.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: document({
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    }),
  );
  const config = await makeUser('reader', { ...allow, Action: ['s3:*', 'cloudformation:*'] });
  const cloudformation = new CloudFormationClient(config);
  const direct = new S3Client(config);
  await expect(direct.send(new GetObjectCommand({ Bucket, Key: 't.json' }))).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('with an explicit deny in a resource-based policy'),
  });
  const { ResourceTypes } = await cloudformation.send(
    new GetTemplateSummaryCommand({ TemplateURL: `https://${Bucket}.s3.amazonaws.com/t.json` }),
  );
  expect(ResourceTypes).toEqual(['AWS::CloudFormation::WaitConditionHandle']);
  expect(await readByFunction(Bucket, 't.json')).toBe(JSON.stringify({ Resources }));
  for (const client of [s3, cloudformation, direct]) client.destroy();
});

it('takes IAM to be where it is, whatever region its clients name', async () => {
  const inRegion = (region: string) => ({ StringEquals: { 'aws:RequestedRegion': region } });
  const there = await makeUser('there', {
    ...allow,
    Action: 'iam:ListUsers',
    Condition: inRegion('us-east-1'),
  });
  const elsewhere = await makeUser(
    'elsewhere',
    { ...allow, Action: 'iam:ListUsers', Condition: inRegion('eu-west-1') },
    { ...allow, Action: 'dynamodb:ListTables', Condition: inRegion('eu-west-1') },
  );
  const region = 'eu-west-1';
  await new IAMClient({ ...there, region }).send(new ListUsersCommand({}));
  await expect(new IAMClient({ ...elsewhere, region }).send(new ListUsersCommand({}))).rejects.toMatchObject({
    name: 'AccessDenied',
  });
  await new DynamoDBClient({ ...elsewhere, region }).send(new ListTablesCommand({}));
});

it('tells whoever holds a presigned GetCallerIdentity whose it is, in JSON for those who want it', async () => {
  const config = await makeUser('ann', { ...allow, Action: 'none:*' });
  const { host } = new URL(cloud.endpoint);
  const url = (more: object = {}) => {
    const query = presignQuery(
      {
        method: 'GET',
        path: '/',
        query: 'Action=GetCallerIdentity&Version=2011-06-15',
        headers: { host, 'x-cluster': 'blue' },
      },
      {
        ...config.credentials,
        region: 'us-east-1',
        service: 'sts',
        now: Date.now(),
        expiresSeconds: 60,
        ...more,
      },
    );
    return `${cloud.endpoint}/?${query}`;
  };
  const headers = { 'x-cluster': 'blue' };
  const json = await fetch(url(), { headers: { ...headers, accept: 'application/json' } });
  expect([json.status, json.headers.get('content-type')]).toEqual([200, 'application/json']);
  expect(await json.json()).toMatchObject({
    GetCallerIdentityResponse: {
      GetCallerIdentityResult: {
        Account: '000000000000',
        Arn: 'arn:aws:iam::000000000000:user/ann',
        UserId: expect.stringMatching(/^AIDA/),
      },
      ResponseMetadata: { RequestId: expect.any(String) },
    },
  });
  const xml = await fetch(url(), { headers });
  expect(await xml.text()).toContain('<Arn>arn:aws:iam::000000000000:user/ann</Arn>');
  const refused = async (address: string, sent: Record<string, string>) => {
    const response = await fetch(address, { headers: sent });
    return [response.status, /<Code>(\w+)/.exec(await response.text())?.[1]];
  };
  expect(await refused(url(), {})).toEqual([403, 'SignatureDoesNotMatch']);
  expect(await refused(url(), { 'x-cluster': 'red' })).toEqual([403, 'SignatureDoesNotMatch']);
  expect(await refused(url({ secretAccessKey: 'x' }), headers)).toEqual([403, 'SignatureDoesNotMatch']);
  expect(await refused(url({ accessKeyId: 'AKIANOBODY' }), headers)).toEqual([403, 'InvalidClientTokenId']);
  expect(await refused(url({ now: Date.now() - 120_000 }), headers)).toEqual([403, 'SignatureDoesNotMatch']);
  const unsigned = `${cloud.endpoint}/?Action=GetCallerIdentity&Version=2011-06-15`;
  expect(await refused(unsigned, {})).toEqual([403, 'MissingAuthenticationToken']);
  const error = await fetch(unsigned, { headers: { accept: 'application/json' } });
  expect(await error.json()).toMatchObject({
    Error: { Code: 'MissingAuthenticationToken', Message: 'Request is missing Authentication Token' },
  });
});

it('writes the message of a denial as AWS does, in the form of each protocol', async () => {
  const { credentials } = await makeUser('nobody', { ...allow, Action: 'none:*' });
  const { host } = new URL(cloud.endpoint);
  const ask = async (service: string, method: string, path: string, headers: Record<string, string>) => {
    const body = method === 'POST' ? '{}' : '';
    const signed = signRequest(
      { method, path, headers: { host, ...headers }, body },
      { ...credentials, region: 'us-east-1', service, now: Date.now() },
    );
    const { host: _host, ...sent } = signed;
    const response = await fetch(`${cloud.endpoint}${path}`, {
      method,
      headers: sent,
      ...(body === '' ? {} : { body }),
    });
    return {
      status: response.status,
      type: response.headers.get('x-amzn-errortype'),
      body: await response.text(),
    };
  };
  const because = (action: string, on: string) =>
    `User: arn:aws:iam::000000000000:user/nobody is not authorized to perform: ${action} on resource: ${on} because no identity-based policy allows the ${action} action`;
  const tables = await ask('dynamodb', 'POST', '/', {
    'x-amz-target': 'DynamoDB_20120810.ListTables',
    'content-type': 'application/x-amz-json-1.0',
  });
  expect([tables.status, JSON.parse(tables.body)]).toEqual([
    400,
    {
      __type: 'com.amazon.coral.service#AccessDeniedException',
      Message: because('dynamodb:ListTables', 'arn:aws:dynamodb:us-east-1:000000000000:table/*'),
    },
  ]);
  const functions = await ask('lambda', 'GET', '/2015-03-31/functions', {});
  expect([functions.status, functions.type, JSON.parse(functions.body)]).toEqual([
    403,
    'AccessDeniedException',
    { Message: because('lambda:ListFunctions', '*') },
  ]);
  const s3 = new S3Client(cloud.clientConfig);
  await s3.send(new CreateBucketCommand({ Bucket: 'closed' }));
  const object = await ask('s3', 'GET', '/closed/logo', {});
  s3.destroy();
  expect(object.status).toBe(403);
  expect(object.body).toContain(
    `<Error><Code>AccessDenied</Code><Message>${because('s3:GetObject', '"arn:aws:s3:::closed/logo"')}</Message>`,
  );
});

it('tells unsigned requests what they lack', async () => {
  const unsigned = async (target: string) => {
    const response = await fetch(cloud.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' },
      body: '{"MaxResults":1}',
    });
    return [response.status, await response.json()];
  };
  expect(await unsigned('DynamoDB_20120810.ListTables')).toEqual([
    400,
    {
      __type: 'com.amazon.coral.service#MissingAuthenticationTokenException',
      message: 'Request is missing Authentication Token',
    },
  ]);
  expect(await unsigned('AWSCognitoIdentityProviderService.ListUserPools')).toEqual([
    400,
    { __type: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' },
  ]);
});

it('lets nobody use a key without a signature, not even one whose policy is for everyone', async () => {
  const kms = new KMSClient(cloud.clientConfig);
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({ Policy: document({ ...allow, Principal: '*', Action: 'kms:*' }) }),
  );
  const body = JSON.stringify({ KeyId: KeyMetadata?.KeyId, Plaintext: 'eA==' });
  const headers = { 'x-amz-target': 'TrentService.Encrypt', 'content-type': 'application/x-amz-json-1.1' };
  const unsigned = await fetch(cloud.endpoint, { method: 'POST', headers, body });
  expect([unsigned.status, await unsigned.json()]).toEqual([
    400,
    { __type: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' },
  ]);
  kms.destroy();
});
