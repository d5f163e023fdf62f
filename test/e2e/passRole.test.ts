/**
 * Privilege escalation: somebody who may use every service, but not pass roles, tries to act as a stronger role through
 * each service that takes one. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
 */
import {
  APIGatewayClient,
  CreateAuthorizerCommand,
  CreateDeploymentCommand,
  CreateRestApiCommand,
  GetResourcesCommand,
  ImportRestApiCommand,
  PutIntegrationCommand,
  PutMethodCommand,
  PutRestApiCommand,
  UpdateAccountCommand,
  UpdateAuthorizerCommand,
  UpdateIntegrationCommand,
} from '@aws-sdk/client-api-gateway';
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateAuthorizerCommand as CreateAuthorizerV2Command,
  CreateIntegrationCommand,
  ImportApiCommand,
} from '@aws-sdk/client-apigatewayv2';
import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  CognitoIdentityProviderClient,
  CreateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  AddRoleToInstanceProfileCommand,
  CreateAccessKeyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateFunctionCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

const account = '000000000000';
const strong = `arn:aws:iam::${account}:role/strong`;
const weak = `arn:aws:iam::${account}:role/weak`;
const mallory = `arn:aws:iam::${account}:user/mallory`;
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const template = (role: string, more: object = {}) =>
  JSON.stringify({
    Resources: {
      Worker: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Role: role,
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Code: { ZipFile: 'exports.handler = async () => 1' },
          ...more,
        },
      },
    },
  });
const openApi = (extensions: object) =>
  JSON.stringify({
    openapi: '3.0.1',
    info: { title: 'a', version: '1' },
    paths: { '/a': { get: { responses: { 200: { description: 'ok' } }, ...extensions } } },
  });
const integration = {
  type: 'aws',
  httpMethod: 'POST',
  uri: 'arn:aws:apigateway:us-east-1:dynamodb:action/Scan',
};
const lambdaUri = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:${account}:function:own/invocations`;

let cloud: Cloud;
let root: Cloud['clientConfig'];
let her: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
const may = (...statements: object[]) =>
  new IAMClient(root).send(
    new PutUserPolicyCommand({
      UserName: 'mallory',
      PolicyName: 'power',
      PolicyDocument: document(
        ...[
          'lambda',
          'cloudformation',
          'apigateway',
          'application-autoscaling',
          'cognito-idp',
          'dynamodb',
          's3',
        ].map((service) => ({ Effect: 'Allow', Action: `${service}:*`, Resource: '*' })),
        { Effect: 'Allow', Action: ['iam:*InstanceProfile', 'iam:GetRole'], Resource: '*' },
        ...statements,
      ),
    }),
  );
const passing = (role: string, service: string) => ({
  Effect: 'Allow',
  Action: 'iam:PassRole',
  Resource: role,
  Condition: { StringEquals: { 'iam:PassedToService': service } },
});
const refused = {
  message: `User: ${mallory} is not authorized to perform: iam:PassRole on resource: ${strong} because no identity-based policy allows the iam:PassRole action`,
};

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  root = cloud.clientConfig;
  const iam = new IAMClient(root);
  const services = ['lambda', 'cloudformation', 'apigateway', 'ec2', 'cognito-idp'];
  for (const RoleName of ['strong', 'weak']) {
    await iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: document({
          Effect: 'Allow',
          Principal: { Service: services.map((service) => `${service}.amazonaws.com`) },
          Action: 'sts:AssumeRole',
        }),
      }),
    );
  }
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'strong',
      PolicyName: 'all',
      PolicyDocument: document({ Effect: 'Allow', Action: '*', Resource: '*' }),
    }),
  );
  await iam.send(new CreateUserCommand({ UserName: 'mallory' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'mallory' }));
  her = {
    endpoint: cloud.endpoint,
    region: cloud.region,
    credentials: {
      accessKeyId: AccessKey?.AccessKeyId as string,
      secretAccessKey: AccessKey?.SecretAccessKey as string,
    },
  };
  await may(passing(weak, 'lambda.amazonaws.com'));
});
afterAll(() => cloud.close());

describe('through Lambda', () => {
  const create = async (FunctionName: string, Role: string) =>
    new LambdaClient(her).send(
      new CreateFunctionCommand({
        FunctionName,
        Role,
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Code: { ZipFile: await zipped({ 'index.js': 'exports.handler = async () => 1' }) },
      }),
    );

  it('a new function, and one that she has', async () => {
    await expect(create('escape', strong)).rejects.toMatchObject(refused);
    await create('own', weak);
    await expect(
      new LambdaClient(her).send(
        new UpdateFunctionConfigurationCommand({ FunctionName: 'own', Role: strong }),
      ),
    ).rejects.toMatchObject(refused);
  });
});

describe('through API Gateway', () => {
  let rest: APIGatewayClient;
  let http: ApiGatewayV2Client;
  let place: { restApiId: string; resourceId: string; httpMethod: string };
  let httpApi: string;
  beforeAll(async () => {
    rest = new APIGatewayClient(her);
    http = new ApiGatewayV2Client(her);
    const { id: restApiId = '' } = await rest.send(new CreateRestApiCommand({ name: 'a' }));
    const { items } = await rest.send(new GetResourcesCommand({ restApiId }));
    place = { restApiId, resourceId: items?.[0]?.id as string, httpMethod: 'GET' };
    await rest.send(new PutMethodCommand({ ...place, authorizationType: 'NONE' }));
    const { ApiId = '' } = await http.send(new CreateApiCommand({ Name: 'h', ProtocolType: 'HTTP' }));
    httpApi = ApiId;
  });

  it('an integration', async () => {
    const put = { ...place, type: 'AWS', integrationHttpMethod: 'POST', uri: integration.uri } as const;
    await expect(rest.send(new PutIntegrationCommand({ ...put, credentials: strong }))).rejects.toMatchObject(
      refused,
    );
    await rest.send(
      new PutIntegrationCommand({
        ...place,
        type: 'HTTP',
        integrationHttpMethod: 'GET',
        uri: 'http://a.example',
      }),
    );
    await expect(
      rest.send(
        new UpdateIntegrationCommand({
          ...place,
          patchOperations: [{ op: 'replace', path: '/credentials', value: strong }],
        }),
      ),
    ).rejects.toMatchObject(refused);
  });

  it('her own credentials, which are nobody’s role', async () => {
    await rest.send(
      new PutIntegrationCommand({
        ...place,
        type: 'AWS',
        integrationHttpMethod: 'POST',
        uri: integration.uri,
        credentials: 'arn:aws:iam::*:user/*',
      }),
    );
  });

  it('an authorizer', async () => {
    const made = {
      restApiId: place.restApiId,
      name: 'a',
      type: 'TOKEN' as const,
      authorizerUri: lambdaUri,
      identitySource: 'method.request.header.A',
    };
    await expect(
      rest.send(new CreateAuthorizerCommand({ ...made, authorizerCredentials: strong })),
    ).rejects.toMatchObject(refused);
    const { id } = await rest.send(new CreateAuthorizerCommand(made));
    await expect(
      rest.send(
        new UpdateAuthorizerCommand({
          restApiId: place.restApiId,
          authorizerId: id,
          patchOperations: [{ op: 'replace', path: '/authorizerCredentials', value: strong }],
        }),
      ),
    ).rejects.toMatchObject(refused);
  });

  it('the account’s log role', async () => {
    await expect(
      rest.send(
        new UpdateAccountCommand({
          patchOperations: [{ op: 'replace', path: '/cloudwatchRoleArn', value: strong }],
        }),
      ),
    ).rejects.toMatchObject(refused);
  });

  it.each<[string, string]>([
    [
      'an integration',
      openApi({ 'x-amazon-apigateway-integration': { ...integration, credentials: strong } }),
    ],
    [
      'an integration, in YAML with an alias',
      `openapi: 3.0.1\ninfo: {title: a, version: '1'}\nx-role: &role ${strong}\npaths:\n  /a:\n    get:\n      responses: {'200': {description: ok}}\n      x-amazon-apigateway-integration:\n        type: aws\n        httpMethod: POST\n        uri: ${integration.uri}\n        credentials: *role\n`,
    ],
    [
      'an integration, escaped',
      openApi({ 'x-amazon-apigateway-integration': { ...integration, credentials: strong } }).replace(
        'role/strong',
        '\\u0072ole/strong',
      ),
    ],
    [
      'an authorizer',
      JSON.stringify({
        ...(JSON.parse(openApi({})) as object),
        components: {
          securitySchemes: {
            s: {
              type: 'apiKey',
              name: 'A',
              in: 'header',
              'x-amazon-apigateway-authorizer': {
                type: 'token',
                authorizerUri: lambdaUri,
                authorizerCredentials: strong,
              },
            },
          },
        },
      }),
    ],
  ])('an OpenAPI document with %s', async (_what, text) => {
    const body = Buffer.from(text);
    await expect(rest.send(new ImportRestApiCommand({ body }))).rejects.toMatchObject(refused);
    await expect(
      rest.send(new PutRestApiCommand({ restApiId: place.restApiId, mode: 'merge', body })),
    ).rejects.toMatchObject(refused);
    await expect(http.send(new ImportApiCommand({ Body: text }))).rejects.toMatchObject(refused);
  });

  it('HTTP APIs', async () => {
    const target = {
      IntegrationType: 'AWS_PROXY' as const,
      IntegrationSubtype: 'EventBridge-PutEvents',
      PayloadFormatVersion: '1.0',
      RequestParameters: { Detail: '$request.body', DetailType: 'a', Source: 'b' },
    };
    await expect(
      http.send(new CreateIntegrationCommand({ ApiId: httpApi, ...target, CredentialsArn: strong })),
    ).rejects.toMatchObject(refused);
    await expect(
      http.send(
        new CreateAuthorizerV2Command({
          ApiId: httpApi,
          Name: 'a',
          AuthorizerType: 'REQUEST',
          AuthorizerUri: lambdaUri,
          AuthorizerPayloadFormatVersion: '2.0',
          IdentitySource: ['$request.header.A'],
          AuthorizerCredentialsArn: strong,
        }),
      ),
    ).rejects.toMatchObject(refused);
    await expect(
      http.send(
        new CreateApiCommand({
          Name: 'quick',
          ProtocolType: 'HTTP',
          Target: `arn:aws:lambda:us-east-1:${account}:function:own`,
          CredentialsArn: strong,
        }),
      ),
    ).rejects.toMatchObject(refused);
  });
});

describe('through other services', () => {
  it('a user pool that sends text messages', async () => {
    await expect(
      new CognitoIdentityProviderClient(her).send(
        new CreateUserPoolCommand({
          PoolName: 'p',
          SmsConfiguration: { SnsCallerArn: strong, ExternalId: 'x' },
        }),
      ),
    ).rejects.toMatchObject(refused);
  });

  it('an instance profile', async () => {
    const iam = new IAMClient(her);
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: 'p' }));
    await expect(
      iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: 'p', RoleName: 'strong' })),
    ).rejects.toMatchObject(refused);
  });

  it('Application Auto Scaling, which takes no role for tables but its own', async () => {
    await new DynamoDBClient(root).send(
      new CreateTableCommand({
        TableName: 'scaled',
        ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
    const scaling = new ApplicationAutoScalingClient(her);
    const target = {
      ServiceNamespace: 'dynamodb' as const,
      ResourceId: 'table/scaled',
      ScalableDimension: 'dynamodb:table:ReadCapacityUnits' as const,
    };
    await scaling
      .send(new RegisterScalableTargetCommand({ ...target, MinCapacity: 1, MaxCapacity: 2, RoleARN: strong }))
      .catch((error: Error) => expect(error.message).toContain('iam:'));
    const { ScalableTargets } = await new ApplicationAutoScalingClient(root).send(
      new DescribeScalableTargetsCommand({ ServiceNamespace: 'dynamodb' }),
    );
    expect(ScalableTargets?.map(({ RoleARN }) => RoleARN)).not.toContain(strong);
  });
});

describe('through CloudFormation', () => {
  let stacks: CloudFormationClient;
  beforeAll(() => {
    stacks = new CloudFormationClient(her);
  });
  const settledStack = async (StackName: string) => {
    const client = new CloudFormationClient(root);
    let status = '';
    await expect
      .poll(async () => {
        const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
        status = Stacks?.[0]?.StackStatus ?? '';
        return status;
      })
      .toMatch(/(COMPLETE|FAILED)$/);
    return status;
  };

  it('a role of the stack, in every operation that takes one', async () => {
    const own = { StackName: 'own', TemplateBody: template(weak) };
    await stacks.send(new CreateStackCommand(own));
    expect(await settledStack('own')).toBe('CREATE_COMPLETE');
    const escaping = { TemplateBody: template(strong), RoleARN: strong };
    await expect(
      stacks.send(new CreateStackCommand({ StackName: 'escape', ...escaping })),
    ).rejects.toMatchObject(refused);
    await expect(
      stacks.send(new CreateChangeSetCommand({ StackName: 'own', ChangeSetName: 'c', ...escaping })),
    ).rejects.toMatchObject(refused);
    await expect(
      stacks.send(new UpdateStackCommand({ StackName: 'own', ...escaping })),
    ).rejects.toMatchObject(refused);
    await expect(
      stacks.send(new DeleteStackCommand({ StackName: 'own', RoleARN: strong })),
    ).rejects.toMatchObject(refused);
  });

  it('a resource that takes a role: stacks do what their maker may do', async () => {
    await stacks.send(new CreateStackCommand({ StackName: 'inner', TemplateBody: template(strong) }));
    expect(await settledStack('inner')).toBe('ROLLBACK_COMPLETE');
    const { StackEvents = [] } = await new CloudFormationClient(root).send(
      new DescribeStackEventsCommand({ StackName: 'inner' }),
    );
    expect(StackEvents.map(({ ResourceStatusReason }) => ResourceStatusReason)).toContainEqual(
      expect.stringContaining(refused.message),
    );
  });

  it('roles made in the stack itself, without the right to make roles', async () => {
    const TemplateBody = JSON.stringify({
      Resources: {
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: {
            AssumeRolePolicyDocument: JSON.parse(
              document({ Effect: 'Allow', Principal: { AWS: mallory }, Action: 'sts:AssumeRole' }),
            ) as object,
            ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'],
          },
        },
      },
    });
    await stacks.send(
      new CreateStackCommand({ StackName: 'admin', TemplateBody, Capabilities: ['CAPABILITY_IAM'] }),
    );
    expect(await settledStack('admin')).toBe('ROLLBACK_COMPLETE');
  });
});

describe('who may pass the role', () => {
  it('can’t have a service use it that the role doesn’t trust', async () => {
    const OnlyLambda = `arn:aws:iam::${account}:role/only-lambda`;
    await new IAMClient(root).send(
      new CreateRoleCommand({
        RoleName: 'only-lambda',
        AssumeRolePolicyDocument: document({
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          Action: 'sts:AssumeRole',
        }),
      }),
    );
    await may(
      { Effect: 'Allow', Action: 'iam:PassRole', Resource: OnlyLambda },
      { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' },
    );
    const rest = new APIGatewayClient(her);
    const { id: restApiId = '' } = await rest.send(
      new ImportRestApiCommand({
        body: Buffer.from(
          openApi({
            'x-amazon-apigateway-integration': {
              type: 'aws_proxy',
              httpMethod: 'POST',
              uri: lambdaUri,
              credentials: OnlyLambda,
            },
          }),
        ),
      }),
    );
    await rest.send(new CreateDeploymentCommand({ restApiId, stageName: 's' }));
    const url = `${cloud.endpoint}/_aws/execute-api/${restApiId}/s/a`;
    expect((await fetch(url)).status).toBe(500);
    const trusting = new IAMClient(root);
    await trusting.send(
      new PutRolePolicyCommand({
        RoleName: 'only-lambda',
        PolicyName: 'invoke',
        PolicyDocument: document({ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '*' }),
      }),
    );
    expect((await fetch(url)).status).toBe(500);
    await trusting.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: 'only-lambda',
        PolicyDocument: document({
          Effect: 'Allow',
          Principal: { Service: ['lambda.amazonaws.com', 'apigateway.amazonaws.com'] },
          Action: 'sts:AssumeRole',
        }),
      }),
    );
    // The function answers what is no answer of a proxy; but now it is asked.
    expect((await fetch(url)).status).toBe(502);
    await expect(
      new CloudFormationClient(her).send(
        new CreateStackCommand({
          StackName: 'distrusted',
          TemplateBody: template(weak),
          RoleARN: OnlyLambda,
        }),
      ),
    ).rejects.toMatchObject({
      name: 'ValidationError',
      message: `Role ${OnlyLambda} is invalid or cannot be assumed`,
    });
  });

  it('passes it to the service that the policy names, and to no other', async () => {
    await may(passing(strong, 'apigateway.amazonaws.com'));
    await new APIGatewayClient(her).send(
      new UpdateAccountCommand({
        patchOperations: [{ op: 'replace', path: '/cloudwatchRoleArn', value: strong }],
      }),
    );
    await expect(
      new CloudFormationClient(her).send(
        new CreateStackCommand({ StackName: 'other', TemplateBody: template(weak), RoleARN: strong }),
      ),
    ).rejects.toMatchObject(refused);
  });
});
