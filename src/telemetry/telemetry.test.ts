import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../kernel/index.ts';
import type { CloudLogEvents } from './port.ts';
import { Ring } from './ring.ts';
import { LocalTelemetry } from './telemetry.ts';

const start = Date.UTC(2026, 0, 1);

function telemetryWithLines(format: 'pretty' | 'json' = 'json') {
  const lines: string[] = [];
  const clock = new VirtualClock(start);
  const telemetry = new LocalTelemetry({ clock, write: (line) => lines.push(line), format, level: 'info' });
  return { telemetry, lines, clock };
}

const destination = {
  account: '000000000000',
  region: 'eu-west-1',
  logGroup: '/aws/lambda/f',
  logStream: 's',
};

describe('server log', () => {
  it('writes JSON with the time of the clock and leaves out what is below its level', () => {
    const { telemetry, lines } = telemetryWithLines();
    telemetry.log('debug', 'not shown');
    telemetry.log('info', 'Ready', { port: 4566 });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { time: '2026-01-01T00:00:00.000Z', level: 'info', message: 'Ready', port: 4566 },
    ]);
  });

  it.each(['json', 'pretty'] as const)('never shows a secret (%s)', (format) => {
    const { telemetry, lines } = telemetryWithLines(format);
    telemetry.log('error', 'x', {
      secretAccessKey: 'hunter2',
      nested: { sessionToken: 'hunter2', Authorization: 'hunter2', kept: 'visible' },
    });
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).toContain('visible');
  });
});

describe('cloud logs', () => {
  it('keeps the order of a stream, across batches and before the sink is there', async () => {
    const { telemetry, clock } = telemetryWithLines();
    const stored: string[] = [];
    telemetry.cloudLog({ ...destination, events: [{ timestamp: 1, message: 'a' }] });
    await clock.advance(100);
    telemetry.connectCloudLogs(async (batch) => {
      await Promise.resolve();
      for (const event of batch.events) stored.push(event.message);
    });
    telemetry.cloudLog({ ...destination, events: [{ timestamp: 2, message: 'b' }] });
    telemetry.cloudLog({ ...destination, events: [{ timestamp: 3, message: 'c' }] });
    await telemetry.flush();
    expect(stored).toEqual(['a', 'b', 'c']);
  });

  it('says how many lines were dropped when the sink cannot follow', async () => {
    const { telemetry } = telemetryWithLines();
    const batches: CloudLogEvents[] = [];
    const events = Array.from({ length: 100_002 }, (_, index) => ({ timestamp: index, message: 'x' }));
    telemetry.cloudLog({ ...destination, events });
    telemetry.connectCloudLogs(async (batch) => {
      batches.push(batch);
    });
    await telemetry.flush();
    expect(batches[0]?.events[0]?.message).toMatch(/^2 log lines were dropped/);
    expect(batches.reduce((sum, batch) => sum + batch.events.length, 0)).toBe(100_001);
  });

  it('asks a writer that can wait to do so, until there is room', async () => {
    const { telemetry } = telemetryWithLines();
    const deliver = Promise.withResolvers<void>();
    let taken = 0;
    telemetry.connectCloudLogs(async ({ events }) => {
      await deliver.promise;
      taken += events.length;
    });
    const line = { ...destination, events: [{ timestamp: 1, message: 'x'.repeat(200_000) }] };
    const rooms: Promise<void>[] = [];
    let written = 0;
    for (; rooms.length === 0 && written < 100; written++)
      telemetry.cloudLog(line, (room) => rooms.push(room));
    expect(written).toBe(11);
    telemetry.cloudLog({ ...line, logStream: 'another' }, (room) => rooms.push(room));
    expect(rooms).toHaveLength(1);
    deliver.resolve();
    await rooms[0];
    expect(taken).toBeGreaterThan(5);
    telemetry.cloudLog(line, (room) => rooms.push(room));
    expect(rooms).toHaveLength(1);
  });

  it('holds no more than so much of a writer that doesn’t wait', async () => {
    const { telemetry } = telemetryWithLines();
    const batches: CloudLogEvents[] = [];
    for (let written = 0; written < 400; written++)
      telemetry.cloudLog({ ...destination, events: [{ timestamp: written, message: 'x'.repeat(200_000) }] });
    telemetry.connectCloudLogs(async (batch) => {
      batches.push(batch);
    });
    await telemetry.flush();
    const events = batches.flatMap((batch) => batch.events);
    expect(events[0]?.message).toMatch(/^\d+ log lines were dropped/);
    expect(events.length).toBeLessThan(180);
    expect(events.at(-1)?.timestamp).toBe(399);
  });

  it('reports a failing sink in the server log and goes on', async () => {
    const { telemetry, lines } = telemetryWithLines();
    telemetry.connectCloudLogs(async () => {
      throw new Error('store is full');
    });
    telemetry.cloudLog({ ...destination, events: [{ timestamp: 1, message: 'a' }] });
    await telemetry.flush();
    expect(lines.join('')).toContain('store is full');
  });
});

describe('usage', () => {
  it('adds up per resource', () => {
    const { telemetry } = telemetryWithLines();
    const record = {
      account: 'a',
      region: 'r',
      service: 'dynamodb',
      unit: 'ReadRequestUnits',
      quantity: 0.5,
    };
    telemetry.usage({ ...record, resource: 't' });
    telemetry.usage({ ...record, resource: 't' });
    expect(telemetry.usageTotals()).toEqual([{ ...record, resource: 't', quantity: 1 }]);
  });
});

describe('Ring', () => {
  it('keeps the newest and counts them all', () => {
    const ring = new Ring<number>(3);
    for (const n of [1, 2, 3, 4, 5]) ring.push(n);
    expect(ring.newest()).toEqual([5, 4, 3]);
    expect(ring.newest(2)).toEqual([5, 4]);
    expect(ring.written).toBe(5);
  });
});
