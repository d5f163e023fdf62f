import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { account, functionUri, openToyCloud, region, type ToyCloud } from './testing/toyCloud.ts';

/** As SAM writes it for a function with path `/resource/{resourceId}` and CORS. */
const swagger = {
  swagger: '2.0',
  info: { title: 'crud', version: '1.0' },
  paths: {
    '/resource/{resourceId}': {
      get: {
        responses: {},
        'x-amazon-apigateway-integration': {
          httpMethod: 'POST',
          type: 'aws_proxy',
          uri: functionUri('read'),
        },
      },
      options: {
        consumes: ['application/json'],
        produces: ['application/json'],
        responses: {
          200: {
            description: 'Default response for CORS method',
            headers: { 'Access-Control-Allow-Origin': { type: 'string' } },
          },
        },
        'x-amazon-apigateway-integration': {
          type: 'mock',
          requestTemplates: { 'application/json': '{\n  "statusCode" : 200\n}\n' },
          responses: {
            default: {
              statusCode: '200',
              responseTemplates: { 'application/json': '{}\n' },
              responseParameters: { 'method.response.header.Access-Control-Allow-Origin': "'*'" },
            },
          },
        },
      },
    },
    '/{proxy+}': {
      'x-amazon-apigateway-any-method': {
        responses: {},
        'x-amazon-apigateway-integration': { httpMethod: 'POST', type: 'aws_proxy', uri: functionUri('all') },
      },
    },
  },
};

let cloud: ToyCloud;
let id: string;
const url = (path: string) => `http://${id}.execute-api.localhost:4566${path}`;

beforeEach(async () => {
  cloud = openToyCloud(new MemoryStore());
  const api = await cloud.call<{ id: string }>('ImportRestApi', {
    body: Buffer.from(JSON.stringify(swagger)),
  });
  id = api.id;
  await cloud.call('CreateDeployment', { restApiId: id, stageName: 'prod', variables: { table: 'items' } });
});

describe('a deployed API', () => {
  it('hands a request to its function and answers what that returns', async () => {
    cloud.functions.set('read', (event) => ({
      statusCode: 201,
      headers: { 'X-Made': 'yes' },
      body: JSON.stringify(event.pathParameters),
    }));
    const answer = await cloud.send(url('/prod/resource/42?a=1&a=2'));
    expect(answer).toMatchObject({ status: 201, text: '{"resourceId":"42"}' });
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'x-made': 'yes' });
    expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers['x-amz-apigw-id']).toMatch(/^[\w-]{15}=$/);
    const [call] = cloud.invocations;
    expect(call).toMatchObject({
      functionName: `arn:aws:lambda:${region}:${account}:function:read`,
      principal: {
        type: 'service',
        service: 'apigateway.amazonaws.com',
        sourceArn: `arn:aws:execute-api:${region}:${account}:${id}/prod/GET/resource/{resourceId}`,
      },
      event: {
        resource: '/resource/{resourceId}',
        path: '/resource/42',
        httpMethod: 'GET',
        queryStringParameters: { a: '2' },
        multiValueQueryStringParameters: { a: ['1', '2'] },
        stageVariables: { table: 'items' },
        body: null,
        isBase64Encoded: false,
        requestContext: {
          accountId: account,
          apiId: id,
          stage: 'prod',
          path: '/prod/resource/42',
          resourcePath: '/resource/{resourceId}',
          httpMethod: 'GET',
          protocol: 'HTTP/1.1',
          requestTime: '12/Mar/2020:19:03:58 +0000',
          requestTimeEpoch: 1584039838000,
          identity: { sourceIp: '127.0.0.1', userAgent: null },
        },
      },
    });
  });

  it('answers CORS preflights from its MOCK integration', async () => {
    const answer = await cloud.send(url('/prod/resource/42'), { method: 'OPTIONS' });
    expect(answer).toMatchObject({ status: 200, text: '{}\n' });
    expect(answer.headers['access-control-allow-origin']).toBe('*');
  });

  it('serves the same API by path, in both forms', async () => {
    cloud.functions.set('all', (event) => ({ statusCode: 200, body: String(event.path) }));
    for (const at of [`/_aws/execute-api/${id}/prod/x/y`, `/restapis/${id}/prod/_user_request_/x/y`]) {
      const answer = await cloud.send(`http://127.0.0.1:4566${at}`, { method: 'POST' });
      expect(answer).toMatchObject({ status: 200, text: '/x/y' });
    }
  });

  it('lets a less specific resource take a method that the specific one lacks', async () => {
    cloud.functions.set('all', () => ({ statusCode: 200, body: 'all' }));
    expect(await cloud.send(url('/prod/resource/1'), { method: 'PUT' })).toMatchObject({ text: 'all' });
  });

  it('refuses paths without a route, unknown stages and unknown APIs', async () => {
    expect(await cloud.send(url('/prod'))).toMatchObject({
      status: 403,
      text: '{"message":"Missing Authentication Token"}',
      headers: { 'x-amzn-errortype': 'MissingAuthenticationTokenException' },
    });
    const forbidden = { status: 403, text: '{"message":"Forbidden"}' };
    expect(await cloud.send(url('/nowhere/resource/1'))).toMatchObject(forbidden);
    expect(await cloud.send('http://nosuchapi0.execute-api.localhost:4566/prod/')).toMatchObject(forbidden);
    expect(cloud.invocations).toEqual([]);
  });

  it.each([
    ['a function that throws', () => Promise.reject(new Error('boom'))],
    ['a text', () => 'hello'],
    ['members nobody knows', () => ({ statusCode: 200, cookies: [] })],
    ['a body that is no text', () => ({ statusCode: 200, body: { a: 1 } })],
    ['a status that is none', () => ({ statusCode: 'ok' })],
  ])('answers 502 to %s', async (_, run) => {
    cloud.functions.set('read', run);
    expect(await cloud.send(url('/prod/resource/1'))).toMatchObject({
      status: 502,
      text: '{"message": "Internal server error"}'.replace(': ', ':'),
      headers: { 'x-amzn-errortype': 'InternalServerErrorException' },
    });
  });

  it('answers 500 when the function is missing, and 504 when it takes longer than the integration may', async () => {
    expect(await cloud.send(url('/prod/resource/1'))).toMatchObject({
      status: 500,
      text: '{"message":"Internal server error"}',
    });
    cloud.functions.set('read', () => new Promise(() => {}));
    const late = cloud.send(url('/prod/resource/1'));
    await new Promise((resolve) => setImmediate(resolve));
    await cloud.clock.advance(29_000);
    expect(await late).toMatchObject({ status: 504, text: '{"message":"Endpoint request timed out"}' });
  });

  it('keeps serving a deployment while the API changes, until the stage points to the next', async () => {
    cloud.functions.set('all', () => ({ statusCode: 200, body: 'old' }));
    const { items } = await cloud.call<{ items: { id: string; path: string }[] }>('GetResources', {
      restApiId: id,
    });
    const greedy = items.find((item) => item.path === '/{proxy+}');
    await cloud.call('DeleteResource', { restApiId: id, resourceId: greedy?.id });
    expect(await cloud.send(url('/prod/x'))).toMatchObject({ status: 200, text: 'old' });
    await cloud.call('CreateDeployment', { restApiId: id, stageName: 'prod' });
    expect(await cloud.send(url('/prod/x'))).toMatchObject({ status: 403 });
  });

  it('is gone with its API', async () => {
    await cloud.call('DeleteRestApi', { restApiId: id });
    expect(await cloud.send(url('/prod/resource/1'))).toMatchObject({ status: 403 });
    await expect(cloud.call('GetRestApi', { restApiId: id })).rejects.toMatchObject({
      code: 'NotFoundException',
      status: 404,
      message: `Invalid API identifier specified ${account}:${id}`,
    });
  });
});

describe('whatever a client sends', () => {
  it('reaches the function or is refused, but breaks nothing', async () => {
    cloud.functions.set('all', (event) => ({ statusCode: 200, body: JSON.stringify(event) }));
    const name = fc.oneof(
      fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'a'),
      fc.string({ minLength: 1, maxLength: 8 }),
    );
    const pairs = fc.array(fc.tuple(name, fc.string({ maxLength: 8 })), { maxLength: 4 });
    const media = fc.constantFrom('constructor', '__proto__', 'a/b', '', 'application/json', ';;', ',');
    await fc.assert(
      fc.asyncProperty(pairs, fc.webPath(), media, fc.string(), async (query, path, type, body) => {
        const answer = await cloud.send(url(`/prod/x${path}?${new URLSearchParams(query)}`), {
          method: 'POST',
          headers: { 'Content-Type': type, Accept: type, Constructor: 'c' },
          body,
        });
        expect(answer.status).toBe(200);
        const event = JSON.parse(answer.text) as { multiValueQueryStringParameters: object | null };
        const names = Object.keys(event.multiValueQueryStringParameters ?? {}).sort();
        expect(names).toEqual([...new Set(query.map(([key]) => key))].sort());
        const mock = await cloud.send(url('/prod/resource/1'), {
          method: 'OPTIONS',
          headers: { 'Content-Type': type, Accept: type },
          body,
        });
        expect([200, 500]).toContain(mock.status);
      }),
    );
  });
});

describe('an API built call by call', () => {
  it('tells back what it was told, refuses duplicates and undeployable states', async () => {
    const { id: api, rootResourceId } = await cloud.call<{ id: string; rootResourceId: string }>(
      'CreateRestApi',
      {
        name: 'hand-made',
        binaryMediaTypes: ['image/png'],
      },
    );
    await expect(cloud.call('CreateDeployment', { restApiId: api })).rejects.toMatchObject({
      message: "The REST API doesn't contain any methods",
    });
    const resource = await cloud.call<{ id: string }>('CreateResource', {
      restApiId: api,
      parentId: rootResourceId,
      pathPart: '{id}',
    });
    await expect(
      cloud.call('CreateResource', { restApiId: api, parentId: rootResourceId, pathPart: '{id}' }),
    ).rejects.toMatchObject({ code: 'ConflictException', status: 409 });
    await expect(
      cloud.call('CreateResource', { restApiId: api, parentId: rootResourceId, pathPart: '{other}' }),
    ).rejects.toMatchObject({ code: 'BadRequestException' });
    const method = { restApiId: api, resourceId: resource.id, httpMethod: 'GET' };
    await cloud.call('PutMethod', { ...method, authorizationType: 'NONE' });
    await expect(cloud.call('CreateDeployment', { restApiId: api })).rejects.toMatchObject({
      message: 'No integration defined for method',
    });
    await cloud.call('PutIntegration', {
      ...method,
      type: 'MOCK',
      requestTemplates: { 'application/json': '{"statusCode":200}' },
    });
    await expect(
      cloud.call('PutIntegrationResponse', { ...method, statusCode: '200' }),
    ).rejects.toMatchObject({
      code: 'NotFoundException',
    });
    await cloud.call('PutMethodResponse', {
      ...method,
      statusCode: '200',
      responseParameters: { 'method.response.header.X-Id': false },
    });
    await cloud.call('PutIntegrationResponse', {
      ...method,
      statusCode: '200',
      responseParameters: { 'method.response.header.X-Id': 'method.request.path.id' },
      responseTemplates: { 'application/json': '{"id":"$input.params(\'id\')","stage":"$context.stage"}' },
    });
    const deployment = await cloud.call<{ id: string; apiSummary: object }>('CreateDeployment', {
      restApiId: api,
    });
    expect(deployment.apiSummary).toEqual({
      '/{id}': { GET: { authorizationType: 'NONE', apiKeyRequired: false } },
    });
    await cloud.call('CreateStage', { restApiId: api, stageName: 'dev', deploymentId: deployment.id });
    const answer = await cloud.send(`http://${api}.execute-api.${region}.amazonaws.com/dev/7`);
    expect(answer).toMatchObject({ status: 200, text: '{"id":"7","stage":"dev"}', headers: { 'x-id': '7' } });
    await expect(
      cloud.call('DeleteDeployment', { restApiId: api, deploymentId: deployment.id }),
    ).rejects.toMatchObject({
      message: 'Active stages pointing to this deployment must be moved or deleted',
    });
  });
});
