/**
 * Random mutations of valid requests, of every protocol, through the whole pipeline: each gets an answer in
 * AWS's shape; none crashes, hangs, or lets a stack trace out. Handlers always succeed, so that a 500 is ours.
 */
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { decode as decodeCbor, encode as encodeCbor } from 'cbor-x';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BytesBody } from '../../src/edge/body.ts';
import { Core, createFront, EdgeServer, handle } from '../../src/edge/index.ts';
import { type HttpRequest, type HttpResponse, RandomIds, SystemClock } from '../../src/kernel/index.ts';
import { rootOf, type ServiceDefinition, type ServiceEntry } from '../../src/platform/index.ts';
import { createServiceProtocol, loadModel, type ServiceProtocol } from '../../src/protocol/index.ts';
import { captureRequests, type Sent } from './support/capturedRequests.ts';

const seed = Number(process.env.FUZZ_SEED ?? Math.floor(performance.timeOrigin) % 2 ** 31);
const inProcess = 100_000;
const overSockets = 1_500;

let core: Core;
let failures: string[];
let samples: Sent[];

beforeAll(async () => {
  ({ core, failures } = await cloudOfEchoes());
  samples = [...(await captureRequests()), cborSample()];
}, 60_000);

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
  }, 240_000);

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
  }, 120_000);
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
    timer = setTimeout(() => reject(new Error(`No answer in 5 s: ${describeSent(sent)}`)), 5_000);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

type Random = (below: number) => number;

/** Mulberry32: small, and the same on every machine. */
function generator(from: number): Random {
  let state = from >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const tokens = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  'null',
  'true',
  '-',
  '0',
  '1e999',
  '9'.repeat(400),
  '""',
  '{}',
  '[]',
  '\\u0000',
  '\u0000',
  '\ud800',
  'é',
  '__proto__',
  'constructor',
  'toString',
  '[[[['.repeat(300),
  '{"a":'.repeat(200),
  '<',
  '>',
  '&',
  '&#0;',
  '&lol;',
  '<!DOCTYPE x [<!ENTITY a "b">]>',
  '<![CDATA[',
  ']]>',
  '</',
  '<a>'.repeat(300),
  '%',
  '%00',
  '%FF',
  '%2F',
  '..',
  '//',
  '?',
  '=',
  '&Action=X',
  '+',
  ';',
  '\r\n',
  '\uFEFF',
  'x'.repeat(3_000),
];
const headerValues = [
  '',
  'gzip',
  'deflate',
  'aws-chunked',
  'br',
  'application/json',
  'application/xml',
  'application/cbor',
  'application/x-www-form-urlencoded',
  'text/plain',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'UNSIGNED-PAYLOAD',
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'rpc-v2-cbor',
  'Toy.Op',
  'DynamoDB_20120810.Nope',
  'AWS4-HMAC-SHA256 Credential=',
  'AWS4-HMAC-SHA256 Credential=a/b/c/s3/aws4_request',
  'Bearer x',
  '-1',
  '99999999999999999999',
  'NaN',
  'bytes=-5',
  '\u00e9',
  'x-amz-checksum-crc32',
  '2025-13-45T99:99:99Z',
  'b.s3.localhost',
  'x.execute-api.localhost',
  'evil.example',
];
const headerNames = [
  'content-type',
  'content-encoding',
  'x-amz-content-sha256',
  'x-amz-decoded-content-length',
  'x-amz-trailer',
  'x-amz-target',
  'authorization',
  'host',
  'smithy-protocol',
  'x-amz-date',
  'x-amz-security-token',
  'content-md5',
  'x-amz-checksum-crc32',
  'x-amz-meta-a',
  'range',
  'if-modified-since',
  'x-amz-client-context',
  'x-amz-invocation-type',
  'x-amz-query-mode',
  '__proto__',
  'constructor',
  'origin',
];

/** One to three changes, anywhere. */
function mutate(sample: Sent, random: Random): Sent {
  let sent: Sent = { ...sample, headers: { ...sample.headers } };
  for (let left = 1 + random(3); left > 0; left--) sent = changeOnce(sent, random);
  return sent;
}

function changeOnce(sent: Sent, random: Random): Sent {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  switch (random(10)) {
    case 0:
      return { ...sent, method: pick(['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS', 'BREW']) };
    case 1:
      return { ...sent, path: `/${splice(sent.path.slice(1), random)}` };
    case 2:
      return { ...sent, query: splice(sent.query, random) };
    case 3: {
      const { [pick(Object.keys(sent.headers))]: _gone, ...headers } = sent.headers;
      return { ...sent, headers };
    }
    case 4:
      return {
        ...sent,
        headers: {
          ...sent.headers,
          [pick([...headerNames, ...Object.keys(sent.headers)])]: pick(headerValues),
        },
      };
    case 5: {
      const name = pick(Object.keys(sent.headers));
      return {
        ...sent,
        headers: {
          ...sent.headers,
          [name]: splice(sent.headers[name] ?? '', random).replace(/[\r\n\0]/g, ''),
        },
      };
    }
    case 6:
      return { ...sent, body: flip(sent.body, random) };
    case 7:
      return { ...sent, body: sent.body.subarray(0, random(sent.body.length + 1)) };
    default:
      return { ...sent, body: Buffer.from(splice(sent.body.toString('latin1'), random), 'latin1') };
  }
}

/** Inserts, removes, repeats or replaces a piece. */
function splice(text: string, random: Random): string {
  const at = random(text.length + 1);
  const end = Math.min(text.length, at + random(12));
  const token = tokens[random(tokens.length)] ?? '';
  switch (random(5)) {
    case 0:
      return text.slice(0, at) + token + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(end);
    case 2:
      return text.slice(0, at) + text.slice(at, end).repeat(1 + random(40)) + text.slice(end);
    case 3:
      return text.slice(0, at) + token + text.slice(end);
    default:
      return text.slice(0, at);
  }
}

function flip(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  for (let left = 1 + random(4); left > 0 && copy.length > 0; left--) copy[random(copy.length)] = random(256);
  return copy;
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
    socket.setTimeout(20_000, () =>
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

/** rpcv2Cbor has no client here: DynamoDB's model spoken in CBOR. */
function cborSample(): Sent {
  return {
    protocol: 'cbor',
    method: 'POST',
    path: '/service/DynamoDB_20120810/operation/PutItem',
    query: '',
    headers: {
      host: 'dynamodb.localhost:4566',
      'content-type': 'application/cbor',
      'smithy-protocol': 'rpc-v2-cbor',
      accept: 'application/cbor',
    },
    body: encodeCbor({
      TableName: 'orders',
      Item: { pk: { S: 'a' }, n: { N: '1' }, b: { B: Buffer.from('bytes') }, l: { L: [{ BOOL: true }] } },
    }),
  };
}

/** Every operation of several real models, answered with nothing. Streams are read to their end. */
async function cloudOfEchoes(
  change: (protocol: ServiceProtocol) => ServiceProtocol = (protocol) => protocol,
) {
  const logged: string[] = [];
  const names = [
    'dynamodb',
    's3',
    'lambda',
    'sts',
    'iam',
    'sqs',
    'sns',
    'cloudformation',
    'logs',
    'apigateway',
  ];
  const models = new Map(
    await Promise.all(names.map(async (name) => [name, await loadModel(name)] as const)),
  );
  const entries = names.map((name): ServiceEntry => {
    const { metadata } = models.get(name) as Awaited<ReturnType<typeof loadModel>>;
    return {
      name,
      model: name,
      signingName: metadata.signingName ?? name,
      ...(metadata.targetPrefix !== undefined && { targetPrefix: metadata.targetPrefix }),
      hostPrefixes: [name],
      load: () => Promise.reject(new Error('not loaded in this test')),
    };
  });
  const swallow = async (_ctx: unknown, input: Record<string, unknown>) => {
    for (const value of Object.values(input ?? {})) {
      if (value instanceof Readable) for await (const piece of value) void piece;
    }
    return {};
  };
  const hosted = new Map(
    entries.map((entry) => {
      const model = models.get(entry.name);
      const operations = Object.fromEntries(
        Object.keys(model?.operations ?? {}).map((name) => [name, swallow]),
      );
      const definition = { name: entry.name, operations, authorize: {}, open: () => null };
      return [
        entry.name,
        { entry, definition: definition as unknown as ServiceDefinition<never>, room: null as never },
      ];
    }),
  );
  const made = new Core({
    services: entries,
    iam: 'audit',
    defaultAccount: '000000000000',
    defaultRegion: 'us-east-1',
    clock: new SystemClock(),
    ids: new RandomIds(),
    telemetry: {
      log: (level, message, fields) =>
        void (level === 'error' && logged.push(`${message} ${JSON.stringify(fields)}`)),
      audit: () => {},
      metric: () => {},
      span: () => {},
      usage: () => {},
      cloudLog: () => {},
      flush: async () => {},
    },
    credentials: { find: () => undefined },
    policies: { policiesOf: () => ({ identityPolicies: [] }) },
    service: (name) => {
      const service = hosted.get(name);
      if (!service) throw new Error(`no ${name}`);
      return service;
    },
    protocol: async (entry, spoken) => {
      const model = models.get(entry.name);
      if (!model) return undefined;
      if (spoken === 'smithy-rpc-v2-cbor') {
        return entry.name === 'dynamodb'
          ? change(createServiceProtocol(model, { protocol: spoken }))
          : undefined;
      }
      return change(createServiceProtocol(model));
    },
    assumeRole: async () => rootOf('000000000000'),
  });
  return { core: made, failures: logged };
}
