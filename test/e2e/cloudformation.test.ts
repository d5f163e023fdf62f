/** Stacks of real resources, driven by the official SDK as it is. */
import {
  CloudFormationClient,
  type CloudFormationServiceException,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  ListStackResourcesCommand,
  paginateDescribeStackEvents,
  UpdateStackCommand,
  waitUntilChangeSetCreateComplete,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Server, startServer } from './support/server.ts';

let server: Server;
let cloudformation: CloudFormationClient;
let lambda: LambdaClient;
let dynamodb: DynamoDBClient;
let iam: IAMClient;

beforeAll(async () => {
  server = await startServer(['--port', '0', '--ephemeral', '--log-level', 'warn']);
  const config = {
    endpoint: server.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  cloudformation = new CloudFormationClient(config);
  lambda = new LambdaClient(config);
  dynamodb = new DynamoDBClient(config);
  iam = new IAMClient(config);
});
afterAll(async () => {
  await server?.kill('SIGKILL');
});

const template = (greeting: string, tableName?: string) =>
  JSON.stringify({
    Resources: {
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          ...(tableName === undefined ? {} : { TableName: tableName }),
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        },
      },
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
            ],
          },
        },
      },
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Timeout: '10',
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Environment: { Variables: { TABLE: { Ref: 'Table' } } },
          Code: { ZipFile: `exports.handler = async () => \`${greeting} \${process.env.TABLE}\`;` },
        },
      },
    },
    Outputs: { Function: { Value: { Ref: 'Function' } }, Table: { Value: { Ref: 'Table' } } },
  });

const wait = { client: undefined as never, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
const waiting = () => ({ ...wait, client: cloudformation });

async function outputsOf(StackName: string): Promise<Record<string, string>> {
  const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
  return Object.fromEntries(
    (Stacks?.[0]?.Outputs ?? []).map((output) => [output.OutputKey ?? '', output.OutputValue ?? '']),
  );
}

async function greetingOf(functionName: string): Promise<unknown> {
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: functionName }));
  return JSON.parse(Buffer.from(Payload ?? []).toString());
}

async function eventsOf(StackName: string) {
  const events = [];
  for await (const page of paginateDescribeStackEvents({ client: cloudformation }, { StackName })) {
    events.push(...(page.StackEvents ?? []));
  }
  return events.reverse();
}

describe('a stack', () => {
  it('lives: created, changed in place, replaced, deleted', async () => {
    const StackName = 'life';
    const { StackId } = await cloudformation.send(
      new CreateStackCommand({
        StackName,
        TemplateBody: template('hello'),
        Capabilities: ['CAPABILITY_IAM'],
      }),
    );
    await waitUntilStackCreateComplete(waiting(), { StackName });
    const first = await outputsOf(StackName);
    expect(first.Table).toMatch(/^life-Table-[A-Z0-9]{12}$/);
    expect(await greetingOf(first.Function ?? '')).toBe(`hello ${first.Table}`);

    await cloudformation.send(
      new UpdateStackCommand({
        StackName,
        TemplateBody: template('bye', 'named'),
        Capabilities: ['CAPABILITY_IAM'],
      }),
    );
    await waitUntilStackUpdateComplete(waiting(), { StackName });
    const second = await outputsOf(StackName);
    expect(second).toEqual({ Function: first.Function, Table: 'named' });
    expect(await greetingOf(second.Function ?? '')).toBe('bye named');
    const { TableNames } = await dynamodb.send(new ListTablesCommand({}));
    expect(TableNames).toContain('named');
    expect(TableNames).not.toContain(first.Table);

    const { StackResourceSummaries = [] } = await cloudformation.send(
      new ListStackResourcesCommand({ StackName }),
    );
    const role = StackResourceSummaries.find(({ LogicalResourceId }) => LogicalResourceId === 'Role');
    await cloudformation.send(new DeleteStackCommand({ StackName }));
    await waitUntilStackDeleteComplete(waiting(), { StackName: StackId ?? '' });
    await expect(dynamodb.send(new DescribeTableCommand({ TableName: 'named' }))).rejects.toThrow(
      /not found/i,
    );
    await expect(iam.send(new GetRoleCommand({ RoleName: role?.PhysicalResourceId }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
    await expect(cloudformation.send(new DescribeStacksCommand({ StackName }))).rejects.toMatchObject({
      name: 'ValidationError',
      message: `Stack with id ${StackName} does not exist`,
    } satisfies Partial<CloudFormationServiceException>);
  });

  it('that fails is rolled back, and its events say why, in order', async () => {
    const StackName = 'broken';
    const body = JSON.parse(template('x'));
    body.Resources.Function.Properties.Runtime = 'cobol85';
    await cloudformation.send(
      new CreateStackCommand({
        StackName,
        TemplateBody: JSON.stringify(body),
        Capabilities: ['CAPABILITY_IAM'],
      }),
    );
    await expect(waitUntilStackCreateComplete(waiting(), { StackName })).rejects.toThrow();
    const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
    expect(Stacks?.[0]?.StackStatus).toMatch(/^ROLLBACK_/);
    const events = await eventsOf(StackName);
    const failure = events.find(
      ({ LogicalResourceId, ResourceStatus }) =>
        LogicalResourceId === 'Function' && ResourceStatus === 'CREATE_FAILED',
    );
    expect(failure?.ResourceStatusReason).toContain('cobol85');
    expect(events.map(({ ResourceStatusReason }) => ResourceStatusReason)).toContain(
      'The following resource(s) failed to create: [Function]. Rollback requested by user.',
    );
    const { TableNames } = await dynamodb.send(new ListTablesCommand({}));
    expect(TableNames?.filter((name) => name.startsWith('broken-'))).toEqual([]);
  });

  it('is planned by a change set before it is made', async () => {
    const StackName = 'planned';
    const { Id } = await cloudformation.send(
      new CreateChangeSetCommand({
        StackName,
        ChangeSetName: 'first',
        ChangeSetType: 'CREATE',
        TemplateBody: template('hi'),
        Capabilities: ['CAPABILITY_IAM'],
      }),
    );
    await waitUntilChangeSetCreateComplete(waiting(), { ChangeSetName: Id ?? '' });
    const { Changes = [] } = await cloudformation.send(new DescribeChangeSetCommand({ ChangeSetName: Id }));
    expect(
      Changes.map(
        ({ ResourceChange }) => `${ResourceChange?.Action} ${ResourceChange?.LogicalResourceId}`,
      ).sort(),
    ).toEqual(['Add Function', 'Add Role', 'Add Table']);
    await cloudformation.send(new ExecuteChangeSetCommand({ ChangeSetName: Id }));
    await waitUntilStackCreateComplete(waiting(), { StackName });

    await cloudformation.send(
      new CreateChangeSetCommand({
        StackName,
        ChangeSetName: 'same',
        TemplateBody: template('hi'),
        Capabilities: ['CAPABILITY_IAM'],
      }),
    );
    const same = await cloudformation.send(
      new DescribeChangeSetCommand({ StackName, ChangeSetName: 'same' }),
    );
    expect(same).toMatchObject({ Status: 'FAILED', ExecutionStatus: 'UNAVAILABLE' });
    expect(same.StatusReason).toContain("The submitted information didn't contain changes.");
  });

  it('is not begun when a type or a property is unknown: all are named, with their lines', async () => {
    const TemplateBody = `Resources:
  Queue:
    Type: AWS::Nowhere::Thing
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      Colour: blue
`;
    const failing = cloudformation.send(new CreateStackCommand({ StackName: 'nothing', TemplateBody }));
    await expect(failing).rejects.toMatchObject({ name: 'ValidationError' });
    const message = await failing.catch((error: Error) => error.message);
    expect(message).toContain(
      'line 3: Resources.Queue.Type: resource type AWS::Nowhere::Thing is not supported',
    );
    expect(message).toContain('line 7: Resources.Table.Properties.Colour');
  });
});
