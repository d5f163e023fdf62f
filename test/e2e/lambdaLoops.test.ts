/** Functions that invoke themselves are stopped, unless they may. */
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateFunctionCommand,
  GetFunctionRecursionConfigCommand,
  InvokeAsyncCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
  PutFunctionRecursionConfigCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;
beforeAll(async () => {
  cloud = await startCloud();
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
  logs = new CloudWatchLogsClient(cloud.clientConfig);
});
afterAll(() => cloud.close());

/** Invokes itself with what it got and one more, until twenty. */
const loop = `
const { LambdaClient, InvokeCommand } = require('@aws-sdk/client-lambda');
const client = new LambdaClient({ maxAttempts: 1 });
exports.handler = async ({ n }, context) => {
  console.log('round ' + n + ' of ' + (process.env._X_AMZN_TRACE_ID.includes('Lineage=') ? 'known' : 'unknown'));
  if (n === 20) return;
  await client.send(new InvokeCommand({
    FunctionName: context.functionName, InvocationType: 'Event', Payload: JSON.stringify({ n: n + 1 }),
  }));
};`;

async function create(FunctionName: string, source: string) {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: 'arn:aws:iam::000000000000:role/functions',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Timeout: 20,
      Code: { ZipFile: await zipped({ 'index.js': source }) },
    }),
  );
}

async function lines(FunctionName: string, word: string): Promise<string[]> {
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${FunctionName}`, filterPattern: `"${word}"` }),
  );
  return events.map(({ message = '' }) => message.trim());
}

describe('a function that invokes itself', () => {
  it('is stopped after sixteen invocations; the event goes where failures go', async () => {
    await create(
      'collector',
      `exports.handler = async (event) => console.log('dropped ' + JSON.stringify(event))`,
    );
    await create('looping', loop);
    await lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: 'looping',
        DestinationConfig: {
          OnFailure: { Destination: 'arn:aws:lambda:us-east-1:000000000000:function:collector' },
        },
      }),
    );
    // The legacy operation begins a chain like any other.
    const begun = await lambda.send(
      new InvokeAsyncCommand({ FunctionName: 'looping', InvokeArgs: '{"n":1}' }),
    );
    expect(begun.Status).toBe(202);
    const dropped = await vi.waitFor(
      async () => {
        const found = await lines('collector', 'dropped');
        expect(found).toHaveLength(1);
        return found[0] ?? '';
      },
      { timeout: 60_000, interval: 100 },
    );
    expect(dropped).toContain('"requestPayload":{"n":17}');
    const rounds = (await lines('looping', 'round')).filter((line) => line.includes('round'));
    expect(rounds).toHaveLength(16);
    expect(rounds.every((line) => line.includes('of known'))).toBe(true);
  });

  it('goes on when it may', async () => {
    await create('allowed', loop);
    const FunctionName = 'allowed';
    const get = () => lambda.send(new GetFunctionRecursionConfigCommand({ FunctionName }));
    expect((await get()).RecursiveLoop).toBe('Terminate');
    const put = new PutFunctionRecursionConfigCommand({ FunctionName, RecursiveLoop: 'Allow' });
    expect((await lambda.send(put)).RecursiveLoop).toBe('Allow');
    expect((await get()).RecursiveLoop).toBe('Allow');
    await lambda.send(
      new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify({ n: 1 }) }),
    );
    await vi.waitFor(async () => expect((await lines(FunctionName, 'round 20')).length).toBeGreaterThan(0), {
      timeout: 60_000,
      interval: 100,
    });
  });

  it('is told so when it waits for the answer', async () => {
    await create('waiting', 'exports.handler = async () => process.env._X_AMZN_TRACE_ID');
    const send = async (traceId: string) => {
      const command = new InvokeCommand({ FunctionName: 'waiting' });
      command.middlewareStack.add(
        (next) => async (args) => {
          (args.request as { headers: Record<string, string> }).headers['X-Amzn-Trace-Id'] = traceId;
          return next(args);
        },
        { step: 'build' },
      );
      const { Payload } = await lambda.send(command);
      return JSON.parse(Buffer.from(Payload ?? []).toString('utf8')) as string;
    };
    const first = await send('Root=1-5759e988-bd862e3fe1be46a994272793');
    expect(first).toMatch(/^Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=[0-9a-f]{8}:0$/);
    expect(await send(first)).toBe(first.replace(':0', ':1'));
    await expect(send(first.replace(':0', ':15'))).rejects.toMatchObject({
      name: 'RecursiveInvocationException',
      $metadata: { httpStatusCode: 400 },
    });
  });
});
