/** GetItem and PutItem through the full stack, against HTTP + LMDB alone and against dynalite. */
import { createHash, createHmac } from 'node:crypto';
import { httpRequest, runLoad } from './lib/load.ts';
import { median, type Row, type Section } from './lib/report.ts';
import { type ServerUnderTest, startBare, startBrume, startDynalite } from './lib/servers.ts';

const connections = 32;
const keys = 1_000;
const table = 'bench';
const item = (key: number) => ({
  id: { S: `key-${key}` },
  name: { S: `Item number ${key}` },
  price: { N: String(key * 1.25) },
  tags: { SS: ['red', 'green', 'blue'] },
  description: {
    S: 'A small item of about three hundred bytes, as most rows of most tables are. '.repeat(2),
  },
});

export async function dynamodb(options: { rounds: number; durationMs: number }): Promise<Section> {
  const brume = await startBrume();
  const bare = await startBare();
  const dynalite = await startDynalite();
  const rates = new Map<string, number[]>();
  const measure = async (name: string, port: number, requests: string[]) => {
    const result = await runLoad({
      port,
      connections,
      requests,
      warmupMs: 1_000,
      durationMs: options.durationMs,
      expectStatus: 200,
    });
    if (result.errors > 0) throw new Error(`${name}: ${result.errors} unexpected answers`);
    rates.set(name, [...(rates.get(name) ?? []), result.requestsPerSecond]);
  };
  try {
    for (const server of [brume, dynalite]) await prepareTable(server);
    const puts = (port: number) => Array.from({ length: keys }, (_, key) => put(port, key));
    const gets = (port: number) => Array.from({ length: keys }, (_, key) => get(port, key));
    const plainPuts = Array.from({ length: keys }, (_, key) => barePut(key));
    const plainGets = Array.from({ length: keys }, (_, key) => bareGet(key));
    // In turn, round by round, so that a machine that drifts drifts for all of them.
    for (let round = 0; round < options.rounds; round++) {
      await measure('brume put', brume.port, puts(brume.port));
      await measure('bare put', bare.port, plainPuts);
      await measure('dynalite put', dynalite.port, puts(dynalite.port));
      await measure('brume get', brume.port, gets(brume.port));
      await measure('bare get', bare.port, plainGets);
      await measure('dynalite get', dynalite.port, gets(dynalite.port));
    }
  } finally {
    await Promise.all([brume.stop(), bare.stop(), dynalite.stop()]);
  }
  return {
    title: 'DynamoDB: throughput through the full stack',
    how:
      `${connections} keep-alive connections, SigV4-signed requests of the JSON protocol, items of about 300 bytes, ` +
      `${options.rounds} rounds of ${options.durationMs / 1000} s in turn, medians. “Bare” is node:http and LMDB with no AWS layer ` +
      '(`bench/bareServer.ts`), writes durable in both; dynalite keeps its data in memory.',
    rows: [
      row(rates, 'GetItem', 'get', 'bare', 0.6, 'of bare'),
      row(rates, 'PutItem (durable)', 'put', 'bare', 0.6, 'of bare'),
      row(rates, 'GetItem', 'get', 'dynalite', 3, 'times dynalite'),
      row(rates, 'PutItem (durable)', 'put', 'dynalite', 3, 'times dynalite'),
    ],
  };
}

function row(
  rates: Map<string, number[]>,
  what: string,
  operation: string,
  peer: string,
  goal: number,
  unit: string,
): Row {
  const ours = rates.get(`brume ${operation}`) ?? [];
  const theirs = rates.get(`${peer} ${operation}`) ?? [];
  const ratio = median(ours.map((rate, round) => rate / (theirs[round] ?? Number.NaN)));
  return {
    what: `${what} against ${peer}`,
    measured: `${median(ours)}/s`,
    against: `${median(theirs)}/s`,
    ratio,
    goal: { text: `at least ${goal} ${unit}`, met: ratio >= goal },
  };
}

async function prepareTable(server: ServerUnderTest): Promise<void> {
  const body = JSON.stringify({
    TableName: table,
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  });
  const request = Buffer.from(signed(server.port, 'CreateTable', body), 'base64').toString();
  const [head = '', text = ''] = request.split('\r\n\r\n');
  const headers = Object.fromEntries(
    head
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(': ') as [string, string]),
  );
  delete headers['content-length'];
  const answer = await fetch(`http://127.0.0.1:${server.port}/`, { method: 'POST', headers, body: text });
  if (!answer.ok) throw new Error(`CreateTable: ${answer.status} ${await answer.text()}`);
  // dynalite's tables become active a moment later; the first answered PutItem says so.
  for (let attempt = 0; attempt < 100; attempt++) {
    const probe = await runLoad({
      port: server.port,
      connections: 1,
      requests: [put(server.port, 0)],
      warmupMs: 0,
      durationMs: 100,
      expectStatus: 200,
    });
    if (probe.errors === 0) return;
  }
  throw new Error('The table did not become active');
}

const put = (port: number, key: number) =>
  signed(port, 'PutItem', JSON.stringify({ TableName: table, Item: item(key) }));
const get = (port: number, key: number) =>
  signed(port, 'GetItem', JSON.stringify({ TableName: table, Key: { id: { S: `key-${key}` } } }));
const barePut = (key: number) =>
  httpRequest({
    method: 'POST',
    path: `/key-${key}`,
    headers: { host: 'bench', 'x-bench': 'put' },
    body: JSON.stringify(item(key)),
  });
const bareGet = (key: number) =>
  httpRequest({ method: 'POST', path: `/key-${key}`, headers: { host: 'bench' }, body: '{}' });

/** A request as the SDK sends it, signed with SigV4; good for the quarter of an hour that a signature lives. */
function signed(port: number, operation: string, body: string): string {
  const now = new Date();
  const timestamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${timestamp.slice(0, 8)}/us-east-1/dynamodb/aws4_request`;
  const headers: Record<string, string> = {
    'content-type': 'application/x-amz-json-1.0',
    host: `127.0.0.1:${port}`,
    'x-amz-date': timestamp,
    'x-amz-target': `DynamoDB_20120810.${operation}`,
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    'POST',
    '/',
    '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    sha256(body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonical)].join('\n');
  const key = scope
    .split('/')
    .reduce<Buffer | string>(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      'AWS4test',
    );
  const signature = createHmac('sha256', key).update(toSign).digest('hex');
  headers.authorization = `AWS4-HMAC-SHA256 Credential=test/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  headers['user-agent'] =
    'aws-sdk-js/3.1162.0 ua/2.1 os/linux#6.1 lang/js md/nodejs#24.21.0 api/dynamodb#3.1162.0';
  headers['amz-sdk-invocation-id'] = '6d8c7d8e-2f4d-4a5e-9f0a-2f4d4a5e9f0a';
  headers['amz-sdk-request'] = 'attempt=1; max=3';
  headers['accept-encoding'] = 'identity';
  return httpRequest({ method: 'POST', path: '/', headers, body });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
