import { createSign, generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { apigateway } from './index.ts';
import { account, openToyCloud, region, startOfTime, type ToyCloud } from './testing/toyCloud.ts';
import { apigatewayv2 } from './v2/index.ts';

const functionArn = `arn:aws:lambda:${region}:${account}:function:f`;

let cloud: ToyCloud;
let apiId: string;
const url = (path: string) => `http://${apiId}.execute-api.localhost:4566${path}`;

beforeEach(() => {
  cloud = openToyCloud(new MemoryStore(), [apigatewayv2, apigateway]);
});

async function quickApi(input: object = {}): Promise<void> {
  const api = await cloud.call<{ ApiId: string }>('CreateApi', {
    Name: 'quick',
    ProtocolType: 'HTTP',
    Target: functionArn,
    ...input,
  });
  apiId = api.ApiId;
}

async function route(input: object, integration: object = {}): Promise<void> {
  const { IntegrationId } = await cloud.call<{ IntegrationId: string }>('CreateIntegration', {
    ApiId: apiId,
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: functionArn,
    PayloadFormatVersion: '2.0',
    ...integration,
  });
  await cloud.call('CreateRoute', { ApiId: apiId, Target: `integrations/${IntegrationId}`, ...input });
}

describe('an HTTP API made by quick create', () => {
  it('sends events of format 2.0', async () => {
    await quickApi();
    cloud.functions.set('f', (event) => event);
    const answer = await cloud.send(url('/my/p%20th?parameter1=value1&parameter1=value2&parameter2=value'), {
      method: 'POST',
      headers: [
        ['Header1', 'value1'],
        ['Header2', 'value1'],
        ['Header2', 'value2'],
        ['Cookie', 'cookie1; cookie2'],
        ['Content-Type', 'application/json'],
        ['User-Agent', 'agent'],
      ],
      body: '{"hello":"world"}',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    const event = JSON.parse(answer.text) as { headers: object; requestContext: { requestId: string } };
    expect(event).toEqual({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/my/p th',
      rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=value',
      cookies: ['cookie1', 'cookie2'],
      headers: {
        header1: 'value1',
        header2: 'value1,value2',
        'content-type': 'application/json',
        'content-length': '17',
        host: `${apiId}.execute-api.localhost:4566`,
        'user-agent': 'agent',
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': '4566',
        'x-forwarded-proto': 'http',
      },
      queryStringParameters: { parameter1: 'value1,value2', parameter2: 'value' },
      requestContext: {
        accountId: account,
        apiId,
        domainName: `${apiId}.execute-api.localhost:4566`,
        domainPrefix: apiId,
        http: {
          method: 'POST',
          path: '/my/p th',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'agent',
        },
        requestId: answer.headers['apigw-requestid'],
        routeKey: '$default',
        stage: '$default',
        time: '12/Mar/2020:19:03:58 +0000',
        timeEpoch: startOfTime,
      },
      body: '{"hello":"world"}',
      isBase64Encoded: false,
    });
    expect(cloud.invocations[0]?.principal).toMatchObject({
      sourceArn: `arn:aws:execute-api:${region}:${account}:${apiId}/$default/POST/$default`,
    });
  });

  it('reads structured answers, cookies and base64 included', async () => {
    await quickApi();
    cloud.functions.set('f', () => ({
      statusCode: 201,
      headers: { 'My-Custom-Header': 'Custom Value' },
      body: Buffer.from('Hello').toString('base64'),
      cookies: ['Cookie_1=a; Expires=21 Oct 2021 07:48 GMT', 'Cookie_2=b'],
      isBase64Encoded: true,
    }));
    expect(await cloud.send(url('/'))).toMatchObject({
      status: 201,
      text: 'Hello',
      headers: {
        'my-custom-header': 'Custom Value',
        'set-cookie': ['Cookie_1=a; Expires=21 Oct 2021 07:48 GMT', 'Cookie_2=b'],
      },
    });
  });

  it('answers 500 to failures and 404 where nothing is', async () => {
    await quickApi();
    cloud.functions.set('f', () => {
      throw new Error('boom');
    });
    expect(await cloud.send(url('/'))).toMatchObject({
      status: 500,
      text: '{"message":"Internal Server Error"}',
    });
    await cloud.call('DeleteApi', { ApiId: apiId });
    expect((await cloud.send(url('/'))).status).toBe(404);
  });
});

describe('routes and stages', () => {
  beforeEach(async () => {
    const api = await cloud.call<{ ApiId: string }>('CreateApi', { Name: 'routed', ProtocolType: 'HTTP' });
    apiId = api.ApiId;
    cloud.functions.set(
      'f',
      (event) => `${String(event.routeKey)} ${JSON.stringify(event.pathParameters ?? null)}`,
    );
  });

  it('choose the most specific route, by method too, and deploy by themselves', async () => {
    await cloud.call('CreateStage', { ApiId: apiId, StageName: '$default', AutoDeploy: true });
    for (const RouteKey of ['GET /pets/dog', 'GET /pets/{id}', 'ANY /pets/{proxy+}', '$default']) {
      await route({ RouteKey });
    }
    const chosen = async (method: string, path: string) => (await cloud.send(url(path), { method })).text;
    expect(await chosen('GET', '/pets/dog')).toBe('GET /pets/dog null');
    expect(await chosen('GET', '/pets/c%C3%A4t')).toBe('GET /pets/{id} {"id":"cät"}');
    expect(await chosen('GET', '/pets/dog/1')).toBe('ANY /pets/{proxy+} {"proxy":"dog/1"}');
    expect(await chosen('POST', '/pets/5')).toBe('ANY /pets/{proxy+} {"proxy":"5"}');
    expect(await chosen('POST', '/other')).toBe('$default null');
    const { Items } = await cloud.call<{ Items: unknown[] }>('GetDeployments', { ApiId: apiId });
    expect(Items).toHaveLength(1);
  });

  it('put the stage into the path, and serve what was deployed by hand only', async () => {
    await cloud.call('CreateStage', { ApiId: apiId, StageName: 'dev', StageVariables: { color: 'blue' } });
    await route({ RouteKey: 'GET /items' });
    expect((await cloud.send(url('/dev/items'))).status).toBe(404);
    await cloud.call('CreateDeployment', { ApiId: apiId, StageName: 'dev' });
    cloud.functions.set('f', (event) => event);
    expect(JSON.parse((await cloud.send(url('/dev/items'))).text)).toMatchObject({
      rawPath: '/dev/items',
      stageVariables: { color: 'blue' },
      requestContext: { stage: 'dev', http: { path: '/dev/items' } },
    });
    expect((await cloud.send(url('/items'))).status).toBe(404);
  });

  it('refuse duplicates, unknown targets and keys that are none', async () => {
    await route({ RouteKey: 'GET /items' });
    await expect(route({ RouteKey: 'GET /items' })).rejects.toMatchObject({ code: 'ConflictException' });
    await expect(route({ RouteKey: 'FETCH items' })).rejects.toMatchObject({ code: 'BadRequestException' });
    await expect(
      cloud.call('CreateRoute', { ApiId: apiId, RouteKey: 'GET /x', Target: 'integrations/none' }),
    ).rejects.toMatchObject({ code: 'BadRequestException' });
  });

  it('answer preflights and mark answers by the CORS configuration', async () => {
    await cloud.call('UpdateApi', {
      ApiId: apiId,
      CorsConfiguration: {
        AllowOrigins: ['https://app.example'],
        AllowMethods: ['GET'],
        AllowHeaders: ['x-a'],
        MaxAge: 60,
      },
    });
    await cloud.call('CreateStage', { ApiId: apiId, StageName: '$default', AutoDeploy: true });
    await route({ RouteKey: 'GET /items' });
    const preflight = (Origin: string, method = 'GET') =>
      cloud.send(url('/items'), {
        method: 'OPTIONS',
        headers: { Origin, 'Access-Control-Request-Method': method },
      });
    expect(await preflight('https://app.example')).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': 'https://app.example',
        'access-control-allow-methods': 'GET',
        'access-control-allow-headers': 'x-a',
        'access-control-max-age': '60',
      },
    });
    expect((await preflight('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined();
    expect(
      (await preflight('https://app.example', 'PUT')).headers['access-control-allow-origin'],
    ).toBeUndefined();
    const answer = await cloud.send(url('/items'), { headers: { Origin: 'https://app.example' } });
    expect(answer.headers['access-control-allow-origin']).toBe('https://app.example');
  });

  it('import what SAM writes', async () => {
    const Body = JSON.stringify({
      openapi: '3.0.1',
      info: { title: 'sam', version: '1' },
      paths: {
        '/$default': {
          'x-amazon-apigateway-any-method': {
            isDefaultRoute: true,
            responses: {},
            'x-amazon-apigateway-integration': {
              httpMethod: 'POST',
              type: 'aws_proxy',
              uri: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${functionArn}/invocations`,
              payloadFormatVersion: '2.0',
            },
          },
        },
      },
      tags: [{ name: 'httpapi:createdBy', 'x-amazon-apigateway-tag-value': 'SAM' }],
    });
    const api = await cloud.call<{ ApiId: string }>('ImportApi', { Body });
    apiId = api.ApiId;
    await cloud.call('CreateStage', { ApiId: apiId, StageName: '$default', AutoDeploy: true });
    expect((await cloud.send(url('/anything'))).text).toBe('$default null');
    expect(await cloud.call('GetApi', { ApiId: apiId })).toMatchObject({
      Name: 'sam',
      Tags: { 'httpapi:createdBy': 'SAM' },
      ApiEndpoint: `http://${apiId}.execute-api.${region}.localhost:4566`,
    });
  });

  it('ask a function with simple responses who may pass, and keep its answer', async () => {
    await cloud.call('CreateStage', { ApiId: apiId, StageName: '$default', AutoDeploy: true });
    const { AuthorizerId } = await cloud.call<{ AuthorizerId: string }>('CreateAuthorizer', {
      ApiId: apiId,
      Name: 'simple',
      AuthorizerType: 'REQUEST',
      AuthorizerUri: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/arn:aws:lambda:${region}:${account}:function:guard/invocations`,
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
      IdentitySource: ['$request.header.Authorization'],
      AuthorizerResultTtlInSeconds: 60,
    });
    await route({ RouteKey: 'GET /items', AuthorizationType: 'CUSTOM', AuthorizerId });
    cloud.functions.set('guard', (event) => ({
      isAuthorized: (event.identitySource as string[])[0] === 'secret',
      context: { user: 'ann' },
    }));
    cloud.functions.set('f', (event) => (event.requestContext as { authorizer: object }).authorizer);
    expect((await cloud.send(url('/items'))).status).toBe(401);
    const ask = (authorization: string) => cloud.send(url('/items'), { headers: { authorization } });
    expect((await ask('wrong')).status).toBe(403);
    expect(JSON.parse((await ask('secret')).text)).toEqual({ lambda: { user: 'ann' } });
    await ask('secret');
    const asked = () => cloud.invocations.filter((call) => call.functionName.endsWith('guard')).length;
    expect(asked()).toBe(2);
    await cloud.clock.advance(60_000);
    await ask('secret');
    expect(asked()).toBe(3);
  });
});

describe('a route with a JWT authorizer', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let server: Server;
  let issuer: string;

  beforeEach(async () => {
    server = createServer((request, response) => {
      const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256' }] };
      response.end(JSON.stringify(request.url?.includes('openid') ? { jwks_uri: `${issuer}/keys` } : keys));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const api = await cloud.call<{ ApiId: string }>('CreateApi', { Name: 'jwt', ProtocolType: 'HTTP' });
    apiId = api.ApiId;
    await cloud.call('CreateStage', { ApiId: apiId, StageName: '$default', AutoDeploy: true });
    const { AuthorizerId } = await cloud.call<{ AuthorizerId: string }>('CreateAuthorizer', {
      ApiId: apiId,
      Name: 'jwt',
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Issuer: issuer, Audience: ['app'] },
    });
    await route({
      RouteKey: 'GET /items',
      AuthorizationType: 'JWT',
      AuthorizerId,
      AuthorizationScopes: ['read'],
    });
    cloud.functions.set('f', (event) => (event.requestContext as { authorizer: object }).authorizer);
  });

  afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

  const token = (claims: object, alg = 'RS256') => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const seconds = startOfTime / 1000;
    const signed = `${part({ alg, kid: 'one' })}.${part({ iss: issuer, aud: 'app', exp: seconds + 60, scope: 'read write', ...claims })}`;
    return `${signed}.${createSign('sha256').update(signed).sign(privateKey).toString('base64url')}`;
  };
  const ask = async (text: string) =>
    cloud.send(url('/items'), { headers: { authorization: `Bearer ${text}` } });

  it('hands claims and scopes of a good token on', async () => {
    const answer = await ask(token({ sub: 'ann' }));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({
      jwt: { claims: { sub: 'ann', aud: 'app' }, scopes: ['read', 'write'] },
    });
  });

  it('refuses every other', async () => {
    expect((await cloud.send(url('/items'))).status).toBe(401);
    expect((await ask('nonsense')).status).toBe(401);
    expect((await ask(token({ aud: 'other' }))).status).toBe(401);
    expect((await ask(token({ iss: 'https://elsewhere' }))).status).toBe(401);
    expect((await ask(token({ exp: startOfTime / 1000 }))).status).toBe(401);
    expect((await ask(token({}, 'none'))).status).toBe(401);
    expect((await ask(`${token({}).slice(0, -8)}AAAAAAAA`)).status).toBe(401);
    expect((await ask(token({ scope: 'write' }))).status).toBe(403);
    expect(cloud.invocations).toEqual([]);
  });
});
