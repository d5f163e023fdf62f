import { mkdtemp, rm, stat } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { signRequest } from '../identity/index.ts';
import { AwsError } from '../kernel/index.ts';
import { healthRoutes } from './control.ts';
import { createFront, EdgeServer, type ServerLimits, selfSignedCertificate } from './index.ts';
import { type ToyOptions, toyCloud } from './testing/toyCloud.ts';

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function start(options: ToyOptions = {}, limits: Partial<ServerLimits> = {}) {
  const { core, audits, logs } = toyCloud(options);
  const errors: unknown[] = [];
  const server = new EdgeServer({
    host: '127.0.0.1',
    port: 0,
    answer: createFront(core, {
      control: {
        routes: [
          {
            method: 'POST',
            path: '/_brume/reset',
            handle: async () => ({ status: 200, headers: {}, body: 'reset' }),
          },
          ...healthRoutes(core, () => false),
        ],
      },
    }),
    certificate: () => certificate(),
    after: (ms, run) => {
      const timer = core.clock.at(core.clock.now() + ms, run);
      return () => timer.cancel();
    },
    onError: (error) => errors.push(error),
    limits,
  });
  const port = await server.listen();
  open.push(server);
  return { port, core, audits, logs, errors, server };
}

const certificates: Promise<{ cert: string; key: string }>[] = [];
function certificate() {
  certificates[0] ??= (async () => {
    const folder = await mkdtemp(join(tmpdir(), 'edge-'));
    try {
      const made = await selfSignedCertificate(folder, Date.now(), 'us-east-1');
      expect((await stat(join(folder, 'tls.key'))).mode & 0o777).toBe(0o600);
      // The second start finds the first one's.
      expect(await selfSignedCertificate(folder, Date.now(), 'us-east-1')).toEqual(made);
      return made;
    } finally {
      await rm(folder, { recursive: true });
    }
  })();
  return certificates[0];
}

/** A raw socket that remembers what it heard. */
async function dial(port: number) {
  const socket: Socket = connect(port, '127.0.0.1');
  open.push({ close: () => void socket.destroy() });
  let heard = '';
  const waiting: { pattern: RegExp; resolve: () => void }[] = [];
  const check = () => {
    for (const wait of waiting) if (wait.pattern.test(heard)) wait.resolve();
  };
  socket.on('data', (bytes) => {
    heard += bytes.toString('latin1');
    check();
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  return {
    say: (text: string) => void socket.write(text, 'latin1'),
    hear: (pattern: RegExp) =>
      new Promise<void>((resolve) => {
        waiting.push({ pattern, resolve });
        check();
      }),
    heard: () => heard,
    closed,
    socket,
  };
}

function echo(body: string, headers = '', target = 'Toy_1.Echo'): string {
  return `POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: ${target}\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

describe('one port', () => {
  it('answers a signed request over keep-alive and pipelining, in order', async () => {
    const { port } = await start();
    const client = await dial(port);
    client.say(echo('{"n":1}') + echo('{"n":2}') + echo('{"n":3}'));
    await client.hear(/"n":1[\s\S]*"n":2[\s\S]*"n":3/);
    client.say(echo('{"n":4}'));
    await client.hear(/"n":4/);
  });

  it('takes a request byte by byte', async () => {
    const { port } = await start();
    const client = await dial(port);
    for (const byte of echo('{"slow":true}')) client.say(byte);
    await client.hear(/"slow":true/);
  });

  it('speaks HTTP/2 with prior knowledge', async () => {
    const { port } = await start();
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    open.push({ close: () => session.close() });
    const answer = await new Promise<string>((resolve, reject) => {
      const stream = session.request({ ':method': 'POST', ':path': '/', 'x-amz-target': 'Toy_1.Echo' });
      let body = '';
      stream.on('data', (bytes) => {
        body += bytes;
      });
      stream.on('end', () => resolve(body));
      stream.on('error', reject);
      stream.end('{"over":"h2"}');
    });
    expect(answer).toBe('{"over":"h2"}');
  });

  it('speaks TLS on the same port, with HTTP/1.1 and HTTP/2 by ALPN', async () => {
    const { port, errors } = await start();
    const { cert } = await certificate();
    for (const [protocol, servername] of [
      ['http/1.1', 'localhost'],
      ['http/1.1', 'bucket.s3.localhost'],
    ] as const) {
      const socket = connectTls({ port, host: '127.0.0.1', ca: cert, servername, ALPNProtocols: [protocol] });
      open.push({ close: () => void socket.destroy() });
      const heard = new Promise<string>((resolve, reject) => {
        socket.on('data', (bytes) => resolve(bytes.toString()));
        socket.on('error', reject);
      });
      socket.write(echo('{"over":"tls"}'));
      expect(await heard).toMatch(/^HTTP\/1.1 200 [\s\S]*"over":"tls"/);
    }
    const session = connectHttp2(`https://localhost:${port}`, { ca: cert });
    open.push({ close: () => session.close() });
    const status = await new Promise((resolve, reject) => {
      session.on('error', reject);
      const stream = session.request({ ':path': '/_brume/health' });
      stream.on('response', (headers) => resolve(headers[':status']));
      stream.end();
    });
    expect(status).toBe(200);
    expect(errors).toEqual([]);
  });

  it('answers 431 past the header limit and 400 to what is not HTTP', async () => {
    const { port } = await start();
    const large = await dial(port);
    large.say(echo('{}', `X-Large: ${'x'.repeat(20_000)}\r\n`));
    await large.hear(/^HTTP\/1.1 431 [\s\S]*RequestHeaderSectionTooLarge/);
    const garbage = await dial(port);
    garbage.say('\x00\x01\x02 nonsense\r\n\r\n');
    await garbage.hear(/^HTTP\/1.1 400 [\s\S]*BadRequest/);
    await garbage.closed;
  });

  it('closes slow clients: no bytes, half a head, half a body', async () => {
    const { port } = await start({}, { headersTimeoutMs: 60, requestTimeoutMs: 120, slowClientCheckMs: 20 });
    const silent = await dial(port);
    const halfHead = await dial(port);
    halfHead.say('POST / HTTP/1.1\r\nHost: localhost\r\n');
    const halfBody = await dial(port);
    halfBody.say(
      'POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: Toy_1.Echo\r\nContent-Length: 100\r\n\r\n{',
    );
    await Promise.all([silent.closed, halfHead.closed, halfBody.closed]);
    expect(halfHead.heard()).toMatch(/^HTTP\/1.1 408 /);
    expect(halfBody.heard()).toMatch(/^HTTP\/1.1 408 /);
  });

  it('says 100 Continue only when the body is wanted', async () => {
    const { port } = await start();
    const wanted = await dial(port);
    wanted.say(
      'POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: Toy_1.Echo\r\nExpect: 100-continue\r\nContent-Length: 7\r\n\r\n',
    );
    await wanted.hear(/^HTTP\/1.1 100 Continue/);
    wanted.say('{"a":1}');
    await wanted.hear(/"a":1/);
    const refused = await dial(port);
    refused.say(
      `POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: Toy_1.Echo\r\nExpect: 100-continue\r\nContent-Length: ${50 * 1024 * 1024}\r\n\r\n`,
    );
    await refused.hear(/RequestEntityTooLargeException/);
    expect(refused.heard()).toMatch(/^HTTP\/1.1 413 /);
  });

  it('answers 400 to a truncated chunked body', async () => {
    const { port } = await start();
    const client = await dial(port);
    client.say(
      'POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: Toy_1.Echo\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n',
    );
    await client.hear(/^HTTP\/1.1 400 /);
    await client.closed;
  });

  const reading = {
    Read: async (_ctx: unknown, input: { Body: AsyncIterable<Uint8Array> }) => {
      for await (const piece of input.Body) void piece;
      return {};
    },
    Peek: async (_ctx: unknown, input: { Body: AsyncIterable<Uint8Array> }) => {
      for await (const piece of input.Body) throw new AwsError('EntityTooLarge', `${piece.length} bytes`);
      return {};
    },
  } as unknown as Required<ToyOptions>['operations'];

  it('answers an upload that nobody reads, and the next request on the connection', async () => {
    const { port } = await start({
      operations: {
        Upload: async () => {
          throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', { status: 404 });
        },
        ...reading,
      },
    });
    const body = 'x'.repeat(700_000);
    const framed = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const client = await dial(port);
    client.say(echo(body, '', 'Toy_1.Upload') + echo('{"n":2}'));
    await client.hear(/NoSuchBucket[\s\S]*"n":2/);
    client.say(
      echo(framed, 'X-Amz-Content-Sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\n', 'Toy_1.Upload') +
        echo('{"n":3}'),
    );
    await client.hear(/"n":3/);
    // The frame is wrong from its first byte, with most of the body still to come.
    const unsigned = 'X-Amz-Content-Sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\n';
    const wrong = echo(`zz\r\n${body}`, unsigned, 'Toy_1.Read');
    client.say(wrong.slice(0, 1_000));
    await client.hear(/InvalidRequest/);
    client.say(wrong.slice(1_000) + echo('{"n":4}'));
    await client.hear(/"n":4/);
    const peeked = echo(body, '', 'Toy_1.Peek');
    client.say(peeked.slice(0, 1_000));
    await client.hear(/EntityTooLarge/);
    client.say(peeked.slice(1_000) + echo('{"n":5}'));
    await client.hear(/"n":5/);
    const waiting = await dial(port);
    waiting.say(
      `POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: Toy_1.Upload\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await waiting.hear(/NoSuchBucket/);
    expect(waiting.heard()).toMatch(/^HTTP\/1.1 404 /);
  });

  it('streams an upload with its trailing checksum', async () => {
    const read = { text: '', trailers: {} };
    const { port } = await start({
      operations: {
        Upload: async (
          _ctx,
          input: { Body: AsyncIterable<Uint8Array>; Trailers: Record<string, string> },
        ) => {
          for await (const piece of input.Body) read.text += Buffer.from(piece).toString();
          read.trailers = { ...input.Trailers };
          return { Length: read.text.length };
        },
      } as ToyOptions['operations'] & object,
    });
    const headers =
      'X-Amz-Content-Sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\nX-Amz-Decoded-Content-Length: 9\r\nX-Amz-Trailer: x-amz-checksum-crc32\r\n';
    const client = await dial(port);
    client.say(echo('9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n', headers, 'Toy_1.Upload'));
    await client.hear(/"Length":9/);
    expect(read).toEqual({ text: '123456789', trailers: { 'x-amz-checksum-crc32': 'y/Q5Jg==' } });
    client.say(echo('9\r\n123456780\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n', headers, 'Toy_1.Upload'));
    await client.hear(/BadDigest/);
  });

  it('finishes what is in flight when it closes, and closes idle connections at once', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let entered = () => {};
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const { port, server } = await start({
      operations: {
        Wait: async () => {
          entered();
          await gate;
          return { finished: true };
        },
      },
    });
    const idle = await dial(port);
    idle.say(echo('{"idle":1}'));
    await idle.hear(/"idle":1/);
    const busy = await dial(port);
    busy.say(echo('{}', '', 'Toy_1.Wait'));
    await inside;
    const closing = server.close();
    await idle.closed;
    release();
    await busy.hear(/"finished":true/);
    await closing;
    await busy.closed;
  });
});

describe('operations over the wire', () => {
  const post = async (port: number, target: string, body = '{}', headers: Record<string, string> = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: { 'x-amz-target': target, ...headers },
      body,
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  it('names what is unknown: service, operation, what is not built', async () => {
    const { port } = await start();
    expect(await post(port, 'Nope_1.X')).toMatchObject({
      status: 501,
      body: { message: expect.stringContaining('It has: toy') },
    });
    expect(await post(port, 'Toy_1.Nope')).toMatchObject({
      status: 400,
      body: { __type: 'UnknownOperationException' },
    });
    expect(await post(port, 'Toy_1.NotBuilt')).toMatchObject({
      status: 501,
      body: { message: expect.stringContaining('toy:NotBuilt') },
    });
    expect(await post(port, 'Toy_1.toString')).toMatchObject({ status: 400 });
  });

  it('keeps the cause of a crash inside', async () => {
    const { port, logs, audits } = await start();
    const answer = await post(port, 'Toy_1.Crash');
    expect(answer).toMatchObject({ status: 500, body: { __type: 'InternalFailure' } });
    expect(JSON.stringify(answer)).not.toMatch(/secret|\.ts/);
    expect(JSON.stringify(logs)).toContain('secret detail of the inside');
    expect(audits.at(-1)).toMatchObject({ action: 'toy:Crash', error: 'InternalFailure' });
  });

  it('calls in process as the same principal', async () => {
    const { port, audits } = await start();
    const headers = signRequest(
      { method: 'POST', path: '/', headers: { host: `127.0.0.1:${port}` } },
      { accessKeyId: '123456789012', secretAccessKey: 'any', region: 'eu-west-1', service: 'toy', now: 0 },
    );
    const { host: _host, ...sent } = headers;
    const answer = await post(port, 'Toy_1.Call', '{}', sent);
    expect(answer.body).toEqual({
      Arn: 'arn:aws:iam::123456789012:root',
      Account: '123456789012',
      Region: 'eu-west-1',
    });
    expect(audits.map(({ action }) => action)).toEqual(['toy:WhoAmI', 'toy:Call']);
  });

  it('serves a data plane by host and by path', async () => {
    const { port } = await start();
    const byPath = await fetch(`http://127.0.0.1:${port}/_aws/execute-api/abc/prod/x?y=1`, {
      method: 'POST',
      body: 'hi',
    });
    expect(await byPath.text()).toBe('abc POST /_aws/execute-api/abc/prod/x hi');
    const client = await dial(port);
    client.say('GET /prod HTTP/1.1\r\nHost: abc.execute-api.localhost:4566\r\n\r\n');
    await client.hear(/abc GET \/prod/);
  });
});

describe('browsers and the control plane', () => {
  const send = async (port: number, path: string, init: RequestInit = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
    return { status: answer.status, headers: answer.headers, body: await answer.text() };
  };
  const api = (origin: string) => ({
    method: 'POST',
    headers: { origin, 'x-amz-target': 'Toy_1.Echo' },
    body: '{}',
  });

  it('lets pages of this machine call the API, and no others', async () => {
    const { port } = await start();
    const preflight = {
      method: 'OPTIONS',
      headers: {
        origin: 'http://localhost:3000',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-amz-target',
      },
    };
    const asked = await send(port, '/', preflight);
    expect(asked.status).toBe(200);
    expect(asked.headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
    expect(asked.headers.get('access-control-allow-headers')).toBe('x-amz-target');
    const allowed = await send(port, '/', api('http://app.localhost:3000'));
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([
      200,
      'http://app.localhost:3000',
    ]);
    expect(
      (
        await send(port, '/', {
          ...preflight,
          headers: { ...preflight.headers, origin: 'https://evil.example' },
        })
      ).status,
    ).toBe(403);
    expect((await send(port, '/', api('https://evil.example'))).status).toBe(403);
    expect((await send(port, '/', api('null'))).status).toBe(403);
  });

  it('leaves the CORS of data planes to them', async () => {
    const { port } = await start();
    const answer = await send(port, '/_aws/execute-api/abc/prod', {
      method: 'OPTIONS',
      headers: { origin: 'https://any.example', 'access-control-request-method': 'POST' },
    });
    expect(answer.body).toContain('abc OPTIONS');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('answers health to anyone, and keeps the rest to this machine', async () => {
    const { port } = await start({ iam: 'enforce' });
    expect(JSON.parse((await send(port, '/_localstack/health')).body)).toMatchObject({
      services: { toy: 'available' },
    });
    expect((await send(port, '/_brume/reset', { method: 'POST' })).body).toBe('reset');
    expect((await send(port, '/_brume/reset')).status).toBe(405);
    expect((await send(port, '/_brume/nothing')).status).toBe(404);
    expect(
      (await send(port, '/_brume/reset', { method: 'POST', headers: { origin: 'https://evil.example' } }))
        .status,
    ).toBe(403);
    const rebound = await dial(port);
    rebound.say('POST /_brume/reset HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n');
    await rebound.hear(/^HTTP\/1.1 403 /);
  });
});

describe('enforce', () => {
  it('refuses what is unsigned, unknown, wrongly signed or not allowed', async () => {
    const user = {
      type: 'user',
      account: '000000000000',
      arn: 'arn:aws:iam::000000000000:user/ann',
      userName: 'ann',
      userId: 'A',
    } as const;
    const { port, audits } = await start({
      iam: 'enforce',
      credentials: {
        find: (id) => (id === 'AKIAANN' ? { secretAccessKey: 'secret', principal: user } : undefined),
      },
      policies: {
        policiesOf: () => ({
          identityPolicies: [
            {
              id: 'p',
              document:
                '{"Version":"2012-10-17","Statement":{"Sid":"E","Effect":"Allow","Action":"toy:Echo","Resource":"*"}}',
            },
          ],
        }),
      },
    });
    const call = async (
      accessKeyId: string,
      secretAccessKey: string,
      target: string,
      body = '{}',
      sentBody = body,
    ) => {
      const { host: _host, ...headers } = signRequest(
        { method: 'POST', path: '/', headers: { host: `127.0.0.1:${port}`, 'x-amz-target': target }, body },
        { accessKeyId, secretAccessKey, region: 'us-east-1', service: 'toy', now: Date.now() },
      );
      const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: sentBody });
      const { __type, message } = (await answer.json()) as Record<string, string>;
      return [answer.status, __type, message];
    };
    expect(await call('AKIAANN', 'secret', 'Toy_1.Echo')).toEqual([200, undefined, undefined]);
    expect(audits.at(-1)).toMatchObject({ decision: 'allow', principal: user.arn, notes: ['p#E'] });
    expect(await call('AKIAANN', 'wrong', 'Toy_1.Echo')).toEqual([
      400,
      'InvalidSignatureException',
      expect.any(String),
    ]);
    expect(await call('AKIAANN', 'secret', 'Toy_1.Echo', '{}', '{"a":1}')).toEqual([
      400,
      'InvalidSignatureException',
      expect.any(String),
    ]);
    expect(await call('AKIANOBODY', 'x', 'Toy_1.Echo')).toEqual([
      400,
      'UnrecognizedClientException',
      expect.any(String),
    ]);
    expect(await call('AKIAANN', 'secret', 'Toy_1.WhoAmI')).toEqual([
      400,
      'AccessDeniedException',
      'User: arn:aws:iam::000000000000:user/ann is not authorized to perform: toy:WhoAmI because no identity-based policy allows the toy:WhoAmI action',
    ]);
    const unsigned = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: { 'x-amz-target': 'Toy_1.Echo' },
      body: '{}',
    });
    expect([unsigned.status, await unsigned.json()]).toMatchObject([
      400,
      { __type: 'MissingAuthenticationTokenException' },
    ]);
  });
});
