/** The port of the cloud as its command starts it: what a machine whose DNS or proxies point here relies on. */

import { request as httpRequest } from 'node:http';
import { connect } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Server, startServer } from './support/server.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer(['--port', '0', '--ephemeral', '--log-level', 'error']);
});
afterAll(async () => {
  await server?.kill('SIGKILL');
});

interface Answer {
  status: number;
  body: string;
}

function collect(request: ReturnType<typeof httpRequest>, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    request.end(body);
  });
}

describe('one port', () => {
  it('speaks TLS with a certificate of its own', async () => {
    const url = `https://127.0.0.1:${server.port}/_brume/health`;
    const answer = await collect(httpsRequest(url, { rejectUnauthorized: false }));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ status: 'running' });
  });

  it('speaks HTTP/2 with prior knowledge', async () => {
    const session = connect(server.endpoint);
    const stream = session.request({ ':path': '/_brume/health' });
    let text = '';
    for await (const chunk of stream) text += chunk;
    session.close();
    expect(JSON.parse(text)).toMatchObject({ status: 'running' });
  });

  it.each([
    ['dynamodb.eu-west-1.amazonaws.com', 'DynamoDB_20120810.ListTables', '"TableNames":[]'],
    ['logs.eu-west-1.amazonaws.com', 'Logs_20140328.DescribeLogGroups', '"logGroups":[]'],
  ])('knows %s by its Host', async (host, target, expected) => {
    const headers = { host, 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' };
    const answer = await collect(httpRequest(server.endpoint, { method: 'POST', headers }), '{}');
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body).toContain(expected);
  });

  it('finds a bucket in the host name', async () => {
    const at = (method: string, path: string, body?: string) =>
      collect(
        httpRequest(`${server.endpoint}${path}`, {
          method,
          headers: { host: 'shelf.s3.amazonaws.com' },
        }),
        body,
      );
    expect((await at('PUT', '/')).status).toBe(200);
    expect((await at('PUT', '/a/b', 'content')).status).toBe(200);
    expect(await at('GET', '/a/b')).toEqual({ status: 200, body: 'content' });
  });
});
