import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AwsError, type HttpRequest } from '../../kernel/index.ts';
import { MemoryStore } from '../../store/index.ts';
import { functionUri, openToyCloud, region, type ToyCloud } from './testing/toyCloud.ts';

let cloud: ToyCloud;
let id: string;
const url = (path: string) => `http://${id}.execute-api.localhost:4566/prod${path}`;

const responses = { 200: {}, 400: {}, 500: {} };

async function deploy(paths: object, more: object = {}): Promise<void> {
  const document = { swagger: '2.0', info: { title: 't', version: '1' }, paths, ...more };
  id = (await cloud.call<{ id: string }>('ImportRestApi', { body: Buffer.from(JSON.stringify(document)) }))
    .id;
  await cloud.call('CreateDeployment', { restApiId: id, stageName: 'prod', variables: { port: '80' } });
}

beforeEach(() => {
  cloud = openToyCloud(new MemoryStore());
});

describe('an AWS integration with a function', () => {
  beforeEach(() =>
    deploy({
      '/a/{id}': {
        post: {
          responses,
          'x-amazon-apigateway-integration': {
            type: 'aws',
            httpMethod: 'POST',
            uri: functionUri('f'),
            passthroughBehavior: 'when_no_templates',
            requestTemplates: {
              'application/json': '{"id":"$input.params(\'id\')","body":$input.json(\'$\')}',
            },
            responses: {
              default: {
                statusCode: '200',
                responseTemplates: { 'application/json': '{"got":$input.json(\'$.value\')}' },
              },
              '.*\\[BadRequest\\].*': {
                statusCode: '400',
                responseTemplates: {
                  'application/json': '{"why":"$util.escapeJavaScript($input.path(\'$.errorMessage\'))"}',
                },
              },
            },
          },
        },
      },
    }),
  );

  const post = (body: string, type = 'application/json') =>
    cloud.send(url('/a/7'), { method: 'POST', body, headers: { 'Content-Type': type } });

  it('maps the request and the answer', async () => {
    cloud.functions.set('f', (event) => ({ value: event }));
    expect(await post('{"x":1}')).toMatchObject({ status: 200, text: '{"got":{"id":"7","body":{"x":1}}}' });
  });

  it("selects the response by the function's error", async () => {
    cloud.functions.set('f', () => {
      throw new Error('[BadRequest] no "x"');
    });
    expect(await post('{}')).toMatchObject({ status: 400, text: '{"why":"[BadRequest] no \\"x\\""}' });
  });

  it('answers 415 to a content type without template', async () => {
    expect(await post('<x/>', 'application/xml')).toMatchObject({
      status: 415,
      text: '{"message":"Unsupported Media Type"}',
    });
  });

  it('is tried out before it is deployed', async () => {
    cloud.functions.set('f', (event) => ({ value: event }));
    const { items } = await cloud.call<{ items: { id: string; path: string }[] }>('GetResources', {
      restApiId: id,
    });
    const tested = await cloud.call('TestInvokeMethod', {
      restApiId: id,
      resourceId: items.find((item) => item.path === '/a/{id}')?.id,
      httpMethod: 'POST',
      pathWithQueryString: '/a/9?q=1',
      body: '{"y":2}',
    });
    expect(tested).toMatchObject({ status: 200, body: '{"got":{"id":"9","body":{"y":2}}}' });
    expect(tested.log).toContain('Method completed with status: 200');
  });
});

describe('an AWS integration with another service', () => {
  const integration = (more: object = {}) => ({
    type: 'aws',
    httpMethod: 'POST',
    uri: `arn:aws:apigateway:${region}:dynamodb:action/PutItem`,
    credentials: 'arn:aws:iam::123456789012:role/writer',
    requestTemplates: {
      'application/json': '{"TableName":"t","Item":{"id":{"S":"$context.requestId"},"b":{"B":"aGk="}}}',
    },
    responses: {
      default: { statusCode: '200' },
      '4\\d\\d': {
        statusCode: '400',
        responseTemplates: { 'application/json': '{"code":"$input.path(\'$.__type\')"}' },
      },
    },
    ...more,
  });

  it('runs the operation as its role', async () => {
    await deploy({ '/a': { post: { responses, 'x-amazon-apigateway-integration': integration() } } });
    const calls: unknown[] = [];
    cloud.operations.set('dynamodb:PutItem', async (input, as) => {
      calls.push({ input, as });
      return { Attributes: { b: { B: 'aGk=' } } };
    });
    const answer = await cloud.send(url('/a'), { method: 'POST' });
    expect(answer).toMatchObject({ status: 200, text: '{"Attributes":{"b":{"B":"aGk="}}}' });
    expect(calls).toEqual([
      {
        input: {
          TableName: 't',
          Item: { id: { S: answer.headers['x-amzn-requestid'] }, b: { B: 'aGk=' } },
        },
        as: expect.objectContaining({ type: 'role', roleArn: 'arn:aws:iam::123456789012:role/writer' }),
      },
    ]);
    cloud.operations.set('dynamodb:PutItem', () =>
      Promise.reject(new AwsError('ConditionalCheckFailedException', 'The conditional request failed')),
    );
    expect(await cloud.send(url('/a'), { method: 'POST' })).toMatchObject({
      status: 400,
      text: '{"code":"ConditionalCheckFailedException"}',
    });
  });

  it('reads the form of query services, a queue by its path', async () => {
    await deploy({
      '/a': {
        post: {
          responses,
          'x-amazon-apigateway-integration': integration({
            uri: `arn:aws:apigateway:${region}:sqs:path/123456789012/jobs`,
            requestParameters: {
              'integration.request.header.Content-Type': "'application/x-www-form-urlencoded'",
            },
            requestTemplates: {
              'application/json': 'Action=SendMessage&MessageBody=$util.urlEncode($input.body)',
            },
          }),
        },
      },
    });
    const sent: unknown[] = [];
    cloud.operations.set('sqs:SendMessage', async (input) => {
      sent.push(input);
      return { MessageId: 'm' };
    });
    const answer = await cloud.send(url('/a'), { method: 'POST', body: '{"a":"b & c"}' });
    expect(answer).toMatchObject({ status: 200, text: '{"MessageId":"m"}' });
    expect(sent).toEqual([
      { MessageBody: '{"a":"b & c"}', QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/123456789012/jobs' },
    ]);
  });

  it('sends what parameters and templates set in path, query string and headers', async () => {
    await deploy({
      '/files/{item}': {
        put: {
          parameters: [{ name: 'item', in: 'path', required: true, type: 'string' }],
          responses,
          'x-amazon-apigateway-integration': integration({
            uri: `arn:aws:apigateway:${region}:s3:path/box/{key}`,
            httpMethod: 'PUT',
            requestParameters: {
              'integration.request.path.key': 'method.request.path.item',
              'integration.request.querystring.list-type': "'2'",
              'integration.request.header.X-One': "'one'",
            },
            requestTemplates: {
              'application/json':
                '#set($context.requestOverride.header.X-Two = "two")#set($context.requestOverride.path.key = "over/$input.params(\'item\')")$input.body',
            },
          }),
        },
      },
    });
    const sent: object[] = [];
    cloud.operations.set('s3:PUT /box/over/a.txt', async (_input, _as, request) => {
      const { method, path, query, headers } = request as HttpRequest;
      sent.push({ method, path, query, one: headers['x-one'], two: headers['x-two'] });
      return {};
    });
    expect(await cloud.send(url('/files/a.txt'), { method: 'PUT', body: '{}' })).toMatchObject({
      status: 200,
    });
    expect(sent).toEqual([
      { method: 'PUT', path: '/box/over/a.txt', query: 'list-type=2', one: 'one', two: 'two' },
    ]);
  });

  it('answers bytes where the client takes them', async () => {
    const image = Uint8Array.of(0x89, 0x50, 0xff, 0x00);
    await deploy(
      {
        '/a': {
          get: {
            responses,
            'x-amazon-apigateway-integration': integration({
              uri: `arn:aws:apigateway:${region}:s3:path/box/a.png`,
              httpMethod: 'GET',
              requestTemplates: undefined,
            }),
          },
        },
      },
      { 'x-amazon-apigateway-binary-media-types': ['image/png'] },
    );
    cloud.operations.set('s3:GET /box/a.png', async () => image);
    const get = (accept: string) => cloud.send(url('/a'), { headers: { Accept: accept } });
    expect((await get('image/png')).bytes).toEqual(Buffer.from(image));
    expect((await get('text/plain')).text).toBe(Buffer.from(image).toString('base64'));
  });

  it('needs a role', async () => {
    await deploy({
      '/a': {
        post: { responses, 'x-amazon-apigateway-integration': integration({ credentials: undefined }) },
      },
    });
    expect((await cloud.send(url('/a'), { method: 'POST' })).status).toBe(500);
  });
});

describe('HTTP integrations', () => {
  let server: Server;
  let origin: string;
  const seen: { method?: string | undefined; url?: string | undefined; headers: object; body: string }[] = [];

  beforeEach(async () => {
    seen.length = 0;
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        seen.push({ method: request.method, url: request.url, headers: request.headers, body });
        const status = request.url?.includes('missing') ? 404 : 201;
        response.writeHead(status, {
          'Content-Type': 'text/plain',
          'X-Backend': 'b',
          'Set-Cookie': ['a=1', 'b=2'],
        });
        response.end(`backend ${body}`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

  it('HTTP_PROXY passes everything on, with its mappings over it', async () => {
    await deploy({
      '/{proxy+}': {
        'x-amazon-apigateway-any-method': {
          parameters: [{ name: 'proxy', in: 'path', required: true, type: 'string' }],
          responses: {},
          'x-amazon-apigateway-integration': {
            type: 'http_proxy',
            httpMethod: 'ANY',
            uri: `${origin}/base/{proxy}`,
            requestParameters: {
              'integration.request.path.proxy': 'method.request.path.proxy',
              'integration.request.header.X-Stage': 'context.stage',
            },
          },
        },
      },
    });
    const answer = await cloud.send(url('/x/y?q=1&q=2'), {
      method: 'PUT',
      body: 'hello',
      headers: { 'X-Own': 'own' },
    });
    expect(answer).toMatchObject({
      status: 201,
      text: 'backend hello',
      headers: { 'x-backend': 'b', 'set-cookie': ['a=1', 'b=2'] },
    });
    expect(seen[0]).toMatchObject({
      method: 'PUT',
      url: '/base/x/y?q=1&q=2',
      headers: { 'x-own': 'own', 'x-stage': 'prod' },
      body: 'hello',
    });
  });

  it('HTTP maps both ways and selects by status', async () => {
    await deploy({
      '/a/{what}': {
        get: {
          responses: { 200: { headers: { 'X-From': { type: 'string' } } }, 404: {} },
          'x-amazon-apigateway-integration': {
            type: 'http',
            httpMethod: 'POST',
            uri: `${origin}/{kind}`,
            requestParameters: { 'integration.request.path.kind': 'method.request.path.what' },
            requestTemplates: { 'application/json': 'mapped' },
            responses: {
              '2\\d\\d': {
                statusCode: '200',
                responseParameters: {
                  'method.response.header.X-From': 'integration.response.header.X-Backend',
                },
              },
              404: { statusCode: '404', responseTemplates: { 'application/json': '{"gone":true}' } },
            },
          },
        },
      },
    });
    expect(await cloud.send(url('/a/thing'))).toMatchObject({
      status: 200,
      text: 'backend mapped',
      headers: { 'x-from': 'b' },
    });
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/thing', body: 'mapped' });
    expect(await cloud.send(url('/a/missing'))).toMatchObject({ status: 404, text: '{"gone":true}' });
  });

  it('answers 504 when nobody listens', async () => {
    await deploy({
      '/a': {
        get: {
          responses: {},
          'x-amazon-apigateway-integration': {
            type: 'http_proxy',
            httpMethod: 'GET',
            uri: 'http://127.0.0.1:9/',
          },
        },
      },
    });
    expect(await cloud.send(url('/a'))).toMatchObject({
      status: 504,
      text: '{"message":"Network error communicating with endpoint"}',
    });
  });
});
