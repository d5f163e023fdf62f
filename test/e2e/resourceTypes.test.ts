/** Every CloudFormation resource type of every service: made, changed, changed back by a rollback, deleted. */
import { readFileSync } from 'node:fs';
import { APIGatewayClient, GetRestApisCommand } from '@aws-sdk/client-api-gateway';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  type Parameter,
  paginateDescribeStackEvents,
  type StackEvent,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  CognitoIdentityProviderClient,
  ListUserPoolsCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { IAMClient, ListRolesCommand, ListUsersCommand } from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand, ListLayersCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { services } from '../../src/services/index.ts';
import { type Server, startServer } from './support/server.ts';

const template = readFileSync(new URL('fixtures/everything.yaml', import.meta.url), 'utf8');

let server: Server;
let config: {
  endpoint: string;
  region: string;
  forcePathStyle: true;
  credentials: { accessKeyId: string; secretAccessKey: string };
};
let cloudformation: CloudFormationClient;
beforeAll(async () => {
  server = await startServer(['--port', '0', '--ephemeral', '--log-level', 'warn']);
  config = {
    endpoint: server.endpoint,
    region: 'eu-west-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  cloudformation = new CloudFormationClient(config);
  const s3 = new S3Client(config);
  await s3.send(new CreateBucketCommand({ Bucket: 'everything-code' }));
  await s3.send(new PutObjectCommand({ Bucket: 'everything-code', Key: 'layer.zip', Body: await layer() }));
});
afterAll(async () => {
  await server?.kill('SIGKILL');
});

it('the template has one of every type', async () => {
  const declared: string[] = [];
  for (const service of services) {
    const { resources } = await service.load();
    declared.push(...(resources ?? []).map(({ name }) => name));
  }
  const used = new Set(
    [...template.matchAll(/Type: (AWS::[A-Za-z0-9]+::[A-Za-z0-9]+)/g)].map((match) => match[1]),
  );
  expect(declared.filter((name) => !used.has(name))).toEqual([]);
});

it('all of them are made, changed, rolled back and deleted, and nothing stays', async () => {
  const StackName = 'everything';
  const Capabilities = ['CAPABILITY_NAMED_IAM' as const];
  const before = await everything();
  const { StackId } = await cloudformation.send(
    new CreateStackCommand({ StackName, TemplateBody: template, Capabilities }),
  );
  expect(await outcome(StackName)).toEqual(['CREATE_COMPLETE', []]);

  const Tags = [{ Key: 'team', Value: 'blue' }];
  await cloudformation.send(
    new UpdateStackCommand({ StackName, UsePreviousTemplate: true, Capabilities, Tags }),
  );
  expect(await outcome(StackName)).toEqual(['UPDATE_COMPLETE', []]);

  const change = { StackName, TemplateBody: template, Capabilities, Parameters: values('two', '5') };
  await cloudformation.send(new UpdateStackCommand(change));
  expect(await outcome(StackName)).toEqual(['UPDATE_COMPLETE', []]);

  const bad = `  Bad:
    Type: AWS::Logs::LogStream
    DependsOn: [Stage, Alias, KmsName, ESM, BPol, Tbl, Route, PlanKey, Perm, Managed]
    Properties: {LogGroupName: nowhere}
Outputs:`;
  const failing = {
    ...change,
    TemplateBody: template.replace('Outputs:', bad),
    Parameters: values('three', '7'),
  };
  await cloudformation.send(new UpdateStackCommand(failing));
  const [status, failures] = await outcome(StackName);
  // What is under way by chance when that fails is cancelled.
  const own = failures.filter((failure) => !/ Resource (creation|update) cancelled$/.test(failure));
  expect([status, own.map((failure) => failure.split(' ')[0])]).toEqual([
    'UPDATE_ROLLBACK_COMPLETE',
    ['Bad'],
  ]);

  await cloudformation.send(new DeleteStackCommand({ StackName }));
  expect((await outcome(StackId ?? ''))[0]).toBe('DELETE_COMPLETE');
  expect(await everything()).toEqual(before);
});

function values(v: string, n: string): Parameter[] {
  return [
    { ParameterKey: 'V', ParameterValue: v },
    { ParameterKey: 'N', ParameterValue: n },
  ];
}

/** The status a stack comes to, and why resources failed on the way. */
async function outcome(StackName: string): Promise<[string | undefined, string[]]> {
  for (;;) {
    const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
    const status = Stacks?.[0]?.StackStatus;
    if (status?.endsWith('_IN_PROGRESS')) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      continue;
    }
    const events: StackEvent[] = [];
    for await (const page of paginateDescribeStackEvents({ client: cloudformation }, { StackName })) {
      events.push(...(page.StackEvents ?? []));
    }
    const failures = events.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED'));
    return [status, failures.map((event) => `${event.LogicalResourceId} ${event.ResourceStatusReason}`)];
  }
}

/** Names of what the services hold. */
async function everything(): Promise<Record<string, (string | undefined)[]>> {
  const { TableNames = [] } = await new DynamoDBClient(config).send(new ListTablesCommand({}));
  const lambda = new LambdaClient(config);
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  const { Layers = [] } = await lambda.send(new ListLayersCommand({}));
  const iam = new IAMClient(config);
  const { Roles = [] } = await iam.send(new ListRolesCommand({}));
  const { Users = [] } = await iam.send(new ListUsersCommand({}));
  const { items = [] } = await new APIGatewayClient(config).send(new GetRestApisCommand({}));
  const { Buckets = [] } = await new S3Client(config).send(new ListBucketsCommand({}));
  const cognito = new CognitoIdentityProviderClient(config);
  const { UserPools = [] } = await cognito.send(new ListUserPoolsCommand({ MaxResults: 60 }));
  return {
    tables: TableNames,
    functions: Functions.map(({ FunctionName }) => FunctionName),
    layers: Layers.map(({ LayerName }) => LayerName),
    roles: Roles.map(({ RoleName }) => RoleName),
    users: Users.map(({ UserName }) => UserName),
    apis: items.map(({ name }) => name),
    buckets: Buckets.map(({ Name }) => Name),
    pools: UserPools.map(({ Name }) => Name),
  };
}

async function layer(): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from('1'), 'nodejs/x.js');
  zip.end();
  const chunks: Uint8Array[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}
