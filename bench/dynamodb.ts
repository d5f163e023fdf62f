/** DynamoDB through the full stack, against HTTP + LMDB alone, dynalite and DynamoDB Local. */
import { call, signed } from './lib/awsRequests.ts';
import { feed, openConnection } from './lib/connection.ts';
import { httpRequest, runLoad } from './lib/load.ts';
import { median, type Row, type Section } from './lib/report.ts';
import {
  type ServerUnderTest,
  startBare,
  startBrume,
  startDynaliteServer,
  startDynamoDbLocal,
} from './lib/servers.ts';

const connections = 32;
const keys = 1_000;
const batch = 25;
const table = 'bench';
const rows = 'rows';
const description = 'A small item of about three hundred bytes, as most rows of most tables are. '.repeat(2);
const attributes = (key: number) => ({
  name: { S: `Item number ${key}` },
  price: { N: String(key * 1.25) },
  tags: { SS: ['red', 'green', 'blue'] },
  description: { S: description },
});
const item = (key: number) => ({ id: { S: `key-${key}` }, ...attributes(key) });
const partitions = 10;
const rowsEach = 100;

interface Case {
  what: string;
  operation: string;
  requests: object[];
  /** Of bare HTTP + LMDB; absent where that has no such thing. */
  goalOfBare?: number;
}

const range = <T>(count: number, make: (at: number) => T) =>
  Array.from({ length: count }, (_, at) => make(at));

const cases: Case[] = [
  {
    what: 'GetItem',
    operation: 'GetItem',
    requests: range(keys, (key) => ({ TableName: table, Key: { id: { S: `key-${key}` } } })),
    goalOfBare: 0.7,
  },
  {
    what: 'PutItem (durable)',
    operation: 'PutItem',
    requests: range(keys, (key) => ({ TableName: table, Item: item(key) })),
    goalOfBare: 0.7,
  },
  {
    what: 'UpdateItem of a counter',
    operation: 'UpdateItem',
    requests: range(keys, (key) => ({
      TableName: table,
      Key: { id: { S: `counter-${key}` } },
      UpdateExpression: 'ADD #count :one',
      ExpressionAttributeNames: { '#count': 'count' },
      ExpressionAttributeValues: { ':one': { N: '1' } },
    })),
  },
  {
    what: `Query of ${rowsEach} items`,
    operation: 'Query',
    requests: range(partitions, (partition) => ({
      TableName: rows,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: `partition-${partition}` } },
    })),
  },
  {
    what: `BatchWriteItem of ${batch}`,
    operation: 'BatchWriteItem',
    requests: range(connections * 8, (at) => ({
      RequestItems: {
        [table]: range(batch, (n) => ({ PutRequest: { Item: item(10_000 + at * batch + n) } })),
      },
    })),
  },
  {
    what: 'TransactWriteItems of 10',
    operation: 'TransactWriteItems',
    requests: range(connections * 8, (at) => ({
      TransactItems: range(10, (n) => ({ Put: { TableName: table, Item: item(50_000 + at * 10 + n) } })),
    })),
  },
];

interface Peer {
  name: string;
  server: ServerUnderTest;
  /** The goal of every operation against it. */
  times: number;
  /** Operations that it doesn't have. */
  lacks: readonly string[];
  /** The largest table that it takes in bearable time. */
  scanItemsMax: number;
}

/** @param options.scanItems how large a table to scan whole. */
export async function dynamodb(options: {
  rounds: number;
  durationMs: number;
  scanItems: number;
}): Promise<Section> {
  const brume = await startBrume();
  const bare = await startBare();
  const peers: Peer[] = [
    {
      name: 'dynalite',
      server: await startDynaliteServer(),
      times: 5,
      lacks: ['TransactWriteItems'],
      scanItemsMax: 1_000_000,
    },
  ];
  const local = await startDynamoDbLocal();
  if (local)
    peers.push({ name: 'DynamoDB Local', server: local, times: 3, lacks: [], scanItemsMax: 100_000 });
  const servers = [
    { name: 'brume', server: brume, lacks: [] as readonly string[], scanItemsMax: Number.POSITIVE_INFINITY },
    ...peers,
  ];
  const rates = new Map<string, number[]>();
  const add = (name: string, rate: number) => rates.set(name, [...(rates.get(name) ?? []), rate]);
  const measure = async (name: string, what: string, port: number, requests: string[]) => {
    const result = await runLoad({
      ...{ port, connections, requests, durationMs: options.durationMs, warmupMs: 1_000 },
      ...{ expectStatus: 200, ownRequests: true },
    });
    if (result.errors > 0) throw new Error(`${what} of ${name}: ${result.errors} unexpected answers`);
    add(`${name} ${what}`, result.requestsPerSecond);
  };
  try {
    for (const { server } of servers) await prepare(server.port);
    // In turn, round by round, so that a machine that drifts drifts for all of them.
    for (let round = 0; round < options.rounds; round++) {
      for (const { what, operation, requests, goalOfBare } of cases) {
        for (const { name, server, lacks } of servers) {
          if (lacks.includes(operation)) continue;
          process.stderr.write(`  round ${round + 1}: ${what}, ${name}\n`);
          await measure(
            name,
            what,
            server.port,
            requests.map((input) => signed(server.port, operation, input)),
          );
        }
        if (goalOfBare) await measure('bare', what, bare.port, range(keys, bareRequest(operation)));
      }
    }
    for (const { name, server, scanItemsMax } of servers) {
      const items = Math.min(options.scanItems, scanItemsMax);
      process.stderr.write(`  scan of ${items}, ${name}\n`);
      add(`${name} ${scanOf(options.scanItems)}`, await scan(server.port, items));
    }
  } finally {
    await Promise.all([bare.stop(), ...servers.map(({ server }) => server.stop())]);
  }
  const what = [...cases.map((each) => each.what), scanOf(options.scanItems)];
  return {
    title: 'DynamoDB: throughput through the full stack',
    how:
      `${connections} keep-alive connections, SigV4-signed requests of the JSON protocol, items of about 300 bytes, ` +
      `${options.rounds} rounds of ${options.durationMs / 1000} s in turn, medians. “Bare” is node:http and LMDB with no AWS layer ` +
      '(`bench/bareServer.ts`), writes durable in both. dynalite and DynamoDB Local (from Maven Central) keep their data in memory; ' +
      'here every write is on disk before it is answered. Scan: one client reads the whole table, items a second; of 100,000 items at most from DynamoDB Local, which did not take a million in a quarter of an hour.' +
      (local ? '' : ' DynamoDB Local could not be had here (it needs java and mvn): its rows are missing.'),
    rows: [
      ...cases.flatMap(({ what, goalOfBare }) =>
        goalOfBare ? [row(rates, what, 'bare', goalOfBare, `of bare`)] : [],
      ),
      ...peers.flatMap(({ name, times }) =>
        what
          .filter((each) => rates.has(`${name} ${each}`))
          .map((each) => row(rates, each, name, times, `times ${name}`)),
      ),
    ],
  };
}

const scanOf = (items: number) => `Scan of ${items.toLocaleString('en')} items`;

function row(rates: Map<string, number[]>, what: string, peer: string, goal: number, unit: string): Row {
  const ours = rates.get(`brume ${what}`) ?? [];
  const theirs = rates.get(`${peer} ${what}`) ?? [];
  const ratio = median(ours.map((rate, round) => rate / (theirs[round] ?? Number.NaN)));
  return {
    what: `${what} against ${peer}`,
    measured: `${median(ours)}/s`,
    against: `${median(theirs)}/s`,
    ratio,
    goal: { text: `at least ${goal} ${unit}`, met: ratio >= goal },
  };
}

async function prepare(port: number): Promise<void> {
  await createTable(port, table, ['id']);
  await createTable(port, rows, ['pk', 'sk']);
  const all = range(keys, item);
  await load(port, table, all.length, (at) => all[at] as object);
  await load(port, rows, partitions * rowsEach, (at) => ({
    pk: { S: `partition-${Math.floor(at / rowsEach)}` },
    sk: { S: `row-${String(at % rowsEach).padStart(4, '0')}` },
    ...attributes(at),
  }));
}

async function createTable(port: number, name: string, key: string[]): Promise<void> {
  await call(port, 'CreateTable', {
    TableName: name,
    AttributeDefinitions: key.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: key.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
    BillingMode: 'PAY_PER_REQUEST',
  });
  for (let attempt = 0; attempt < 100; attempt++) {
    const { Table } = (await call(port, 'DescribeTable', { TableName: name })) as {
      Table: { TableStatus: string };
    };
    if (Table.TableStatus === 'ACTIVE') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('The table did not become active');
}

async function load(port: number, name: string, count: number, make: (at: number) => object): Promise<void> {
  let at = 0;
  await feed(port, 8, () => {
    if (at >= count) return undefined;
    const puts = range(Math.min(batch, count - at), (n) => ({ PutRequest: { Item: make(at + n) } }));
    at += puts.length;
    return signed(port, 'BatchWriteItem', { RequestItems: { [name]: puts } });
  });
}

/** @returns items a second of one client that reads a table of `items` items page by page. */
async function scan(port: number, items: number): Promise<number> {
  await createTable(port, 'scanned', ['id']);
  await load(port, 'scanned', items, item);
  const connection = openConnection(port);
  const startedAt = performance.now();
  let found = 0;
  for (let start: object = {}; ; ) {
    const page = await connection.exchange(signed(port, 'Scan', { TableName: 'scanned', ...start }));
    // The client must not be what is measured: it looks for two members, at the end or the beginning, and parses nothing else.
    found += Number(memberOf(page, 'ScannedCount'));
    const last = memberOf(page, 'LastEvaluatedKey');
    if (!last) break;
    start = { ExclusiveStartKey: JSON.parse(last) as object };
  }
  connection.close();
  if (found !== items) throw new Error(`Scan found ${found} of ${items} items`);
  return Math.round((found * 1000) / (performance.now() - startedAt));
}

const bareRequest = (operation: string) => (key: number) =>
  operation === 'PutItem'
    ? httpRequest({
        ...{ method: 'POST', path: `/key-${key}`, headers: { host: 'bench', 'x-bench': 'put' } },
        body: JSON.stringify(item(key)),
      })
    : httpRequest({ method: 'POST', path: `/key-${key}`, headers: { host: 'bench' }, body: '{}' });

/** The JSON of a member that is a number or a key of one attribute. */
function memberOf(page: Buffer, name: string): string | undefined {
  const at = page.lastIndexOf(`"${name}":`);
  if (at < 0) return undefined;
  const text = page.toString('utf8', at + name.length + 3, at + 200);
  return /^ *(\d+|\{[^{]*\{[^}]*\} *\})/.exec(text)?.[1];
}
