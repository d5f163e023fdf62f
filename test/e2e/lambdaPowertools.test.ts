/** Handlers written with Powertools for AWS Lambda and with middy, bundled as their users do and run as they are. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  AddPermissionCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  InvokeCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { startGate } from '../../src/compute/gateFixture.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';
import { root, temporaryFolder } from './support/server.ts';

let cloud: Cloud;
let lambda: LambdaClient;
let dynamodb: DynamoDBClient;
const Role = 'arn:aws:iam::000000000000:role/functions';

beforeAll(async () => {
  cloud = await startCloud();
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
  dynamodb = new DynamoDBClient(cloud.clientConfig);
});
afterAll(async () => {
  lambda.destroy();
  dynamodb.destroy();
  await cloud.close();
});

/** As the documentation says: the SDK is the runtime's, and ES modules get a `require` for what needs one. */
async function bundled(name: string, format: 'cjs' | 'esm'): Promise<Record<string, string>> {
  const { outputFiles } = await build({
    entryPoints: [join(root, `test/e2e/fixtures/powertools/${name}.ts`)],
    bundle: true,
    platform: 'node',
    target: 'node22',
    format,
    external: ['@aws-sdk/*'],
    write: false,
    logLevel: 'silent',
    ...(format === 'esm'
      ? {
          mainFields: ['module', 'main'],
          banner: {
            js: "import { createRequire } from 'module';const require = createRequire(import.meta.url);",
          },
        }
      : {}),
  });
  return { [format === 'esm' ? 'index.mjs' : 'index.js']: outputFiles[0]?.text ?? '' };
}

async function deploy(
  FunctionName: string,
  files: Record<string, string | Buffer>,
  Variables: Record<string, string> = {},
  more: { Runtime?: 'python3.13'; Handler?: string } = {},
): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Timeout: 20,
      MemorySize: 512,
      Environment: { Variables },
      Code: { ZipFile: await zipped(files) },
      ...more,
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60 }, { FunctionName });
}

async function invoke(FunctionName: string, event: unknown) {
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
  return { ...answer, value: JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8')) };
}

/** Lines that a function wrote as JSON. */
async function lines(FunctionName: string): Promise<Record<string, unknown>[]> {
  await cloud.settled();
  const logs = new CloudWatchLogsClient(cloud.clientConfig);
  const found = await logs.send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${FunctionName}` }));
  logs.destroy();
  return (found.events ?? []).flatMap(({ message = '' }) => {
    const json = message.slice(message.indexOf('{'));
    try {
      return [JSON.parse(json) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
}

async function table(TableName: string, key: string, more: object = {}): Promise<string> {
  const { TableDescription } = await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
      ...more,
    }),
  );
  await waitUntilTableExists(
    { client: dynamodb, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.2 },
    { TableName },
  );
  return TableDescription?.LatestStreamArn ?? '';
}

async function metric(namespace: string, name: string) {
  const answer = await fetch(
    `${cloud.endpoint}/_brume/metrics?namespace=${encodeURIComponent(namespace)}&name=${name}`,
  );
  const { metrics } = (await answer.json()) as {
    metrics: { dimensions: Record<string, string>; value: number; unit: string }[];
  };
  return metrics.map(({ dimensions, value, unit }) => ({ dimensions, value, unit }));
}

describe.each(['cjs', 'esm'] as const)('logger, metrics and tracer, bundled as %s', (format) => {
  const FunctionName = `observed-${format}`;

  beforeAll(async () => deploy(FunctionName, await bundled('observed', format)));

  it('know their function and its invocation', async () => {
    const first = await invoke(FunctionName, { order: 'a1' });
    expect(first.FunctionError).toBeUndefined();
    // The trace id is the invocation's; there is no X-Ray daemon, and nothing minds.
    expect(first.value).toMatchObject({
      order: 'a1',
      trace: expect.stringMatching(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/),
    });
    const failed = await invoke(FunctionName, { order: 'a2', fail: true });
    expect(failed).toMatchObject({
      FunctionError: 'Unhandled',
      value: { errorType: 'Error', errorMessage: 'insufficient funds' },
    });
    const written = await lines(FunctionName);
    const taken = written.find(({ message }) => message === 'order taken');
    expect(taken).toMatchObject({
      level: 'INFO',
      service: 'orders',
      order: 'a1',
      price: 12.5,
      cold_start: true,
      function_name: FunctionName,
      // A string, as Node.js functions have it on AWS.
      function_memory_size: '512',
      function_arn: `arn:aws:lambda:us-east-1:000000000000:function:${FunctionName}`,
      function_request_id: first.$metadata.requestId,
      xray_trace_id: first.value.trace,
    });
    const refused = written.find(({ message }) => message === 'no money');
    expect(refused).toMatchObject({
      level: 'ERROR',
      cold_start: false,
      order: 'a2',
      error: { name: 'Error', message: 'insufficient funds' },
    });
  });

  it('become metrics of the cloud', async () => {
    const dimensions = { service: 'orders', kind: 'web' };
    await expect
      .poll(() => metric('Shop', 'OrdersTaken'))
      .toContainEqual({ dimensions, value: 1, unit: 'Count' });
    expect(await metric('Shop', 'ColdStart')).toContainEqual({
      dimensions: { service: 'orders', function_name: FunctionName },
      value: 1,
      unit: 'Count',
    });
  });
});

describe('idempotency on a table', () => {
  beforeAll(async () => {
    await table('idempotency', 'id');
    await deploy('idempotent', await bundled('idempotent', 'cjs'), { TABLE: 'idempotency' });
  });

  it('answers a second call as the first one', async () => {
    const first = await invoke('idempotent', { payment: 'p1' });
    expect(first.FunctionError).toBeUndefined();
    const second = await invoke('idempotent', { payment: 'p1' });
    expect(second.value).toEqual(first.value);
    const other = await invoke('idempotent', { payment: 'p2' });
    expect(other.value.receipt).not.toBe(first.value.receipt);
  });

  it('refuses what is being worked on', async () => {
    const gate = await startGate();
    const event = { payment: 'p3', gate: gate.url };
    const first = invoke('idempotent', event);
    await gate.reached();
    expect((await invoke('idempotent', event)).value.errorType).toBe('IdempotencyAlreadyInProgressError');
    gate.open();
    expect((await first).FunctionError).toBeUndefined();
    gate.close();
  });
});

it('batch answers partially, and is given again what is left', async () => {
  const EventSourceArn = await table('orders', 'id', {
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
  });
  for (const [id, name] of [
    ['1', 'good'],
    ['1', 'bad'],
    ['1', 'last'],
  ] as const)
    await dynamodb.send(
      new PutItemCommand({ TableName: 'orders', Item: { id: { S: id }, name: { S: name } } }),
    );
  await deploy('follower', await bundled('batch', 'cjs'));
  await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: 'follower',
      EventSourceArn,
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    }),
  );
  const processed = async () =>
    (await lines('follower')).filter(({ message }) => message === 'processed').map(({ name }) => name);
  await expect.poll(processed, { interval: 200 }).toContain('bad');
  // What stands before the bad record is done with at once; what stands after it comes again with it.
  expect((await processed()).filter((name) => name === 'good')).toHaveLength(1);
  expect((await processed()).at(-1)).toBe('last');
});

it('parameters are read from a table', async () => {
  await table('parameters', 'id');
  const Item = { id: { S: 'greeting' }, value: { S: 'hello' } };
  await dynamodb.send(new PutItemCommand({ TableName: 'parameters', Item }));
  await deploy('parameters', await bundled('parameters', 'cjs'), { TABLE: 'parameters' });
  expect((await invoke('parameters', { name: 'greeting' })).value).toEqual({ value: 'hello' });
});

it('middy parses, validates, answers errors and logs, behind a function URL', async () => {
  await deploy('payments', await bundled('middy', 'esm'));
  const open = { FunctionName: 'payments', AuthType: 'NONE' as const };
  const { FunctionUrl } = await lambda.send(new CreateFunctionUrlConfigCommand(open));
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: 'payments',
      StatementId: 'public',
      Action: 'lambda:InvokeFunctionUrl',
      Principal: '*',
      FunctionUrlAuthType: 'NONE',
    }),
  );
  const [, id] = /\/\/([a-z0-9]+)\./.exec(FunctionUrl ?? '') ?? [];
  const post = (body: string) =>
    fetch(`${cloud.endpoint}/_aws/lambda-url/${id}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
  const paid = await post('{"card":"1234","amount":"7"}');
  expect([paid.status, await paid.json()]).toEqual([201, { paid: 7, card: '1234' }]);
  const refused = await post('{"card":"12","amount":7}');
  expect(refused.status).toBe(400);
  expect((await post('{nonsense')).status).toBe(422);
  expect((await lines('payments')).filter(({ event }) => event !== undefined)).not.toHaveLength(0);
});

const pythonHandler = `
import os
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent

logger = Logger(service="orders")
metrics = Metrics(namespace="PythonShop", service="orders")
store = DynamoDBPersistenceLayer(table_name=os.environ["TABLE"])

@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
@idempotent(persistence_store=store, config=IdempotencyConfig(event_key_jmespath="payment"))
def handler(event, context):
    logger.info("paid", extra={"payment": event["payment"]})
    metrics.add_metric(name="Payments", unit=MetricUnit.Count, value=1)
    return {"payment": event["payment"], "request": context.aws_request_id}
`;

/** Of boto3, which comes along so that the test doesn't depend on this machine's: what one service takes. */
const isNeeded = (name: string) =>
  name.endsWith('.py') || /^botocore\/data\/(dynamodb\/.*|[^/]*)\.json(\.gz)?$/.test(name);

describe('Powertools for Python', () => {
  const folder = temporaryFolder();
  let installed = false;
  beforeAll(() => {
    try {
      execFileSync(
        'python3',
        [
          '-m',
          'pip',
          'install',
          '--quiet',
          '--target',
          folder.path,
          '--no-compile',
          'aws-lambda-powertools',
          'boto3',
        ],
        { stdio: 'ignore', timeout: 60_000 },
      );
      installed = true;
    } catch {
      installed = false;
    }
  });
  afterAll(() => folder.remove());

  it('runs as it is', async ({ skip }) => {
    skip(!installed, 'pip cannot install aws-lambda-powertools here');
    const files: Record<string, string | Buffer> = { 'index.py': pythonHandler };
    for (const name of readdirSync(folder.path, { recursive: true, encoding: 'utf8' }))
      if (isNeeded(name)) files[name] = readFileSync(join(folder.path, name));
    await table('pythonIdempotency', 'id');
    await deploy('python', files, { TABLE: 'pythonIdempotency' }, { Runtime: 'python3.13' });
    const first = await invoke('python', { payment: 'p1' });
    expect(first.FunctionError, JSON.stringify(first.value)).toBeUndefined();
    expect((await invoke('python', { payment: 'p1' })).value).toEqual(first.value);
    const written = await lines('python');
    expect(written.filter(({ message }) => message === 'paid')).toEqual([
      expect.objectContaining({
        level: 'INFO',
        service: 'orders',
        payment: 'p1',
        function_name: 'python',
        function_request_id: first.$metadata.requestId,
      }),
    ]);
    await expect
      .poll(() => metric('PythonShop', 'Payments'))
      .toEqual([{ dimensions: { service: 'orders' }, value: 1, unit: 'Count' }]);
  });
});
