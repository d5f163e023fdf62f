/**
 * What the edge costs: a signed, GetItem-sized operation through the whole pipeline over 32 keep-alive
 * connections, as a ratio to a bare node:http server that answers the same bytes. Both run in child
 * processes; rounds alternate, the median counts.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { EdgeServer, handle } from '../src/edge/index.ts';
import { toyCloud } from '../src/edge/testing/toyCloud.ts';
import { signRequest } from '../src/identity/index.ts';
import { rootOf } from '../src/platform/index.ts';
import { httpRequest, runLoad } from './lib/load.ts';

const body = JSON.stringify({
  TableName: 'orders',
  Key: { pk: { S: 'customer#0001' }, sk: { S: 'order#2025-01-01' } },
  ConsistentRead: true,
});
const rounds = 3;
const seconds = 4;

const role = process.argv[2];
if (role === 'bare' || role === 'audit' || role === 'enforce') await serve(role);
else await compare();

async function serve(kind: string): Promise<void> {
  const port = kind === 'bare' ? await serveBare() : await serveEdge(kind as 'audit' | 'enforce');
  process.send?.(port);
  process.on('message', () => process.send?.(process.cpuUsage()));
  process.on('disconnect', () => process.exit());
}

function serveBare(): Promise<number> {
  const answer: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = JSON.stringify(JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(200, {
        'content-type': 'application/x-amz-json-1.0',
        'content-length': Buffer.byteLength(text),
      });
      response.end(text);
    });
  };
  const server = createServer({ keepAliveTimeout: 65_000 }, answer);
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  );
}

function serveEdge(iam: 'audit' | 'enforce'): Promise<number> {
  const { core } = toyCloud({
    iam,
    credentials: {
      find: (id) =>
        id === 'AKIDTOY' ? { secretAccessKey: 'secret', principal: rootOf('000000000000') } : undefined,
    },
  });
  const server = new EdgeServer({
    host: '127.0.0.1',
    port: 0,
    answer: (request) => handle(core, request),
    after: () => () => {},
    onError: (error) => console.error(error),
  });
  return server.listen();
}

async function compare(): Promise<void> {
  const results = new Map<string, { rate: number; cpu: number }[]>();
  const kinds = ['bare', 'audit', 'enforce'];
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) {
      const child = fork(import.meta.filename, [kind]);
      const port = await new Promise<number>((resolve) =>
        child.once('message', (value) => resolve(Number(value))),
      );
      // The first seconds compile; they aren't counted.
      await shoot(port, kind, 3);
      const before = await cpuOf(child);
      const { rate, count } = await shoot(port, kind, seconds);
      const cpu = ((await cpuOf(child)) - before) / count;
      results.set(kind, [...(results.get(kind) ?? []), { rate, cpu }]);
      child.disconnect();
      await sleep(100);
    }
  }
  const median = (kind: string, of: (result: { rate: number; cpu: number }) => number) =>
    (results.get(kind) ?? []).map(of).sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
  for (const kind of kinds) {
    const [rate, cpu] = [median(kind, (result) => result.rate), median(kind, (result) => result.cpu)];
    const ofBare = rate / median('bare', (result) => result.rate);
    console.log(
      `${kind.padEnd(8)} ${Math.round(rate)} requests/s, ${ofBare.toFixed(2)} of bare; ${cpu.toFixed(1)} µs of CPU a request, ${(median('bare', (result) => result.cpu) / cpu).toFixed(2)} of bare`,
    );
  }
}

function cpuOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('message', (usage: NodeJS.CpuUsage) => resolve(usage.user + usage.system));
    child.send('cpu');
  });
}

async function shoot(port: number, kind: string, duration: number): Promise<{ rate: number; count: number }> {
  const host = `127.0.0.1:${port}`;
  const accessKeyId = kind === 'enforce' ? 'AKIDTOY' : 'test';
  const { host: _host, ...headers } = signRequest(
    {
      method: 'POST',
      path: '/',
      headers: {
        host,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'Toy_1.Echo',
        'x-amz-user-agent': 'aws-sdk-js/3.1162.0',
        'amz-sdk-invocation-id': '9cb1e5a5-6b1d-4b39-8a3f-0a3a8a1c9e0d',
        'amz-sdk-request': 'attempt=1; max=3',
      },
      body,
    },
    { accessKeyId, secretAccessKey: 'secret', region: 'us-east-1', service: 'toy', now: Date.now() },
  );
  const agent = 'aws-sdk-js/3.1162.0 ua/2.1 os/linux#6.1 lang/js md/nodejs#24.21.0 api/dynamodb#3.1162.0';
  const request = httpRequest({
    method: 'POST',
    path: '/',
    headers: { host, ...headers, 'user-agent': agent },
    body,
  });
  const result = await runLoad({
    port,
    connections: 32,
    requests: [request],
    warmupMs: 0,
    durationMs: duration * 1_000,
    expectStatus: 200,
  });
  if (result.errors > 0) throw new Error(`${kind}: ${result.errors} unexpected answers`);
  return { rate: result.requestsPerSecond, count: result.completed };
}
