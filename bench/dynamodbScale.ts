/** What a request costs, and what the process keeps in memory, as a table grows. */
import { readFileSync } from 'node:fs';
import { call, signed } from './lib/awsRequests.ts';
import { feed } from './lib/connection.ts';
import { runLoad } from './lib/load.ts';
import { median, type Row, type Section } from './lib/report.ts';
import { startBrume } from './lib/servers.ts';

const connections = 16;
const partitionItems = 100;
const batch = 25;
const asked = 1_000;

const pk = (partition: number) => ({ S: `partition-${partition}` });
const sk = (row: number) => ({ S: `row-${String(row).padStart(3, '0')}` });
const item = (at: number) => ({
  pk: pk(Math.floor(at / partitionItems)),
  sk: sk(at % partitionItems),
  name: { S: `Item number ${at}` },
  price: { N: String(at) },
});

/** @param options.items how large the large table is; the small one has a thousand items. */
export async function dynamodbScale(options: {
  rounds: number;
  durationMs: number;
  items: number;
}): Promise<Section> {
  const brume = await startBrume();
  const tables = { small: 1_000, large: options.items };
  const warmItems = options.items / 10;
  const rates = new Map<string, number[]>();
  const memoryMb = new Map<string, number>();
  try {
    for (const [name, items] of Object.entries(tables)) {
      // What loading itself needs is there after the first tenth; what grows from then on grows with the table.
      await fill(brume.port, name, items, (at) => {
        if (at === warmItems) memoryMb.set('warm', anonymousMb(brume.pid));
      });
      memoryMb.set('full', anonymousMb(brume.pid));
    }
    for (let round = 0; round < options.rounds; round++) {
      for (const [name, items] of Object.entries(tables)) {
        for (const [operation, requests] of Object.entries(requestsOf(name, items))) {
          process.stderr.write(`  round ${round + 1}: ${operation}, ${items} items\n`);
          const result = await runLoad({
            ...{ port: brume.port, connections, durationMs: options.durationMs, warmupMs: 500 },
            requests: requests.map((input) => signed(brume.port, operation, input)),
            expectStatus: 200,
          });
          if (result.errors > 0) throw new Error(`${operation}: ${result.errors} unexpected answers`);
          const key = `${operation} ${name}`;
          rates.set(key, [...(rates.get(key) ?? []), result.requestsPerSecond]);
        }
      }
    }
  } finally {
    await brume.stop();
  }
  const large = options.items.toLocaleString('en');
  const row = (operation: string, what: string): Row => {
    const small = median(rates.get(`${operation} small`) ?? []);
    const rate = median(rates.get(`${operation} large`) ?? []);
    const ratio = median(
      (rates.get(`${operation} large`) ?? []).map(
        (each, at) => each / (rates.get(`${operation} small`)?.[at] ?? 0),
      ),
    );
    return {
      what: `${what} in ${large} items against 1,000`,
      measured: `${rate}/s`,
      against: `${small}/s`,
      ratio,
      goal: { text: 'at least 0.8: the cost is flat within 20 %', met: ratio >= 0.8 },
    };
  };
  const before = memoryMb.get('warm') ?? Number.NaN;
  const after = memoryMb.get('full') ?? Number.NaN;
  return {
    title: 'DynamoDB: as a table grows',
    how:
      `A table of 1,000 items and one of ${large} on one server, ${partitionItems} items a partition, keys asked for at random; ${connections} connections, ` +
      `${options.rounds} rounds of ${options.durationMs / 1000} s in turn, medians. Memory is what the process itself holds (RssAnon), ` +
      'without pages of the file that the operating system keeps and can drop.',
    rows: [
      row('GetItem', 'GetItem'),
      row('Query', `Query of ${partitionItems}`),
      {
        what: `memory with ${large} items against the first ${warmItems.toLocaleString('en')} of them`,
        measured: `${after.toFixed(0)} MB`,
        against: `${before.toFixed(0)} MB`,
        ratio: after / before,
        goal: { text: 'at most 1.2 times', met: after / before <= 1.2 },
      },
    ],
  };
}

/** Every so many of the table's items and partitions, in no order. */
function requestsOf(TableName: string, items: number): Record<string, object[]> {
  const spread = (count: number) =>
    Array.from({ length: asked }, (_, n) => Math.floor((n * 7919 * 104729) % count));
  return {
    GetItem: spread(items).map((at) => {
      const { pk, sk } = item(at);
      return { TableName, Key: { pk, sk } };
    }),
    Query: spread(items / partitionItems).map((partition) => ({
      TableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk(partition) },
    })),
  };
}

async function fill(
  port: number,
  TableName: string,
  items: number,
  onItems: (at: number) => void,
): Promise<void> {
  await call(port, 'CreateTable', {
    TableName,
    AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  });
  let at = 0;
  await feed(port, connections, () => {
    if (at >= items) return undefined;
    onItems(at);
    if (at % 1_000_000 === 0) process.stderr.write(`  ${TableName}: ${at} of ${items} items\n`);
    const puts = Array.from({ length: batch }, (_, n) => ({ PutRequest: { Item: item(at + n) } }));
    at += batch;
    return signed(port, 'BatchWriteItem', { RequestItems: { [TableName]: puts } });
  });
}

function anonymousMb(pid: number): number {
  return Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
