import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../kernel/index.ts';
import { Subscriber } from './subscriber.ts';
import type { Subscription } from './subscription.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const thing of open.splice(0)) thing.close();
});

async function extension(
  answer: (request: IncomingMessage, response: ServerResponse, attempt: number) => void,
) {
  const seen: string[] = [];
  let gone = 0;
  const server = createServer((request, response) => {
    response.once('close', () => gone++);
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => answer(request, response, seen.push(body)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return { seen, gone: () => gone, port: (server.address() as AddressInfo).port };
}

function subscriber(port: number, protocol: 'HTTP' | 'TCP' = 'HTTP') {
  const clock = new VirtualClock(1_700_000_000_000);
  clock.freeze();
  const subscription: Subscription = {
    api: 'telemetry',
    schemaVersion: '2022-12-13',
    types: ['function'],
    destination: { protocol, port, path: '/', method: 'POST' },
    buffering: { maxItems: 1000, maxBytes: 262_144, timeoutMs: 25 },
  };
  const made = new Subscriber(subscription, clock, '127.0.0.1');
  open.push(made);
  return { clock, made };
}

describe('a subscriber', () => {
  it('gives up on an extension that never answers, and brings the same again', async () => {
    const { seen, gone, port } = await extension((_request, response, attempt) => {
      if (attempt > 1) response.end();
    });
    const { clock, made } = subscriber(port);
    made.push('{"a":1}');
    await clock.advance(25);
    await expect.poll(() => seen).toEqual(['[{"a":1}]']);
    await clock.advance(9_999);
    expect([gone(), made.isSending]).toEqual([0, true]);
    await clock.advance(1);
    await expect.poll(() => made.isSending).toBe(false);
    await clock.advance(100);
    await expect.poll(() => seen).toEqual(['[{"a":1}]', '[{"a":1}]']);
    await expect.poll(() => made.isSending).toBe(false);
    await clock.advance(60_000);
    expect(seen).toHaveLength(2);
  });

  it('doesn’t count the time that the environment is frozen', async () => {
    const held: ServerResponse[] = [];
    const { seen, port } = await extension((_request, response) => void held.push(response));
    const { clock, made } = subscriber(port);
    made.push('{"a":1}');
    await clock.advance(25);
    await expect.poll(() => seen).toHaveLength(1);
    made.pause();
    await clock.advance(3_600_000);
    expect(made.isSending).toBe(true);
    made.resume();
    await clock.advance(9_000);
    held[0]?.end();
    await expect.poll(() => made.isSending).toBe(false);
    await clock.advance(60_000);
    expect(seen).toHaveLength(1);
  });

  it('holds nothing open that is over: neither its request when it closes, nor a connection of lines', async () => {
    const { seen, gone, port } = await extension(() => {});
    const first = subscriber(port);
    first.made.push('{"a":1}');
    await first.clock.advance(25);
    await expect.poll(() => seen).toHaveLength(1);
    first.made.close();
    await expect.poll(gone).toBe(1);

    const lines: string[] = [];
    const server = createTcpServer((socket) => socket.on('data', (chunk) => lines.push(chunk.toString())));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push(server);
    const second = subscriber((server.address() as AddressInfo).port, 'TCP');
    second.made.push('{"b":2}');
    await second.clock.advance(25);
    await expect.poll(() => lines.join('')).toBe('{"b":2}\n');
    const connections = () =>
      new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
    await expect.poll(connections).toBe(0);
  });
});
