/** The ways of writing a Node.js handler, and what becomes of the odd ones: as AWS's runtime interface client has it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createBench } from './fixture.ts';
import { BwrapDriver } from './sandbox/bwrap.ts';

const bench = createBench();
const layer = mkdtempSync(join(tmpdir(), 'brume-styles-'));
afterAll(async () => {
  await bench.close();
  rmSync(layer, { recursive: true, force: true });
});
const noSandbox = await BwrapDriver.probe();

const run = async (code: string, event: unknown = {}, change = {}) =>
  (await bench.invoke(bench.spec({ 'index.js': code }, change), event)).value;

describe('the callbacks of the context, up to nodejs22.x', () => {
  it('answer at once, whatever is still to come', async () => {
    const later = 'setTimeout(() => {}, 3000);';
    expect(await run(`exports.handler = (e, c) => { ${later} c.succeed({ a: 1 }) }`)).toEqual({ a: 1 });
    expect(await run(`exports.handler = (e, c) => { ${later} c.done(null, 2) }`)).toBe(2);
    expect(await run(`exports.handler = (e, c) => { ${later} c.fail(new RangeError('no')) }`)).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'no',
    });
    expect(await run('exports.handler = (e, c) => c.fail()')).toEqual({
      errorType: 'string',
      errorMessage: 'handled',
      trace: [],
    });
  });

  it('count once', async () => {
    const twice = 'exports.handler = (e, c, done) => { done(null, "first"); done(new Error("second")) }';
    expect(await run(twice)).toBe('first');
  });

  it('aren’t there in nodejs24.x', async () => {
    const kinds = 'exports.handler = async (e, c) => [typeof c.succeed, typeof c.fail, typeof c.done]';
    expect(await run(kinds, {}, { runtime: 'nodejs24.x' })).toEqual(['undefined', 'undefined', 'undefined']);
    expect(await run(kinds, {}, { runtime: 'nodejs22.x' })).toEqual(['function', 'function', 'function']);
  });
});

describe('what isn’t an error', () => {
  it('may be thrown', async () => {
    const of = (value: string) => run(`exports.handler = async () => { throw ${value} }`);
    expect(await of('"text"')).toEqual({ errorType: 'string', errorMessage: 'text', trace: [] });
    expect(await of('7')).toEqual({ errorType: 'number', errorMessage: '7', trace: [] });
    expect(await of('undefined')).toEqual({ errorType: 'undefined', errorMessage: 'undefined', trace: [] });
    expect(await of('{ a: 1 }')).toEqual({
      errorType: 'object',
      errorMessage: '[object Object]',
      trace: [],
    });
  });

  it('may be what a promise is rejected with, unheard', async () => {
    const code =
      'exports.handler = () => new Promise(() => { Promise.reject("text"); setTimeout(() => {}, 999) })';
    expect(await run(code)).toMatchObject({
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'text',
    });
  });

  it('may not be made JSON of', async () => {
    const round = 'exports.handler = async () => { const a = {}; a.a = a; return a }';
    expect(await run(round)).toMatchObject({
      errorType: 'Runtime.JSONStringifyError',
      errorMessage: 'Unable to stringify response body',
    });
    expect(await run('exports.handler = async () => 10n')).toMatchObject({
      errorType: 'Runtime.JSONStringifyError',
    });
    expect(await run('exports.handler = async () => undefined')).toBeNull();
  });
});

describe('modules', () => {
  it('are found by their extension, and .js comes first', async () => {
    const cjs = bench.spec({ 'index.cjs': 'exports.handler = async () => "cjs"' });
    expect((await bench.invoke(cjs)).value).toBe('cjs');
    const both = bench.spec({
      'index.js': 'exports.handler = async () => "js"',
      'index.mjs': 'export const handler = async () => "mjs"',
    });
    expect((await bench.invoke(both)).value).toBe('js');
  });

  it('may have their handler under a default export', async () => {
    const spec = bench.spec({ 'index.mjs': 'export default { handler: async () => "default" }' });
    expect((await bench.invoke(spec)).value).toBe('default');
  });

  it('whose top-level await fails don’t load', async () => {
    const spec = bench.spec({
      'index.mjs': 'await Promise.reject(new RangeError("at the start")); export const handler = 1',
    });
    expect((await bench.invoke(spec)).value).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'at the start',
    });
  });

  it('must be named as files are', async () => {
    const named = (handler: string) =>
      bench.invoke(bench.spec({ 'index.js': 'exports.handler = async () => 1' }, { handler }));
    expect((await named('index')).value).toMatchObject({ errorType: 'Runtime.MalformedHandlerName' });
    expect((await named('../index.handler')).value).toMatchObject({
      errorType: 'Runtime.MalformedHandlerName',
    });
    expect((await named('index.handler.more')).value).toMatchObject({
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: 'index.handler.more is undefined or not exported',
    });
  });

  it.skipIf(noSandbox)(
    `may be a layer’s, by their whole path, and load the function’s own${noSandbox ? ` (skipped: ${noSandbox})` : ''}`,
    async () => {
      // As layers do that watch a function: its own handler stands in a variable.
      const file = join(layer, 'nodejs/node_modules/watcher/dist/handler.js');
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(
        file,
        'exports.handler = async (e) => "watched " + (await require(process.env.LAMBDA_TASK_ROOT + "/" + process.env.OWN).handler(e))',
      );
      const spec = bench.spec(
        { 'index.js': 'exports.handler = async () => "own"' },
        {
          handler: '/opt/nodejs/node_modules/watcher/dist/handler.handler',
          layerFolders: [layer],
          environment: { OWN: 'index.js' },
        },
      );
      expect((await bench.invoke(spec)).value).toBe('watched own');
    },
  );
});
