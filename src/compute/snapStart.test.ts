/** SnapStart: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html */
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createBench } from './fixture.ts';
import type { EnvironmentSpec, LogEvent } from './port.ts';

const bench = createBench({ sandbox: 'process' });
afterAll(() => bench.close());

/** A function with SnapStart, and its log events. */
function snapStarted(files: Record<string, string>, change: Partial<EnvironmentSpec> = {}) {
  const events: LogEvent[] = [];
  const spec = bench.spec(files, {
    runtime: 'nodejs24.x',
    initializationType: 'snap-start',
    onLog: (event) => events.push(event),
    ...change,
  });
  /** @param id of one environment alone. */
  const lines = (id?: string) =>
    events
      .filter(({ environment }) => id === undefined || environment.id === id)
      .map(({ message }) => message.replace(/\d+\.\d\d ms/g, 'T ms'));
  return { spec, events, lines };
}

const told = /Runtime Version: \S+\tRuntime Version ARN: \S+/;
const report =
  /^REPORT RequestId: \S+\tDuration: T ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tRestore Duration: T ms\tBilled Restore Duration: \d+ ms\t$/;

const javascript = `
const seen = ['init'];
for (const name of ['one', 'two']) {
  awslambda.registerBeforeSnapshot(async (what) => { seen.push('before ' + what); }, name);
  awslambda.registerAfterRestore((what) => { seen.push('after ' + what); console.log('restored ' + what); }, name);
}
exports.handler = async () => seen.splice(0);`;

const python = `
from snapshot_restore_py import register_after_restore, register_before_snapshot
seen = ['init']
@register_before_snapshot
def one():
    seen.append('before one')
register_before_snapshot(lambda what: seen.append('before ' + what), 'two')
@register_after_restore
def first():
    seen.append('after one')
    print('restored one')
def second(what):
    seen.append('after ' + what)
    print('restored ' + what)
register_after_restore(second, what='two')
def handler(event, context):
    answer, seen[:] = seen[:], []
    return answer`;

describe.each([
  ['nodejs24.x', { 'index.js': javascript }],
  ['python3.12', { 'index.py': python }],
] as const)('an environment of %s that was initialized ahead', (runtime, files) => {
  const { spec, events, lines } = snapStarted(files, { runtime });

  it('has run the hooks before the snapshot, and runs those after it', async () => {
    await bench.computer.snapshot(spec);
    expect(lines()).toEqual([
      expect.stringMatching(new RegExp(`^INIT_START ${told.source}$`)),
      'INIT_REPORT Init Duration: T ms',
    ]);
    const { result, value } = await bench.invoke(spec);
    expect(value).toEqual(['init', 'before two', 'before one', 'after one', 'after two']);
    expect(result).toMatchObject({ ok: true, restoreMs: expect.any(Number) });
    expect(result.initMs).toBeUndefined();
    expect(result.billedMs).toBe(Math.ceil(result.durationMs) + Math.ceil(result.restoreMs ?? 0));
  });

  it('tells of it in a log stream of its own', () => {
    const [init] = events;
    const { environment } = events.find(({ message }) => message.startsWith('RESTORE_START')) as LogEvent;
    expect(environment.id).not.toBe(init?.environment.id);
    expect(lines(environment.id)).toEqual([
      expect.stringMatching(new RegExp(`^RESTORE_START ${told.source}$`)),
      expect.stringContaining('restored one'),
      expect.stringContaining('restored two'),
      'RESTORE_REPORT Restore Duration: T ms',
      expect.stringMatching(/^START RequestId: /),
      expect.stringMatching(/^END RequestId: /),
      expect.stringMatching(report),
    ]);
  });

  it('is an environment like others from then on', async () => {
    const { result, value } = await bench.invoke(spec);
    expect(value).toEqual([]);
    expect(result.restoreMs).toBeUndefined();
    expect(
      lines()
        .filter((line) => line.startsWith('REPORT'))
        .at(-1),
    ).not.toContain('Restore');
  });

  it('has a successor standing by', async () => {
    await expect.poll(() => bench.computer.phases(spec.key).length).toBeGreaterThanOrEqual(2);
    await expect
      .poll(() => lines().filter((line) => line.startsWith('INIT_REPORT')).length)
      .toBeGreaterThanOrEqual(2);
    await bench.computer.retire(spec.key);
    await expect.poll(() => bench.computer.phases(spec.key)).toEqual([]);
  });
});

describe('a function with SnapStart', () => {
  it('is initialized and restored at once when none stands by, and has one from then on', async () => {
    const { spec, lines } = snapStarted({ 'index.js': javascript });
    const { result, value } = await bench.invoke(spec);
    expect(value).toEqual(['init', 'before two', 'before one', 'after one', 'after two']);
    expect(result.initMs).toBeUndefined();
    const kinds = ['INIT_START', 'INIT_REPORT', 'RESTORE_START', 'RESTORE_REPORT', 'START', 'END', 'REPORT'];
    expect(
      lines()
        .map((line) => line.split(' ')[0])
        .filter((word) => kinds.includes(word ?? '')),
    ).toEqual(kinds);
    await expect.poll(() => bench.computer.phases(spec.key).length).toBeGreaterThanOrEqual(2);
    await bench.computer.retire(spec.key);
  });

  it('can’t be published when its Init or a hook before the snapshot fails', async () => {
    const broken = snapStarted({ 'index.js': `throw new RangeError('broken')` });
    await expect(bench.computer.snapshot(broken.spec)).rejects.toThrow('RangeError');
    expect(broken.lines().at(-1)).toBe(
      'INIT_REPORT Init Duration: T ms\tPhase: init\tStatus: error\tError Type: RangeError',
    );
    const hook = `awslambda.registerBeforeSnapshot(() => { throw new Error('no') }); exports.handler = async () => 1`;
    await expect(bench.computer.snapshot(snapStarted({ 'index.js': hook }).spec)).rejects.toThrow(
      'Runtime.BeforeSnapshotError',
    );
    expect(bench.computer.phases(broken.spec.key).filter((phase) => phase === 'ready')).toEqual([]);
  });

  it.each([
    [
      'nodejs24.x',
      {
        'index.js': `awslambda.registerAfterRestore(() => { throw new Error('no') }); exports.handler = async () => 1`,
      },
      'Runtime.AfterRestoreError',
    ],
    [
      'python3.12',
      {
        'index.py':
          'from snapshot_restore_py import *\nregister_after_restore(lambda: 1 / 0)\ndef handler(e, c):\n  return 1',
      },
      'Runtime.AfterRestoreError',
    ],
    [
      'nodejs24.x',
      {
        'index.js': 'awslambda.registerAfterRestore(() => process.exit(3)); exports.handler = async () => 1',
      },
      'Runtime.ExitError',
    ],
  ])('isn’t invoked when a hook after the restore fails (%s)', async (runtime, files, errorType) => {
    const { spec, lines } = snapStarted(files as unknown as Record<string, string>, { runtime });
    await bench.computer.snapshot(spec);
    const { result, value } = await bench.invoke(spec);
    expect(result).toMatchObject({ ok: false, restoreFailed: 'error' });
    expect(value).toMatchObject({ errorType });
    expect(lines()).toContain(
      `RESTORE_REPORT Restore Duration: T ms\tStatus: error\tError Type: ${errorType}`,
    );
    expect(lines().some((line) => line.startsWith('START'))).toBe(false);
    await bench.computer.retire(spec.key);
  });

  it('tells of its restore in JSON too', async () => {
    const { spec, events } = snapStarted(
      { 'index.js': javascript },
      { logFormat: 'JSON', systemLogLevel: 'DEBUG' },
    );
    await bench.computer.snapshot(spec);
    await bench.invoke(spec);
    const told = events
      .filter(({ message }) => message.startsWith('{'))
      .map(({ message }) => JSON.parse(message))
      .filter(({ type }) => type);
    expect(told.map(({ type }) => type.replace('platform.', ''))).toEqual([
      'initStart',
      'initRuntimeDone',
      'initReport',
      'restoreStart',
      'restoreRuntimeDone',
      'restoreReport',
      'start',
      'runtimeDone',
      'report',
    ]);
    expect(told[0].record).toMatchObject({ initializationType: 'snap-start' });
    expect(told[5].record).toEqual({ status: 'success', metrics: { durationMs: expect.any(Number) } });
    expect(told[8].record.metrics).toMatchObject({ restoreDurationMs: expect.any(Number) });
    await bench.computer.retire(spec.key);
  });
});

const interpreter = '/usr/bin/python3';
/** As AWS's clients for Java and .NET do it: they wait to be restored before they ask for an invocation. */
const bootstrap = `#!${interpreter}
import http.client, json, os, sys
api = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])
def call(method, path, body=None):
    api.request(method, '/2018-06-01/runtime' + path, body)
    answer = api.getresponse()
    return answer, answer.read()
seen = ['init', 'before']
status = call('GET', '/restore/next')[0].status
if os.environ.get('FAIL'):
    call('POST', '/restore/error', json.dumps({'errorType': 'My.RestoreError', 'errorMessage': 'no'}))
    sys.exit(1)
seen.append('after %d' % status)
while True:
    id = call('GET', '/invocation/next')[0].headers['Lambda-Runtime-Aws-Request-Id']
    call('POST', '/invocation/' + id + '/response', json.dumps(seen))
    seen = []
`;

describe.skipIf(!existsSync(interpreter))('a runtime that speaks the Runtime API', () => {
  const custom = (environment: Record<string, string> = {}) => {
    const found = snapStarted({ bootstrap }, { runtime: 'provided.al2023', environment });
    chmodSync(join(found.spec.codeFolder, 'bootstrap'), 0o755);
    return found;
  };

  it('is initialized when it asks to be restored, and restored when it asks for an invocation', async () => {
    const { spec, lines } = custom();
    await bench.computer.snapshot(spec);
    expect(lines().at(-1)).toBe('INIT_REPORT Init Duration: T ms');
    const { result, value } = await bench.invoke(spec);
    expect(value).toEqual(['init', 'before', 'after 200']);
    expect(result.restoreMs).toBeGreaterThan(0);
    expect((await bench.invoke(spec)).value).toEqual([]);
    await bench.computer.retire(spec.key);
  });

  it('does both when nothing stood by', async () => {
    const { spec } = custom();
    expect((await bench.invoke(spec)).value).toEqual(['init', 'before', 'after 200']);
    await bench.computer.retire(spec.key);
  });

  it('may fail to be restored', async () => {
    const { spec, lines } = custom({ FAIL: '1' });
    await bench.computer.snapshot(spec);
    const { result, value } = await bench.invoke(spec);
    expect(result).toMatchObject({ ok: false, restoreFailed: 'error' });
    expect(value).toMatchObject({ errorType: 'My.RestoreError' });
    expect(lines()).toContain(
      'RESTORE_REPORT Restore Duration: T ms\tStatus: error\tError Type: My.RestoreError',
    );
    await bench.computer.retire(spec.key);
  });
});
