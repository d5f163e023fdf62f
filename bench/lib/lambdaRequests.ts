/** Requests of Lambda's API as an SDK signs them, prepared as bytes for the load generator; and the server's processes. */
import { readdirSync, readFileSync } from 'node:fs';
import { signRequest } from '../../src/identity/sign.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';
import { httpRequest } from './load.ts';

const path = '/2015-03-31/functions';

/** @returns base64, as `runLoad` and `Connection` want it; good for a quarter of an hour. */
export function invocation(port: number, name: string, event: object): string {
  return signed(port, 'POST', `${path}/${name}/invocations`, JSON.stringify(event));
}

export function configurationRead(port: number, name: string): string {
  return signed(port, 'GET', `${path}/${name}/configuration`, '');
}

export async function creation(port: number, FunctionName: string, source: string): Promise<string> {
  const archive = await zipped({ 'index.js': source });
  const input = {
    FunctionName,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role: 'arn:aws:iam::000000000000:role/bench',
    Code: { ZipFile: archive.toString('base64') },
  };
  return signed(port, 'POST', path, JSON.stringify(input));
}

/** @throws when it isn't created. */
export async function createFunction(port: number, name: string, source: string): Promise<void> {
  const [head = '', body = ''] = Buffer.from(await creation(port, name, source), 'base64')
    .toString('utf8')
    .split('\r\n\r\n');
  const headers = Object.fromEntries(
    head
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(/: (.*)/) as [string, string])
      .filter(([header]) => header !== 'host' && header !== 'content-length'),
  );
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body });
  if (answer.status !== 201) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
}

function signed(port: number, method: string, to: string, body: string): string {
  const headers = signRequest(
    { method, path: to, headers: { host: `127.0.0.1:${port}`, 'content-type': 'application/json' }, body },
    {
      ...{ accessKeyId: 'test', secretAccessKey: 'test', region: 'us-east-1', service: 'lambda' },
      now: Date.now(),
    },
  );
  return httpRequest({ method, path: to, headers, body });
}

/** What the process itself holds, without pages of files that the operating system can drop. */
export function anonymousMb(pid: number): number {
  return Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Processes that the server started and that are there: one for each environment of a function. */
export function environments(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? 0 : children.split(' ').length;
}
