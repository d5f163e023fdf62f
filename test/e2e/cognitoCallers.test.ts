/** Whoever comes with credentials of an identity pool: functions and templates are told who, however they are called. */
import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateStageCommand as CreateRestStageCommand,
  ImportRestApiCommand,
} from '@aws-sdk/client-api-gateway';
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import {
  CognitoIdentityClient,
  CreateIdentityPoolCommand,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { signRequest } from '../../src/identity/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';
import { fetchAs } from './support/hosts.ts';

const account = '000000000000';
const own = 'login.mine';
let cloud: Cloud;
let lambda: LambdaClient;
let poolId = '';
let ann: Caller;
let guest: Caller;
const opened: { destroy(): void }[] = [];

interface Caller {
  id: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
}

const source = `
exports.handler = async (event, context) =>
  event.requestContext
    ? { statusCode: 200, body: JSON.stringify(event.requestContext) }
    : { identity: context.identity ?? null };`;
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  const iam = new IAMClient(cloud.clientConfig);
  const identities = new CognitoIdentityClient(cloud.clientConfig);
  lambda = new LambdaClient(cloud.clientConfig);
  opened.push(iam, identities, lambda);
  const { IdentityPoolId = '' } = await identities.send(
    new CreateIdentityPoolCommand({
      IdentityPoolName: 'app',
      AllowUnauthenticatedIdentities: true,
      DeveloperProviderName: own,
    }),
  );
  poolId = IdentityPoolId;
  const makeRole = async (RoleName: string, principal: object, Action: string) => {
    const trust = document({ Effect: 'Allow', Principal: principal, Action });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
    const PolicyDocument = document({
      Effect: 'Allow',
      Action: ['execute-api:Invoke', 'lambda:InvokeFunction', 'lambda:InvokeFunctionUrl'],
      Resource: '*',
    });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'call', PolicyDocument }));
    return Role?.Arn ?? '';
  };
  const federated = { Federated: 'cognito-identity.amazonaws.com' };
  const caller = await makeRole('caller', federated, 'sts:AssumeRoleWithWebIdentity');
  const execution = await makeRole('runs', { Service: 'lambda.amazonaws.com' }, 'sts:AssumeRole');
  const Roles = { authenticated: caller, unauthenticated: caller };
  await identities.send(new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles }));

  const credentialsOf = async (id: string, Logins: Record<string, string> = {}): Promise<Caller> => {
    const { Credentials } = await identities.send(
      new GetCredentialsForIdentityCommand({ IdentityId: id, Logins }),
    );
    const { AccessKeyId = '', SecretKey = '', SessionToken = '' } = Credentials ?? {};
    return {
      id,
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretKey, sessionToken: SessionToken },
    };
  };
  const { IdentityId: guestId = '' } = await identities.send(new GetIdCommand({ IdentityPoolId }));
  guest = await credentialsOf(guestId);
  const vouched = await identities.send(
    new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId, Logins: { [own]: 'ann' } }),
  );
  ann = await credentialsOf(vouched.IdentityId ?? '', {
    'cognito-identity.amazonaws.com': vouched.Token ?? '',
  });
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'echo',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: execution,
      Code: { ZipFile: await zipped({ 'index.js': source }) },
    }),
  );
});
afterAll(async () => {
  for (const client of opened) client.destroy();
  await cloud.close();
});

/** As an SDK would: signed with the caller's credentials. */
async function get({ credentials }: Caller, url: string, service: string): Promise<unknown> {
  const { host, pathname, search } = new URL(url);
  const headers = signRequest(
    { method: 'GET', path: pathname, query: search.slice(1), headers: { host } },
    { ...credentials, region: cloud.region, service, now: cloud.clock.now() },
  );
  const { status, text } = await fetchAs(cloud.endpoint, url, { headers });
  expect(status, text).toBe(200);
  return JSON.parse(text);
}

const amr = () => ['authenticated', own, `${own}:${poolId}:ann`];
const userId = expect.stringMatching(/^AROA\w+:CognitoIdentityCredentials$/);
const userArn = `arn:aws:sts::${account}:assumed-role/caller/CognitoIdentityCredentials`;

describe('callers who come by an identity pool', () => {
  it('are in context.identity of functions that they invoke', async () => {
    const invoke = async (config: object) => {
      const client = new LambdaClient({ ...cloud.clientConfig, ...config });
      opened.push(client);
      const { Payload } = await client.send(new InvokeCommand({ FunctionName: 'echo' }));
      return JSON.parse(Buffer.from(Payload ?? []).toString());
    };
    const { identity } = await invoke({ credentials: guest.credentials });
    expect(identity).toMatchObject({ cognitoIdentityId: guest.id, cognitoIdentityPoolId: poolId });
    // Nobody else is taken for one of them.
    expect((await invoke({})).identity?.cognitoIdentityId).toBeUndefined();
  });

  it('are in the events of function URLs', async () => {
    const { FunctionUrl = '' } = await lambda.send(
      new CreateFunctionUrlConfigCommand({ FunctionName: 'echo', AuthType: 'AWS_IAM' }),
    );
    expect(await get(ann, FunctionUrl, 'lambda')).toMatchObject({
      authorizer: {
        iam: {
          accessKey: ann.credentials.accessKeyId,
          callerId: userId,
          cognitoIdentity: { amr: amr(), identityId: ann.id, identityPoolId: poolId },
          userArn,
        },
      },
    });
  });

  it('are in the identity that REST APIs tell of', async () => {
    const gateway = new APIGatewayClient(cloud.clientConfig);
    opened.push(gateway);
    const names = [
      'accessKey',
      'caller',
      'cognitoAuthenticationProvider',
      'cognitoAuthenticationType',
      'cognitoIdentityId',
      'cognitoIdentityPoolId',
      'user',
      'userArn',
    ];
    const shown = names.map((name) => `"${name}":"$context.identity.${name}"`).join(',');
    const body = {
      openapi: '3.0.1',
      info: { title: 'who', version: '1' },
      components: {
        securitySchemes: {
          sigv4: {
            type: 'apiKey',
            name: 'Authorization',
            in: 'header',
            'x-amazon-apigateway-authtype': 'awsSigv4',
          },
        },
      },
      paths: {
        '/who': {
          get: {
            security: [{ sigv4: [] }],
            responses: { 200: { description: 'ok' } },
            'x-amazon-apigateway-integration': {
              type: 'mock',
              requestTemplates: { 'application/json': '{"statusCode":200}' },
              responses: {
                default: { statusCode: '200', responseTemplates: { 'application/json': `{${shown}}` } },
              },
            },
          },
        },
      },
    };
    const { id = '' } = await gateway.send(
      new ImportRestApiCommand({ body: Buffer.from(JSON.stringify(body)) }),
    );
    const { id: deploymentId } = await gateway.send(new CreateDeploymentCommand({ restApiId: id }));
    await gateway.send(new CreateRestStageCommand({ restApiId: id, stageName: 'prod', deploymentId }));
    const url = `http://${id}.execute-api.${cloud.region}.amazonaws.com/prod/who`;
    expect(await get(ann, url, 'execute-api')).toEqual({
      accessKey: ann.credentials.accessKeyId,
      caller: userId,
      cognitoAuthenticationProvider: `${own},${own}:${poolId}:ann`,
      cognitoAuthenticationType: 'authenticated',
      cognitoIdentityId: ann.id,
      cognitoIdentityPoolId: poolId,
      user: userId,
      userArn,
    });
    expect(await get(guest, url, 'execute-api')).toMatchObject({
      cognitoAuthenticationType: 'unauthenticated',
      cognitoIdentityId: guest.id,
    });
  });

  it('are in the events of HTTP APIs, of both formats', async () => {
    const gateway = new ApiGatewayV2Client(cloud.clientConfig);
    opened.push(gateway);
    const { ApiId = '' } = await gateway.send(new CreateApiCommand({ Name: 'who', ProtocolType: 'HTTP' }));
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: 'echo',
        StatementId: 'api',
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
      }),
    );
    for (const version of ['1.0', '2.0']) {
      const { IntegrationId } = await gateway.send(
        new CreateIntegrationCommand({
          ApiId,
          IntegrationType: 'AWS_PROXY',
          IntegrationUri: `arn:aws:lambda:${cloud.region}:${account}:function:echo`,
          PayloadFormatVersion: version,
        }),
      );
      await gateway.send(
        new CreateRouteCommand({
          ApiId,
          RouteKey: `GET /v${version}`,
          AuthorizationType: 'AWS_IAM',
          Target: `integrations/${IntegrationId}`,
        }),
      );
    }
    await gateway.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }));
    const url = (path: string) => `http://${ApiId}.execute-api.${cloud.region}.amazonaws.com${path}`;
    expect(await get(ann, url('/v2.0'), 'execute-api')).toMatchObject({
      authorizer: {
        iam: {
          accessKey: ann.credentials.accessKeyId,
          callerId: userId,
          cognitoIdentity: { amr: amr(), identityId: ann.id, identityPoolId: poolId },
          userArn,
          userId,
        },
      },
    });
    expect(await get(ann, url('/v1.0'), 'execute-api')).toMatchObject({
      identity: {
        accessKey: ann.credentials.accessKeyId,
        caller: userId,
        cognitoAmr: amr(),
        cognitoAuthenticationProvider: `${own},${own}:${poolId}:ann`,
        cognitoAuthenticationType: 'authenticated',
        cognitoIdentityId: ann.id,
        cognitoIdentityPoolId: poolId,
      },
    });
  });
});
