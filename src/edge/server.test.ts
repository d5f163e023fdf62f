import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { AwsError } from '../kernel/index.ts';
import { certificate, closeAll, dial, echo, open, start } from './testing/port.ts';
import type { ToyOptions } from './testing/toyCloud.ts';

afterEach(closeAll);

describe('one port', () => {
  it('answers a signed request over keep-alive and pipelining, in order', async () => {
    const { port } = await start();
    const client = await dial(port);
    client.say(echo('{"n":1}') + echo('{"n":2}') + echo('{"n":3}'));
    await client.hear(/"n":1[\s\S]*"n":2[\s\S]*"n":3/);
    client.say(echo('{"n":4}'));
    await client.hear(/"n":4/);
  });

  it('tells clients that want their connection to stay how long it may be idle', async () => {
    const { port } = await start();
    const client = await dial(port);
    client.say(echo('{"n":1}', 'Connection: keep-alive\r\n'));
    await client.hear(/keep-alive: timeout=65\r\n[\s\S]*"n":1/i);
    client.say(echo('{"n":2}', 'Connection: close\r\n'));
    await client.hear(/connection: close\r\n[\s\S]*"n":2/i);
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

  it('waits for three bytes before it takes a P for HTTP/2 or for HTTP/1.1', async () => {
    const { port } = await start();
    const client = await dial(port);
    client.say('P');
    client.say('R');
    // The rest of the preface, and an empty SETTINGS frame.
    client.say('I * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
    await client.hear(/.{9}/s);
    // The fourth byte of a frame is its type: SETTINGS comes first.
    expect(client.heard().charCodeAt(3)).toBe(4);
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
    // Long enough for what is said below to be heard before.
    const { port } = await start({}, { headersTimeoutMs: 500, requestTimeoutMs: 900, slowClientCheckMs: 50 });
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
