/**
 * REST APIs against a bare Node HTTP server: a MOCK method, an HTTP_PROXY to that server and a Lambda proxy, with one
 * route and with 300; latency and memory under a steady load.
 */
import { readFileSync } from 'node:fs';
import { APIGatewayClient, CreateDeploymentCommand, ImportRestApiCommand } from '@aws-sdk/client-api-gateway';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { zipped } from '../src/services/lambda/code/zipped.ts';
import { httpRequest, type LoadResult, runLoad } from './lib/load.ts';
import { median, type Row, type Section } from './lib/report.ts';
import { type ServerUnderTest, startBrume, startPlain } from './lib/servers.ts';

export interface ApiGatewayBench {
  rounds: number;
  durationMs: number;
  /** Of the steady load at the end. */
  steadyMs: number;
}

const region = 'us-east-1';
const routes = [1, 300] as const;
const connections = 32;
/** An account may send 10,000 requests a second in a region, on AWS and here: the load is spread over several. */
const accounts = ['111111111111', '222222222222', '333333333333', '444444444444'];

type Kind = 'mock' | 'http' | 'lambda';

/** Shares of the bare server's rate. */
const goals: Record<Kind, number> = { mock: 0.6, http: 0.4, lambda: 0.25 };
const titles: Record<Kind, string> = { mock: 'MOCK method', http: 'HTTP_PROXY', lambda: 'Lambda proxy' };

export async function apigateway(options: ApiGatewayBench): Promise<Section> {
  const plain = await startPlain();
  const brume = await startBrume({ ephemeral: true });
  try {
    const paths = await deploy(brume, plain);
    const rates = new Map<string, number[]>();
    const add = (what: string, result: LoadResult) => {
      if (result.errors > 0) throw new Error(`${what}: ${result.errors} unexpected answers`);
      rates.set(what, [...(rates.get(what) ?? []), result.requestsPerSecond]);
    };
    const load = (port: number, targets: readonly string[], durationMs: number) =>
      runLoad({
        port,
        connections,
        requests: targets.map((path) =>
          httpRequest({ method: 'GET', path, headers: { host: `127.0.0.1:${port}` } }),
        ),
        warmupMs: 1_000,
        durationMs,
        expectStatus: 200,
      });
    for (let round = 0; round < options.rounds; round++) {
      add('bare', await load(plain.port, ['/'], options.durationMs));
      for (const [what, targets] of paths) add(what, await load(brume.port, targets, options.durationMs));
    }
    const before = residentBytes(brume.pid);
    const steady = await load(brume.port, paths.get('mock 300') ?? [], options.steadyMs);
    const grown = residentBytes(brume.pid) - before;
    return section(options, rates, steady, grown);
  } finally {
    await brume.stop();
    await plain.stop();
  }
}

function section(
  options: ApiGatewayBench,
  rates: ReadonlyMap<string, number[]>,
  steady: LoadResult,
  grown: number,
): Section {
  const rate = (what: string) => median(rates.get(what) ?? []);
  const bare = rate('bare');
  const rows: Row[] = (Object.keys(goals) as Kind[]).flatMap((kind) =>
    routes.map((count) => {
      const ratio = rate(`${kind} ${count}`) / bare;
      return {
        what: `${titles[kind]}, ${count === 1 ? '1 route' : `${count} routes`}`,
        measured: `${rate(`${kind} ${count}`)}/s`,
        against: `bare ${bare}/s`,
        ratio,
        goal: { text: `at least ${goals[kind]}`, met: ratio >= goals[kind] },
      };
    }),
  );
  const seconds = Math.round(options.steadyMs / 1000);
  const mebibytes = grown / 2 ** 20;
  rows.push(
    {
      what: `MOCK under a steady load of ${seconds} s`,
      measured: `p50 ${steady.p50} µs, p99 ${steady.p99} µs, ${steady.requestsPerSecond}/s`,
      goal: { text: 'p99 at most 20 ms', met: steady.p99 <= 20_000 },
    },
    {
      what: 'memory over that load',
      measured: `${mebibytes >= 0 ? '+' : ''}${mebibytes.toFixed(1)} MiB`,
      goal: { text: 'at most 64 MiB', met: mebibytes <= 64 },
    },
  );
  return {
    title: 'API Gateway: REST APIs against a bare Node HTTP server',
    how: `GET over ${connections} keep-alive connections, unsigned, spread over ${accounts.length} accounts (each may send 10,000 requests a second). The bare server answers 35 bytes of JSON; it is also what HTTP_PROXY calls, so that its work is done twice there. Medians of ${options.rounds} rounds of ${options.durationMs / 1000} s.`,
    rows,
  };
}

/** @returns the addresses of each kind and number of routes. */
async function deploy(brume: ServerUnderTest, plain: ServerUnderTest): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const account of accounts) {
    const config = {
      endpoint: `http://127.0.0.1:${brume.port}`,
      region,
      credentials: { accessKeyId: account, secretAccessKey: 'test' },
    };
    const gateway = new APIGatewayClient(config);
    const lambda = new LambdaClient(config);
    await createFunction(lambda, account);
    for (const count of routes) {
      for (const [kind, integration] of Object.entries(integrations(account, plain.port))) {
        const body = Buffer.from(JSON.stringify(document(`${kind} ${count}`, integration, count)));
        const { id } = await gateway.send(new ImportRestApiCommand({ body }));
        await gateway.send(new CreateDeploymentCommand({ restApiId: id, stageName: 'prod' }));
        const targets = pathsOf(count).map((path) => `/_aws/execute-api/${id}/prod${path}`);
        const what = `${kind} ${count}`;
        found.set(what, [...(found.get(what) ?? []), ...targets]);
      }
    }
    gateway.destroy();
    lambda.destroy();
  }
  return found;
}

async function createFunction(lambda: LambdaClient, account: string): Promise<void> {
  const source = 'exports.handler = async () => ({ statusCode: 200, body: \'{"message":"hello"}\' });';
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'bench',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::${account}:role/bench`,
      Code: { ZipFile: await zipped({ 'index.js': source }) },
    }),
  );
  await waitUntilFunctionActiveV2(
    { client: lambda, maxWaitTime: 30, minDelay: 0.05 },
    { FunctionName: 'bench' },
  );
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: 'bench',
      StatementId: 'api',
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
    }),
  );
}

function integrations(account: string, port: number): Record<Kind, object> {
  const mock = {
    type: 'mock',
    requestTemplates: { 'application/json': '{"statusCode":200}' },
    responses: {
      default: {
        statusCode: '200',
        responseTemplates: { 'application/json': '{"message":"hello","items":[1,2,3]}' },
      },
    },
  };
  const http = { type: 'http_proxy', httpMethod: 'GET', uri: `http://127.0.0.1:${port}/` };
  const lambda = {
    type: 'aws_proxy',
    httpMethod: 'POST',
    uri: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/arn:aws:lambda:${region}:${account}:function:bench/invocations`,
  };
  return { mock, http, lambda };
}

/** The root and its children: 300 resources are as many as an API may have. */
function pathsOf(count: number): string[] {
  return Array.from({ length: count }, (_, at) => (at === 0 ? '/' : `/r${at}`));
}

function document(title: string, integration: object, count: number): object {
  const get = {
    responses: { 200: { description: 'ok' } },
    'x-amazon-apigateway-integration': integration,
  };
  const paths = Object.fromEntries(pathsOf(count).map((path) => [path, { get }]));
  return { openapi: '3.0.1', info: { title, version: '1' }, paths };
}

/** What the process holds, in bytes. */
function residentBytes(pid: number): number {
  const pages = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(pages) * 1024;
}
