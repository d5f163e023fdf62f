/** The Node.js runtime in an execution environment: https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createBench } from './fixture.ts';
import { startGate } from './gateFixture.ts';

const bench = createBench();
afterAll(() => bench.close());

const requestId = '11111111-2222-3333-4444-555555555555';
const run = async (code: string, event: unknown = {}, change = {}) =>
  bench.invoke(bench.spec({ 'index.js': code }, change), event);

describe('handlers', () => {
  it('may be async, in CommonJS', async () => {
    const { result, value } = await run('exports.handler = async (event) => ({ got: event })', { a: [1] });
    expect(value).toEqual({ got: { a: [1] } });
    expect(result).toMatchObject({ ok: true, initMs: expect.any(Number), memoryUsedMb: expect.any(Number) });
  });

  it('may be ES modules with top-level await', async () => {
    const spec = bench.spec({
      'index.mjs': 'const x = await Promise.resolve(7); export const handler = async () => x',
    });
    expect((await bench.invoke(spec)).value).toBe(7);
    const typed = bench.spec({
      'package.json': '{"type":"module"}',
      'index.js': 'import { sep } from "node:path"; export const handler = async () => sep',
    });
    expect((await bench.invoke(typed)).value).toBe('/');
  });

  it('may stand in folders and nest in exports', async () => {
    const files = { 'src/app.js': 'exports.api = { v1: { get: async () => "deep" } }' };
    expect((await bench.invoke(bench.spec(files, { handler: 'src/app.api.v1.get' }))).value).toBe('deep');
  });

  it('may call back, waiting for an empty event loop unless they say otherwise', async () => {
    const waits =
      'exports.handler = (e, c, done) => { done(null, "early"); setTimeout(() => { globalThis.late = 1 }, 300) }';
    const { result, value } = await run(waits);
    expect(value).toBe('early');
    expect(result.durationMs).toBeGreaterThan(150);
    const hurries =
      'exports.handler = (e, c, done) => { c.callbackWaitsForEmptyEventLoop = false; setTimeout(() => {}, 15_000); done(null, "now") }';
    const hurried = await run(hurries);
    expect(hurried.value).toBe('now');
    expect(hurried.result.durationMs).toBeLessThan(15_000);
  });

  it('may not call back in nodejs24.x', async () => {
    const { result, value } = await run(
      'exports.handler = (e, c, done) => done(null, 1)',
      {},
      { runtime: 'nodejs24.x' },
    );
    expect(result.ok).toBe(false);
    expect(value).toMatchObject({ errorType: 'Runtime.CallbackHandlerDeprecated' });
  });

  it('answer null when their event loop runs empty', async () => {
    expect((await run('exports.handler = () => new Promise(() => {})')).value).toBeNull();
  });

  it('are kept warm, with what they remember', async () => {
    const spec = bench.spec({ 'index.js': 'let n = 0; exports.handler = async () => ++n' });
    const first = await bench.invoke(spec);
    const second = await bench.invoke(spec);
    expect([first.value, second.value]).toEqual([1, 2]);
    expect(first.result.initMs).toBeDefined();
    expect(second.result.initMs).toBeUndefined();
    await bench.computer.retire(spec.key);
    expect((await bench.invoke(spec)).value).toBe(1);
  });

  it('run side by side in environments of their own', async () => {
    const spec = bench.spec({
      'index.js':
        'let n = 0; exports.handler = async ({ gate }) => { await (await fetch(gate)).text(); return ++n }',
    });
    const gate = await startGate();
    const invoked = [1, 2, 3].map(() => bench.invoke(spec, { gate: gate.url }));
    await gate.reached(3);
    gate.open();
    expect((await Promise.all(invoked)).map(({ value }) => value)).toEqual([1, 1, 1]);
    gate.close();
  });

  it('wake from their rest', async () => {
    const spec = bench.spec({ 'index.js': 'let n = 0; exports.handler = async () => ++n' });
    await bench.invoke(spec);
    await expect.poll(() => bench.computer.phases(spec.key)).toEqual(['frozen']);
    expect((await bench.invoke(spec)).value).toBe(2);
  });
});

describe('the context', () => {
  it('says who is running', async () => {
    const code =
      'exports.handler = async (e, c) => ({ ...c, left: c.getRemainingTimeInMillis(), trace: process.env._X_AMZN_TRACE_ID })';
    const { value } = await bench.invoke(
      bench.spec({ 'index.js': code }),
      {},
      { clientContext: '{"custom":{"a":1}}', timeoutMs: 20_000 },
    );
    expect(value).toMatchObject({
      awsRequestId: requestId,
      functionVersion: '$LATEST',
      invokedFunctionArn: expect.stringMatching(
        /^arn:aws:lambda:us-east-1:000000000000:function:function-\d+$/,
      ),
      clientContext: { custom: { a: 1 } },
      trace: expect.stringContaining('Root=1-5759e988'),
    });
    expect((value as { left: number }).left).toBeGreaterThan(10_000);
    expect((value as { left: number }).left).toBeLessThanOrEqual(20_000);
  });

  it('has variables of the function and of the environment', async () => {
    const change = {
      environment: { TABLE: 'orders', TZ: 'Europe/Paris' },
      variablesOf: ({ id }: { id: string }) => ({ STREAM: id }),
    };
    const code =
      'exports.handler = async () => [process.env.TABLE, process.env.STREAM.length, new Date(0).getHours(), process.env.LAMBDA_TASK_ROOT]';
    expect((await run(code, {}, change)).value).toEqual(['orders', 32, 1, expect.stringContaining('task')]);
  });

  it('has variables that Node itself reads', async () => {
    const change = { environment: { NODE_OPTIONS: '--stack-trace-limit=3' } };
    expect((await run('exports.handler = async () => Error.stackTraceLimit', {}, change)).value).toBe(3);
  });

  it('starts with files and wrappers of the function when its variables say so', async () => {
    const change = {
      environment: {
        NODE_OPTIONS: '--require /var/task/first.js',
        AWS_LAMBDA_EXEC_WRAPPER: '/var/task/wrapper',
        QUOTED: `it's "here" $HOME`,
      },
    };
    const files = {
      'first.js': 'globalThis.first = 1',
      wrapper: '#!/bin/sh\nexport WRAPPED=yes\nexec "$@"\n',
      'index.js': 'exports.handler = async () => [globalThis.first, process.env.WRAPPED, process.env.QUOTED]',
    };
    const spec = bench.spec(files, change);
    chmodSync(join(spec.codeFolder, 'wrapper'), 0o755);
    expect((await bench.invoke(spec)).value).toEqual([1, 'yes', `it's "here" $HOME`]);
  });

  it('finds the AWS SDK without packaging it, and nothing else of ours', async () => {
    const required =
      'const { DynamoDBClient } = require("@aws-sdk/client-dynamodb"); exports.handler = async () => typeof DynamoDBClient';
    expect((await run(required)).value).toBe('function');
    const imported =
      'import { GetCommand } from "@aws-sdk/lib-dynamodb"; export const handler = async () => typeof GetCommand';
    expect((await bench.invoke(bench.spec({ 'index.mjs': imported }))).value).toBe('function');
    const { value } = await run('require("lmdb"); exports.handler = async () => 1');
    expect(value).toMatchObject({ errorType: 'Runtime.ImportModuleError' });
  });
});

describe('errors', () => {
  it('thrown, are the answer and a line of the log', async () => {
    const { result, value } = await run(
      'exports.handler = async () => { throw Object.assign(new TypeError("boom"), { code: 7 }) }',
    );
    expect(result).toMatchObject({ ok: false, kind: 'Unhandled' });
    expect(value).toMatchObject({ errorType: 'TypeError', errorMessage: 'boom' });
    expect((value as { trace: string[] }).trace[0]).toBe('TypeError: boom');
    const line = bench.logs.find((text) => text.includes('Invoke Error \t'));
    expect(line).toMatch(new RegExp(`^\\d{4}-\\S+Z\\t${requestId}\\tERROR\\tInvoke Error \\t\\{`));
    expect(JSON.parse(line?.split('\t').at(-1) ?? '')).toMatchObject({ errorType: 'TypeError', code: 7 });
  });

  it('of loading name what is wrong', async () => {
    expect((await run('exports.other = 1')).value).toMatchObject({
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: 'index.handler is undefined or not exported',
    });
    expect((await run('exports.handler = (')).value).toMatchObject({
      errorType: 'Runtime.UserCodeSyntaxError',
    });
    expect((await bench.invoke(bench.spec({ 'other.js': '' }))).value).toMatchObject({
      errorType: 'Runtime.ImportModuleError',
      errorMessage: expect.stringContaining("Error: Cannot find module 'index'"),
    });
    expect((await run('throw new RangeError("while loading")')).value).toMatchObject({
      errorType: 'RangeError',
    });
  });

  it('that nobody catches end the environment', async () => {
    const spec = bench.spec({
      'index.js':
        'exports.handler = () => new Promise(() => setTimeout(() => { throw new Error("later") }, 5))',
    });
    expect((await bench.invoke(spec)).value).toMatchObject({ errorType: 'Error', errorMessage: 'later' });
    const again = await bench.invoke(spec);
    expect(again.result.initMs).toBeDefined();
    const rejects =
      'exports.handler = () => new Promise(() => { Promise.reject(new Error("lost")); setTimeout(() => {}, 999) })';
    expect((await run(rejects)).value).toMatchObject({
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'Error: lost',
    });
  });

  it('of the process are told by its exit', async () => {
    expect((await run('exports.handler = async () => process.exit(3)')).value).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status 3`,
    });
  });

  it('end what takes too long', async () => {
    const spec = bench.spec({ 'index.js': 'exports.handler = async () => { for (;;); }' });
    const { result, value } = await bench.invoke(spec, {}, { timeoutMs: 300 });
    expect(result).toMatchObject({ ok: false, timedOut: true, durationMs: 300 });
    expect(value).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${requestId} Error: Task timed out after 0.30 seconds`,
    });
    expect(bench.logs.some((line) => line.includes(`${requestId} Task timed out after 0.30 seconds`))).toBe(
      true,
    );
  });

  it('refuse an answer that is too large', async () => {
    const { value } = await run('exports.handler = async () => "x".repeat(7_000_000)');
    expect(value).toEqual({
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    });
  });

  it('carry large payloads both ways unharmed', async () => {
    const event = { text: 'é'.repeat(1_000_000) };
    expect((await run('exports.handler = async (e) => e', event)).value).toEqual(event);
  });
});

/** The runtime of the Node.js that runs this test: there is nothing to note about it. */
const own = { runtime: `nodejs${process.versions.node.split('.')[0]}.x` };

describe('logs', () => {
  it('are lines of console.*, of writes, and of the platform, in order', async () => {
    const code =
      'exports.handler = async () => { console.log("one %d", 1, { a: 2 }); console.warn("two\\nlines"); process.stdout.write("raw\\n"); console.error(new Error("e").message); }';
    const from = bench.logs.length;
    await run(code, {}, own);
    const lines = bench.logs.slice(from).map((line) => line.replace(/^\d{4}-\S+Z/, 'TIME'));
    expect(lines[0]).toMatch(/^INIT_START Runtime Version: nodejs:\d+\./);
    expect(lines.slice(1, 7)).toEqual([
      `START RequestId: ${requestId} Version: $LATEST`,
      `TIME\t${requestId}\tINFO\tone 1 { a: 2 }`,
      `TIME\t${requestId}\tWARN\ttwo\nlines`,
      'raw',
      `TIME\t${requestId}\tERROR\te`,
      `END RequestId: ${requestId}`,
    ]);
    expect(lines[7]).toMatch(/^REPORT RequestId: .*\tInit Duration: [\d.]+ ms\t$/);
  });

  it('leave out what went well when only warnings are wanted', async () => {
    const change = { ...own, logFormat: 'JSON' as const, systemLogLevel: 'WARN' as const };
    const from = bench.logs.length;
    await run('exports.handler = async () => 1', {}, change);
    expect(bench.logs.slice(from)).toEqual([]);
    await run('exports.handler = async () => process.exit(1)', {}, change);
    expect(bench.logs.slice(from).at(-1)).toContain('"type":"platform.report"');
  });

  it('are JSON when the function wants them so', async () => {
    const from = bench.logs.length;
    const change = {
      ...own,
      logFormat: 'JSON' as const,
      environment: { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: 'INFO' },
    };
    await run(
      'exports.handler = async () => { console.debug("no"); console.info({ order: 1 }); }',
      {},
      change,
    );
    const events = bench.logs.slice(from).map((line) => JSON.parse(line));
    expect(events.map(({ type, level }) => type ?? level)).toEqual([
      'platform.initStart',
      'platform.start',
      'INFO',
      'platform.report',
    ]);
    expect(events[2]).toMatchObject({ message: { order: 1 }, requestId });
  });
});
