/** WebSocket APIs: what an open connection costs, and how fast messages are answered, against the bare `ws` package. */
import { readFileSync } from 'node:fs';
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateIntegrationResponseCommand,
  CreateRouteCommand,
  CreateRouteResponseCommand,
  CreateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { zipped } from '../src/services/lambda/code/zipped.ts';
import { median, quantile, type Row, type Section } from './lib/report.ts';
import { type ServerUnderTest, startBareWebSocket, startBrume } from './lib/servers.ts';
import { type CrowdTarget, openCrowd } from './lib/sockets.ts';

export interface WebSocketBench {
  /** Connections that are held open at once. Needs as many files: `ulimit -n`, on both sides. */
  connections: number;
  rounds: number;
  durationMs: number;
}

const region = 'us-east-1';
/** An account may send 10,000 messages a second in a region, on AWS and here: the load is spread over several. */
const accounts = ['111111111111', '222222222222', '333333333333', '444444444444'];
const talkers = 32;
/** Each has an execution environment of its own. */
const functionTalkers = 8;

export async function websocket(options: WebSocketBench): Promise<Section> {
  const bare = await startBareWebSocket();
  const brume = await startBrume({ ephemeral: true });
  try {
    const paths: string[] = [];
    for (const account of accounts) {
      paths.push(`/_aws/execute-api/${await deploy(brume, account)}/live`);
    }
    const target = (server: ServerUnderTest, action: string, answer: string): CrowdTarget => ({
      port: server.port,
      paths: server === bare ? ['/'] : paths,
      message: `{"action":"${action}","text":"hello"}`,
      answer,
    });
    const rates = { bare: [] as number[], mock: [] as number[], lambda: [] as number[] };
    const latencies: number[] = [];
    for (let round = 0; round < options.rounds; round++) {
      rates.bare.push((await rate(target(bare, 'mock', '{"action"'), options.durationMs)).perSecond);
      const mock = await rate(target(brume, 'mock', '{"hello"'), options.durationMs);
      rates.mock.push(mock.perSecond);
      latencies.push(...mock.latencies);
      const lambda = await rate(target(brume, 'lambda', '{"action"'), options.durationMs, functionTalkers);
      rates.lambda.push(lambda.perSecond);
    }
    const before = residentBytes(brume);
    const startedAt = performance.now();
    const crowd = await openCrowd(target(brume, 'mock', '{"hello"'), options.connections);
    const openSeconds = (performance.now() - startedAt) / 1000;
    const held = (residentBytes(brume) - before) / options.connections;
    const all = [await crowd.once(), await crowd.once(), await crowd.once()];
    const used = (residentBytes(brume) - before) / options.connections;
    crowd.close();
    const [bareRate, mockRate, lambdaRate] = [rates.bare, rates.mock, rates.lambda].map(median) as [
      number,
      number,
      number,
    ];
    const share = (what: string, value: number): Row => ({
      what,
      measured: `${Math.round(value)} messages/s`,
      against: `${Math.round(bareRate)} messages/s (bare ws)`,
      ratio: value / bareRate,
    });
    return {
      title: 'WebSocket APIs: connections held, messages answered',
      how: `Messages of 32 connections with one in flight each, answered by a MOCK route with a template and (8 connections) by a function, against a bare server of the \`ws\` package. Then ${options.connections} connections at once: what the process grows by, and how long all of them take to get an answer to a message. Both sides need that many files (\`ulimit -n\`).`,
      rows: [
        {
          ...share('MOCK route', mockRate),
          measured: `${Math.round(mockRate)} messages/s (p99 ${quantile(latencies, 0.99).toFixed(1)} ms)`,
        },
        share('Lambda proxy route', lambdaRate),
        {
          what: `${options.connections} connections held`,
          measured: `${(held / 1024).toFixed(1)} KiB each (${(used / 1024).toFixed(1)} KiB after three messages each, garbage included); opened at ${Math.round(options.connections / openSeconds)}/s`,
          goal: { text: 'at most 32 KiB each', met: held <= 32 * 1024 },
        },
        {
          what: 'a message and its answer on every connection',
          measured: `${Math.round(median(all))} ms for all`,
        },
      ],
    };
  } finally {
    await brume.stop();
    await bare.stop();
  }
}

async function rate(target: CrowdTarget, durationMs: number, connections = talkers) {
  const crowd = await openCrowd(target, connections);
  await crowd.talk(connections, 1_000);
  const result = await crowd.talk(connections, durationMs);
  crowd.close();
  return result;
}

function residentBytes({ pid }: ServerUnderTest): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** @returns the API's id. */
async function deploy({ port }: ServerUnderTest, account: string): Promise<string> {
  const credentials = { accessKeyId: account, secretAccessKey: 'test' };
  const config = { endpoint: `http://127.0.0.1:${port}`, region, credentials };
  const v2 = new ApiGatewayV2Client(config);
  const lambda = new LambdaClient(config);
  const code = `exports.handler = async (event) => ({ statusCode: 200, body: event.body });`;
  const { FunctionArn } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'echo',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::${account}:role/bench`,
      Code: { ZipFile: await zipped({ 'index.js': code }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 10 }, { FunctionName: 'echo' });
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: 'echo',
      StatementId: 'sockets',
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
    }),
  );
  const { ApiId = '' } = await v2.send(
    new CreateApiCommand({
      Name: 'bench',
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
    }),
  );
  const mock = await v2.send(
    new CreateIntegrationCommand({
      ApiId,
      IntegrationType: 'MOCK',
      RequestTemplates: { $default: '{"statusCode":200}' },
    }),
  );
  await v2.send(
    new CreateIntegrationResponseCommand({
      ApiId,
      IntegrationId: mock.IntegrationId,
      IntegrationResponseKey: '$default',
      ResponseTemplates: { $default: '{"hello":"$context.connectionId"}' },
    }),
  );
  const proxy = await v2.send(
    new CreateIntegrationCommand({
      ApiId,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${FunctionArn}/invocations`,
    }),
  );
  for (const [RouteKey, { IntegrationId }] of [
    ['mock', mock],
    ['lambda', proxy],
  ] as const) {
    const { RouteId } = await v2.send(
      new CreateRouteCommand({ ApiId, RouteKey, Target: `integrations/${IntegrationId}` }),
    );
    await v2.send(new CreateRouteResponseCommand({ ApiId, RouteId, RouteResponseKey: '$default' }));
  }
  await v2.send(new CreateStageCommand({ ApiId, StageName: 'live', AutoDeploy: true }));
  v2.destroy();
  lambda.destroy();
  return ApiId;
}
