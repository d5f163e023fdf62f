/** Extensions from a layer, and the settings of a function's log, through the official clients. */
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  type LoggingConfig,
  PublishLayerVersionCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;

beforeAll(async () => {
  cloud = await startCloud();
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
  logs = new CloudWatchLogsClient({ ...cloud.clientConfig, maxAttempts: 1 });
});
afterAll(() => cloud.close());

async function create(
  FunctionName: string,
  code: string,
  settings: { Layers?: string[]; LoggingConfig?: LoggingConfig },
) {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: 'arn:aws:iam::000000000000:role/functions',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      MemorySize: 512,
      Code: { ZipFile: await zipped({ 'index.js': code }) },
      ...settings,
    }),
  );
}

async function linesOf(logGroupName: string): Promise<string[]> {
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
  return events.map(({ message = '' }) => message);
}

/** An archive whose files are programs. */
async function programs(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files))
    zip.addBuffer(Buffer.from(content), name, { mode: 0o100755 });
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

const watcher = `#!/usr/bin/env node
const base = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2020-01-01/extension';
(async () => {
  const registered = await fetch(base + '/register', {
    method: 'POST',
    headers: { 'Lambda-Extension-Name': 'watcher', 'Lambda-Extension-Accept-Feature': 'accountId' },
    body: JSON.stringify({ events: ['INVOKE', 'SHUTDOWN'] }),
  });
  console.log('watcher of', JSON.stringify(await registered.json()));
  const headers = { 'Lambda-Extension-Identifier': registered.headers.get('lambda-extension-identifier') };
  for (;;) {
    const event = await (await fetch(base + '/event/next', { headers })).json();
    console.log('watcher heard', event.eventType, event.requestId);
  }
})();
`;

describe('an extension in a layer', () => {
  it('runs beside the function, and writes to its log', async () => {
    const layer = await lambda.send(
      new PublishLayerVersionCommand({
        LayerName: 'watcher',
        Content: { ZipFile: await programs({ 'extensions/watcher': watcher }) },
      }),
    );
    const Layers = [layer.LayerVersionArn ?? ''];
    await create('watched', 'exports.handler = async () => "done"', { Layers });
    const answer = await lambda.send(new InvokeCommand({ FunctionName: 'watched', LogType: 'Tail' }));
    expect(answer.Payload?.transformToString()).toBe('"done"');
    const tail = Buffer.from(answer.LogResult ?? '', 'base64').toString();
    expect(tail).toContain('REPORT RequestId');
    const lines = async () => {
      await cloud.settled();
      return linesOf('/aws/lambda/watched');
    };
    const id = answer.$metadata.requestId;
    await expect.poll(lines).toContain(`watcher heard INVOKE ${id}`);
    const all = await lines();
    expect(all).toContain(
      'watcher of {"functionName":"watched","functionVersion":"$LATEST","handler":"index.handler","accountId":"000000000000"}',
    );
    expect(all).toContain('EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE,SHUTDOWN]');
  });
});

describe('the log of a function', () => {
  const code = `exports.handler = async () => {
    console.debug('detail'); console.info('fact'); console.warn('worry', { a: 1 });
    process.stdout.write('{"level":"ERROR","timestamp":"2024-01-01T00:00:00Z","own":true}\\n');
    process.stdout.write('{"level":"DEBUG","timestamp":"2024-01-01T00:00:00Z","own":true}\\n');
  }`;
  const eventsOf = async (LoggingConfig: LoggingConfig) => {
    const FunctionName = `logging-${LoggingConfig.ApplicationLogLevel}-${LoggingConfig.SystemLogLevel}`;
    const LogGroup = `/custom/${FunctionName}`;
    await create(FunctionName, code, { LoggingConfig: { LogFormat: 'JSON', LogGroup, ...LoggingConfig } });
    const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    expect(found.LoggingConfig).toEqual({ LogFormat: 'JSON', LogGroup, ...LoggingConfig });
    await lambda.send(new InvokeCommand({ FunctionName }));
    await cloud.settled();
    const events = (await linesOf(LogGroup)).map((line) => JSON.parse(line));
    return {
      system: events.filter(({ type }) => type).map(({ type }) => type.replace('platform.', '')),
      application: // Brume's own word on which Node.js it is doesn't count.
        events
          .filter(({ level, message }) => level && !String(message).startsWith('Brume: '))
          .map(({ level, message }) => [level, message]),
    };
  };

  it('holds what its levels let through, in a group of its own', async () => {
    expect(await eventsOf({ ApplicationLogLevel: 'TRACE', SystemLogLevel: 'DEBUG' })).toEqual({
      system: ['initStart', 'initRuntimeDone', 'initReport', 'start', 'runtimeDone', 'report'],
      application: [
        ['DEBUG', 'detail'],
        ['INFO', 'fact'],
        ['WARN', 'worry { a: 1 }'],
        ['ERROR', undefined],
        ['DEBUG', undefined],
      ],
    });
    expect(await eventsOf({ ApplicationLogLevel: 'ERROR', SystemLogLevel: 'WARN' })).toEqual({
      system: [],
      application: [['ERROR', undefined]],
    });
  });
});
