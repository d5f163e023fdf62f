/** Cold starts of functions that load something, through the public Invoke API: the AWS SDK, packages, Python. */
import { Agent } from 'node:http';
import { fileURLToPath } from 'node:url';
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilPublishedVersionActive,
} from '@aws-sdk/client-lambda';
import { buildSync } from 'esbuild';
import { zipped } from '../src/services/lambda/code/zipped.ts';
import { invoke } from './lambda.ts';
import { median, quantile, type Row, type Section } from './lib/report.ts';
import { startBrume } from './lib/servers.ts';

const region = 'us-east-1';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
/** Before each start, so that it is one of a quiet cloud: sandboxes are up again by then. Milliseconds. */
const restMs = 500;
/** Not counted: they start the service, its pool of sandboxes and the SDK's compilation. */
const first = 8;

interface Kind {
  readonly what: string;
  /** Milliseconds that the median is to stay under. */
  readonly goalMs?: number;
  readonly runtime: NonNullable<CreateFunctionCommandInput['Runtime']>;
  /** Files of a function whose answer contains the text. */
  files(text: string): Record<string, string>;
  /** Each start is one of a version published with SnapStart. */
  readonly snapStart?: boolean;
  /** Each start is one more environment of the same code. */
  readonly again?: boolean;
}

const sdk = (text: string) => ({
  'index.js': `const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
const client = new DynamoDBClient({});
exports.handler = async () => '${text}' + typeof client;`,
});

/** The same with the SDK packaged into one file, as esbuild does it for SAM and CDK. */
const bundled = (text: string) => {
  const built = buildSync({
    stdin: { contents: sdk(text)['index.js'], resolveDir: fileURLToPath(new URL('..', import.meta.url)) },
    bundle: true,
    platform: 'node',
    write: false,
  });
  return { 'index.js': built.outputFiles[0]?.text ?? '' };
};

const kinds: readonly Kind[] = [
  {
    what: 'cold start, Python',
    goalMs: 15,
    runtime: 'python3.12',
    files: (text) => ({ 'index.py': `def handler(event, context):\n  return '${text}'` }),
  },
  { what: 'cold start, SDK v3 imported', runtime: 'nodejs24.x', files: sdk },
  { what: 'cold start, SDK v3 in the package', runtime: 'nodejs24.x', files: bundled },
  { what: '… and its code seen before', runtime: 'nodejs24.x', files: bundled, again: true },
  { what: 'cold start, SDK v3 imported, with SnapStart', runtime: 'nodejs24.x', files: sdk, snapStart: true },
];

export async function coldStarts({ starts }: { starts: number }): Promise<Section> {
  const rows: Row[] = [];
  for (const kind of kinds) rows.push(await rowOf(kind, starts));
  return {
    title: 'Lambda: cold starts of what loads something',
    how: `128 MB, one signed request at a time over one connection, from the request’s first byte to the answer’s last; ${starts} starts each, ${restMs} ms after the one before. The SDK is the runtime’s own unless it is in the package (one file, by esbuild); it is required, and a DynamoDB client made. Each start is one of code never seen before, unless the row says otherwise. With SnapStart each is the first invocation of a published version.`,
    rows,
  };
}

async function rowOf(kind: Kind, starts: number): Promise<Row> {
  const server = await startBrume();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const client = new LambdaClient({ endpoint: `http://127.0.0.1:${server.port}`, region, credentials });
  const took: number[] = [];
  try {
    for (let index = 0; index < starts + first; index++) {
      const FunctionName = kind.again ? 'again' : `cold-${index}`;
      const text = kind.again ? 'hello again ' : `hello ${index} ${process.hrtime.bigint()} `;
      if (!kind.again || index === 0) await create(client, FunctionName, kind, text);
      else {
        const change = { FunctionName, Description: String(index) };
        await client.send(new UpdateFunctionConfigurationCommand(change));
      }
      const version = kind.snapStart ? await publish(client, FunctionName) : undefined;
      await new Promise((resolve) => setTimeout(resolve, restMs));
      const ms = await invoke(server, agent, FunctionName, text, version);
      if (index >= first) took.push(ms);
      if (!kind.again) await client.send(new DeleteFunctionCommand({ FunctionName }));
    }
  } finally {
    agent.destroy();
    client.destroy();
    await server.stop();
  }
  const { what, goalMs } = kind;
  return {
    what,
    measured: `${median(took).toFixed(1)} ms (p90 ${quantile(took, 0.9).toFixed(1)} ms)`,
    ...(goalMs === undefined
      ? {}
      : { goal: { text: `median at most ${goalMs} ms`, met: median(took) <= goalMs } }),
  };
}

async function create(client: LambdaClient, FunctionName: string, kind: Kind, text: string): Promise<void> {
  await client.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: kind.runtime,
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/bench',
      Code: { ZipFile: await zipped(kind.files(text)) },
      ...(kind.snapStart ? { SnapStart: { ApplyOn: 'PublishedVersions' } } : {}),
    }),
  );
  await waitUntilFunctionActiveV2({ client, maxWaitTime: 10, minDelay: 0.01 }, { FunctionName });
}

async function publish(client: LambdaClient, FunctionName: string): Promise<string> {
  const { Version: Qualifier = '' } = await client.send(new PublishVersionCommand({ FunctionName }));
  const waiting = { client, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.1 };
  await waitUntilPublishedVersionActive(waiting, { FunctionName, Qualifier });
  return Qualifier;
}
