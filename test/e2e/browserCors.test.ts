/** `fetch` of pages in a real browser, from other origins than the API's: REST and HTTP APIs with CORS. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { chromium, whileOpen } from './support/browser.ts';

const template = (origin: string) => `
Transform: AWS::Serverless-2016-10-31
Resources:
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Cors:
        AllowOrigin: "'${origin}'"
        AllowHeaders: "'content-type,x-trace'"
        AllowMethods: "'GET,POST,OPTIONS'"
        AllowCredentials: true
  Http:
    Type: AWS::Serverless::HttpApi
    Properties:
      CorsConfiguration:
        AllowOrigins: ['${origin}']
        AllowHeaders: [x-trace, content-type]
        AllowMethods: [GET, POST]
        ExposeHeaders: [x-seen]
        AllowCredentials: true
  Answer:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      InlineCode: |
        exports.handler = async (event) => ({
          statusCode: 200,
          headers: event.version === '2.0' ? { 'x-seen': 'yes' } : { 'access-control-allow-origin': '${origin}', 'access-control-allow-credentials': 'true' },
          body: JSON.stringify({ trace: event.headers['x-trace'] ?? null, body: event.body ?? null }),
        });
      Events:
        Rest: { Type: Api, Properties: { RestApiId: !Ref Rest, Path: /items, Method: ANY } }
        Http: { Type: HttpApi, Properties: { ApiId: !Ref Http, Path: /items, Method: ANY } }
Outputs:
  Rest: { Value: !Ref Rest }
  Http: { Value: !Ref Http }
`;

interface Attempt {
  url: string;
  init?: { method?: string; headers?: Record<string, string>; body?: string; credentials?: string };
}

/** What the page reports of an attempt. */
type Outcome = { status: number; seen: string | null; body: unknown } | 'blocked';

let cloud: Cloud;
let pages: Server;
let port: number;
let apis: Record<'Rest' | 'Http', string>;
let script = '';
let report: (outcomes: Outcome[]) => void = () => {};

beforeAll(async () => {
  if (!chromium) return;
  pages = createServer(async (request, response) => {
    if (request.method === 'POST') {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      report(JSON.parse(Buffer.concat(parts).toString()) as Outcome[]);
    }
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><title>page</title><script type="module">${script}</script>`);
  });
  await new Promise<void>((resolve) => pages.listen(0, resolve));
  port = (pages.address() as AddressInfo).port;
  cloud = await startCloud();
  const client = new CloudFormationClient(cloud.clientConfig);
  const StackName = 'pages';
  await client.send(
    new CreateStackCommand({
      StackName,
      TemplateBody: template(`http://127.0.0.1:${port}`),
      Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND'],
    }),
  );
  await waitUntilStackCreateComplete(
    { client, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.2 },
    { StackName },
  );
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
  const outputs = Object.fromEntries(
    (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  );
  apis = {
    Rest: `${cloud.endpoint}/_aws/execute-api/${outputs.Rest}/prod/items`,
    Http: `${cloud.endpoint}/_aws/execute-api/${outputs.Http}/$default/items`,
  };
  client.destroy();
});

afterAll(async () => {
  pages?.close();
  await cloud?.close();
});

/** Makes the attempts from a page at `host`, one after another. */
function fromPageAt(host: string, attempts: readonly Attempt[]): Promise<Outcome[]> {
  script = `
    const outcomes = [];
    for (const { url, init } of ${JSON.stringify(attempts)}) {
      try {
        const answer = await fetch(url, init);
        outcomes.push({ status: answer.status, seen: answer.headers.get('x-seen'), body: await answer.json() });
      } catch { outcomes.push('blocked'); }
    }
    await fetch('/', { method: 'POST', body: JSON.stringify(outcomes) });`;
  const reported = new Promise<Outcome[]>((resolve) => {
    report = resolve;
  });
  return whileOpen(`http://${host}:${port}/`, reported);
}

describe.skipIf(!chromium)(`a page in a browser${chromium ? '' : ' (skipped: no Chromium here)'}`, () => {
  const attemptsAt = (url: string): Attempt[] => [
    { url, init: { credentials: 'include' } },
    {
      url,
      init: {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-trace': 'from a page' },
        body: '{"n":1}',
        credentials: 'include',
      },
    },
    { url, init: { headers: { 'x-other': '1' } } },
    { url, init: { method: 'DELETE' } },
  ];

  for (const kind of ['Rest', 'Http'] as const) {
    const seen = kind === 'Http' ? 'yes' : null;

    it(`of the origin that a ${kind} API allows does what it may, and nothing else`, async () => {
      expect(await fromPageAt('127.0.0.1', attemptsAt(apis[kind]))).toEqual([
        { status: 200, seen, body: { trace: null, body: null } },
        { status: 200, seen, body: { trace: 'from a page', body: '{"n":1}' } },
        'blocked',
        'blocked',
      ]);
    });

    it(`of another origin learns nothing from a ${kind} API`, async () => {
      expect(await fromPageAt('localhost', attemptsAt(apis[kind]))).toEqual(Array(4).fill('blocked'));
    });
  }
});
