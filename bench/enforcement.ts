/** What IAM adds to a GetItem: a server for each mode, the same items and requests, measured in turn. */
import { readFileSync } from 'node:fs';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { call, type RequestKey, signed } from './lib/awsRequests.ts';
import { runLoad } from './lib/load.ts';
import { median, type Row } from './lib/report.ts';
import { type ServerUnderTest, startBrume } from './lib/servers.ts';

const connections = 32;
const keys = 500;
const table = 'orders';
const account = '000000000000';
const goal = 0.95;
const waitsPerRound = 2_000;
const waitsPerTurn = 100;

type Mode = 'off' | 'audit' | 'enforce';

interface Side {
  readonly server: ServerUnderTest;
  readonly requests: readonly string[];
  /** Microseconds of the server's processor time per request, one for each round: what else runs on the machine hardly counts. */
  readonly costs: number[];
}

/** @param policies documents by name; the ten that the decisions are measured with. */
export async function enforcement(
  options: { rounds: number; durationMs: number },
  policies: readonly { id: string; document: string }[],
): Promise<Row[]> {
  const servers: ServerUnderTest[] = [];
  const sidesIn = async (mode: Mode) => {
    const server = await startBrume({ args: ['--iam', mode] });
    servers.push(server);
    const user = await prepare(server, policies);
    const sideOf = (key?: RequestKey): Side => ({ server, requests: requestsOf(server, key), costs: [] });
    return { server, key: user, user: sideOf(user), root: sideOf() };
  };
  try {
    const [off, audit, enforce] = [await sidesIn('off'), await sidesIn('audit'), await sidesIn('enforce')];
    const sides = [off.user, audit.user, enforce.user, off.root, enforce.root];
    // A round that isn't counted warms the code of every side.
    for (const side of sides) await measure(side, options.durationMs);
    for (const side of sides) side.costs.length = 0;
    for (let round = 0; round < options.rounds; round++)
      for (const side of sides) await measure(side, options.durationMs);
    return [
      row('`GetItem` of the user: `enforce` against `off`', enforce.user, off.user),
      row('of that, signatures: the root user, `enforce` against `off`', enforce.root, off.root),
      row(
        'of that, policies: the user against the root user, both in `enforce`',
        enforce.user,
        enforce.root,
        goal,
      ),
      row('the user, `audit` against `off`', audit.user, off.user),
      row('the user, `enforce` against `audit`, the default', enforce.user, audit.user, goal),
      await waitOf(options.rounds * waitsPerRound, enforce, off),
    ];
  } finally {
    for (const server of servers) await server.stop();
  }
}

function requestsOf({ port }: ServerUnderTest, key?: RequestKey): string[] {
  return Array.from({ length: keys }, (_, i) =>
    signed(port, 'GetItem', { TableName: table, Key: { id: { S: `ann#${i}` } } }, key),
  );
}

async function measure({ server, requests, costs }: Side, durationMs: number): Promise<void> {
  const before = processorTicks(server.pid);
  const { completed, errors } = await runLoad({
    port: server.port,
    connections,
    durationMs,
    // All requests count, since all the time does.
    warmupMs: 0,
    requests: [...requests],
    expectStatus: 200,
  });
  if (errors > 0) throw new Error(`${errors} requests were refused`);
  costs.push(((processorTicks(server.pid) - before) * tickUs) / completed);
}

/** Linux counts processor time in hundredths of a second. */
const tickUs = 10_000;

/** User and system time of a process: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function processorTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** @param least what the other side's cost must be of this side's. */
function row(what: string, side: Side, other: Side, least?: number): Row {
  const ratio = median(side.costs.map((cost, round) => (other.costs[round] ?? Number.NaN) / cost));
  const text = (costs: readonly number[]) => `${median(costs).toFixed(1)} µs of processor time`;
  return {
    what,
    measured: text(side.costs),
    against: text(other.costs),
    ratio,
    ...(least === undefined ? {} : { goal: { text: `≥ ${least}`, met: ratio >= least } }),
  };
}

interface Caller {
  readonly server: ServerUnderTest;
  readonly key: RequestKey;
}

/**
 * What somebody with an SDK waits for an item, one at a time: the servers are asked in turn, some requests each, so that
 * whatever else the machine does meets both.
 */
async function waitOf(count: number, enforce: Caller, off: Caller): Promise<Row> {
  const clients = [enforce, off].map(({ server, key }) => ({
    waits: [] as number[],
    client: new DynamoDBClient({
      endpoint: `http://127.0.0.1:${server.port}`,
      region: 'us-east-1',
      credentials: key,
    }),
  }));
  for (let turn = -waitsPerRound; turn < count; turn += waitsPerTurn) {
    for (const { client, waits } of clients) {
      for (let i = 0; i < waitsPerTurn; i++) {
        const Key = { id: { S: `ann#${i}` } };
        const began = performance.now();
        await client.send(new GetItemCommand({ TableName: table, Key }));
        // The first ones warm the code up.
        if (turn >= 0) waits.push((performance.now() - began) * 1_000);
      }
    }
  }
  for (const { client } of clients) client.destroy();
  const [enforced, open] = clients.map(({ waits }) => median(waits)) as [number, number];
  const ratio = open / enforced;
  return {
    what: 'of what the user waits for by the SDK, one `GetItem` at a time: `enforce` against `off`',
    measured: `${enforced.toFixed(0)} µs`,
    against: `${open.toFixed(0)} µs`,
    ratio,
    goal: { text: `≥ ${goal}`, met: ratio >= goal },
  };
}

/** A user with the policies, and the items that it may read: those whose key begins with its name. */
async function prepare(
  { port }: ServerUnderTest,
  policies: readonly { id: string; document: string }[],
): Promise<RequestKey> {
  const iam = new IAMClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  for (const { id, document } of policies) {
    const PolicyDocument = document
      .replaceAll('111122223333', account)
      .replaceAll('10.0.0.0/8', '127.0.0.0/8');
    await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: id, PolicyDocument }));
  }
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  iam.destroy();
  await call(port, 'CreateTable', {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  });
  for (let i = 0; i < keys; i++) {
    const Item = { id: { S: `ann#${i}` }, name: { S: `Item number ${i}` }, text: { S: 'x'.repeat(200) } };
    await call(port, 'PutItem', { TableName: table, Item });
  }
  return {
    accessKeyId: AccessKey?.AccessKeyId as string,
    secretAccessKey: AccessKey?.SecretAccessKey as string,
  };
}
