/** Where IAM is enforced: services that invoke functions, and durable functions that SAM gives their permissions. */

import { ApiGatewayV2Client, CreateApiCommand } from '@aws-sdk/client-apigatewayv2';
import {
  CloudFormationClient,
  CreateStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let lambda: LambdaClient;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
});
afterAll(() => cloud.close());

it('API Gateway invokes a function whose policy names it and its API', async () => {
  const trust = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  };
  const { Role } = await new IAMClient(cloud.clientConfig).send(
    new CreateRoleCommand({ RoleName: 'functions', AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  const { FunctionArn } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'behind',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: Role?.Arn,
      Code: { ZipFile: await zipped({ 'index.js': 'exports.handler = async () => ({ fine: true })' }) },
    }),
  );
  const { ApiId } = await new ApiGatewayV2Client(cloud.clientConfig).send(
    new CreateApiCommand({ Name: 'api', ProtocolType: 'HTTP', Target: FunctionArn }),
  );
  const get = async () => (await fetch(`${cloud.endpoint}/_aws/execute-api/${ApiId}/$default/`)).status;
  expect(await get()).toBe(500);
  const allow = (Principal: string, api: string) =>
    lambda.send(
      new AddPermissionCommand({
        FunctionName: 'behind',
        StatementId: 'api',
        Action: 'lambda:InvokeFunction',
        Principal,
        SourceArn: `arn:aws:execute-api:us-east-1:000000000000:${api}/*`,
      }),
    );
  const withdraw = () =>
    lambda.send(new RemovePermissionCommand({ FunctionName: 'behind', StatementId: 'api' }));
  await allow('apigateway.amazonaws.com', 'another');
  expect(await get()).toBe(500);
  await withdraw();
  await allow('s3.amazonaws.com', ApiId ?? '');
  expect(await get()).toBe(500);
  await withdraw();
  await allow('apigateway.amazonaws.com', ApiId ?? '');
  expect(await get()).toBe(200);
});

const source = `
const { LambdaClient, CheckpointDurableExecutionCommand } = require('@aws-sdk/client-lambda');
const client = new LambdaClient({});
exports.handler = async ({ DurableExecutionArn, CheckpointToken }) => {
  const Updates = [{ Id: 'one', Type: 'STEP', Action: 'SUCCEED', Payload: '1' }];
  await client.send(new CheckpointDurableExecutionCommand({ DurableExecutionArn, CheckpointToken, Updates }));
  return { Status: 'SUCCEEDED', Result: '"checkpointed"' };
};`;

it('SAM gives a durable function what it needs to checkpoint', async () => {
  const cloudFormation = new CloudFormationClient({ ...cloud.clientConfig, maxAttempts: 1 });
  const TemplateBody = JSON.stringify({
    Transform: 'AWS::Serverless-2016-10-31',
    Resources: {
      Durable: {
        Type: 'AWS::Serverless::Function',
        Properties: {
          FunctionName: 'durable',
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Timeout: 20,
          MemorySize: 512,
          InlineCode: source,
          AutoPublishAlias: 'live',
          DurableConfig: { ExecutionTimeout: 60, RetentionPeriodInDays: 2 },
        },
      },
    },
  });
  await cloudFormation.send(
    new CreateStackCommand({
      StackName: 'durable',
      TemplateBody,
      Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND'],
    }),
  );
  const waiter = { client: cloudFormation, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.3 };
  await waitUntilStackCreateComplete(waiter, { StackName: 'durable' });
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'durable', Qualifier: 'live' }));
  expect(JSON.parse(Buffer.from(Payload ?? []).toString('utf8'))).toBe('checkpointed');
});
