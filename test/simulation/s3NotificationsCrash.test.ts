/** Objects that were acknowledged are told of, though the cloud is killed right after. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { zipped } from '../../src/services/lambda/code/zipped.ts';
import { type Server, startServer, temporaryFolder } from '../e2e/support/server.ts';

const Bucket = 'crashing';
const FunctionName = 'told';

/** Tells the counter outside of the cloud which keys it hears of; fails when it can't, to be tried again. */
const source = `
const { request } = require('node:http');
exports.handler = ({ Records }) => Promise.all(Records.map(({ s3 }) => new Promise((resolve, reject) => {
  const told = request({ host: '127.0.0.1', port: process.env.COUNTER, path: '/' + s3.object.key, method: 'POST' });
  told.on('error', reject);
  told.on('response', (answer) => answer.resume().on('end', resolve));
  told.end();
})));`;

it('no event of an acknowledged object is lost, and none of an object that is not there arrives', async () => {
  const folder = temporaryFolder();
  const heard = new Set<string>();
  const counter = createServer((asked, answer) => {
    heard.add((asked.url ?? '').slice(1));
    answer.end();
  });
  await new Promise<void>((resolve) => counter.listen(0, '127.0.0.1', resolve));
  const { port } = counter.address() as AddressInfo;
  const start = () =>
    startServer(['--port', '0', '--data', join(folder.path, 'data'), '--log-level', 'error']);
  let server = await start();
  try {
    await watch(server, port);
    const sent = new Set<string>();
    const acknowledged = new Set<string>();
    let untold = 0;
    for (let round = 0; round < 4; round++) {
      const s3 = clientOf(server);
      const writing = Array.from({ length: 40 }, async (_, index) => {
        const Key = `${round}-${index}`;
        sent.add(Key);
        await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
        acknowledged.add(Key);
        // In the middle of the others, and as soon as this one is kept.
        if (index !== 20) return;
        await server.kill('SIGKILL');
        untold += [...acknowledged].filter((key) => !heard.has(key)).length;
      });
      await Promise.allSettled(writing);
      s3.destroy();
      expect(acknowledged.has(`${round}-20`)).toBe(true);
      server = await start();
    }
    // The kills came between: a function takes longer to start than an object to be kept.
    expect(untold).toBeGreaterThan(0);
    const missing = () => [...acknowledged].filter((key) => !heard.has(key));
    await expect.poll(missing).toEqual([]);
    expect([...heard].filter((key) => !sent.has(key))).toEqual([]);
  } finally {
    await server.kill('SIGKILL');
    counter.closeAllConnections();
    counter.close();
    folder.remove();
  }
});

function configOf({ endpoint }: Server) {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 };
}

function clientOf(server: Server): S3Client {
  return new S3Client({ ...configOf(server), forcePathStyle: true });
}

async function watch(server: Server, counterPort: number): Promise<void> {
  const lambda = new LambdaClient(configOf(server));
  const s3 = clientOf(server);
  const { FunctionArn } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/told',
      Timeout: 30,
      Environment: { Variables: { COUNTER: String(counterPort) } },
      Code: { ZipFile: await zipped({ 'index.js': source }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60, minDelay: 0.05 }, { FunctionName });
  await lambda.send(
    new AddPermissionCommand({
      FunctionName,
      StatementId: 's3',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
    }),
  );
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: {
        LambdaFunctionConfigurations: [{ LambdaFunctionArn: FunctionArn, Events: ['s3:ObjectCreated:*'] }],
      },
    }),
  );
  lambda.destroy();
  s3.destroy();
}
