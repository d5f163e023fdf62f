/**
 * A load generator that costs as little as it can: raw sockets, requests prepared as bytes, one request in flight per
 * connection. It runs in a process of its own (`node bench/lib/load.ts`), so that it doesn't share the server's thread.
 */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';

export interface LoadPlan {
  port: number;
  connections: number;
  /** How long to measure, after `warmupMs` that isn't counted. */
  durationMs: number;
  warmupMs: number;
  /** Whole HTTP/1.1 requests in base64; each connection sends them in turn, from its own place on. */
  requests: string[];
  /** Each connection sends only a share of the requests that no other connection sends. */
  ownRequests?: boolean;
  /** Answers with another status count as errors. */
  expectStatus: number;
}

export interface LoadResult {
  requestsPerSecond: number;
  /** Microseconds. */
  p50: number;
  p99: number;
  errors: number;
  completed: number;
}

/** Runs a plan in a child process. */
export function runLoad(plan: LoadPlan): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(out) as LoadResult);
      else reject(new Error(`The load generator ended with code ${code}`));
    });
    child.stdin.end(JSON.stringify(plan));
  });
}

/** A prepared request: its bytes as they go over the wire. */
export function httpRequest(options: {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}): string {
  const body = Buffer.from(options.body ?? '');
  const lines = [`${options.method} ${options.path} HTTP/1.1`];
  for (const [name, value] of Object.entries(options.headers)) lines.push(`${name}: ${value}`);
  if (body.length > 0 || options.method !== 'GET') lines.push(`content-length: ${body.length}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]).toString('base64');
}

async function generate(plan: LoadPlan): Promise<LoadResult> {
  const requests = plan.requests.map((request) => Buffer.from(request, 'base64'));
  const latencies: number[] = [];
  const nothing: Buffer = Buffer.alloc(0);
  const sizes = new Set<number>();
  let errors = 0;
  let counting = false;
  let stopping = false;
  let firstError = '';

  const closed = Array.from({ length: plan.connections }, (_, index) => {
    return new Promise<void>((resolve, reject) => {
      const socket = connect({ port: plan.port, host: '127.0.0.1', noDelay: true });
      const firstOf = (connection: number) => Math.floor((connection * requests.length) / plan.connections);
      const own = requests.slice(firstOf(index), firstOf(index + 1));
      const mine = plan.ownRequests && own.length > 0 ? own : requests;
      let turn = mine === requests ? firstOf(index) : 0;
      let sentAt = 0;
      let pending = nothing;
      const send = () => {
        sentAt = performance.now();
        socket.write(mine[turn++ % mine.length] as Buffer);
      };
      socket.on('connect', send);
      socket.on('error', reject);
      socket.on('close', () => resolve());
      socket.on('data', (chunk: Buffer) => {
        const data = pending.length > 0 ? Buffer.concat([pending, chunk]) : chunk;
        // A packet as long as a response that was read before, with the same status, is such a response.
        const isKnown = sizes.has(data.length) && statusOf(data) === plan.expectStatus;
        if (!isKnown) {
          const size = responseSize(data);
          if (size === undefined || data.length < size) {
            pending = data;
            return;
          }
          if (statusOf(data) === plan.expectStatus) sizes.add(size);
        }
        pending = nothing;
        if (counting) {
          latencies.push(performance.now() - sentAt);
          if (!isKnown && statusOf(data) !== plan.expectStatus) {
            errors++;
            firstError ||= data.toString('latin1').slice(0, 600);
          }
        }
        if (stopping) socket.end();
        else send();
      });
    });
  });

  await wait(plan.warmupMs);
  counting = true;
  const startedAt = performance.now();
  await wait(plan.durationMs);
  counting = false;
  const seconds = (performance.now() - startedAt) / 1000;
  stopping = true;
  await Promise.race([Promise.all(closed), wait(5_000)]);
  if (firstError) process.stderr.write(`first unexpected answer:\n${firstError}\n`);
  latencies.sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round((latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0) * 1000);
  return {
    requestsPerSecond: Math.round(latencies.length / seconds),
    p50: at(0.5),
    p99: at(0.99),
    errors,
    completed: latencies.length,
  };
}

/** The three digits of `HTTP/1.1 200 OK`. */
function statusOf(data: Buffer): number {
  return ((data[9] as number) - 48) * 100 + ((data[10] as number) - 48) * 10 + ((data[11] as number) - 48);
}

/** Head and body length of the first response in `data`; undefined while the head is incomplete. */
function responseSize(data: Buffer): number | undefined {
  const headEnd = data.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = data.toString('latin1', 0, headEnd);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (length) return headEnd + 4 + Number(length[1]);
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
    const end = data.indexOf('\r\n0\r\n\r\n', headEnd);
    return end < 0 ? undefined : end + 7;
  }
  return headEnd + 4;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  process.stdout.write(JSON.stringify(await generate(JSON.parse(text) as LoadPlan)));
  process.exit(0);
}
