/** Real extensions beside real runtimes: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createBench } from '../fixture.ts';
import { startGate } from '../gateFixture.ts';
import type { EnvironmentSpec } from '../port.ts';
import { BwrapDriver } from '../sandbox/bwrap.ts';

const noBwrap = await BwrapDriver.probe();
const python = '/usr/bin/python3';
const requestId = '11111111-2222-3333-4444-555555555555';

/** Says what it hears; variables of the function tell it to misbehave. */
const watcher = `#!/usr/bin/env node
const http = require('http');
const name = require('path').basename(__filename);
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const say = (...words) => console.log(name, ...words.map((word) => typeof word === 'string' ? word : JSON.stringify(word)));
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const call = (method, path, headers, body) => new Promise((resolve, reject) => {
  const request = http.request({ host, port, method, path, headers }, (response) => {
    let text = '';
    response.on('data', (chunk) => { text += chunk; });
    response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: JSON.parse(text) }));
  });
  request.on('error', reject);
  request.end(body === undefined ? undefined : JSON.stringify(body));
});
const extension = '/2020-01-01/extension';
(async () => {
  const mode = process.env.MODE ?? '';
  if (mode === 'crash') process.exit(3);
  if (mode === 'slow') await wait(400);
  const events = mode === 'quiet' ? [] : ['INVOKE', 'SHUTDOWN'];
  const registered = await call('POST', extension + '/register', { 'lambda-extension-name': name, 'lambda-extension-accept-feature': 'accountId' }, { events });
  say('registered', registered.body, 'handler', process.env._HANDLER ?? 'none');
  const identity = { 'lambda-extension-identifier': registered.headers['lambda-extension-identifier'] };
  if (process.env.SUBSCRIBE) {
    const server = http.createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => { text += chunk; });
      request.on('end', () => { for (const event of JSON.parse(text)) if (!String(event.record).startsWith(name)) say('heard', event); response.end(); });
    });
    const { path, body } = JSON.parse(process.env.SUBSCRIBE);
    await new Promise((resolve) => server.listen(new URL(body.destination.URI).port, process.env.LISTEN ?? '0.0.0.0', resolve));
    say('subscribed', (await call('PUT', path, identity, body)).body);
  }
  if (mode === 'init-error') {
    say('error', (await call('POST', extension + '/init/error', { ...identity, 'lambda-extension-function-error-type': 'Mine.Broken' }, {})).body);
    process.exit(1);
  }
  for (;;) {
    const { body, headers } = await call('GET', extension + '/event/next', identity);
    say('event', body);
    if (body.eventType === 'SHUTDOWN') process.exit(0);
    if (mode === 'late') await new Promise((resolve) => http.get(process.env.GATE, (answer) => answer.resume().on('end', resolve)));
    if (mode === 'lingers') await wait(60000);
    if (mode === 'dies') process.exit(7);
  }
})();
`;

/** Where extensions wait that are late. */
const gate = await startGate();
afterAll(() => gate.close());

const answers =
  'exports.handler = async (event) => { console.log("function ran"); return { event, init: Date.now() - process.uptime() * 1000 } }';

describe.each(['bwrap', 'process'] as const)('with the %s driver', (sandbox) => {
  const isSkipped = sandbox === 'bwrap' && noBwrap !== undefined;
  const bench = createBench({ sandbox });
  afterAll(() => bench.close());
  let layers = 0;

  /** A layer with these extensions. */
  function layer(files: Readonly<Record<string, string>>): string {
    const folder = join(bench.root, 'layers', String(++layers));
    mkdirSync(join(folder, 'extensions'), { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(folder, 'extensions', name), content);
      chmodSync(join(folder, 'extensions', name), name === 'locked' ? 0o644 : 0o755);
    }
    return folder;
  }

  function extended(
    code: string,
    variables: Record<string, string> = {},
    change: Partial<EnvironmentSpec> = {},
    files: Readonly<Record<string, string>> = { watcher },
  ) {
    // Each process with Node.js in it holds some 60 MB, and all count.
    const shape = { memoryMb: 512, layerFolders: [layer(files)] };
    const spec = bench.spec({ 'index.js': code }, { ...shape, ...change });
    // A log of its own.
    const logs: string[] = [];
    const environment = { ...spec.environment, _HANDLER: spec.handler, GATE: gate.url, ...variables };
    const own = {
      ...spec,
      environment,
      accountId: '000000000000',
      onLog: ({ message }: { message: string }) => logs.push(message),
    };
    const said = (what: string, name = 'watcher') =>
      logs
        .filter((line) => line.startsWith(`${name} ${what} `))
        .map((line) => line.slice(name.length + what.length + 2));
    const heard = () =>
      said('heard').map((text) => JSON.parse(text) as { time: string; type: string; record: never });
    return { spec: own as EnvironmentSpec, logs, said, heard };
  }

  describe.skipIf(isSkipped)('external extensions', () => {
    it('take part in Init, in invocations and in the shutdown', async () => {
      const { spec, logs, said } = extended(answers);
      const first = await bench.invoke(spec, { n: 1 });
      expect(first.value).toMatchObject({ event: { n: 1 } });
      expect(said('registered')).toEqual([
        `{"functionName":"${spec.key}","functionVersion":"$LATEST","handler":"index.handler","accountId":"000000000000"} handler none`,
      ]);
      expect(logs).toContain('EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE,SHUTDOWN]');
      await first.result.report;
      await bench.invoke(spec, { n: 2 });
      await expect.poll(() => said('event').length).toBe(2);
      const event = JSON.parse(said('event')[1] ?? '');
      expect(event).toEqual({
        eventType: 'INVOKE',
        deadlineMs: expect.any(Number),
        requestId,
        invokedFunctionArn: expect.stringContaining(':function:'),
        tracing: { type: 'X-Amzn-Trace-Id', value: expect.stringContaining('Root=1-5759e988') },
      });
      expect(event.deadlineMs).toBeGreaterThan(Date.parse('2020-01-01'));
      // At rest extensions rest too, and wake with the runtime.
      await expect.poll(() => bench.computer.phases(spec.key)).toEqual(['frozen']);
      await bench.invoke(spec, { n: 3 });
      await expect.poll(() => said('event').length).toBe(3);
      await expect.poll(() => bench.computer.phases(spec.key)).toEqual(['frozen']);
      await bench.computer.retire(spec.key);
      await expect.poll(() => said('event').length).toBe(4);
      expect(JSON.parse(said('event')[3] ?? '')).toEqual({
        eventType: 'SHUTDOWN',
        shutdownReason: 'spindown',
        deadlineMs: expect.any(Number),
      });
      await expect.poll(() => bench.computer.phases(spec.key)).toEqual([]);
    });

    it('register before the function is loaded', async () => {
      const { spec, logs, said } = extended(`console.log('loaded'); ${answers}`, { MODE: 'slow' });
      const { result } = await bench.invoke(spec);
      expect(result.initMs).toBeGreaterThan(350);
      const order = [
        logs.findIndex((line) => line.includes('INIT_START')),
        logs.findIndex((line) => line.includes('loaded')),
      ];
      expect(order[0]).toBeLessThan(order[1] ?? -1);
      expect(said('registered')).toHaveLength(1);
    });

    it('may go on after the answer, at the cost of the invocation', async () => {
      const { spec, logs } = extended(answers, { MODE: 'late' });
      const { result } = await bench.invoke(spec);
      expect(result.report).toBeDefined();
      expect(logs.some((line) => line.startsWith('REPORT'))).toBe(false);
      await gate.reached();
      gate.open();
      const report = await result.report;
      expect(report?.durationMs).toBeGreaterThan(result.durationMs);
      expect(report?.extensionsMs).toBeGreaterThan(0);
      expect(report?.billedMs).toBeGreaterThanOrEqual(report?.durationMs ?? Number.NaN);
      expect(logs.filter((line) => line.startsWith('REPORT'))).toHaveLength(1);
      // The environment was busy until then, and is used again.
      await bench.invoke(spec);
      expect(bench.computer.phases(spec.key)).toHaveLength(1);
      await gate.reached();
      gate.open();
    });

    it('are held to the timeout of the function', async () => {
      const { spec, logs } = extended(answers, { MODE: 'lingers' });
      const { result } = await bench.invoke(spec, {}, { timeoutMs: 3000 });
      expect(result.ok).toBe(true);
      expect((await result.report)?.durationMs).toBe(3000);
      expect(logs.some((line) => line.includes('Task timed out after 3.00 seconds'))).toBe(true);
      expect(logs.find((line) => line.startsWith('REPORT'))).toMatch(/Status: timeout$/);
    });

    it('hear why the environment ends', async () => {
      const endless = extended('exports.handler = () => { for (;;); }');
      await bench.invoke(endless.spec, {}, { timeoutMs: 300 });
      await expect.poll(() => endless.said('event').length).toBe(2);
      expect(endless.said('event')[1]).toContain('"shutdownReason":"timeout"');
      const exits = extended('exports.handler = () => process.exit(9)');
      expect((await bench.invoke(exits.spec)).value).toMatchObject({ errorType: 'Runtime.ExitError' });
      await expect.poll(() => exits.said('event').length).toBe(2);
      expect(exits.said('event')[1]).toContain('"shutdownReason":"failure"');
    });

    it('let the runtime end by itself first', async () => {
      const code = `process.on('SIGTERM', () => { console.log('tidied up'); process.exit(0) }); ${answers}`;
      const { spec, logs, said } = extended(code);
      await bench.invoke(spec);
      await bench.computer.retire(spec.key);
      await expect.poll(() => said('event').length).toBe(2);
      expect(logs.some((line) => line.includes('tidied up'))).toBe(true);
    });

    it('that fail, fail the environment', async () => {
      for (const [MODE, errorType, state] of [
        ['crash', 'Extension.Crash', 'Exited'],
        ['init-error', 'Extension.InitError', 'InitError'],
      ] as const) {
        const { spec, logs } = extended(answers, { MODE });
        const { result, value } = await bench.invoke(spec);
        expect(result).toMatchObject({ ok: false, kind: 'Unhandled' });
        const code = MODE === 'crash' ? 3 : 0;
        expect(value).toEqual({
          errorType,
          errorMessage: `RequestId: ${requestId} Error: exit code ${code}`,
        });
        expect(logs.find((line) => line.startsWith('EXTENSION'))).toContain(`State: ${state}\t`);
        expect(logs.find((line) => line.startsWith('INIT_REPORT'))).toMatch(
          new RegExp(`Phase: init\tStatus: error\tError Type: ${errorType}$`),
        );
      }
      const locked = extended(answers, {}, {}, { locked: watcher });
      expect((await bench.invoke(locked.spec)).value).toMatchObject({ errorType: 'Extension.LaunchError' });
      const dies = extended(answers, { MODE: 'dies' });
      await bench.invoke(dies.spec);
      await expect.poll(() => bench.computer.phases(dies.spec.key)).toEqual([]);
      expect(dies.logs.some((line) => line.endsWith('Error: exit code 7\nExtension.Crash'))).toBe(true);
    });

    it('may be several, some without interest in events', async () => {
      const { spec, logs, said } = extended(
        answers,
        {},
        {},
        { one: watcher, two: watcher.replace("mode === 'quiet'", 'true') },
      );
      const { result } = await bench.invoke(spec);
      await result.report;
      await expect.poll(() => said('event', 'one').length).toBe(1);
      expect(said('registered', 'two')).toHaveLength(1);
      expect(said('event', 'two')).toHaveLength(0);
      expect(logs).toContain('EXTENSION\tName: two\tState: Ready\tEvents: []');
    });
  });

  describe.skipIf(isSkipped)('telemetry', () => {
    const request = (api: 'telemetry' | 'logs', body: object) => {
      const path = api === 'telemetry' ? '/2022-07-01/telemetry' : '/2020-08-15/logs';
      // Below the ports that the system gives away.
      const port = 20_000 + (process.pid % 10_000) + (sandbox === 'bwrap' ? 0 : 2_000);
      const destination = { protocol: 'HTTP', URI: `http://sandbox.localdomain:${port}/in` };
      return JSON.stringify({ path, body: { buffering: { timeoutMs: 25 }, destination, ...body } });
    };
    const types = ['platform', 'function', 'extension'];

    it('tells what happens, from the start of Init', async () => {
      const { spec, heard, logs } = extended(answers, {
        MODE: 'late',
        SUBSCRIBE: request('telemetry', { schemaVersion: '2022-12-13', types }),
      });
      const { result } = await bench.invoke(spec);
      await gate.reached();
      gate.open();
      await result.report;
      // The subscription may come before or after the runtime is up.
      const others = () => heard().filter(({ type }) => type !== 'platform.telemetrySubscription');
      await expect
        .poll(() => others().map(({ type }) => type))
        .toEqual([
          'platform.initStart',
          'platform.initRuntimeDone',
          'platform.extension',
          'platform.initReport',
          'platform.start',
          'function',
          'platform.runtimeDone',
          'platform.report',
        ]);
      const [initStart, , extension, initReport, , line, runtimeDone, report] = others();
      const subscription = heard().find(({ type }) => type === 'platform.telemetrySubscription');
      expect(initStart?.record).toMatchObject({
        phase: 'init',
        functionName: spec.key,
        instanceMaxMemory: 536870912,
      });
      expect(subscription?.record).toEqual({ name: 'watcher', state: 'Subscribed', types });
      expect(extension?.record).toEqual({ name: 'watcher', state: 'Ready', events: ['INVOKE', 'SHUTDOWN'] });
      expect(initReport?.record).toMatchObject({
        status: 'success',
        metrics: { durationMs: expect.any(Number) },
      });
      expect(line?.record).toMatch(/function ran$/);
      expect(runtimeDone?.record).toMatchObject({
        requestId,
        status: 'success',
        metrics: { producedBytes: expect.any(Number) },
      });
      expect(report?.record).toMatchObject({
        requestId,
        status: 'success',
        metrics: { memorySizeMB: 512 },
        spans: [{ name: 'extensionOverhead' }],
      });
      expect(logs).toContain(
        'TELEMETRY\tName: watcher\tState: Subscribed\tTypes: [Platform,Function,Extension]',
      );
      await bench.computer.retire(spec.key);
      await expect.poll(() => bench.computer.phases(spec.key)).toEqual([]);
    });

    it('keeps JSON as it is in the JSON log format', async () => {
      const { spec, heard } = extended(
        'exports.handler = async () => console.log({ a: 1 })',
        {
          SUBSCRIBE: request('telemetry', { schemaVersion: '2022-12-13', types: ['function'] }),
          AWS_LAMBDA_LOG_FORMAT: 'JSON',
        },
        { logFormat: 'JSON' },
      );
      await bench.invoke(spec);
      await expect.poll(() => heard().length).toBe(1);
      expect(heard()[0]?.record).toMatchObject({ level: 'INFO', requestId, message: { a: 1 } });
      await bench.computer.retire(spec.key);
      await expect.poll(() => bench.computer.phases(spec.key)).toEqual([]);
    });

    it('speaks the older Logs API too', async () => {
      const { spec, heard, logs } = extended('exports.handler = async () => { throw new Error("x") }', {
        SUBSCRIBE: request('logs', { schemaVersion: '2021-03-18', types: ['platform'] }),
      });
      const { result } = await bench.invoke(spec);
      await result.report;
      await expect
        .poll(() => heard().map(({ type }) => type))
        .toEqual([
          'platform.logsSubscription',
          'platform.extension',
          'platform.start',
          'platform.runtimeDone',
          'platform.end',
          'platform.report',
        ]);
      expect(heard()[3]?.record).toEqual({ requestId, status: 'failure' });
      expect(heard()[4]?.record).toEqual({ requestId });
      expect(Object.keys(heard()[5]?.record ?? {})).toEqual(['requestId', 'metrics']);
      expect(logs).toContain('LOGS\tName: watcher\tState: Subscribed\tTypes: [Platform]');
      await bench.computer.retire(spec.key);
      await expect.poll(() => bench.computer.phases(spec.key)).toEqual([]);
    });

    it.skipIf(sandbox === 'process')('reaches each environment by the same name and port', async () => {
      const { spec, heard } = extended(
        'exports.handler = async (event) => { await fetch(process.env.GATE); console.log(event.name) }',
        {
          SUBSCRIBE: request('telemetry', { schemaVersion: '2022-07-01', types: ['function'] }),
          LISTEN: 'sandbox.localdomain',
        },
      );
      const invoked = ['red', 'blue'].map((name) => bench.invoke(spec, { name }));
      await gate.reached(2);
      gate.open();
      await Promise.all(invoked);
      expect(bench.computer.phases(spec.key)).toHaveLength(2);
      await expect
        .poll(() =>
          heard()
            .map(({ record }) => String(record).split('\t').at(-1))
            .sort(),
        )
        .toEqual(['blue', 'red']);
    });
  });

  describe.skipIf(isSkipped)('internal extensions', () => {
    it('hear of invocations, may not ask for SHUTDOWN, and come in time', async () => {
      const code = `
        const base = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2020-01-01/extension';
        const register = (name, events) => fetch(base + '/register', { method: 'POST', headers: { 'Lambda-Extension-Name': name }, body: JSON.stringify({ events }) });
        const events = [];
        const early = await (async () => {
          const refused = await (await register('inner', ['SHUTDOWN'])).json();
          const registered = await register('inner', ['INVOKE']);
          const id = registered.headers.get('lambda-extension-identifier');
          const again = await (await register('inner', ['INVOKE'])).json();
          (async () => { for (;;) events.push((await (await fetch(base + '/event/next', { headers: { 'Lambda-Extension-Identifier': id } })).json()).eventType); })();
          return [refused.errorType, registered.status, again.errorType];
        })();
        export const handler = async () => {
          const late = await (await register('other', ['INVOKE'])).json();
          while (events.length === 0) await new Promise((r) => setTimeout(r, 10));
          return { early, late: late.errorType, events };
        };`;
      const spec = bench.spec({ 'index.mjs': code });
      expect((await bench.invoke(spec)).value).toEqual({
        early: ['Extension.InvalidEventType', 200, 'Extension.InvalidExtensionState'],
        late: 'Extension.RegistrationClosed',
        events: ['INVOKE'],
      });
    });
  });

  describe.skipIf(isSkipped || !existsSync(python))('other runtimes', () => {
    const pythonWatcher = `#!${python}
import http.client, json, os, sys
api = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])
def call(method, path, headers, body=None):
    api.request(method, '/2020-01-01/extension' + path, body, headers)
    answer = api.getresponse()
    return answer.headers, json.loads(answer.read())
headers, _ = call('POST', '/register', {'Lambda-Extension-Name': 'watcher'}, json.dumps({'events': ['INVOKE', 'SHUTDOWN']}))
identity = {'Lambda-Extension-Identifier': headers['Lambda-Extension-Identifier']}
while True:
    _, event = call('GET', '/event/next', identity)
    print('watcher event', json.dumps(event), flush=True)
    if event['eventType'] == 'SHUTDOWN':
        sys.exit(0)
`;

    it('have them too: Python', async () => {
      const { spec, said } = extended(
        '',
        {},
        { runtime: 'python3.12', handler: 'app.handler' },
        { watcher: pythonWatcher },
      );
      writeFileSync(join(spec.codeFolder, 'app.py'), 'def handler(event, context):\n    return event["n"]\n');
      expect((await bench.invoke(spec, { n: 5 })).value).toBe(5);
      await expect.poll(() => said('event').length).toBe(1);
    });

    it('have them too: custom ones', async () => {
      const { spec, said } = extended('', {}, { runtime: 'provided.al2023' }, { watcher: pythonWatcher });
      const bootstrap = `#!${python}
import http.client, os
api = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])
while True:
    api.request('GET', '/2018-06-01/runtime/invocation/next')
    answer = api.getresponse()
    body = answer.read()
    api.request('POST', '/2018-06-01/runtime/invocation/' + answer.headers['Lambda-Runtime-Aws-Request-Id'] + '/response', body)
    api.getresponse().read()
`;
      writeFileSync(join(spec.codeFolder, 'bootstrap'), bootstrap);
      chmodSync(join(spec.codeFolder, 'bootstrap'), 0o755);
      const first = await bench.invoke(spec, { n: 6 });
      expect(first.value).toEqual({ n: 6 });
      await first.result.report;
      expect((await bench.invoke(spec, { n: 7 })).value).toEqual({ n: 7 });
      await bench.computer.retire(spec.key);
      await expect.poll(() => said('event').length).toBe(3);
    });
  });
});
