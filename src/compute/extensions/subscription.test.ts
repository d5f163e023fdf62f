import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../kernel/index.ts';
import { Subscriber } from './subscriber.ts';
import { lineRecord, parseSubscription, platformRecord, type SubscriptionApi } from './subscription.ts';

const destination = { protocol: 'HTTP', URI: 'http://sandbox.localdomain:8080/logs?x=1' };
const valid = { schemaVersion: '2022-12-13', types: ['platform'], destination };
const parse = (api: SubscriptionApi, body: object) =>
  parseSubscription(api, Buffer.from(JSON.stringify(body)));

function problems(api: SubscriptionApi, body: object): string {
  try {
    parse(api, body);
    return '';
  } catch (error) {
    const { errorType, status, message } = error as { errorType: string; status: number; message: string };
    expect([errorType, status]).toEqual([api === 'logs' ? 'Logs.ValidationError' : 'ValidationError', 400]);
    return message;
  }
}

describe('a subscription', () => {
  it('takes what isn’t said from its interface', () => {
    expect(parse('telemetry', valid)).toEqual({
      api: 'telemetry',
      schemaVersion: '2022-12-13',
      types: ['platform'],
      destination: { protocol: 'HTTP', port: 8080, path: '/logs?x=1', method: 'POST' },
      buffering: { maxItems: 1000, maxBytes: 262144, timeoutMs: 1000 },
    });
    const { schemaVersion: _, ...unversioned } = valid;
    expect(parse('logs', unversioned)).toMatchObject({
      schemaVersion: '2020-08-15',
      buffering: { maxItems: 10000 },
    });
    expect(problems('telemetry', unversioned)).toBe('schemaVersion is required');
  });

  it('is refused with all that is wrong with it', () => {
    const portless = { ...destination, URI: 'http://sandbox.localdomain' };
    expect(problems('telemetry', { ...valid, types: [], destination: portless })).toBe(
      'URI port is not provided; types should not be empty',
    );
    const at = (URI: string) =>
      problems('logs', { types: ['function'], destination: { ...destination, URI } });
    expect(at('http://sandbox.local:80/')).toBe('');
    expect(at('https://sandbox.localdomain:8080')).toContain('scheme');
    expect(at('http://example.com:8080')).toContain('host');
    expect(at('http://sandbox.localdomain:9001')).toContain('reserved');
    expect(problems('logs', { ...valid, schemaVersion: '2022-12-13' })).toContain('is not supported');
    expect(problems('telemetry', { ...valid, types: ['metrics'] })).toBe('type metrics is not supported');
    for (const buffering of [{ maxItems: 10 }, { maxBytes: 1 }, { timeoutMs: 24 }, { timeoutMs: 30001 }])
      expect(problems('telemetry', { ...valid, buffering })).toMatch(/^buffering\.\w+ should be between/);
    expect(problems('telemetry', { ...valid, destination: { protocol: 'TCP' } })).toContain('TCP port');
  });

  it('has events in its own schema', () => {
    const logs = parse('logs', { types: ['platform'], destination });
    const done = {
      type: 'platform.runtimeDone',
      level: 'DEBUG',
      record: { requestId: 'r', status: 'error' },
    } as const;
    expect(platformRecord(logs, 0, done)).toBeUndefined();
    expect(platformRecord(parse('telemetry', valid), 0, done)).toBe(
      '{"time":"1970-01-01T00:00:00.000Z","type":"platform.runtimeDone","record":{"requestId":"r","status":"error"}}',
    );
    const old = parse('telemetry', { ...valid, schemaVersion: '2022-07-01' });
    const recordOf = (text: string) => (JSON.parse(text) as { record: unknown }).record;
    expect(recordOf(lineRecord(old, 0, 'function', '{"a":1}', true))).toBe('{"a":1}');
    expect(recordOf(lineRecord(parse('telemetry', valid), 0, 'function', '{"a":1}', true))).toEqual({ a: 1 });
    expect(recordOf(lineRecord(parse('telemetry', valid), 0, 'function', '{"a":1}', false))).toBe('{"a":1}');
  });
});

describe('a subscriber', () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  /** An extension's server that answers with `statuses`, then 200. */
  async function listen(statuses: number[]) {
    const batches: { record: unknown; type: string }[][] = [];
    const server: Server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        response.statusCode = statuses.shift() ?? 200;
        if (response.statusCode === 200) batches.push(JSON.parse(text));
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const URI = `http://sandbox.localdomain:${port}`;
    return { batches, body: { ...valid, types: ['platform'], destination: { protocol: 'HTTP', URI } } };
  }
  const event = (n: number) => JSON.stringify({ type: 'function', record: n });

  it('gathers events until their time has come', async () => {
    const { batches, body } = await listen([]);
    const clock = new VirtualClock(0);
    clock.freeze();
    const subscriber = new Subscriber(parse('telemetry', body), clock, '127.0.0.1');
    for (const n of [1, 2, 3]) subscriber.push(event(n));
    await clock.advance(999);
    expect(subscriber.isSending).toBe(false);
    await clock.advance(1);
    await expect.poll(() => batches.length).toBe(1);
    expect(batches.map((batch) => batch.map(({ record }) => record))).toEqual([[1, 2, 3]]);
  });

  it('tries again what failed, and says nothing while paused', async () => {
    const { batches, body } = await listen([500]);
    const clock = new VirtualClock(0);
    clock.freeze();
    const subscriber = new Subscriber(parse('telemetry', body), clock, '127.0.0.1');
    subscriber.push(event(1));
    await subscriber.flush();
    expect(batches).toEqual([]);
    subscriber.pause();
    await clock.advance(60_000);
    expect(subscriber.isSending).toBe(false);
    subscriber.resume();
    await clock.advance(1000);
    await expect.poll(() => batches.flat().map(({ record }) => record)).toEqual([1]);
  });

  it('drops what an extension doesn’t take, and counts it', async () => {
    const { batches, body } = await listen([]);
    const subscriber = new Subscriber(parse('telemetry', body), new VirtualClock(0), '127.0.0.1');
    subscriber.pause();
    for (let n = 0; n < 2005; n++) subscriber.push(event(n));
    subscriber.resume();
    for (let round = 0; round < 3; round++) await subscriber.flush();
    const told = batches.flat();
    expect(told.filter(({ type }) => type === 'function')).toHaveLength(2000);
    expect(told.filter(({ type }) => type !== 'function')).toMatchObject([
      { type: 'platform.logsDropped', record: { droppedRecords: 5, droppedBytes: 5 * event(2000).length } },
    ]);
  });

  it('writes lines over TCP', async () => {
    let text = '';
    const server = createTcpServer((socket) => socket.on('data', (chunk) => (text += chunk)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const body = { ...valid, destination: { protocol: 'TCP', port } };
    const subscriber = new Subscriber(parse('telemetry', body), new VirtualClock(0), '127.0.0.1');
    subscriber.push(event(1));
    subscriber.push(event(2));
    await subscriber.flush();
    await expect.poll(() => text).toBe(`${event(1)}\n${event(2)}\n`);
  });
});
