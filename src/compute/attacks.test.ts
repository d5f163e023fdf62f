/**
 * Functions that mean harm, in real sandboxes: each really tries, and afterwards the next function is served as if
 * nothing had happened. Where bubblewrap can't work these tests are skipped, and say so.
 */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createBench } from './fixture.ts';
import { BwrapDriver } from './sandbox/bwrap.ts';

const why = await BwrapDriver.probe();
const bench = createBench({ sandbox: why === undefined ? 'bwrap' : 'process' });
afterAll(() => bench.close());
/** What is under way when a test looks; longer than any attack. */
const aside = 120_000;
const hasPython = (await bench.computer.missing('python3.12')) === undefined;

const javascript = (body: string, change = {}, invocation = {}, event: unknown = {}) =>
  bench.invoke(
    bench.spec(
      {
        'index.js': `const fs = require('fs'); const cp = require('child_process'); exports.handler = async (event) => { ${body} }`,
      },
      change,
    ),
    event,
    invocation,
  );

const python = (body: string, change = {}, invocation = {}, event: unknown = {}) => {
  const lines = body.split('\n').map((line) => `    ${line}\n`);
  const code = `import os, sys, time, ctypes, socket, subprocess\ndef handler(event, context):\n${lines.join('')}`;
  return bench.invoke(
    bench.spec({ 'index.py': code }, { runtime: 'python3.12', ...change }),
    event,
    invocation,
  );
};

/** How each of some expressions fails inside. */
const attempts = async (expressions: readonly string[]) => {
  const tried = expressions.map(
    (expression) =>
      `try { ${expression}; seen.push('done'); } catch (error) { seen.push(error.code ?? error.message); }`,
  );
  return (await javascript(`const seen = []; ${tried.join('\n')} return seen;`)).value as string[];
};

const killed = {
  errorType: 'Runtime.ExitError',
  errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: signal: killed$/),
};

const megabytes = () => process.memoryUsage.rss() / 1024 / 1024;

describe.skipIf(why !== undefined)(`a function that means harm${why ? ` (skipped: ${why})` : ''}`, () => {
  afterEach(async () => expect((await javascript('return 1 + 1')).value).toBe(2));

  describe('looks around', () => {
    it('and finds nothing of the machine', async () => {
      const data = join(bench.root, 'data.mdb');
      writeFileSync(data, 'secret');
      const paths = [
        homedir(),
        '/root',
        '/home',
        '/etc/shadow',
        '/etc/ssh',
        data,
        bench.root,
        process.cwd(),
        '/mnt',
      ];
      const read = paths.map((path) => `fs.readdirSync('${path}')`);
      const open = paths.map((path) => `fs.readFileSync('${path}')`);
      for (const code of await attempts([...read, ...open]))
        expect(code).toMatch(/^(ENOENT|EACCES|ENOTDIR)$/);
    });

    it('and finds nothing of other functions', async () => {
      const secret = { environment: { MY_SECRET: 'of-another-function' } };
      const other = javascript(
        `fs.writeFileSync('/tmp/of-another-function', ''); await new Promise((r) => setTimeout(r, 1500));`,
        secret,
      );
      const { value } = await javascript(`
        const seen = [];
        for (const pid of fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name))) {
          for (const file of ['environ', 'cmdline', 'maps', 'mem'])
            try { seen.push(fs.readFileSync('/proc/' + pid + '/' + file, 'latin1')); } catch {}
          try { seen.push(...fs.readdirSync('/proc/' + pid + '/root/tmp')); } catch {}
          try { seen.push(...fs.readdirSync('/proc/' + pid + '/cwd')); } catch {}
        }
        return [seen.length > 0, seen.some((text) => text.includes('of-another-function'))];`);
      expect(value).toEqual([true, false]);
      await other;
    });

    it('through links in its code, which lead to its own side', async () => {
      const links = { passwd: '/etc/shadow', root: '/root', up: '../../../../../../../etc/shadow' };
      const spec = bench.spec({ 'index.js': linkReader });
      for (const [name, target] of Object.entries(links)) {
        execFileSync('ln', ['-s', target, join(spec.codeFolder, name)]);
      }
      const { value } = await bench.invoke(spec, Object.keys(links));
      expect(value).toEqual(['ENOENT', 'ENOENT', 'ENOENT']);
    });

    it.skipIf(!hasPython)('in Python', async () => {
      const { value } = await python(
        `seen = []
for path in ['/root', '/home', '/etc/shadow', '${bench.root}', '/proc/1/root/etc/shadow']:
    try:
        os.listdir(path) if os.path.isdir(path) else open(path, 'rb').read()
        seen.append(path)
    except OSError:
        pass
return seen`,
      );
      expect(value).toEqual([]);
    });
  });

  describe('reaches for other processes', () => {
    it('and has no signal for them', async () => {
      const others = [process.pid, process.ppid];
      const codes = await attempts([
        ...others.map((pid) => `process.kill(${pid}, 'SIGKILL')`),
        `process.kill(-1, 'SIGSTOP', fs.statSync('/nowhere'))`,
      ]);
      for (const code of codes) expect(code).toMatch(/^(ESRCH|EPERM|ENOENT)$/);
    });

    it.skipIf(!hasPython)('with the kernel’s other doors', async () => {
      const { value } = await python(
        `libc = ctypes.CDLL(None, use_errno=True)
def call(*arguments):
    ctypes.set_errno(0)
    libc.syscall(*[ctypes.c_long(argument) for argument in arguments])
    return ctypes.get_errno()
import platform
x64 = platform.machine() == 'x86_64'
names = {
    'ptrace': (101, 117, 16, ${process.pid}, 0, 0),
    'unshare user': (272, 97, 0x10000000, 0, 0, 0),
    'unshare mount': (272, 97, 0x20000, 0, 0, 0),
    'setns': (308, 268, 0, 0, 0, 0),
    'mount': (165, 40, 0, 0, 0, 0),
    'clone user': (56, 220, 0x10000011, 0, 0, 0),
    'bpf': (321, 280, 0, 0, 0, 0),
    'perf': (298, 241, 0, 0, 0, 0),
    'io_uring': (425, 425, 1, 0, 0, 0),
    'keyctl': (250, 219, 0, 0, 0, 0),
    'userfaultfd': (323, 282, 0, 0, 0, 0),
}
return {name: call(values[0 if x64 else 1], *values[2:]) for name, values in names.items()}`,
      );
      const [eperm, esrch] = [1, 3];
      expect(value).toEqual({
        ptrace: esrch,
        'unshare user': eperm,
        'unshare mount': eperm,
        setns: eperm,
        mount: eperm,
        'clone user': eperm,
        bpf: eperm,
        perf: eperm,
        io_uring: eperm,
        keyctl: eperm,
        userfaultfd: eperm,
      });
    });
  });

  describe('writes where it shouldn’t', () => {
    it('and can’t, but in /tmp', async () => {
      const { value } = await javascript(`
        const folders = cp.execSync('find / -xdev -type d -not -path "/proc/*" -not -path "/usr/*" 2>/dev/null; find /dev -type d 2>/dev/null', { encoding: 'utf8' }).trim().split('\\n');
        const written = [];
        for (const folder of folders) {
          try { fs.writeFileSync(folder + '/.mine', 'x'); fs.unlinkSync(folder + '/.mine'); written.push(folder); } catch {}
          try { fs.mkdirSync(folder + '/.mine'); fs.rmdirSync(folder + '/.mine'); written.push(folder); } catch {}
        }
        for (const path of ['/var/task/index.js', '/var/runtime/bootstrap.mjs', '/etc/passwd', '/etc/hosts', '/proc/sys/kernel/hostname'])
          try { fs.appendFileSync(path, ' '); written.push(path); } catch {}
        return written;`);
      // The second is the runtime's, for what it compiles, and as bounded as the first.
      const places = new Set((value as string[]).filter((path) => path !== '/var/launch/code'));
      expect([...places]).toEqual(['/tmp']);
      expect(
        (await javascript(`fs.writeFileSync('/tmp/mine', 'x'); return fs.readdirSync('/tmp')`)).value,
      ).toEqual(['mine']);
    });

    it(
      'without end, and its disk is full',
      async () => {
        const fill = (path: string) =>
          `let written = 0; try { for (;;) { fs.appendFileSync('${path}', Buffer.alloc(1 << 20, 1)); written++; } } catch (error) { return [error.code, written]; }`;
        const slow = { timeoutMs: 30_000 };
        const [code, written] = (await javascript(fill('/tmp/big'), {}, slow)).value as [string, number];
        expect([code, written]).toEqual(['ENOSPC', 512]);
        for (const path of ['/dev/shm/big', '/var/tmp/big', '/run/big', '/big']) {
          const { value } = await javascript(fill(path), {}, slow);
          expect([path, value]).toEqual([path, [expect.stringMatching(/^(EROFS|EACCES|ENOENT)$/), 0]]);
        }
      },
      aside,
    );

    it(
      'and what it wrote to /tmp isn’t its memory',
      async () => {
        const { value, result } = await javascript(
          `fs.writeFileSync('/tmp/big', Buffer.alloc(40 << 20, 1)); for (let i = 0; i < 8; i++) fs.copyFileSync('/tmp/big', '/tmp/big' + i); await new Promise((r) => setTimeout(r, 300)); return fs.readdirSync('/tmp').length`,
          { memoryMb: 256 },
          { timeoutMs: 60_000 },
        );
        expect(value).toBe(9);
        expect(result.memoryUsedMb).toBeLessThan(256);
      },
      aside,
    );
  });

  describe('takes more memory than it may', () => {
    const slow = { timeoutMs: 60_000 };
    const hogs = {
      'on its heap': `const held = []; for (;;) held.push(new Array(10_000).fill(held.length));`,
      'in buffers': `const held = []; for (;;) held.push(Buffer.alloc(1 << 20, 1));`,
      'all at once': `const held = Buffer.alloc(2 ** 31 - 1, 1); return held.length;`,
      'in its children': `for (let i = 0; i < 30; i++) cp.spawn('/var/lang/bin/node', ['-e', 'globalThis.held = Buffer.alloc(20 << 20, 1); setTimeout(() => {}, 60000)'], { stdio: 'ignore' }); await new Promise((r) => setTimeout(r, 50_000));`,
    };
    for (const [where, body] of Object.entries(hogs)) {
      it(
        `${where}, and is ended as on AWS`,
        async () => {
          const { value, result } = await javascript(body, {}, slow);
          // A heap that reaches its own bound first is ended by V8 itself.
          if (where !== 'on its heap') expect(value).toEqual(killed);
          else expect(value).toMatchObject({ errorType: 'Runtime.ExitError' });
          expect(result).toMatchObject({ ok: false, kind: 'Unhandled' });
          if (where === 'on its heap') return;
          expect(bench.logs.at(-1)).toMatch(/Memory Size: 128 MB\tMax Memory Used: 128 MB\t/);
          expect(bench.logs.at(-1)).toMatch(/Status: error\tError Type: Runtime\.OutOfMemory$/);
        },
        aside,
      );
    }

    it.skipIf(!hasPython)(
      'in Python',
      async () => {
        const { value } = await python(
          `held = []\nwhile True:\n    held.append(bytearray(1 << 20))`,
          {},
          slow,
        );
        expect(value).toEqual(killed);
      },
      aside,
    );

    it.skipIf(!hasPython)(
      'in files that only memory holds',
      async () => {
        const body = `try:
    held = os.memfd_create('held')
    for _ in range(2000):
        os.write(held, bytes(1 << 20))
    return 'written'
except OSError as error:
    return error.errno`;
        const { value } = await python(body, {}, slow);
        // Where nobody counts such memory there is none.
        const enosys = 38;
        expect(value === enosys || JSON.stringify(value).includes('signal: killed')).toBe(true);
      },
      aside,
    );
  });

  describe('has too many children', () => {
    it(
      'by a fork bomb',
      async () => {
        const bomb = `cp.spawn('/bin/sh', ['-c', 'bomb() { bomb | bomb & }; bomb'], { stdio: 'ignore', detached: true }); for (;;);`;
        const attack = javascript(bomb, { memoryMb: 256 }, { timeoutMs: 3000 });
        // Others are served in the meantime.
        expect((await javascript('return 2')).value).toBe(2);
        const { value } = await attack;
        expect(value).toMatchObject({
          errorType: expect.stringMatching(/^(Sandbox\.Timedout|Runtime\.ExitError)$/),
        });
      },
      aside,
    );

    it('that outlive the invocation, and not the environment', async () => {
      const marker = `4343.${process.pid}`;
      const body = `cp.spawn('/bin/sh', ['-c', 'setsid sleep ${marker} & setsid sleep ${marker} &'], { detached: true, stdio: 'ignore' }).unref();
        // At rest they would never come to be.
        const sleeps = (pid) => { try { return fs.readFileSync('/proc/' + pid + '/cmdline', 'latin1').startsWith('sleep\\x00${marker}') } catch {} };
        while (fs.readdirSync('/proc').filter(sleeps).length < 2) await new Promise((r) => setTimeout(r, 10));
        return 1;`;
      const spec = bench.spec({
        'index.js': `const fs = require('fs'); const cp = require('child_process'); exports.handler = async () => { ${body} }`,
      });
      expect((await bench.invoke(spec)).value).toBe(1);
      const running = () =>
        execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes(`sleep ${marker}`);
      await expect.poll(running).toBe(true);
      await bench.computer.retire(spec.key);
      await expect.poll(running).toBe(false);
    });

    it('that work on while it rests, and don’t', async () => {
      const marker = `works-on-and-on-${process.pid}`;
      const spec = bench.spec({
        'index.js': `const cp = require('child_process'); let child;
          exports.handler = async () => {
            const seen = child?.exitCode === null && child?.signalCode === null;
            child ??= cp.spawn('/bin/sh', ['-c', 'while :; do :; done', '${marker}'], { detached: true, stdio: 'ignore' });
            return seen;
          }`,
      });
      expect((await bench.invoke(spec)).value).toBe(false);
      const state = () =>
        execFileSync('ps', ['-eo', 'stat,args'], { encoding: 'utf8' })
          .split('\n')
          .find((line) => line.includes(marker) && !line.includes('bwrap'))
          ?.charAt(0);
      await expect.poll(state).toBe('T');
      expect((await bench.invoke(spec)).value).toBe(true);
      await bench.computer.retire(spec.key);
      await expect.poll(state).toBeUndefined();
    });

    it.skipIf(!hasPython)(
      'in Python',
      async () => {
        const { value } = await python(
          `children = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        children += 1
except OSError as error:
    return [error.errno, children]`,
          { memoryMb: 3008 },
          { timeoutMs: 20_000 },
        );
        const eagain = 11;
        if (Array.isArray(value)) {
          expect(value[0]).toBe(eagain);
          expect(value[1]).toBeLessThan(1024);
        } else expect(value).toMatchObject({ errorType: expect.stringMatching(/ExitError|Timedout/) });
      },
      aside,
    );
  });

  describe('never ends', () => {
    it('and is ended when its time is up', async () => {
      const { value, result } = await javascript('for (;;);', {}, { timeoutMs: 500 });
      expect(result).toMatchObject({ ok: false, timedOut: true, durationMs: 500 });
      expect(value).toEqual({
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringMatching(/Task timed out after 0\.50 seconds$/),
      });
    });

    it.skipIf(!hasPython)('in Python, deaf to signals', async () => {
      const { value } = await python(
        `import signal\nfor number in [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]:\n    signal.signal(number, signal.SIG_IGN)\nwhile True:\n    pass`,
        {},
        { timeoutMs: 500 },
      );
      expect(value).toMatchObject({ errorType: 'Sandbox.Timedout' });
    });
  });

  describe('says too much', () => {
    /** A log that takes its time: whoever writes to it waits. */
    const slowLog = () => {
      const sink = { lines: 0, characters: 0, waiting: 0 };
      const onLog = ({ message }: { message: string }) => {
        sink.lines++;
        sink.characters += message.length;
        sink.waiting += message.length;
        if (sink.waiting < 1_000_000) return undefined;
        return new Promise<void>((resolve) =>
          setImmediate(() => {
            sink.waiting = 0;
            resolve();
          }),
        );
      };
      return { sink, onLog };
    };

    const floods = {
      'to its output': `const line = 'x'.repeat(1000) + '\\n'; const text = line.repeat(64); for (;;) try { fs.writeSync(1, text) } catch {}`,
      'to its error output, without a line’s end': `const text = 'x'.repeat(65536); for (;;) try { fs.writeSync(2, text) } catch {}`,
      'to its console': `for (;;) console.log('x'.repeat(100_000));`,
      'in empty lines': `const text = '\\n'.repeat(65536); for (;;) try { fs.writeSync(1, text) } catch {}`,
    };
    for (const [where, body] of Object.entries(floods)) {
      it(
        `${where}, and waits for its log`,
        async () => {
          const { sink, onLog } = slowLog();
          const before = megabytes();
          const { value } = await javascript(body, { onLog }, { timeoutMs: 1000 });
          expect(value).toMatchObject({ errorType: 'Sandbox.Timedout' });
          expect(sink.lines).toBeGreaterThan(0);
          expect(megabytes() - before).toBeLessThan(250);
        },
        aside,
      );
    }

    it('to a log that takes nothing more, and still ends', async () => {
      const onLog = () => new Promise<void>(() => {});
      const flood = `const text = 'x'.repeat(65536) + '\\n'; for (;;) try { fs.writeSync(1, text) } catch {}`;
      const { value } = await javascript(flood, { onLog }, { timeoutMs: 500 });
      expect(value).toMatchObject({ errorType: 'Sandbox.Timedout' });
    });

    it(
      'in its answer, and hears AWS’s error',
      async () => {
        const tooLarge = {
          errorType: 'Function.ResponseSizeTooLarge',
          errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
        };
        const files = { 'index.js': `exports.handler = async ({ size }) => 'x'.repeat(size);` };
        const spec = bench.spec(files, { memoryMb: 2048 });
        const before = megabytes();
        for (const size of [6_291_555, 7_000_000, 200_000_000]) {
          const { value } = await bench.invoke(spec, { size }, { timeoutMs: 60_000 });
          expect([size, value]).toEqual([size, tooLarge]);
        }
        expect(megabytes() - before).toBeLessThan(150);
        // The environment lives on, and its channel with it.
        expect((await bench.invoke(spec, { size: 3 })).value).toBe('xxx');
      },
      aside,
    );

    it.skipIf(!hasPython)(
      'in its answer, in Python',
      async () => {
        const { value } = await python(`return 'x' * 100_000_000`, { memoryMb: 1024 }, { timeoutMs: 60_000 });
        expect(value).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
      },
      aside,
    );
  });

  describe('opens too much', () => {
    it('files, of which it may have 1,024', async () => {
      const { value } = await javascript(
        `let open = 0; try { for (;;) { fs.openSync('/dev/null'); open++; } } catch (error) { return [error.code, open]; }`,
      );
      expect(value).toEqual(['EMFILE', expect.any(Number)]);
      expect((value as [string, number])[1]).toBeLessThanOrEqual(1024);
    });

    it('the port of the cloud, which isn’t free', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const { value } = await javascript(
        `return new Promise((resolve) => require('net').createServer().once('error', (error) => resolve(error.code)).once('listening', () => resolve('listens')).listen(${port}, '127.0.0.1'))`,
      );
      expect(value).toBe('EADDRINUSE');
      server.close();
    });
  });

  it('leaves neither processes, folders nor control groups behind', async () => {
    const own = createBench({ sandbox: 'bwrap' });
    const spec = own.spec({ 'index.js': 'exports.handler = async () => 1' });
    expect((await own.invoke(spec)).value).toBe(1);
    await own.computer.close();
    expect(readdirSync(join(own.root, 'environments'))).toEqual([]);
    const left = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    expect(left).not.toContain(own.root);
    const groups = readFileSync('/proc/self/cgroup', 'latin1')
      .split('\n')
      .flatMap((line) => /^\d+:(memory|pids):(.*)$/.exec(line)?.slice(1, 3).join('') ?? [])
      .flatMap((path) =>
        readdirSync(`/sys/fs/cgroup/${path}`).filter((name) => name.startsWith(`brume-${process.pid}-`)),
      );
    expect(groups.length).toBeLessThanOrEqual(2);
    await own.close();
  });
});

const linkReader = `const fs = require('fs');
exports.handler = async (names) => names.map((name) => {
  try { fs.accessSync('/var/task/' + name); return 'there'; } catch (error) { return error.code; }
});`;
