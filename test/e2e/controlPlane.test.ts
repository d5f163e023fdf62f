/** The control plane belongs to whoever started the cloud: the functions that run in it are refused. */
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import { CreateFunctionCommand, InvokeCommand, LambdaClient, type Runtime } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let lambda: LambdaClient;
let isolated: boolean;
beforeAll(async () => {
  cloud = await startCloud();
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
  await create('node', 'nodejs22.x', { 'index.js': javascript });
  const { driver } = JSON.parse((await invoke('node', { look: true })) as string);
  isolated = driver === 'bwrap';
});
afterAll(() => cloud.close());

/** Sends what it is told to, and answers with status and body. */
const javascript = `
const http = require('http');
const fs = require('fs');
exports.handler = async ({ look, method, path, headers, from }) => {
  if (look) return JSON.stringify({ driver: fs.existsSync('/var/launch/variables') ? 'bwrap' : 'process' });
  const { hostname, port } = new URL(process.env.AWS_ENDPOINT_URL);
  return new Promise((resolve) => {
    const request = http.request({ hostname, port, method, path, headers, localAddress: from }, (response) => {
      let body = '';
      response.on('data', (chunk) => { body += chunk; });
      response.on('end', () => resolve([response.statusCode, body]));
    });
    request.on('error', (error) => resolve([0, error.message]));
    request.end();
  });
};`;
const python = `
import os, urllib.request, urllib.error
def handler(event, context):
    request = urllib.request.Request(os.environ['AWS_ENDPOINT_URL'] + event['path'], method=event['method'])
    try:
        with urllib.request.urlopen(request) as response:
            return [response.status, response.read().decode()]
    except urllib.error.HTTPError as error:
        return [error.code, error.read().decode()]
`;

async function create(FunctionName: string, Runtime: Runtime, files: Record<string, string>) {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: 'arn:aws:iam::000000000000:role/functions',
      Runtime,
      Handler: 'index.handler',
      Timeout: 10,
      Code: { ZipFile: await zipped(files) },
    }),
  );
}

async function invoke(FunctionName: string, event: object): Promise<unknown> {
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
  return JSON.parse(Buffer.from(Payload ?? []).toString('utf8'));
}

const routes = [
  ['POST', '/_brume/reset'],
  ['POST', '/_brume/stop'],
  ['POST', '/_brume/clock'],
  ['GET', '/_brume/clock'],
  ['PUT', '/_brume/snapshot'],
  ['GET', '/_brume/snapshot'],
  ['GET', '/_brume/audit'],
  ['GET', '/_brume/usage'],
  ['POST', '/_brume/services/lambda/inspect?function=node&port=9229'],
] as const;
const refused = [403, expect.stringContaining("doesn't answer functions")];

describe('a function', () => {
  it('may look whether the cloud is well, and is refused all else of its control plane', async ({ skip }) => {
    skip(!isolated, 'functions run as plain processes here');
    expect(await invoke('node', { method: 'GET', path: '/_brume/health' })).toEqual([200, expect.anything()]);
    for (const [method, path] of routes) {
      expect([path, await invoke('node', { method, path })]).toEqual([path, refused]);
    }
  });

  it('is refused under other names, addresses and headers', async ({ skip }) => {
    skip(!isolated, 'functions run as plain processes here');
    const ask = { method: 'POST', path: '/_brume/reset' };
    const ways = [
      { headers: { host: 'localhost' } },
      { headers: { 'x-forwarded-for': '203.0.113.9' } },
      { headers: { origin: 'http://localhost' } },
      { from: '127.9.9.9' },
    ];
    for (const way of ways) expect([way, await invoke('node', { ...ask, ...way })]).toEqual([way, refused]);
  });

  it('is refused in Python too', async ({ skip }) => {
    skip(!isolated, 'functions run as plain processes here');
    await create('python', 'python3.12', { 'index.py': python });
    expect(await invoke('python', { method: 'POST', path: '/_brume/reset' })).toEqual(refused);
  });

  it('can’t have an API of the cloud ask in its place', async () => {
    const http = new ApiGatewayV2Client(cloud.clientConfig);
    const { ApiId } = await http.send(new CreateApiCommand({ Name: 'deputy', ProtocolType: 'HTTP' }));
    const { IntegrationId } = await http.send(
      new CreateIntegrationCommand({
        ApiId,
        IntegrationType: 'HTTP_PROXY',
        IntegrationMethod: 'POST',
        IntegrationUri: `${cloud.endpoint}/_brume/reset`,
        PayloadFormatVersion: '1.0',
        RequestParameters: { 'remove:header.x-brume-on-behalf': "''" },
      }),
    );
    await http.send(
      new CreateRouteCommand({ ApiId, RouteKey: 'POST /x', Target: `integrations/${IntegrationId}` }),
    );
    await http.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }));
    const address = `${cloud.endpoint}/_aws/execute-api/${ApiId}/$default/x`;
    const answer = await fetch(address, { method: 'POST' });
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('on behalf')]);
    http.destroy();
  });
});

describe('the owner', () => {
  it('is answered as before', async () => {
    const answer = await fetch(`${cloud.endpoint}/_brume/clock`);
    expect(answer.status).toBe(200);
    await cloud.reset();
    await expect(invoke('node', {})).rejects.toThrow(/Function not found/);
  });
});
