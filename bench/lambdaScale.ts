/** Lambda under many: a burst, many functions, many invocations, crashes; and what an invocation costs beside plain HTTP. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiGatewayV2Client, CreateApiCommand } from '@aws-sdk/client-apigatewayv2';
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { crashWhileInvoking } from './lib/asyncCrash.ts';
import { feed, openConnection } from './lib/connection.ts';
import { startInspected } from './lib/heap.ts';
import {
  anonymousMb,
  configurationRead,
  createFunction,
  creation,
  environments,
  invocation,
  openFiles,
} from './lib/lambdaRequests.ts';
import { httpRequest, runLoad } from './lib/load.ts';
import { median, quantile, type Row, type Section } from './lib/report.ts';
import { type ServerUnderTest, startBrume, startEchoServer } from './lib/servers.ts';

export interface ScaleOptions {
  /** Functions invoked at once, each for its first time. */
  burst: number;
  functions: number;
  invocations: number;
  crash: { events: number; kills: number };
  rounds: number;
  durationMs: number;
}

const connections = 32;
const echo = 'exports.handler = async (event) => event;';
const event = { name: 'world', items: [1, 2, 3], nested: { text: 'some text of an event' } };
/** How long idle environments are kept where it is measured that they go; AWS and Brume keep them for minutes. */
const keepIdleSeconds = 3;

export async function lambdaScale(options: ScaleOptions): Promise<Section> {
  const rows: Row[] = [];
  for (const [what, measure] of [
    ['throughput', throughput],
    ['burst', burst],
    ['invocations', growth],
    ['functions', manyFunctions],
    ['crashes', crashes],
  ] as const) {
    const startedAt = performance.now();
    rows.push(...(await measure(options)));
    process.stderr.write(`  ${what}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`);
  }
  return {
    title: 'Lambda: many of everything',
    how:
      `Functions in Node.js, 128 MB, through the public API, signed. Throughput: ${connections} connections, ${options.rounds} rounds of ${options.durationMs / 1000} s in turn, medians, ` +
      'against node:http that parses and answers the same JSON (`bench/echoServer.ts`). ' +
      `Burst: ${options.burst} functions that were never invoked, all at once, each on a connection of its own. ` +
      'Memory is what the server process itself holds (RssAnon), without its functions and without pages of files. ' +
      'Crashes: SIGKILL at even intervals while events are sent and run; a counter outside the cloud notes each run.',
    rows,
  };
}

async function throughput({ rounds, durationMs }: ScaleOptions): Promise<Row[]> {
  const brume = await startBrume();
  const bare = await startEchoServer();
  const rates = { bare: [] as number[], invoke: [] as number[], api: [] as number[] };
  try {
    await createFunction(brume.port, 'echo', echo);
    const url = await apiOf(brume.port);
    const body = JSON.stringify(event);
    const headers = { host: 'localhost', 'content-type': 'application/json' };
    const sides = {
      bare: { port: bare.port, request: httpRequest({ method: 'POST', path: '/', headers, body }) },
      invoke: { port: brume.port, request: '' },
      api: {
        port: brume.port,
        request: httpRequest({ method: 'POST', path: url, headers, body }),
      },
    };
    // The environments come up, and what runs often is compiled.
    for (const request of [invocation(brume.port, 'echo', event), sides.api.request])
      await invokeFor(brume.port, request, durationMs);
    for (let round = 0; round < rounds; round++) {
      // A signature lives a quarter of an hour.
      sides.invoke.request = invocation(brume.port, 'echo', event);
      for (const [side, { port, request }] of Object.entries(sides)) {
        const load = { connections, durationMs, warmupMs: 500, requests: [request], expectStatus: 200 };
        const { errors, requestsPerSecond } = await runLoad({ port, ...load });
        if (errors > 0) throw new Error(`${side}: ${errors} unexpected answers`);
        rates[side as keyof typeof rates].push(requestsPerSecond);
      }
    }
  } finally {
    await bare.stop();
    await brume.stop();
  }
  const row = (what: string, side: 'invoke' | 'api', goal: number): Row => {
    const ratio = median(rates[side].map((rate, round) => rate / (rates.bare[round] ?? 0)));
    return {
      what,
      measured: `${median(rates[side])}/s`,
      against: `${median(rates.bare)}/s`,
      ratio,
      goal: { text: `at least ${goal} of bare`, met: ratio >= goal },
    };
  };
  return [
    row('Invoke, warm, against bare', 'invoke', 0.35),
    row('through API Gateway against bare', 'api', 0.25),
  ];
}

async function invokeFor(port: number, request: string, durationMs: number): Promise<void> {
  const until = performance.now() + durationMs;
  await feed(port, connections, () => (performance.now() < until ? request : undefined));
}

/** An HTTP API before the function. @returns the path of its only route. */
async function apiOf(port: number): Promise<string> {
  const config = {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const api = new ApiGatewayV2Client(config);
  const lambda = new LambdaClient(config);
  const Target = 'arn:aws:lambda:us-east-1:000000000000:function:echo';
  const { ApiId } = await api.send(new CreateApiCommand({ Name: 'echo', ProtocolType: 'HTTP', Target }));
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: 'echo',
      StatementId: 'api',
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
    }),
  );
  api.destroy();
  lambda.destroy();
  return `/_aws/execute-api/${ApiId}/$default/`;
}

async function burst({ burst: count }: ScaleOptions): Promise<Row[]> {
  const server = await startBrume({ args: ['--keep-idle', `${keepIdleSeconds}s`] });
  try {
    // The service and its pool are up; none of the functions that are measured has run.
    await createFunction(server.port, 'first', echo);
    await once(server, 'first');
    for (let n = 0; n < count; n++) await createFunction(server.port, `burst-${n}`, `${echo} // ${n}`);
    await quiet(server);
    const took: number[] = [];
    let errors = 0;
    await Promise.all(
      Array.from({ length: count }, async (_, n) => {
        const startedAt = performance.now();
        await once(server, `burst-${n}`).catch(() => errors++);
        took.push(performance.now() - startedAt);
      }),
    );
    const most = environments(server.pid);
    const goneAfter = await quiet(server);
    return [
      {
        what: `${count} cold invocations at once`,
        measured: `p50 ${median(took).toFixed(0)} ms, p99 ${quantile(took, 0.99).toFixed(0)} ms, ${errors} errors`,
        goal: { text: 'all answered', met: errors === 0 },
      },
      {
        what: 'environments after the burst, and when they were idle',
        measured: `${most}, then ${environments(server.pid)} after ${(goneAfter / 1000).toFixed(1)} s (kept for ${keepIdleSeconds} s)`,
        goal: { text: 'none but those that wait for functions', met: environments(server.pid) <= spare },
      },
    ];
  } finally {
    await server.stop();
  }
}

/** Environments that stand ready for functions that come. */
const spare = 8;

/** Until only spare environments are there, or a minute is over. @returns how long it took, in milliseconds. */
async function quiet({ pid }: ServerUnderTest): Promise<number> {
  const startedAt = performance.now();
  while (environments(pid) > spare && performance.now() - startedAt < 60_000) await rest(100);
  return performance.now() - startedAt;
}

async function once({ port }: ServerUnderTest, name: string): Promise<void> {
  const connection = openConnection(port);
  try {
    const answer = await connection.exchange(invocation(port, name, event));
    if (!answer.includes('some text')) throw new Error(answer.toString());
  } finally {
    connection.close();
  }
}

/** After the first invocations, a tenth of those that follow, everything that is bounded has reached its bound. */
async function growth({ invocations }: ScaleOptions): Promise<Row[]> {
  const server = await startInspected();
  const held = async () => {
    await rest(2_000);
    const heap = (await server.heapBytes()) / 2 ** 20;
    return { heap, memory: anonymousMb(server.pid), files: openFiles(server.pid) };
  };
  try {
    await createFunction(server.port, 'echo', echo);
    await invokeMany(server, invocations / 10);
    const before = await held();
    await invokeMany(server, invocations);
    const after = await held();
    const row = (what: string, from: number, to: number, unit: string): Row => ({
      what: `${what} after ${invocations.toLocaleString('en')} invocations`,
      measured: `${to.toFixed(0)}${unit}`,
      against: `${from.toFixed(0)}${unit}`,
      ratio: to / from,
      goal: { text: 'at most 1.05 times', met: to / from <= 1.05 },
    });
    return [
      row('heap of the server', before.heap, after.heap, ' MB'),
      row('memory of the server', before.memory, after.memory, ' MB'),
      row('open files of the server', before.files, after.files, ''),
    ];
  } finally {
    await server.stop();
  }
}

async function invokeMany({ port }: ServerUnderTest, count: number): Promise<void> {
  let left = count;
  let request = '';
  await feed(port, 8, () => {
    if (left-- <= 0) return undefined;
    if (left % 10_000 === 0 || request === '') request = invocation(port, 'echo', event);
    return request;
  });
}

/** Each time the server is started anew, so that what making them left behind isn't counted. */
async function manyFunctions({ functions, rounds, durationMs }: ScaleOptions): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'brume-bench-functions-'));
  const measured = async (from: number, to: number) => {
    const maker = await startBrume({ folder });
    await define(maker, from, to);
    await maker.kill();
    const server = await startBrume({ folder });
    try {
      const rates = await lookups(server, to, rounds, durationMs);
      return { rates, memory: anonymousMb(server.pid), disk: diskMb(folder) };
    } finally {
      await server.kill();
    }
  };
  try {
    const few = Math.ceil(functions / 10);
    const before = await measured(0, few);
    const after = await measured(few, functions);
    const ratio = median(after.rates) / median(before.rates);
    const diskKilobytes = ((after.disk - before.disk) * 1024) / (functions - few);
    return [
      {
        what: `memory of the server with ${functions.toLocaleString('en')} functions`,
        measured: `${after.memory.toFixed(0)} MB (${after.disk.toFixed(0)} MB on disk, ${diskKilobytes.toFixed(0)} KB a function)`,
        against: `${before.memory.toFixed(0)} MB with ${few.toLocaleString('en')}`,
        ratio: after.memory / before.memory,
        goal: { text: 'at most 1.2 times', met: after.memory / before.memory <= 1.2 },
      },
      {
        what: 'reading one of their configurations',
        measured: `${median(after.rates)}/s`,
        against: `${median(before.rates)}/s`,
        ratio,
        goal: { text: 'at least 0.8', met: ratio >= 0.8 },
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function define({ port }: ServerUnderTest, from: number, to: number): Promise<void> {
  const batch = 500;
  for (let start = from; start < to; start += batch) {
    const requests: string[] = [];
    for (let n = start; n < Math.min(start + batch, to); n++)
      requests.push(await creation(port, `function-${n}`, `${echo} // ${n}`));
    await feed(port, 8, () => requests.pop(), 201);
  }
}

async function lookups(
  { port }: ServerUnderTest,
  functions: number,
  rounds: number,
  durationMs: number,
): Promise<number[]> {
  const requests = Array.from({ length: 500 }, (_, n) =>
    configurationRead(port, `function-${(n * 7919) % functions}`),
  );
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const load = { port, connections: 8, durationMs, warmupMs: 2_000, requests, expectStatus: 200 };
    const { errors, requestsPerSecond } = await runLoad(load);
    if (errors > 0) throw new Error(`GetFunctionConfiguration: ${errors} unexpected answers`);
    rates.push(requestsPerSecond);
  }
  return rates;
}

function diskMb(folder: string): number {
  return Number(execFileSync('du', ['-sk', folder], { encoding: 'utf8' }).split('\t')[0]) / 1024;
}

async function crashes({ crash }: ScaleOptions): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'brume-bench-crash-'));
  try {
    const start = () => startBrume({ folder });
    const report = await crashWhileInvoking({ ...crash, patienceMs: 120_000, start });
    return [
      {
        what: `${report.acknowledged.toLocaleString('en')} asynchronous invocations, the server killed ${report.kills} times`,
        measured: `${report.lost} lost, ${report.duplicates} run more than once, ${report.seconds.toFixed(0)} s`,
        goal: { text: 'none lost', met: report.lost === 0 && report.kills === crash.kills },
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
