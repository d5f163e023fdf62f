/** What SAM says of a function, deployed: every property and the events whose sources are here. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  GetAliasCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionEventInvokeConfigCommand,
  GetFunctionUrlConfigCommand,
  GetRuntimeManagementConfigCommand,
  InvokeCommand,
  LambdaClient,
  ListVersionsByFunctionCommand,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let lambda: LambdaClient;
let cloudFormation: CloudFormationClient;
let dynamoDb: DynamoDBClient;
const StackName = 'sam';

beforeAll(async () => {
  cloud = await startCloud();
  const config = { ...cloud.clientConfig, maxAttempts: 1 };
  lambda = new LambdaClient(config);
  cloudFormation = new CloudFormationClient(config);
  dynamoDb = new DynamoDBClient(config);
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'layers' }));
  const Body = await zipped({ 'nodejs/node_modules/shared/index.js': "module.exports = 'from the layer'" });
  await s3.send(new PutObjectCommand({ Bucket: 'layers', Key: 'shared.zip', Body }));
});
afterAll(() => cloud.close());

const template = (word: string) => `
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: nodejs22.x
    Handler: index.handler
    Timeout: 10
    LoggingConfig: { LogFormat: JSON, ApplicationLogLevel: DEBUG, LogGroup: /sam/functions }
Resources:
  Shared:
    Type: AWS::Serverless::LayerVersion
    Properties:
      ContentUri: s3://layers/shared.zip
      CompatibleRuntimes: [nodejs22.x]
      RetentionPolicy: Delete
  Worker:
    Type: AWS::Serverless::Function
    Metadata:
      BuildMethod: esbuild
      BuildProperties: { EntryPoints: [worker.ts] }
    Properties:
      FunctionName: worker
      Description: Does everything
      InlineCode: |
        const shared = require('shared');
        const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');
        const table = new DynamoDBClient({});
        exports.handler = async (event) => {
          for (const record of event.Records ?? []) {
            if (record.dynamodb.Keys.id.S.startsWith('seen-')) continue;
            const id = 'seen-' + record.dynamodb.Keys.id.S;
            await table.send(new PutItemCommand({ TableName: process.env.TABLE, Item: { id: { S: id } } }));
          }
          const body = JSON.stringify(['${word}', shared, event.rawPath ?? event.path ?? null]);
          return { statusCode: 200, body };
        };
      MemorySize: 256
      Architectures: [x86_64]
      EphemeralStorage: { Size: 1024 }
      Environment: { Variables: { TABLE: !Ref Table } }
      Layers: [!Ref Shared]
      Tracing: PassThrough
      KmsKeyArn: arn:aws:kms:us-east-1:000000000000:key/of-the-worker
      VpcConfig: { SubnetIds: [subnet-1], SecurityGroupIds: [sg-1] }
      ReservedConcurrentExecutions: 5
      RuntimeManagementConfig: { UpdateRuntimeOn: FunctionUpdate }
      RecursiveLoop: Allow
      Tags: { team: a }
      PropagateTags: true
      AutoPublishAlias: live
      VersionDescription: version of ${word}
      DeploymentPreference:
        Type: Canary10Percent5Minutes
        Hooks: { PreTraffic: !Ref Audit }
      FunctionUrlConfig: { AuthType: NONE, InvokeMode: BUFFERED, Cors: { AllowOrigins: ['*'] } }
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        MaximumEventAgeInSeconds: 120
        DestinationConfig:
          OnSuccess: { Type: Lambda, Destination: !GetAtt Audit.Arn }
      Policies:
        - DynamoDBCrudPolicy: { TableName: !Ref Table }
      Events:
        Rest: { Type: Api, Properties: { Path: /rest, Method: get } }
        Http: { Type: HttpApi, Properties: { Path: /http, Method: get } }
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Table.StreamArn
            StartingPosition: TRIM_HORIZON
            BatchSize: 10
            FilterCriteria: { Filters: [{ Pattern: '{"eventName": ["INSERT"]}' }] }
            FunctionResponseTypes: [ReportBatchItemFailures]
  Audit:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: exports.handler = async () => 'audited'
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      StreamSpecification: { StreamViewType: NEW_AND_OLD_IMAGES }
Outputs:
  Rest: { Value: !Sub 'https://\${ServerlessRestApi}' }
  Url: { Value: !GetAtt WorkerUrl.FunctionUrl }
  Version: { Value: !Ref Worker.Version }
  Alias: { Value: !Ref Worker.Alias }
  Table: { Value: !Ref Table }
  SnapStart: { Value: !GetAtt Worker.SnapStartResponse.ApplyOn }
`;

/** The stack's outputs when its operation is over. @throws what its events say, when it failed. */
async function settled(expected: string): Promise<Record<string, string>> {
  return vi.waitFor(
    async () => {
      const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
      const { StackStatus = '', Outputs = [] } = Stacks?.[0] ?? {};
      if (/FAILED|ROLLBACK/.test(StackStatus)) {
        const { StackEvents } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
        const reasons = StackEvents?.map((one) => `${one.LogicalResourceId} ${one.ResourceStatusReason}`);
        expect.fail(`${StackStatus}: ${reasons?.join('\n')}`);
      }
      expect(StackStatus).toBe(expected);
      return Object.fromEntries(
        Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
      );
    },
    { timeout: 60_000, interval: 100 },
  );
}
const deploying = (word: string) => ({
  StackName,
  TemplateBody: template(word),
  Capabilities: ['CAPABILITY_IAM' as const, 'CAPABILITY_AUTO_EXPAND' as const],
});
const invoke = async (Qualifier?: string) => {
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'worker', Qualifier }));
  return JSON.parse(JSON.parse(Buffer.from(Payload ?? []).toString('utf8')).body);
};

describe('AWS::Serverless::Function', () => {
  let outputs: Record<string, string>;

  it('is deployed with all that it says', async () => {
    await cloudFormation.send(new CreateStackCommand(deploying('one')));
    outputs = await settled('CREATE_COMPLETE');
    expect(outputs.SnapStart).toBe('None');
    const { Configuration, Tags } = await lambda.send(new GetFunctionCommand({ FunctionName: 'worker' }));
    expect(Configuration).toMatchObject({
      Description: 'Does everything',
      MemorySize: 256,
      Timeout: 10,
      EphemeralStorage: { Size: 1024 },
      LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'DEBUG', LogGroup: '/sam/functions' },
      KMSKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/of-the-worker',
      VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] },
    });
    expect(Configuration?.Layers).toHaveLength(1);
    expect(Tags).toMatchObject({ team: 'a' });
    const worker = { FunctionName: 'worker' };
    expect(await lambda.send(new GetFunctionConcurrencyCommand(worker))).toMatchObject({
      ReservedConcurrentExecutions: 5,
    });
    expect(await lambda.send(new GetRuntimeManagementConfigCommand(worker))).toMatchObject({
      UpdateRuntimeOn: 'FunctionUpdate',
    });
    const live = { ...worker, Qualifier: 'live' };
    expect(await lambda.send(new GetFunctionEventInvokeConfigCommand(live))).toMatchObject({
      MaximumRetryAttempts: 1,
      MaximumEventAgeInSeconds: 120,
      DestinationConfig: { OnSuccess: { Destination: expect.stringContaining(':function:sam-Audit-') } },
    });
    expect((await lambda.send(new GetFunctionUrlConfigCommand(live))).AuthType).toBe('NONE');
    const { StackResources } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName }));
    const types = StackResources?.map(({ ResourceType }) => ResourceType);
    expect(types).toContain('AWS::CodeDeploy::Application');
    expect(types).toContain('AWS::CodeDeploy::DeploymentGroup');
  });

  it('answers its APIs, its URL and its callers, and follows its table', async () => {
    expect(await invoke('live')).toEqual(['one', 'from the layer', null]);
    const id = new URL(outputs.Url ?? '').hostname.split('.')[0];
    const response = await fetch(`${cloud.endpoint}/_aws/lambda-url/${id}/hello`);
    expect(await response.json()).toEqual(['one', 'from the layer', '/hello']);
    const api = outputs.Rest?.replace('https://', '');
    const rest = await fetch(`${cloud.endpoint}/_aws/execute-api/${api}/Prod/rest`);
    expect(await rest.json()).toEqual(['one', 'from the layer', '/rest']);
    const put = (id: string) =>
      dynamoDb.send(new PutItemCommand({ TableName: outputs.Table, Item: { id: { S: id } } }));
    await put('order');
    await vi.waitFor(
      async () => {
        const Key = { id: { S: 'seen-order' } };
        const { Item } = await dynamoDb.send(new GetItemCommand({ TableName: outputs.Table, Key }));
        expect(Item).toBeDefined();
      },
      { timeout: 60_000, interval: 100 },
    );
  });

  it('publishes a version for new code, and its alias follows', async () => {
    const before = await lambda.send(new GetAliasCommand({ FunctionName: 'worker', Name: 'live' }));
    expect(before.FunctionVersion).toBe('1');
    await cloudFormation.send(new UpdateStackCommand(deploying('two')));
    const after = await settled('UPDATE_COMPLETE');
    expect(await invoke('live')).toEqual(['two', 'from the layer', null]);
    expect(after.Version).toMatch(/:function:worker:2$/);
    const { Versions } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: 'worker' }));
    // A version that SAM made stays when the next one comes.
    expect(Versions?.map(({ Version, Description }) => [Version, Description])).toEqual([
      ['$LATEST', 'Does everything'],
      ['1', 'version of one'],
      ['2', 'version of two'],
    ]);
  });

  it('goes with its stack', async () => {
    await cloudFormation.send(new DeleteStackCommand({ StackName }));
    const waiter = { client: cloudFormation, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.3 };
    await waitUntilStackDeleteComplete(waiter, { StackName });
    await expect(lambda.send(new GetFunctionCommand({ FunctionName: 'worker' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});
