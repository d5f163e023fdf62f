/** Lambda's CloudFormation resource types: created, changed and deleted by a stack. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  GetAliasCommand,
  GetFunctionCommand,
  GetFunctionEventInvokeConfigCommand,
  GetFunctionRecursionConfigCommand,
  GetPolicyCommand,
  GetProvisionedConcurrencyConfigCommand,
  GetRuntimeManagementConfigCommand,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

let cloud: Cloud;
let lambda: LambdaClient;
let cloudFormation: CloudFormationClient;
const StackName = 'functions';
const FunctionName = 'stacked';

beforeAll(async () => {
  cloud = await startCloud();
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
  cloudFormation = new CloudFormationClient({ ...cloud.clientConfig, maxAttempts: 1 });
});
afterAll(() => cloud.close());

const template = (answer: string, settings: object) =>
  JSON.stringify({
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
            ],
          },
        },
      },
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName,
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Code: {
            ZipFile: `exports.handler = async () => ['${answer}', process.env.NUMBER ?? null]`,
          },
          Tags: [{ Key: 'team', Value: 'a' }],
          ...settings,
        },
      },
      Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Function' } } },
      Alias: {
        Type: 'AWS::Lambda::Alias',
        Properties: {
          Name: 'live',
          FunctionName: { Ref: 'Function' },
          FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] },
        },
      },
      Permission: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          FunctionName: { Ref: 'Function' },
          Action: 'lambda:InvokeFunctionUrl',
          Principal: '*',
          FunctionUrlAuthType: 'NONE',
        },
      },
      Events: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: { FunctionName: { Ref: 'Function' }, Qualifier: '$LATEST', MaximumRetryAttempts: 1 },
      },
      Url: {
        Type: 'AWS::Lambda::Url',
        Properties: { TargetFunctionArn: { 'Fn::GetAtt': ['Function', 'Arn'] }, AuthType: 'NONE' },
      },
    },
    Outputs: {
      Url: { Value: { 'Fn::GetAtt': ['Url', 'FunctionUrl'] } },
      Version: { Value: { 'Fn::GetAtt': ['Version', 'Version'] } },
      Arn: { Value: { 'Fn::GetAtt': ['Function', 'Arn'] } },
    },
  });

const invoke = async (Qualifier?: string) => {
  const answer = await lambda.send(new InvokeCommand({ FunctionName, ...(Qualifier ? { Qualifier } : {}) }));
  return JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8'));
};
const waiter = { maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.2 };

describe('a stack with functions', () => {
  it('is created', async () => {
    await cloudFormation.send(
      new CreateStackCommand({
        StackName,
        Capabilities: ['CAPABILITY_IAM'],
        TemplateBody: template('one', { Environment: { Variables: { NUMBER: 7 } }, Timeout: 5 }),
      }),
    );
    await waitUntilStackCreateComplete({ client: cloudFormation, ...waiter }, { StackName });
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    const outputs = Object.fromEntries(
      (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
    );
    expect(outputs).toEqual({
      Url: expect.stringMatching(/^http:\/\/[a-z0-9]+\.lambda-url\.us-east-1\.localhost:\d+\/$/),
      Version: '1',
      Arn: 'arn:aws:lambda:us-east-1:000000000000:function:stacked',
    });
    expect(await invoke()).toEqual(['one', '7']);
    expect(await invoke('live')).toEqual(['one', '7']);
    const { Configuration, Tags } = await lambda.send(new GetFunctionCommand({ FunctionName }));
    expect(Configuration?.Timeout).toBe(5);
    expect(Tags).toMatchObject({ team: 'a' });
    const events = new GetFunctionEventInvokeConfigCommand({ FunctionName, Qualifier: '$LATEST' });
    expect((await lambda.send(events)).MaximumRetryAttempts).toBe(1);
    expect((await lambda.send(new GetPolicyCommand({ FunctionName }))).Policy).toContain('InvokeFunctionUrl');
  });

  it('is changed in place; what the template no longer says goes back to its default', async () => {
    await cloudFormation.send(
      new UpdateStackCommand({
        StackName,
        Capabilities: ['CAPABILITY_IAM'],
        TemplateBody: template('two', { MemorySize: 256 }),
      }),
    );
    await waitUntilStackUpdateComplete({ client: cloudFormation, ...waiter }, { StackName });
    expect(await invoke()).toEqual(['two', null]);
    // A version is what it was when it was published.
    expect(await invoke('live')).toEqual(['one', '7']);
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }));
    expect(Configuration).toMatchObject({ MemorySize: 256, Timeout: 3 });
    const alias = await lambda.send(new GetAliasCommand({ FunctionName, Name: 'live' }));
    expect(alias.FunctionVersion).toBe('1');
  });

  it('is deleted', async () => {
    await cloudFormation.send(new DeleteStackCommand({ StackName }));
    await waitUntilStackDeleteComplete({ client: cloudFormation, ...waiter }, { StackName });
    await expect(invoke()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('a stack with provisioned concurrency', () => {
  const provisioned = (code: string) =>
    JSON.stringify({
      Resources: {
        Role: JSON.parse(template('', {})).Resources.Role,
        Function: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            FunctionName: 'ahead',
            Runtime: 'nodejs22.x',
            Handler: 'index.handler',
            Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
            Code: { ZipFile: code },
            RecursiveLoop: 'Allow',
            RuntimeManagementConfig: { UpdateRuntimeOn: 'FunctionUpdate' },
          },
        },
        Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Function' } } },
        Alias: {
          Type: 'AWS::Lambda::Alias',
          Properties: {
            Name: 'live',
            FunctionName: { Ref: 'Function' },
            FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] },
            ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 },
          },
        },
      },
    });
  const create = (name: string, code: string) =>
    cloudFormation.send(
      new CreateStackCommand({
        StackName: name,
        Capabilities: ['CAPABILITY_IAM'],
        TemplateBody: provisioned(code),
      }),
    );

  it('is complete when the environments are up', async () => {
    await create('ahead', 'exports.handler = async () => process.env.AWS_LAMBDA_INITIALIZATION_TYPE');
    await waitUntilStackCreateComplete({ client: cloudFormation, ...waiter }, { StackName: 'ahead' });
    const at = { FunctionName: 'ahead', Qualifier: 'live' };
    const config = await lambda.send(new GetProvisionedConcurrencyConfigCommand(at));
    expect(config).toMatchObject({ Status: 'READY', AllocatedProvisionedConcurrentExecutions: 1 });
    const { Payload } = await lambda.send(new InvokeCommand(at));
    expect(Buffer.from(Payload ?? []).toString()).toBe('"provisioned-concurrency"');
    const FunctionName = 'ahead';
    const recursion = await lambda.send(new GetFunctionRecursionConfigCommand({ FunctionName }));
    expect(recursion.RecursiveLoop).toBe('Allow');
    const runtime = await lambda.send(new GetRuntimeManagementConfigCommand({ FunctionName }));
    expect(runtime.UpdateRuntimeOn).toBe('FunctionUpdate');
    await cloudFormation.send(new DeleteStackCommand({ StackName: 'ahead' }));
    await waitUntilStackDeleteComplete({ client: cloudFormation, ...waiter }, { StackName: 'ahead' });
  });

  it('is rolled back when they don’t come up, and says why', async () => {
    await create('broken', 'throw new Error("no")');
    const rolledBack = { client: cloudFormation, ...waiter };
    await expect(waitUntilStackCreateComplete(rolledBack, { StackName: 'broken' })).rejects.toThrow();
    const { StackEvents = [] } = await cloudFormation.send(
      new DescribeStackEventsCommand({ StackName: 'broken' }),
    );
    const failure = StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED');
    expect(failure?.LogicalResourceId).toBe('Alias');
    expect(failure?.ResourceStatusReason).toContain('FUNCTION_ERROR_INIT_FAILURE');
  });
});

describe('inline code that answers for a custom resource', () => {
  const sources = [
    [
      'finds CloudFormation’s module beside it',
      'nodejs22.x',
      'node',
      `const response = require('cfn-response');
exports.handler = (event, context) =>
  response.send(event, context, response.SUCCESS, { Answer: 'from node' }, 'thing');`,
    ],
    [
      'finds CloudFormation’s module beside it',
      'python3.12',
      'python',
      `import cfnresponse
def handler(event, context):
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {'Answer': 'from python'}, 'thing')`,
    ],
    [
      // As the CDK's handlers and AWS's examples do: of the address they take the host and the path.
      'reaches the cloud when it sends to port 443 by HTTPS',
      'nodejs22.x',
      'https',
      `const https = require('https');
exports.handler = (event) => {
  const { hostname, pathname, search } = new URL(event.ResponseURL);
  const { StackId, RequestId, LogicalResourceId } = event;
  const body = JSON.stringify({
    ...{ Status: 'SUCCESS', PhysicalResourceId: 'thing', StackId, RequestId, LogicalResourceId },
    Data: { Answer: 'from https' },
  });
  const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    https
      .request({ hostname, port: 443, path: pathname + search, method: 'PUT', headers }, () => resolve())
      .on('error', reject)
      .end(body);
  });
};`,
    ],
  ] as const;

  it.each(sources)('%s (%s)', async (_what, Runtime, from, ZipFile) => {
    const name = `custom-${from}`;
    const Role = 'arn:aws:iam::000000000000:role/functions';
    const TemplateBody = JSON.stringify({
      Resources: {
        Provider: {
          Type: 'AWS::Lambda::Function',
          Properties: { Runtime, Handler: 'index.handler', Role, Code: { ZipFile } },
        },
        Thing: {
          Type: 'Custom::Thing',
          Properties: { ServiceToken: { 'Fn::GetAtt': ['Provider', 'Arn'] } },
        },
      },
      Outputs: { Answer: { Value: { 'Fn::GetAtt': ['Thing', 'Answer'] } } },
    });
    await cloudFormation.send(new CreateStackCommand({ StackName: name, TemplateBody }));
    await waitUntilStackCreateComplete({ client: cloudFormation, ...waiter }, { StackName: name });
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: name }));
    expect(Stacks?.[0]?.Outputs?.[0]?.OutputValue).toBe(`from ${from}`);
  });
});
