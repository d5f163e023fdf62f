/** Execution roles and resource policies of functions, where IAM is enforced. */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let lambda: LambdaClient;
let iam: IAMClient;
const roleArn = (name: string) => `arn:aws:iam::000000000000:role/${name}`;
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

const source = `
const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');
const client = new DynamoDBClient({ maxAttempts: 1 });
exports.handler = async () => {
  try {
    await client.send(new PutItemCommand({ TableName: 'orders', Item: { id: { S: '1' } } }));
    return 'written';
  } catch (error) {
    return error.name;
  }
};`;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
  iam = new IAMClient(cloud.clientConfig);
  for (const [name, service] of [
    ['writer', 'lambda.amazonaws.com'],
    ['idler', 'lambda.amazonaws.com'],
    ['stranger', 'ec2.amazonaws.com'],
  ] as const) {
    const trust = document({ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' });
    await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
  }
  const write = document({ Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: '*' });
  await iam.send(
    new PutRolePolicyCommand({ RoleName: 'writer', PolicyName: 'write', PolicyDocument: write }),
  );
  await new DynamoDBClient(cloud.clientConfig).send(
    new CreateTableCommand({
      TableName: 'orders',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  );
});
afterAll(() => cloud.close());

async function create(FunctionName: string, role: string) {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: roleArn(role),
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Timeout: 30,
      MemorySize: 512,
      Code: { ZipFile: await zipped({ 'index.js': source }) },
    }),
  );
}

const invoke = async (FunctionName: string, client = lambda) => {
  const { Payload } = await client.send(new InvokeCommand({ FunctionName }));
  return JSON.parse(Buffer.from(Payload ?? []).toString('utf8'));
};

describe('a function', () => {
  it('may do what its role may', async () => {
    await create('allowed', 'writer');
    expect(await invoke('allowed')).toBe('written');
  });

  it('may not do what its role may not', async () => {
    await create('denied', 'idler');
    expect(await invoke('denied')).toBe('AccessDeniedException');
  });

  it('doesn’t run as a role that doesn’t trust Lambda', async () => {
    const refused = {
      name: 'InvalidParameterValueException',
      message: 'The role defined for the function cannot be assumed by Lambda.',
    };
    await expect(create('untrusted', 'stranger')).rejects.toMatchObject(refused);
    await expect(create('missing', 'nobody')).rejects.toMatchObject(refused);
  });

  it('is invoked only by who may', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'caller' }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'caller' }));
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    };
    const caller = new LambdaClient({ ...cloud.clientConfig, credentials, maxAttempts: 1 });
    await expect(invoke('allowed', caller)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:allowed';
    const allow = document({ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: arn });
    await iam.send(
      new PutUserPolicyCommand({ UserName: 'caller', PolicyName: 'invoke', PolicyDocument: allow }),
    );
    expect(await invoke('allowed', caller)).toBe('written');
    await expect(invoke('denied', caller)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('who makes functions', () => {
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:allowed';
  let maker: LambdaClient;
  const may = (...statements: object[]) =>
    iam.send(
      new PutUserPolicyCommand({
        UserName: 'maker',
        PolicyName: 'makes',
        PolicyDocument: document(...statements),
      }),
    );
  const everything = { Effect: 'Allow', Action: 'lambda:*', Resource: '*' };
  const update = (Role: string) =>
    maker.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'allowed', Role: roleArn(Role) }));
  const denied = (action: string, resource: string) => ({
    name: 'AccessDeniedException',
    message: `User: arn:aws:iam::000000000000:user/maker is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
  });

  beforeAll(async () => {
    await iam.send(new CreateUserCommand({ UserName: 'maker' }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'maker' }));
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    };
    maker = new LambdaClient({ ...cloud.clientConfig, credentials, maxAttempts: 1 });
  });

  it('must be allowed to pass the role, to Lambda', async () => {
    await may(everything);
    await expect(update('idler')).rejects.toMatchObject(denied('iam:PassRole', roleArn('idler')));
    const passing = (service: string) => ({
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: roleArn('idler'),
      Condition: { StringEquals: { 'iam:PassedToService': service } },
    });
    await may(everything, passing('ec2.amazonaws.com'));
    await expect(update('idler')).rejects.toMatchObject(denied('iam:PassRole', roleArn('idler')));
    await may(everything, passing('lambda.amazonaws.com'));
    expect((await update('idler')).Role).toBe(roleArn('idler'));
    await expect(update('writer')).rejects.toMatchObject(denied('iam:PassRole', roleArn('writer')));
  });

  it('is held to conditions on whom functions are opened to, and on their URLs', async () => {
    const only = (Action: string, key: string, value: string) => ({
      Effect: 'Allow',
      Action,
      Resource: '*',
      Condition: { StringEquals: { [key]: value } },
    });
    await may(
      only('lambda:AddPermission', 'lambda:Principal', 's3.amazonaws.com'),
      only('lambda:CreateFunctionUrlConfig', 'lambda:FunctionUrlAuthType', 'AWS_IAM'),
    );
    const open = (Principal: string) =>
      maker.send(
        new AddPermissionCommand({
          FunctionName: 'allowed',
          StatementId: 'opened',
          Action: 'lambda:InvokeFunction',
          Principal,
        }),
      );
    await expect(open('*')).rejects.toMatchObject(denied('lambda:AddPermission', arn));
    await open('s3.amazonaws.com');
    const url = (AuthType: 'NONE' | 'AWS_IAM') =>
      maker.send(new CreateFunctionUrlConfigCommand({ FunctionName: 'allowed', AuthType }));
    await expect(url('NONE')).rejects.toMatchObject(denied('lambda:CreateFunctionUrlConfig', arn));
    expect((await url('AWS_IAM')).AuthType).toBe('AWS_IAM');
  });
});
