import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpRequest, type HttpResponse, SystemClock } from '../kernel/index.ts';
import { EdgeServer } from './server.ts';
import { certificate } from './testing/port.ts';

const clock = new SystemClock();
let server: EdgeServer | undefined;
const errors: unknown[] = [];

afterEach(async () => {
  await server?.close();
  server = undefined;
  expect(errors.splice(0)).toEqual([]);
});

async function listening(answer: (request: HttpRequest) => Promise<HttpResponse>): Promise<number> {
  server = new EdgeServer({
    host: '127.0.0.1',
    port: 0,
    answer,
    after: (ms, run) => {
      const timer = clock.at(clock.now() + ms, run);
      return () => timer.cancel();
    },
    certificate,
    onError: (error) => errors.push(error),
  });
  return server.listen();
}

/** Takes every connection over that asks for it, and says back what it hears. */
function echo(goAway: (socket: Duplex) => Promise<void> = async () => {}) {
  const seen: (string | undefined)[] = [];
  return {
    seen,
    answer: async (request: HttpRequest): Promise<HttpResponse> => {
      seen.push(request.upgrade);
      if (request.path !== '/socket')
        return { status: 200, headers: {}, body: `${request.method} ${request.path}` };
      return {
        status: 101,
        headers: {},
        takeOver(socket, head) {
          socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
          if (head.length > 0) socket.unshift(head);
          socket.on('data', (bytes: Buffer) => socket.write(`heard ${String(bytes)}`));
          return { goAway: () => goAway(socket) };
        },
      };
    },
  };
}

const handshake = (path: string, upgrade = 'websocket') =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\n\r\n`;

function reading(socket: Socket): () => string {
  let heard = '';
  socket.on('data', (bytes) => {
    heard += String(bytes);
  });
  socket.on('error', () => {});
  return () => heard;
}

describe('upgrades', () => {
  it('hand the connection over, with what the client sent early', async () => {
    const { answer, seen } = echo();
    const port = await listening(answer);
    const socket = connect(port, '127.0.0.1');
    const heard = reading(socket);
    socket.write(`${handshake('/socket')}early`);
    await expect.poll(heard).toBe('HTTP/1.1 101 Switching Protocols\r\n\r\nheard early');
    socket.write('later');
    await expect.poll(heard).toContain('heard later');
    expect(seen).toEqual(['websocket']);
    socket.destroy();
  });

  it('come after plain requests on the same connection, and over TLS', async () => {
    const { answer, seen } = echo();
    const port = await listening(answer);
    const socket = connectTls({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
    });
    const heard = reading(socket);
    socket.write('GET /plain HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(heard).toContain('GET /plain');
    socket.write(handshake('/socket'));
    await expect.poll(heard).toContain('101 Switching');
    socket.write('hi');
    await expect.poll(heard).toContain('heard hi');
    expect(seen).toEqual([undefined, 'websocket']);
    socket.destroy();
  });

  it('that are refused get an answer, and the connection ends', async () => {
    const { answer } = echo();
    const port = await listening(answer);
    const socket = connect(port, '127.0.0.1');
    const heard = reading(socket);
    socket.write(handshake('/other'));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(heard()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(heard().toLowerCase()).toContain('connection: close');
    expect(heard()).toContain('\r\n\r\nGET /other');
  });

  it('to protocols that nobody speaks are requests like any other', async () => {
    const { answer, seen } = echo();
    const port = await listening(answer);
    const socket = connect(port, '127.0.0.1');
    const heard = reading(socket);
    const body = `POST /h2c HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 2\r\n\r\nhi`;
    socket.write(body);
    await expect.poll(heard).toContain('POST /h2c');
    // The connection goes on.
    socket.write(body);
    await expect.poll(() => heard().split('POST /h2c')).toHaveLength(3);
    expect(seen).toEqual([undefined, undefined]);
    socket.destroy();
  });

  it('are told when the server closes, which waits for their goodbye', async () => {
    const order: string[] = [];
    const { answer } = echo(async (socket) => {
      socket.write('goodbye');
      order.push('told');
      await new Promise((resolve) => socket.once('end', resolve));
      order.push('done');
    });
    const port = await listening(answer);
    const socket = connect(port, '127.0.0.1');
    const heard = reading(socket);
    socket.write(handshake('/socket'));
    await expect.poll(heard).toContain('101');
    const closed = server?.close().then(() => order.push('closed'));
    await expect.poll(heard).toContain('goodbye');
    expect(order).toEqual(['told']);
    socket.end();
    await closed;
    expect(order).toEqual(['told', 'done', 'closed']);
  });

  it('of a client that went away are not handed over', async () => {
    const { promise: gone, resolve: isGone } = Promise.withResolvers<void>();
    let arrived = false;
    let taken = 0;
    const port = await listening(async (request) => {
      arrived = true;
      request.signal.addEventListener('abort', () => isGone());
      await gone;
      return {
        status: 101,
        headers: {},
        takeOver: () => {
          taken++;
          return { goAway: async () => {} };
        },
      };
    });
    const socket = connect(port, '127.0.0.1');
    reading(socket);
    socket.write(handshake('/socket'));
    await expect.poll(() => arrived).toBe(true);
    socket.resetAndDestroy();
    await gone;
    // What is in flight ends first.
    await server?.close();
    expect(taken).toBe(0);
  });
});
