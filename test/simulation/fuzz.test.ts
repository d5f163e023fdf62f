/**
 * Random mutations of valid requests, of every protocol, through the whole pipeline: each gets an answer in
 * AWS's shape; none crashes, hangs, or lets a stack trace out. Handlers always succeed, so that a 500 is ours.
 */
import { connect } from 'node:net';
import { decode as decodeCbor } from 'cbor-x';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BytesBody } from '../../src/edge/body.ts';
import { type Core, createFront, EdgeServer, handle } from '../../src/edge/index.ts';
import type { HttpRequest, HttpResponse } from '../../src/kernel/index.ts';
import { captureRequests, cborSample, type Sent } from './support/capturedRequests.ts';
import { cloudOfEchoes } from './support/cloudOfEchoes.ts';
import { flip, generator, mutate } from './support/mutations.ts';

const seed = Number(process.env.FUZZ_SEED ?? Math.floor(performance.timeOrigin) % 2 ** 31);
const inProcess = 100_000;
const overSockets = 1_500;

let core: Core;
let failures: string[];
let samples: Sent[];

beforeAll(async () => {
  ({ core, failures } = await cloudOfEchoes());
  samples = [...(await captureRequests()), cborSample()];
});

describe(`mutated requests (FUZZ_SEED=${seed})`, () => {
  it('are valid before they are mutated', async () => {
    for (const sample of samples) {
      const response = await handle(core, toRequest(sample));
      expect(response.status, `${describeSent(sample)} ${bodyText(response)}`).toBeLessThan(300);
    }
    expect(new Set(samples.map(({ protocol }) => protocol))).toEqual(
      new Set(['json', 'query', 'rest-json', 'rest-xml', 'cbor']),
    );
  });

  it(`always get an answer in AWS's shape (${inProcess} through the pipeline)`, async () => {
    const random = generator(seed);
    const statuses = new Map<number, number>();
    for (let round = 0; round < inProcess; round++) {
      const sample = samples[random(samples.length)] as Sent;
      const mutated = mutate(sample, random);
      const response = await answered(handle(core, toRequest(mutated)), mutated);
      const wrong = complaint(response, failures);
      if (wrong)
        throw new Error(
          `${wrong}\nround ${round}\n${describeSent(mutated)}\n${bodyText(response)}\n${failures.join('\n')}`,
        );
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    }
    // The mutations reach deep (many still succeed) and wide (many are refused, for more than one reason).
    expect(statuses.get(200)).toBeGreaterThan(inProcess / 100);
    expect(statuses.get(400)).toBeGreaterThan(inProcess / 100);
    expect(statuses.size).toBeGreaterThan(3);
  });

  it('notices a protocol that leaks (the canary)', async () => {
    const leaking = await cloudOfEchoes((protocol) => ({
      ...protocol,
      resolve: () => {
        throw new TypeError('Cannot read properties of undefined');
      },
    }));
    const response = await handle(leaking.core, toRequest(samples[0] as Sent));
    expect(complaint(response, leaking.failures)).toMatch(/500/);
    expect(
      complaint({ status: 400, headers: {}, body: 'Error: x\n    at parse (/srv/codec.ts:1:2)' }, []),
    ).toMatch(/stack/);
    expect(complaint({ status: 400, headers: {}, body: 'nope' }, [])).toMatch(/shape/);
  });
});

describe(`mutated bytes on sockets (FUZZ_SEED=${seed})`, () => {
  let server: EdgeServer;
  let port: number;
  beforeAll(async () => {
    server = new EdgeServer({
      host: '127.0.0.1',
      port: 0,
      answer: createFront(core, { control: { routes: [] } }),
      after: () => () => {},
      onError: (error) => failures.push(String(error)),
      limits: { headersTimeoutMs: 1_000, requestTimeoutMs: 2_000, slowClientCheckMs: 100 },
    });
    port = await server.listen();
  });
  afterAll(() => server.close());

  it(`are answered or refused, and the server lives on (${overSockets})`, async () => {
    const random = generator(seed + 1);
    for (let round = 0; round < overSockets; round += 30) {
      const batch = Array.from({ length: 30 }, () => {
        const sample = samples[random(samples.length)] as Sent;
        const bytes = Buffer.from(wire(random(2) === 0 ? sample : mutate(sample, random)));
        return random(2) === 0 ? flip(bytes, random) : bytes;
      });
      const heard = await Promise.all(batch.map((bytes) => converse(port, bytes)));
      for (const answer of heard) {
        expect(answer).toMatch(/^(HTTP\/1\.1 [2-5]\d\d |$)/);
        expect(answer).not.toMatch(stackTrace);
      }
      expect(failures).toEqual([]);
    }
    const alive = await converse(port, Buffer.from(wire(samples[0] as Sent)));
    expect(alive).toMatch(/^HTTP\/1\.1 200 /);
  });
});

const stackTrace = /\n\s+at .+[:(]|\.(ts|js|mjs):\d+|Cannot read propert|is not a function|is not iterable/;

/** @returns what is wrong with an answer. */
function complaint(response: HttpResponse, logged: string[]): string | undefined {
  const body = bodyText(response);
  if (response.status >= 500 && response.status !== 501)
    return `status ${response.status}, a 500 is our bug: ${logged.at(-1)}`;
  if (logged.length > 0) return `logged ${logged.at(-1)}`;
  if (stackTrace.test(body)) return 'a stack trace';
  if (response.status < 400 || body === '') return undefined;
  const isShaped =
    /<Code>[\w.]+<\/Code>/.test(body) ||
    (/^\{/.test(body) && (/"__type":"/.test(body) || response.headers['x-amzn-errortype'] !== undefined)) ||
    isCborError(response);
  return isShaped ? undefined : `not the shape of an AWS error: ${body.slice(0, 200)}`;
}

function isCborError(response: HttpResponse): boolean {
  if (!(response.body instanceof Uint8Array) || response.headers['smithy-protocol'] === undefined)
    return false;
  const error = decodeCbor(response.body) as { __type?: unknown };
  return typeof error.__type === 'string';
}

async function answered(answer: Promise<HttpResponse>, sent: Sent): Promise<HttpResponse> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer in 60 s: ${describeSent(sent)}`)), 60_000);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function toRequest(sent: Sent): HttpRequest {
  return {
    method: sent.method,
    path: sent.path,
    query: sent.query,
    headers: sent.headers,
    rawHeaders: Object.entries(sent.headers).flat(),
    body: new BytesBody(sent.body),
    remoteAddress: '127.0.0.1',
    secure: false,
    signal: new AbortController().signal,
  };
}

function wire(sent: Sent): string {
  const target = `${sent.path}${sent.query === '' ? '' : `?${sent.query}`}`.replace(/[\s\0]/g, '%20');
  const headers = Object.entries({
    ...sent.headers,
    'content-length': String(sent.body.length),
    connection: 'close',
  });
  return `${sent.method} ${target} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${sent.body.toString('latin1')}`;
}

/** Says `bytes`, hears everything, and closes. An empty answer is a closed connection. */
function converse(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let heard = '';
    socket.setTimeout(60_000, () =>
      reject(new Error(`The connection hung: ${bytes.toString('latin1').slice(0, 500)}`)),
    );
    socket.on('data', (piece) => {
      heard += piece.toString('latin1');
    });
    socket.on('close', () => resolve(heard));
    socket.on('error', () => {});
    socket.write(Buffer.from(bytes.toString('latin1'), 'latin1'));
    socket.end();
  });
}

function bodyText(response: HttpResponse): string {
  const { body } = response;
  if (body === undefined) return '';
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? Buffer.from(body).toString('latin1') : '';
}

function describeSent(sent: Sent): string {
  return JSON.stringify({ ...sent, body: sent.body.toString('latin1').slice(0, 2_000) });
}
