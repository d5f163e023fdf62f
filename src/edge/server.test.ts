import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { signRequest } from '../identity/index.ts';
import { EdgeServer, handle, type ServerLimits } from './index.ts';
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
    answer: (request) => handle(core, request),
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
