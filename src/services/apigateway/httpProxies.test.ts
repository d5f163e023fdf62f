/** Web servers behind HTTP APIs and streamed by REST APIs. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { apigateway } from './index.ts';
import { openToyCloud, type ToyCloud } from './testing/toyCloud.ts';
import { apigatewayv2 } from './v2/index.ts';

let server: Server;
let origin: string;
let seen: {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}[];
/** Lets the server answer; it has sent the head of its answer by then. */
let goOn: () => void;

beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      if (request.url === '/silent') return;
      response.writeHead(201, { 'X-One': ['1', '2'], 'Set-Cookie': ['a=1', 'b=2'], Server: 'toy' });
      if (request.url !== '/stream') return void response.end('answer');
      response.write('first ');
      goOn = () => response.end('second');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  return new Promise<void>((resolve) => server.close(() => resolve()));
});

describe('an HTTP API in front of a web server', () => {
  let cloud: ToyCloud;
  let ApiId: string;
  const send = (path: string, init: object = {}) =>
    cloud.send(`http://${ApiId}.execute-api.localhost:4566${path}`, init);

  async function proxyTo(uri: string, more: object = {}): Promise<void> {
    cloud = openToyCloud(new MemoryStore(), [apigatewayv2]);
    const api = { Name: 'h', ProtocolType: 'HTTP' };
    ApiId = (await cloud.call<{ ApiId: string }>('CreateApi', api)).ApiId;
    await cloud.call('CreateStage', { ApiId, StageName: '$default', AutoDeploy: true });
    const { IntegrationId } = await cloud.call<{ IntegrationId: string }>('CreateIntegration', {
      ApiId,
      IntegrationType: 'HTTP_PROXY',
      IntegrationMethod: 'ANY',
      IntegrationUri: uri,
      ...more,
    });
    await cloud.call('CreateRoute', { ApiId, RouteKey: '$default', Target: `integrations/${IntegrationId}` });
  }

  it('says for whom it asks, and joins what the server repeats', async () => {
    await proxyTo(`${origin}/base`);
    const answer = await send('/x?q=1&q=2', {
      method: 'PUT',
      body: 'hello',
      headers: { 'X-Forwarded-For': '198.51.100.7', 'X-Own': 'own' },
    });
    expect(answer).toMatchObject({
      status: 201,
      text: 'answer',
      headers: { 'x-one': '1,2', 'set-cookie': ['a=1', 'b=2'] },
    });
    expect(seen[0]).toMatchObject({ method: 'PUT', url: '/base?q=1&q=2', body: 'hello' });
    expect(seen[0]?.headers).toMatchObject({
      'x-own': 'own',
      forwarded: `by=127.0.0.1;for=127.0.0.1;host=${ApiId}.execute-api.localhost:4566;proto=http`,
      via: 'HTTP/1.1 AmazonAPIGateway',
    });
    expect(seen[0]?.headers['x-forwarded-for']).toBeUndefined();
  });

  it('answers 503 when nobody listens', async () => {
    await proxyTo('http://127.0.0.1:9/');
    expect(await send('/')).toMatchObject({ status: 503, text: '{"message":"Service Unavailable"}' });
  });

  it('answers 503 when the server takes too long', async () => {
    await proxyTo(`${origin}/silent`, { TimeoutInMillis: 1000 });
    const answer = send('/');
    await expect.poll(() => seen.length).toBe(1);
    await cloud.clock.advance(1000);
    expect(await answer).toMatchObject({ status: 503, text: '{"message":"Service Unavailable"}' });
  });
});

describe('a REST API that streams a web server', () => {
  it('hands on what comes while more is to come', async () => {
    const cloud = openToyCloud(new MemoryStore(), [apigateway]);
    const any = {
      responses: {},
      'x-amazon-apigateway-integration': {
        type: 'http_proxy',
        httpMethod: 'ANY',
        uri: `${origin}/stream`,
        responseTransferMode: 'STREAM',
      },
    };
    const document = {
      swagger: '2.0',
      info: { title: 's', version: '1' },
      paths: { '/s': { 'x-amazon-apigateway-any-method': any } },
    };
    const body = Buffer.from(JSON.stringify(document));
    const { id } = await cloud.call<{ id: string }>('ImportRestApi', { body });
    await cloud.call('CreateDeployment', { restApiId: id, stageName: 'prod' });
    const answer = await cloud.open(`http://${id}.execute-api.localhost:4566/prod/s`);
    expect(answer).toMatchObject({ status: 201, headers: { 'x-amzn-remapped-server': 'toy' } });
    const parts = (answer.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    expect(Buffer.from((await parts.next()).value).toString()).toBe('first ');
    goOn();
    expect(Buffer.from((await parts.next()).value).toString()).toBe('second');
    expect((await parts.next()).done).toBe(true);
  });
});
