/** What a function must not see or do. Where bubblewrap can't work these tests are skipped, and say so. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createBench } from './fixture.ts';
import { BwrapDriver } from './sandbox/bwrap.ts';

const why = await BwrapDriver.probe();
const bench = createBench({ sandbox: why === undefined ? 'bwrap' : 'process' });
afterAll(() => bench.close());

const run = async (body: string, change = {}, invocation = {}) =>
  bench.invoke(
    bench.spec(
      {
        'index.js': `const fs = require('fs'); const cp = require('child_process'); exports.handler = async (event) => { ${body} }`,
      },
      change,
    ),
    {},
    invocation,
  );

/** How reading, writing or starting something fails inside. */
const attempt = (expression: string) =>
  `try { ${expression}; return 'done'; } catch (error) { return error.code ?? error.message; }`;

describe.skipIf(why !== undefined)(`a sandboxed function${why ? ` (skipped: ${why})` : ''}`, () => {
  it('sees neither the host’s home nor the data folder nor the sources of Brume', async () => {
    const secret = join(bench.root, 'secret');
    writeFileSync(secret, 'secret');
    for (const path of [secret, bench.root, homedir(), process.cwd(), '/etc/shadow']) {
      const { value } = await run(attempt(`fs.accessSync(${JSON.stringify(path)}, fs.constants.R_OK)`));
      expect([path, value]).toEqual([path, expect.stringMatching(/^(ENOENT|EACCES)$/)]);
    }
  });

  it('finds no secret in what its sandbox was started with', async () => {
    process.env.BRUME_TEST_SECRET = 'secret';
    const plain = createBench({ sandbox: 'bwrap' });
    const read = `try { return fs.readFileSync('/proc/1/environ', 'utf8'); } catch (error) { return error.code; }`;
    const code = { 'index.js': `const fs = require('fs'); exports.handler = async () => { ${read} }` };
    const { value } = await plain.invoke(plain.spec(code));
    delete process.env.BRUME_TEST_SECRET;
    // As another user it can't look at all.
    expect(value).toMatch(/^(EACCES|PATH=[^\0]*\0)$/);
    await plain.close();
  });

  it('sees only its own code', async () => {
    const other = bench.spec({ 'index.js': '// other', 'private.txt': 'x' });
    await run(`return fs.readdirSync('/var/task')`);
    const { value } = await run(
      `return [fs.readdirSync('/var/task'), fs.existsSync(${JSON.stringify(other.codeFolder)})]`,
    );
    expect(value).toEqual([['index.js'], false]);
  });

  it('can’t change its code, its layers or the runtime', async () => {
    for (const path of [
      '/var/task/index.js',
      '/var/task/new',
      '/opt/new',
      '/var/runtime/bootstrap.mjs',
      '/usr/bin/new',
      '/var/lang/bin/node',
    ]) {
      const { value } = await run(attempt(`fs.writeFileSync('${path}', 'x')`));
      expect([path, value]).toEqual([path, expect.stringMatching(/^(EROFS|EACCES|ETXTBSY)$/)]);
    }
  });

  it('has a /tmp of its own, of its own size', async () => {
    expect((await run(`fs.writeFileSync('/tmp/mine', 'x'); return fs.readdirSync('/tmp')`)).value).toEqual([
      'mine',
    ]);
    expect((await run(`return fs.readdirSync('/tmp')`)).value).toEqual([]);
    const fill = `return cp.spawnSync('fallocate', ['-l', '600M', '/tmp/big'], { encoding: 'utf8' }).stderr`;
    expect((await run(fill)).value).toContain('No space left on device');
  });

  it('sees only its own processes and can’t signal others', async () => {
    const { value } = await run(
      `return fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length`,
    );
    expect(value).toBeLessThan(5);
    expect((await run(attempt(`process.kill(${process.pid}, 0)`))).value).toBe('ESRCH');
  });

  it('has no rights beyond those of nobody', async () => {
    const { value } = await run(
      `return fs.readFileSync('/proc/self/status', 'utf8').match(/(CapEff|CapPrm|NoNewPrivs):\\s*\\w+/g)`,
    );
    expect(value).toEqual(['CapPrm:\t0000000000000000', 'CapEff:\t0000000000000000', 'NoNewPrivs:\t1']);
    expect((await run('return process.getuid()')).value).not.toBe(0);
  });

  it('keeps its variables off the command lines of the machine', async () => {
    const environment = { NODE_OPTIONS: '--stack-trace-limit=5', AWS_SECRET_ACCESS_KEY: 'very-secret-key' };
    await run('return 1', { environment });
    expect(execFileSync('ps', ['-eo', 'args', '-ww'], { encoding: 'utf8' })).not.toContain('very-secret-key');
  });

  it('doesn’t inherit Brume’s environment', async () => {
    process.env.BRUME_TEST_SECRET = 'secret';
    const { value } = await run(
      'return Object.keys(process.env).filter((name) => /SECRET|HOME|npm|VITEST/.test(name))',
    );
    delete process.env.BRUME_TEST_SECRET;
    expect(value).toEqual([]);
  });

  it('is bounded in its processes', async () => {
    const bomb = `let n = 0; try { for (; n < 1500; n++) cp.spawn('/usr/bin/sleep', ['30']).on('error', () => {}); } catch {} const alive = fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length; return alive;`;
    const { value } = await run(bomb, { memoryMb: 10_240 }, { timeoutMs: 15_000 });
    // A number when it could still look, an error of the process when it couldn't even do that.
    if (typeof value === 'number') expect(value).toBeLessThanOrEqual(1024);
    else expect(value).toMatchObject({ errorType: expect.any(String) });
  });

  it('is ended when it holds more memory than it may', async () => {
    const hog = `const held = []; for (;;) { held.push(Buffer.alloc(1 << 20, 1)); await new Promise((r) => setTimeout(r, 1)); }`;
    const { result, value } = await run(hog);
    expect(value).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/signal: killed$/),
    });
    expect(result.memoryUsedMb).toBe(128);
    expect(bench.logs.at(-1)).toMatch(/Status: error\tError Type: Runtime.OutOfMemory$/);
  });

  it('ends itself, and nothing else, when it writes nonsense to the channel of its runtime', async () => {
    for (const bytes of [
      '[255, 255, 255, 255, 1]',
      '[0, 0, 0, 1, 1]',
      '[0, 0, 0, 1, 99]',
      '[0, 0, 0, 2, 4, 0]',
    ]) {
      const { value } = await run(
        `fs.writeSync(4, Buffer.from(${bytes})); await new Promise(() => setTimeout(() => {}, 4000))`,
      );
      expect(value).toMatchObject({ errorType: 'Runtime.ExitError' });
    }
    expect((await run('return 1')).value).toBe(1);
  });

  it('leaves nothing running behind', async () => {
    const marker = `4242.${process.pid}`;
    await run(
      `cp.spawn('/usr/bin/sleep', ['${marker}'], { detached: true, stdio: 'ignore' }).unref(); for (;;);`,
      {},
      { timeoutMs: 300 },
    );
    const running = () =>
      execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes(`sleep ${marker}`);
    await expect.poll(running).toBe(false);
  });

  it('finds its layers merged in /opt, the last one winning', async () => {
    const layers = ['one', 'two'].map((name) => {
      const folder = join(bench.root, `layer-${name}`);
      mkdirSync(join(folder, 'nodejs/node_modules', name), { recursive: true });
      writeFileSync(join(folder, 'nodejs/node_modules', name, 'index.js'), `module.exports = '${name}'`);
      writeFileSync(join(folder, 'which'), name);
      return folder;
    });
    const { value } = await run(
      `return [require('one'), require('two'), fs.readFileSync('/opt/which', 'utf8')]`,
      { layerFolders: layers },
    );
    expect(value).toEqual(['one', 'two', 'two']);
  });
});

describe('the bwrap driver', () => {
  it('hands no variable to the programs that drop the rights, nor to the command line', () => {
    const folder = join(bench.root, 'launch');
    mkdirSync(folder);
    const { args, environment } = new BwrapDriver(false, 'none').launch({
      id: 'x',
      folder,
      language: { kind: 'nodejs', id: 'node', program: process.execPath, version: '24.0.0', shows: [] },
      runtimeFolder: '/runtimes/nodejs',
      args: ['/var/runtime/bootstrap.mjs'],
      variables: { LD_PRELOAD: '/var/task/evil.so', KEY: "it's" },
      memoryMb: 128,
      ephemeralStorageMb: 512,
      slot: 1,
    });
    expect(Object.keys(environment)).toEqual(['PATH']);
    expect(args.filter((arg) => /evil|it's|LD_PRELOAD/.test(arg))).toEqual([]);
    expect(args.filter((_, at) => args[at - 1] === '--setenv')).toEqual(['PATH']);
    expect(args).toContain('--clearenv');
    const file = join(folder, 'variables');
    expect(readFileSync(file, 'utf8')).toBe(`export LD_PRELOAD='/var/task/evil.so'\nexport KEY='it'\\''s'\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('the process driver', () => {
  it('runs functions where no sandbox is to be had, and says what is missing', async () => {
    const plain = createBench({ sandbox: 'process' });
    const code =
      'const { sep } = require("path"); require("@aws-sdk/client-dynamodb"); exports.handler = async (e) => [e.n, process.cwd().endsWith("task")]';
    expect((await plain.invoke(plain.spec({ 'index.js': code }), { n: 1 })).value).toEqual([1, true]);
    expect(plain.computer.describe()).toMatchObject({
      driver: 'process',
      missing: expect.arrayContaining([expect.stringContaining('plain processes')]),
    });
    await plain.close();
  });
});
