/**
 * Asynchronous invocations of a server that is killed again and again: what was acknowledged must run, however often it
 * dies in between. Who ran is told to a counter outside the cloud, so that no crash can lose it.
 */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { signRequest } from '../../src/identity/sign.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

export interface Killable {
  port: number;
  /** By SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

export interface CrashPlan {
  /** Invocations that must be acknowledged. */
  events: number;
  kills: number;
  /** Starts the server over the same data each time. */
  start(): Promise<Killable>;
  /** How long to wait for what is still to run, at the end. Milliseconds. */
  patienceMs: number;
}

export interface CrashReport {
  acknowledged: number;
  /** Acknowledged and never run: must be none. */
  lost: number;
  /** Runs of an acknowledged event after its first. */
  duplicates: number;
  kills: number;
  seconds: number;
}

const senders = 16;
const FunctionName = 'counted';
const region = 'us-east-1';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Tells the counter which event it runs; fails when it can't, to be tried again. */
const source = `
const { request } = require('node:http');
exports.handler = ({ id }) => new Promise((resolve, reject) => {
  const told = request({ host: '127.0.0.1', port: process.env.COUNTER, path: '/' + id, method: 'POST' });
  told.on('error', reject);
  told.on('response', (answer) => answer.resume().on('end', () => resolve(id)));
  told.end();
});`;

export async function crashWhileInvoking(plan: CrashPlan): Promise<CrashReport> {
  const ran = new Map<string, number>();
  const counter = createServer((asked, answer) => {
    const id = (asked.url ?? '').slice(1);
    ran.set(id, (ran.get(id) ?? 0) + 1);
    answer.end();
  });
  await new Promise<void>((resolve) => counter.listen(0, '127.0.0.1', resolve));
  const { port: counterPort } = counter.address() as AddressInfo;
  const startedAt = performance.now();
  let server = await plan.start();
  try {
    await define(server.port, counterPort);
    const acknowledged = new Set<string>();
    let next = 0;
    let killed = 0;
    let restarting: Promise<void> | undefined;
    const restart = async () => {
      await server.kill();
      killed++;
      server = await plan.start();
      restarting = undefined;
    };
    const send = async () => {
      while (acknowledged.size < plan.events) {
        await restarting;
        // What is not acknowledged may run or not: the next one has an id of its own.
        const id = String(next++);
        if (await invoke(server.port, id)) acknowledged.add(id);
        else await new Promise((resolve) => setTimeout(resolve, 5));
        const due = Math.floor((acknowledged.size * (plan.kills + 1)) / plan.events);
        if (killed < Math.min(due, plan.kills) && !restarting) restarting = restart();
      }
    };
    await Promise.all(Array.from({ length: senders }, send));
    await restarting;
    const missing = () => [...acknowledged].filter((id) => !ran.has(id)).length;
    const until = performance.now() + plan.patienceMs;
    while (missing() > 0 && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 50));
    let duplicates = 0;
    for (const id of acknowledged) duplicates += Math.max(0, (ran.get(id) ?? 0) - 1);
    const seconds = (performance.now() - startedAt) / 1000;
    return { acknowledged: acknowledged.size, lost: missing(), duplicates, kills: killed, seconds };
  } finally {
    await server.kill();
    counter.closeAllConnections();
    counter.close();
  }
}

async function define(port: number, counterPort: number): Promise<void> {
  const client = new LambdaClient({ endpoint: `http://127.0.0.1:${port}`, region, credentials });
  await client.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/counted',
      Timeout: 30,
      Environment: { Variables: { COUNTER: String(counterPort) } },
      Code: { ZipFile: await zipped({ 'index.js': source }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client, maxWaitTime: 60, minDelay: 0.05 }, { FunctionName });
  client.destroy();
}

/** @returns whether the event was acknowledged. */
function invoke(port: number, id: string): Promise<boolean> {
  const path = `/2015-03-31/functions/${FunctionName}/invocations`;
  const body = JSON.stringify({ id });
  const headers = signRequest(
    {
      method: 'POST',
      path,
      headers: { host: `127.0.0.1:${port}`, 'x-amz-invocation-type': 'Event' },
      body,
    },
    { ...credentials, region, service: 'lambda', now: Date.now() },
  );
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', headers });
    sent.on('error', () => resolve(false));
    sent.on('response', (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode === 202));
      answer.on('error', () => resolve(false));
    });
    sent.end(body);
  });
}
