/** A cloud that is killed again and again while durable executions are under way: each goes on where it was. */
import { join } from 'node:path';
import {
  CreateFunctionCommand,
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { expect, it } from 'vitest';
import { zipped } from '../../src/services/lambda/code/zipped.ts';
import { type Server, startServer, temporaryFolder } from '../e2e/support/server.ts';

const executions = 12;
const kills = 4;
const steps = 6;

/** A step, a wait of a second, the next step … Each invocation does what isn't there yet. */
const source = `
const { LambdaClient, CheckpointDurableExecutionCommand } = require('@aws-sdk/client-lambda');
const client = new LambdaClient({});
exports.handler = async ({ DurableExecutionArn, CheckpointToken, InitialExecutionState: { Operations } }) => {
  const known = new Map(Operations.map((operation) => [operation.Id, operation]));
  for (let n = 0; n < ${steps}; n++) {
    const wait = known.get('wait' + n);
    if (wait?.Status === 'SUCCEEDED') continue;
    if (wait) return { Status: 'PENDING' };
    const Updates = [
      { Id: 'step' + n, Type: 'STEP', Action: 'SUCCEED', Payload: String(n) },
      { Id: 'wait' + n, Type: 'WAIT', Action: 'START', WaitOptions: { WaitSeconds: 1 } },
    ];
    await client.send(new CheckpointDurableExecutionCommand({ DurableExecutionArn, CheckpointToken, Updates }));
    return { Status: 'PENDING' };
  }
  const results = [...known.values()].filter(({ Type }) => Type === 'STEP').map(({ StepDetails }) => StepDetails.Result);
  return { Status: 'SUCCEEDED', Result: JSON.stringify(results) };
};`;

it('every execution that was begun ends, each of its steps done once', async () => {
  const folder = temporaryFolder();
  const data = join(folder.path, 'data');
  let server: Server | undefined;
  try {
    server = await start(data);
    let client = clientOf(server);
    await client.send(
      new CreateFunctionCommand({
        FunctionName: 'durable',
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: 'arn:aws:iam::000000000000:role/functions',
        Timeout: 30,
        DurableConfig: { ExecutionTimeout: 3600 },
        Code: { ZipFile: await zipped({ 'index.js': source }) },
      }),
    );
    const arns: string[] = [];
    for (let n = 0; n < executions; n++) {
      const command = new InvokeCommand({
        FunctionName: 'durable',
        Qualifier: '$LATEST',
        InvocationType: 'Event',
      });
      arns.push((await client.send(command)).DurableExecutionArn ?? '');
    }
    for (let kill = 0; kill < kills; kill++) {
      await new Promise((resolve) => setTimeout(resolve, 700 + kill * 230));
      await server.kill('SIGKILL');
      client.destroy();
      server = await start(data);
      client = clientOf(server);
    }
    const expected = JSON.stringify(Array.from({ length: steps }, (_, n) => String(n)));
    for (const DurableExecutionArn of arns) {
      const get = new GetDurableExecutionCommand({ DurableExecutionArn });
      await expect.poll(async () => (await client.send(get)).Status, { interval: 100 }).toBe('SUCCEEDED');
      expect((await client.send(get)).Result).toBe(expected);
      const history = new GetDurableExecutionHistoryCommand({ DurableExecutionArn, MaxItems: 1000 });
      const { Events = [] } = await client.send(history);
      expect(Events.map(({ EventId }) => EventId)).toEqual(Events.map((_, n) => n + 1));
      const once = (type: string) => Events.filter(({ EventType }) => EventType === type).map(({ Id }) => Id);
      const ids = (name: string) => Array.from({ length: steps }, (_, n) => `${name}${n}`);
      expect(once('StepSucceeded')).toEqual(ids('step'));
      expect(once('WaitSucceeded')).toEqual(ids('wait'));
      expect(once('ExecutionSucceeded')).toHaveLength(1);
    }
    client.destroy();
  } finally {
    await server?.kill('SIGKILL');
    folder.remove();
  }
});

function start(data: string): Promise<Server> {
  return startServer(['--port', '0', '--data', data, '--log-level', 'error']);
}

function clientOf({ endpoint }: Server): LambdaClient {
  return new LambdaClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 3,
  });
}
