/** Runtimes that this machine has, or not, through the unmodified SDK and the command line. */
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateFunctionCommand, InvokeCommand, LambdaClient, type Runtime } from '@aws-sdk/client-lambda';
import { afterAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';
import { brume, run } from './support/server.ts';

const clouds: Cloud[] = [];
afterAll(() => Promise.all(clouds.map((cloud) => cloud.close())));

async function started(options: { strictRuntimes?: boolean } = {}) {
  const cloud = await startCloud({ iam: 'off', ...options });
  clouds.push(cloud);
  const lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
  const make = async (FunctionName: string, runtime: string) => {
    const ZipFile = await zipped({ 'index.js': 'exports.handler = async () => process.version' });
    const Role = 'arn:aws:iam::000000000000:role/functions';
    const Runtime = runtime as Runtime;
    return lambda.send(
      new CreateFunctionCommand({ FunctionName, Role, Runtime, Handler: 'index.handler', Code: { ZipFile } }),
    );
  };
  return { cloud, lambda, make };
}

describe('functions of old runtimes', () => {
  it('can be made and run, on the nearest version, and their log says so once', async () => {
    const { cloud, lambda, make } = await started();
    expect(await make('old', 'nodejs12.x')).toMatchObject({ Runtime: 'nodejs12.x', State: 'Pending' });
    for (const _ of [1, 2]) {
      const { Payload, FunctionError } = await lambda.send(new InvokeCommand({ FunctionName: 'old' }));
      expect(FunctionError).toBeUndefined();
      expect(Buffer.from(Payload ?? '').toString()).toMatch(/^"v\d+\./);
    }
    await cloud.settled();
    const logs = new CloudWatchLogsClient(cloud.clientConfig);
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/aws/lambda/old' }));
    const notes = events.filter(({ message }) => message?.startsWith('Brume: '));
    expect(notes.map(({ message }) => message?.trim())).toEqual([
      expect.stringMatching(
        /^Brume: Node\.js \S+ runs this nodejs12\.x function: Node\.js 12 isn't on this machine/,
      ),
    ]);
  });

  it('fail with InvalidRuntimeException where only exact versions run', async () => {
    const { lambda, make } = await started({ strictRuntimes: true });
    await make('old', 'nodejs12.x');
    const error = await lambda
      .send(new InvokeCommand({ FunctionName: 'old' }))
      .catch((error: unknown) => error);
    expect(error).toMatchObject({
      name: 'InvalidRuntimeException',
      message: expect.stringMatching(/^nodejs12\.x needs exactly Node\.js 12 \(--strict-runtimes\)/),
      $metadata: { httpStatusCode: 502 },
    });
    await make('own', `nodejs${process.versions.node.split('.')[0]}.x`);
    expect((await lambda.send(new InvokeCommand({ FunctionName: 'own' }))).FunctionError).toBeUndefined();
  });

  it('are refused when AWS never had them', async () => {
    const { make } = await started();
    await expect(make('none', 'cobol85')).rejects.toThrow(
      /Member must satisfy enum value set: .* or be a valid ARN/,
    );
  });
});

describe('brume runtimes', () => {
  it('lists what there is, and says what can’t be installed', async () => {
    const listed = await run(brume, ['runtimes', '--json']);
    const { runtimes } = JSON.parse(listed.stdout) as { runtimes: { identifier: string; status: string }[] };
    expect(runtimes).toContainEqual({ identifier: 'provided.al2023', status: 'exact' });
    const own = `nodejs${process.versions.node.split('.')[0]}.x`;
    expect(runtimes.find(({ identifier }) => identifier === own)).toMatchObject({ status: 'exact' });
    expect(runtimes.find(({ identifier }) => identifier === 'nodejs12.x')).toMatchObject({
      status: 'nearest',
      advice: expect.stringContaining('Node.js'),
    });
    const refused = await run(brume, ['runtimes', 'install', 'cobol']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("can't install cobol") });
  });
});
