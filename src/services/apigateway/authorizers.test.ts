import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { account, functionUri, openToyCloud, region, type ToyCloud } from './testing/toyCloud.ts';

let cloud: ToyCloud;
let id: string;
const url = (path: string) => `http://${id}.execute-api.localhost:4566/prod${path}`;

const integration = { httpMethod: 'POST', type: 'aws_proxy', uri: functionUri('f') };
const get = (security: object, more: object = {}) => ({
  get: { responses: {}, 'x-amazon-apigateway-integration': integration, ...security, ...more },
});
const scheme = (authorizer: object) => ({
  type: 'apiKey',
  name: 'Authorization',
  in: 'header',
  'x-amazon-apigateway-authtype': 'custom',
  'x-amazon-apigateway-authorizer': { authorizerUri: functionUri('guard'), ...authorizer },
});

async function deploy(document: object): Promise<void> {
  const body = Buffer.from(
    JSON.stringify({ swagger: '2.0', info: { title: 't', version: '1' }, ...document }),
  );
  id = (await cloud.call<{ id: string }>('ImportRestApi', { body })).id;
  await cloud.call('CreateDeployment', { restApiId: id, stageName: 'prod' });
}

const policy = (Effect: string, Resource = '*') => ({
  Version: '2012-10-17',
  Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }],
});

beforeEach(() => {
  cloud = openToyCloud(new MemoryStore());
  cloud.functions.set('f', (event) => ({
    statusCode: 200,
    body: JSON.stringify((event.requestContext as { authorizer?: object }).authorizer ?? null),
  }));
});

describe('a TOKEN authorizer', () => {
  beforeEach(async () => {
    await deploy({
      securityDefinitions: {
        guard: scheme({
          type: 'token',
          identityValidationExpression: '^Bearer .+',
          authorizerResultTtlInSeconds: 60,
        }),
      },
      paths: {
        '/a': get({ security: [{ guard: [] }] }),
        '/b': get({ security: [{ guard: [] }] }),
        '/open': get({}),
      },
    });
    cloud.functions.set('guard', ({ authorizationToken, methodArn }) => {
      if (authorizationToken === 'Bearer unauthorized') throw new Error('Unauthorized');
      if (authorizationToken === 'Bearer broken') throw new Error('oops');
      if (authorizationToken === 'Bearer nothing') return {};
      if (authorizationToken === 'Bearer deny') return { principalId: 'u', policyDocument: policy('Deny') };
      return {
        principalId: 'ann',
        policyDocument: policy('Allow', String(methodArn)),
        context: { number: 1, flag: true, text: 'x' },
      };
    });
  });

  const ask = (token: string, path = '/a') => cloud.send(url(path), { headers: { Authorization: token } });

  it('lets in whom the policy allows, with principal and context as texts', async () => {
    expect(JSON.parse((await ask('Bearer good')).text)).toEqual({
      principalId: 'ann',
      number: '1',
      flag: 'true',
      text: 'x',
    });
    expect(cloud.invocations[0]?.event).toEqual({
      type: 'TOKEN',
      authorizationToken: 'Bearer good',
      methodArn: `arn:aws:execute-api:${region}:${account}:${id}/prod/GET/a`,
    });
  });

  it('keeps the policy for its TTL, and asks it for every method', async () => {
    await ask('Bearer good');
    await ask('Bearer good');
    const asked = () => cloud.invocations.filter((call) => call.functionName.endsWith('guard')).length;
    expect(asked()).toBe(1);
    // The kept policy names /a only.
    expect((await ask('Bearer good', '/b')).status).toBe(403);
    await cloud.call('FlushStageAuthorizersCache', { restApiId: id, stageName: 'prod' });
    expect((await ask('Bearer good', '/b')).status).toBe(200);
    await cloud.clock.advance(60_001);
    await ask('Bearer good');
    expect(asked()).toBe(3);
  });

  it.each([
    ['', 401, '{"message":"Unauthorized"}'],
    ['Basic abc', 401, '{"message":"Unauthorized"}'],
    ['Bearer unauthorized', 401, '{"message":"Unauthorized"}'],
    [
      'Bearer deny',
      403,
      '{"Message":"User is not authorized to access this resource with an explicit deny"}',
    ],
    ['Bearer broken', 500, '{"message":null}'],
    ['Bearer nothing', 500, '{"message":null}'],
  ])('answers %j with %i', async (token, status, text) => {
    expect(await ask(token)).toMatchObject({ status, text });
    expect(cloud.invocations.some((call) => call.functionName.endsWith(':f'))).toBe(false);
  });

  it('guards only the methods that name it', async () => {
    expect((await cloud.send(url('/open'))).status).toBe(200);
  });
});

describe('a REQUEST authorizer', () => {
  it('gets the request, and is not asked without its identity sources', async () => {
    await deploy({
      securityDefinitions: {
        guard: scheme({
          type: 'request',
          identitySource: 'method.request.header.X-Who, method.request.querystring.where',
        }),
      },
      paths: { '/a/{id}': get({ security: [{ guard: [] }] }) },
    });
    cloud.functions.set('guard', () => ({ principalId: 'u', policyDocument: policy('Allow') }));
    expect((await cloud.send(url('/a/1'), { headers: { 'X-Who': 'me' } })).status).toBe(401);
    expect(cloud.invocations).toEqual([]);
    expect((await cloud.send(url('/a/1?where=here'), { headers: { 'x-who': 'me' } })).status).toBe(200);
    expect(cloud.invocations[0]?.event).toMatchObject({
      type: 'REQUEST',
      resource: '/a/{id}',
      path: '/a/1',
      httpMethod: 'GET',
      pathParameters: { id: '1' },
      queryStringParameters: { where: 'here' },
      requestContext: { resourcePath: '/a/{id}', stage: 'prod' },
    });
  });
});

describe('what is not built never lets pass', () => {
  it('answers 501 for a Cognito user pool, and asks IAM of a signature', async () => {
    await deploy({
      securityDefinitions: {
        pool: {
          ...scheme({
            type: 'cognito_user_pools',
            providerARNs: ['arn:aws:cognito-idp:eu-west-1:1:userpool/p'],
          }),
          'x-amazon-apigateway-authtype': 'cognito_user_pools',
        },
        sigv4: {
          type: 'apiKey',
          name: 'Authorization',
          in: 'header',
          'x-amazon-apigateway-authtype': 'awsSigv4',
        },
      },
      paths: { '/pool': get({ security: [{ pool: [] }] }), '/iam': get({ security: [{ sigv4: [] }] }) },
    });
    expect((await cloud.send(url('/pool'), { headers: { Authorization: 'x' } })).status).toBe(401);
    expect(await cloud.send(url('/iam'))).toMatchObject({
      status: 403,
      text: '{"message":"Missing Authentication Token"}',
    });
    expect((await cloud.send(url('/iam'), { headers: { Authorization: 'AWS4-HMAC-SHA256 x' } })).status).toBe(
      501,
    );
    expect(cloud.invocations).toEqual([]);
  });
});

describe('a resource policy', () => {
  it('refuses addresses, in the words of AWS', async () => {
    await deploy({
      'x-amazon-apigateway-policy': {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: ['execute-api:/*'] },
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 'execute-api:Invoke',
            Resource: ['execute-api:/prod/GET/a'],
            Condition: { IpAddress: { 'aws:SourceIp': ['127.0.0.0/8'] } },
          },
        ],
      },
      paths: { '/a': get({}), '/b': get({}) },
    });
    expect((await cloud.send(url('/b'))).status).toBe(200);
    expect(await cloud.send(url('/a'))).toMatchObject({
      status: 403,
      text: `{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:${region}:********9012:${id}/prod/GET/a with an explicit deny"}`,
    });
  });
});

describe('a request validator', () => {
  beforeEach(async () => {
    await deploy({
      'x-amazon-apigateway-request-validators': {
        all: { validateRequestBody: true, validateRequestParameters: true },
      },
      'x-amazon-apigateway-gateway-responses': {
        BAD_REQUEST_BODY: {
          statusCode: '422',
          responseParameters: { 'gatewayresponse.header.X-Why': "'schema'" },
          responseTemplates: {
            'application/json': '{"error":$context.error.messageString,"path":"$context.path"}',
          },
        },
      },
      definitions: {
        Name: { type: 'string', minLength: 2 },
        Item: { type: 'object', required: ['name'], properties: { name: { $ref: '#/definitions/Name' } } },
      },
      paths: {
        '/items': {
          post: {
            'x-amazon-apigateway-request-validator': 'all',
            parameters: [
              { name: 'page', in: 'query', required: true, type: 'string' },
              { name: 'X-Token', in: 'header', required: true, type: 'string' },
              { name: 'Item', in: 'body', required: true, schema: { $ref: '#/definitions/Item' } },
            ],
            responses: {},
            'x-amazon-apigateway-integration': integration,
          },
        },
      },
    });
  });

  const post = (query: string, body: string, headers: Record<string, string> = { 'x-token': 't' }) =>
    cloud.send(url(`/items${query}`), { method: 'POST', body, headers });

  it('names the parameters that are missing', async () => {
    expect(await post('', '{"name":"ab"}', {})).toMatchObject({
      status: 400,
      text: '{"message":"Missing required request parameters: [page, X-Token]"}',
      headers: { 'x-amzn-errortype': 'BadRequestException' },
    });
  });

  it('holds the body to its model, and answers as the API wants it', async () => {
    expect((await post('?page=1', '{"name":"ab"}')).status).toBe(200);
    for (const body of ['{}', '{"name":"a"}', '{"name":1}', 'no json', '']) {
      expect(await post('?page=1', body)).toMatchObject({
        status: 422,
        text: '{"error":"Invalid request body","path":"/prod/items"}',
        headers: { 'x-why': 'schema' },
      });
    }
  });
});
