import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock, VirtualClock } from '../../../kernel/index.ts';
import { type HttpCall, HttpTimeout, sendPlain } from './plainHttp.ts';

let server: Server;
let url: URL;
let sockets: Socket[];
let requests: string[];
/** What the server does with what it reads. */
let react: (socket: Socket, text: string) => void;

beforeEach(async () => {
  sockets = [];
  requests = [];
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      requests.push(bytes.toString('latin1'));
      react(socket, bytes.toString('latin1'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/p?q=1`);
});

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  return new Promise<void>((resolve) => server.close(() => resolve()));
});

const clock = new SystemClock();
const send = (call: Partial<HttpCall> = {}) =>
  sendPlain(
    clock,
    url,
    { method: 'GET', headers: [], body: new Uint8Array(), timeoutMs: 10_000, ...call },
    100,
  );
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('a plain request', () => {
  it('is written as HTTP, the headers of the connection its own', async () => {
    react = (socket) => socket.write(ok);
    const headers = [
      ['X-A', 'a'],
      ['Transfer-Encoding', 'chunked'],
      ['Content-Length', '99'],
    ] as const;
    const answer = await send({ method: 'POST', headers, body: Buffer.from('body') });
    expect([answer.status, answer.bytes.toString()]).toEqual([200, 'ok']);
    expect(requests.join('')).toBe(
      `POST /p?q=1 HTTP/1.1\r\nHost: ${url.host}\r\nX-A: a\r\nContent-Length: 4\r\n\r\nbody`,
    );
  });

  it.each([
    ['X-A', 'a\r\nX-B: b'],
    ['X-A', 'a\u0000'],
    ['X-A', 'ž'],
    ['X A', 'a'],
    ['', 'a'],
  ])('refuses the header %j: %j', async (name, value) => {
    await expect(send({ headers: [[name, value]] })).rejects.toThrow(TypeError);
    expect(sockets).toEqual([]);
  });

  it('uses a connection again, and a new one when the old was closed', async () => {
    react = (socket) => socket.write(ok);
    await send();
    await send();
    expect(sockets).toHaveLength(1);
    // Closed at the moment it is used: nothing comes back.
    react = (socket, text) => {
      if (socket === sockets[0]) socket.destroy();
      else socket.write(`${ok}${text.slice(0, 0)}`);
    };
    expect((await send()).status).toBe(200);
    expect(sockets).toHaveLength(2);
  });

  it('is not sent twice when it may change something', async () => {
    react = (socket) => socket.write(ok);
    await send();
    react = (socket) => void socket.destroy();
    await expect(send({ method: 'POST' })).rejects.toThrow();
    expect(requests).toHaveLength(2);
  });

  it('reads to the end of a connection that closes', async () => {
    react = (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it');
    expect((await send()).bytes.toString()).toBe('all of it');
    react = (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nall');
    await expect(send()).rejects.toThrow('ended early');
  });

  it('ends when its time is up', async () => {
    react = () => {};
    const virtual = new VirtualClock(0);
    const call = { method: 'GET', headers: [], body: new Uint8Array(), timeoutMs: 50 };
    const answer = sendPlain(virtual, url, call, 100);
    const refused = expect(answer).rejects.toThrow(HttpTimeout);
    await expect.poll(() => requests.length).toBe(1);
    await virtual.advance(50);
    await refused;
  });
});
