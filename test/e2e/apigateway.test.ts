/** API Gateway with the official SDK, over the wire, in a cloud that enforces IAM. */
import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateStageCommand,
  GetResourcesCommand,
  GetRestApiCommand,
  ImportRestApiCommand,
  NotFoundException,
  TagResourceCommand,
  UpdateAccountCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway';
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateStageCommand as CreateHttpStageCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  GetApisCommand,
} from '@aws-sdk/client-apigatewayv2';
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { signRequest } from '../../src/identity/index.ts';

let cloud: Cloud;
let gateway: APIGatewayClient;
let http: ApiGatewayV2Client;
let iam: IAMClient;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  gateway = new APIGatewayClient(cloud.clientConfig);
  http = new ApiGatewayV2Client(cloud.clientConfig);
  iam = new IAMClient(cloud.clientConfig);
});

afterAll(async () => {
  await cloud?.close();
});

const mock = (template: string) => ({
  type: 'mock',
  requestTemplates: { 'application/json': '{"statusCode":200}' },
  responses: { default: { statusCode: '200', responseTemplates: { 'application/json': template } } },
});

const document = {
  openapi: '3.0.1',
  info: { title: 'wire', version: '1' },
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
    '/open/{id}': {
      get: {
        responses: { 200: { description: 'ok' } },
        'x-amazon-apigateway-integration': mock('{"id":"$input.params(\'id\')"}'),
      },
    },
    '/signed': {
      post: {
        security: [{ sigv4: [] }],
        responses: { 200: { description: 'ok' } },
        'x-amazon-apigateway-integration': mock('{"who":"$context.identity.userArn"}'),
      },
    },
  },
};

async function importApi(): Promise<string> {
  const api = await gateway.send(new ImportRestApiCommand({ body: Buffer.from(JSON.stringify(document)) }));
  const { id = '' } = api;
  const deployment = await gateway.send(new CreateDeploymentCommand({ restApiId: id }));
  await gateway.send(
    new CreateStageCommand({
      restApiId: id,
      stageName: 'prod',
      deploymentId: deployment.id,
      tags: { a: 'b' },
    }),
  );
  return id;
}

const at = (api: string, path: string) => `${cloud.endpoint}/_aws/execute-api/${api}${path}`;

describe('a REST API', () => {
  it('is imported, deployed, described and served', async () => {
    const restApiId = await importApi();
    const answer = await fetch(at(restApiId, '/prod/open/7'));
    expect([answer.status, await answer.json()]).toEqual([200, { id: '7' }]);
    expect(answer.headers.get('x-amzn-requestid')).toBeTruthy();
    const { items } = await gateway.send(new GetResourcesCommand({ restApiId, embed: ['methods'] }));
    const open = items?.find((item) => item.path === '/open/{id}');
    expect(open?.resourceMethods?.GET?.methodIntegration?.type).toBe('MOCK');
    await gateway.send(
      new TagResourceCommand({
        resourceArn: `arn:aws:apigateway:us-east-1::/restapis/${restApiId}`,
        tags: { x: 'y' },
      }),
    );
    const api = await gateway.send(new GetRestApiCommand({ restApiId }));
    expect(api).toMatchObject({ name: 'wire', tags: { x: 'y' } });
    expect(api.createdDate).toBeInstanceOf(Date);
    const role = 'arn:aws:iam::000000000000:role/logs';
    await gateway.send(
      new UpdateAccountCommand({
        patchOperations: [{ op: 'replace', path: '/cloudwatchRoleArn', value: role }],
      }),
    );
    const stage = await gateway.send(
      new UpdateStageCommand({
        restApiId,
        stageName: 'prod',
        patchOperations: [{ op: 'replace', path: '/*/*/logging/loglevel', value: 'INFO' }],
      }),
    );
    expect(stage.methodSettings?.['*/*']?.loggingLevel).toBe('INFO');
  });

  it("answers in the SDK's errors", async () => {
    await expect(gateway.send(new GetRestApiCommand({ restApiId: 'none' }))).rejects.toBeInstanceOf(
      NotFoundException,
    );
  });

  it('asks IAM who signed, and whether they may', async () => {
    const api = await importApi();
    const user = async (name: string, resource: string) => {
      await iam.send(new CreateUserCommand({ UserName: name }));
      const statement = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: resource };
      const { Policy } = await iam.send(
        new CreatePolicyCommand({
          PolicyName: name,
          PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
        }),
      );
      await iam.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn: Policy?.Arn }));
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
      return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
    };
    const send = async (
      key?: { accessKeyId: string; secretAccessKey: string },
      body = 'hello',
      sent = body,
    ) => {
      const url = new URL(at(api, '/prod/signed'));
      const headers = key
        ? signRequest(
            { method: 'POST', path: url.pathname, headers: { host: url.host }, body },
            { ...key, region: 'us-east-1', service: 'execute-api', now: cloud.clock.now() },
          )
        : {};
      const type = { 'content-type': 'application/json' };
      const answer = await fetch(url, { method: 'POST', headers: { ...headers, ...type }, body: sent });
      return [answer.status, await answer.json()];
    };
    const ann = await user('ann', `arn:aws:execute-api:us-east-1:*:${api}/prod/POST/signed`);
    const bob = await user('bob', `arn:aws:execute-api:us-east-1:*:${api}/dev/*`);
    expect(await send(ann)).toEqual([200, { who: 'arn:aws:iam::000000000000:user/ann' }]);
    expect((await send(bob))[0]).toBe(403);
    expect(await send()).toEqual([403, { message: 'Missing Authentication Token' }]);
    expect((await send({ ...ann, secretAccessKey: 'wrong' }))[0]).toBe(403);
    expect((await send(ann, 'hello', 'tampered'))[0]).toBe(403);
  });
});

describe('a cached answer', () => {
  it('is renewed for who has the permission to invalidate it', async () => {
    const api = await importApi();
    const patch = (path: string) => ({ op: 'replace' as const, path, value: 'true' });
    const patchOperations = [patch('/cacheClusterEnabled'), patch('/*/*/caching/enabled')];
    await gateway.send(new UpdateStageCommand({ restApiId: api, stageName: 'prod', patchOperations }));
    const keyFor = async (name: string, actions: string[]) => {
      await iam.send(new CreateUserCommand({ UserName: name }));
      const statement = { Effect: 'Allow', Action: actions, Resource: `arn:aws:execute-api:*:*:${api}/*` };
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
      await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'p', PolicyDocument }));
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
      return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
    };
    const renew = async (key?: { accessKeyId: string; secretAccessKey: string }) => {
      const url = new URL(at(api, '/prod/open/1'));
      const signed = key
        ? signRequest(
            { method: 'GET', path: url.pathname, headers: { host: url.host }, body: '' },
            { ...key, region: 'us-east-1', service: 'execute-api', now: cloud.clock.now() },
          )
        : {};
      const answer = await fetch(url, { headers: { ...signed, 'cache-control': 'max-age=0' } });
      return [answer.status, answer.headers.has('warning')];
    };
    expect(await renew(await keyFor('renewer', ['execute-api:InvalidateCache']))).toEqual([200, false]);
    expect(await renew(await keyFor('reader', ['execute-api:Invoke']))).toEqual([200, true]);
    expect(await renew()).toEqual([200, true]);
  });
});

describe('an HTTP API', () => {
  it('shares addresses and signing name with REST APIs, and proxies', async () => {
    const { ApiId, CreatedDate } = await http.send(new CreateApiCommand({ Name: 'h', ProtocolType: 'HTTP' }));
    expect(CreatedDate).toBeInstanceOf(Date);
    await http.send(new CreateHttpStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }));
    const { IntegrationId } = await http.send(
      new CreateIntegrationCommand({
        ApiId,
        IntegrationType: 'HTTP_PROXY',
        IntegrationMethod: 'GET',
        IntegrationUri: `${cloud.endpoint}/_brume/health`,
        PayloadFormatVersion: '1.0',
      }),
    );
    await http.send(
      new CreateRouteCommand({ ApiId, RouteKey: 'GET /health', Target: `integrations/${IntegrationId}` }),
    );
    const answer = await fetch(at(ApiId ?? '', '/health'));
    expect(answer.status).toBe(200);
    expect((await fetch(at(ApiId ?? '', '/none'))).status).toBe(404);
    const { Items } = await http.send(new GetApisCommand({}));
    expect(Items?.map((api) => api.ApiId)).toContain(ApiId);
  });
});
