/** A cloud that is killed while it deploys goes on deploying when it is started again, and makes nothing twice. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { expect, it } from 'vitest';
import { type Server, startServer, temporaryFolder } from '../e2e/support/server.ts';

const rounds = 10;
/** A deployment of the template below takes about this long once its services are loaded. */
const deploymentMs = 60;

const role = {
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
      ],
    },
  },
};
const table = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  },
};
const lambdaFunction = (n: number) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role: { 'Fn::GetAtt': [`Role${n}`, 'Arn'] },
    Environment: { Variables: { TABLE: { Ref: 'Table1' } } },
    Code: { ZipFile: 'exports.handler = async () => 1;' },
  },
});
const template = {
  Resources: {
    Table1: table,
    Table2: { ...table, DependsOn: 'Function1' },
    Role1: role,
    Role2: role,
    Function1: lambdaFunction(1),
    Function2: lambdaFunction(2),
  },
};

it(`survives SIGKILL in ${rounds} deployments`, async () => {
  const folder = temporaryFolder();
  let server: Server | undefined;
  try {
    server = await startServer(['--port', '0', '--data', folder.path]);
    // The first one loads the services, so that the kills of the others fall into the work itself.
    await create(server, 'warm');
    await untilStable(server, 'warm');
    for (let round = 0; round < rounds; round++) {
      const name = `round${round}`;
      await create(server, name);
      await new Promise((resolve) => setTimeout(resolve, (round / rounds) * deploymentMs));
      await server.kill('SIGKILL');
      server = await startServer(['--port', '0', '--data', folder.path]);
      expect(await untilStable(server, name), name).toBe('CREATE_COMPLETE');
      expect(await madeFor(server, name), name).toEqual({ tables: 2, roles: 2, functions: 2 });
    }
  } finally {
    await server?.kill('SIGKILL');
    folder.remove();
  }
});

function clientsOf(server: Server) {
  const config = {
    endpoint: server.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  return {
    cloudformation: new CloudFormationClient(config),
    dynamodb: new DynamoDBClient(config),
    iam: new IAMClient(config),
    lambda: new LambdaClient(config),
  };
}

async function create(server: Server, StackName: string): Promise<void> {
  const command = new CreateStackCommand({
    StackName,
    TemplateBody: JSON.stringify(template),
    Capabilities: ['CAPABILITY_IAM'],
  });
  await clientsOf(server).cloudformation.send(command);
}

async function untilStable(server: Server, StackName: string): Promise<string> {
  const { cloudformation } = clientsOf(server);
  const status = async () => {
    const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
    return Stacks?.[0]?.StackStatus ?? '';
  };
  await expect.poll(status).not.toMatch(/_IN_PROGRESS$/);
  return status();
}

async function madeFor(server: Server, stackName: string) {
  const { dynamodb, iam, lambda } = clientsOf(server);
  const mine = (names: readonly (string | undefined)[]) =>
    names.filter((name) => name?.startsWith(`${stackName}-`)).length;
  const { TableNames = [] } = await dynamodb.send(new ListTablesCommand({}));
  const { Roles = [] } = await iam.send(new ListRolesCommand({ MaxItems: 1000 }));
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  return {
    tables: mine(TableNames),
    roles: mine(Roles.map(({ RoleName }) => RoleName)),
    functions: mine(Functions.map(({ FunctionName }) => FunctionName)),
  };
}
