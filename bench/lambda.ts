/** Cold starts and warm invocations of a Node.js function through the public Invoke API. */
import { Agent, request } from 'node:http';
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { signRequest } from '../src/identity/sign.ts';
import { zipped } from '../src/services/lambda/code/zipped.ts';
import { httpRequest, type LoadResult, runLoad } from './lib/load.ts';
import { median, quantile, type Section } from './lib/report.ts';
import { type ServerUnderTest, startBrume } from './lib/servers.ts';

const region = 'us-east-1';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
/** Between two cold starts, so that each is one of a quiet cloud and not of a queue of them. Milliseconds. */
const restMs = 120;

export async function lambda(options: { coldStarts: number; warmMs: number }): Promise<Section> {
  const server = await startBrume();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const client = new LambdaClient({ endpoint: `http://127.0.0.1:${server.port}`, region, credentials });
  const cold: number[] = [];
  let warm: LoadResult;
  try {
    // The first functions start the service and its pool of sandboxes; they aren't counted.
    for (let index = 0; index < options.coldStarts + 3; index++) {
      const name = `cold-${index}`;
      await create(
        client,
        name,
        `exports.handler = async () => 'hello ${index} ${process.hrtime.bigint()}';`,
      );
      await rest(restMs);
      const took = await invoke(server, agent, name, `hello ${index} `);
      if (index >= 3) cold.push(took);
      await client.send(new DeleteFunctionCommand({ FunctionName: name }));
    }
    await create(client, 'warm', 'exports.handler = async (event) => "hello " + event.name;');
    await invoke(server, agent, 'warm', 'hello world');
    warm = await runLoad({
      port: server.port,
      connections: 1,
      requests: [httpRequest({ ...signedInvoke(server, 'warm'), method: 'POST' })],
      warmupMs: 1_000,
      durationMs: options.warmMs,
      expectStatus: 200,
    });
    if (warm.errors > 0) throw new Error(`${warm.errors} unexpected answers`);
  } finally {
    agent.destroy();
    client.destroy();
    await server.stop();
  }
  const [coldMs, warmMs] = [median(cold), warm.p50 / 1000];
  return {
    title: 'Lambda: invocation through the public API',
    how: `A hello-world function in Node.js, 128 MB, one signed request at a time over one connection, from the request’s first byte to the answer’s last. Cold: ${options.coldStarts} functions, each of code never seen before, invoked once, ${restMs} ms after it was created, by Node’s HTTP client. Warm: ${warm.completed} invocations of one function, over a bare socket in another process.`,
    rows: [
      {
        what: 'cold start',
        measured: `${coldMs.toFixed(2)} ms (p90 ${quantile(cold, 0.9).toFixed(2)} ms, p99 ${quantile(cold, 0.99).toFixed(2)} ms)`,
        goal: { text: 'median at most 5 ms', met: coldMs <= 5 },
      },
      {
        what: 'warm invoke',
        measured: `${warmMs.toFixed(2)} ms (p99 ${(warm.p99 / 1000).toFixed(2)} ms)`,
        goal: { text: 'median at most 0.6 ms', met: warmMs <= 0.6 },
      },
    ],
  };
}

async function create(client: LambdaClient, FunctionName: string, source: string): Promise<void> {
  await client.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/bench',
      Code: { ZipFile: await zipped({ 'index.js': source }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client, maxWaitTime: 10, minDelay: 0.01 }, { FunctionName });
}

/** @param qualifier of the version; $LATEST when absent. @returns how long it took, in milliseconds. */
export function invoke(
  server: ServerUnderTest,
  agent: Agent,
  name: string,
  expected: string,
  qualifier?: string,
): Promise<number> {
  const { path, headers, body } = signedInvoke(server, name, qualifier);
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const sent = request({ host: '127.0.0.1', port: server.port, path, method: 'POST', headers, agent });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => {
        const took = performance.now() - startedAt;
        if (response.statusCode === 200 && text.includes(expected)) resolve(took);
        else reject(new Error(`${name} answered ${response.statusCode}: ${text}`));
      });
    });
    sent.end(body);
  });
}

/** A signed request to invoke a function. */
function signedInvoke(server: ServerUnderTest, name: string, qualifier?: string) {
  const path = `/2015-03-31/functions/${name}${qualifier === undefined ? '' : `:${qualifier}`}/invocations`;
  const body = JSON.stringify({ name: 'world' });
  const host = `127.0.0.1:${server.port}`;
  const headers = signRequest(
    { method: 'POST', path, headers: { host, 'content-type': 'application/json' }, body },
    { ...credentials, region, service: 'lambda', now: Date.now() },
  );
  return { path, headers, body };
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
