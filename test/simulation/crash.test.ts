/**
 * Kills a process that writes, at random moments, again and again on one folder: every acknowledged write is
 * there afterwards and no transaction is there by half. SIGKILL leaves the operating system standing, so what
 * a power cut would take is checked by the system calls: each acknowledgement comes after the sync of its data.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/index.ts';
import { violations, writers } from './crash.model.ts';

const writer = join(import.meta.dirname, 'crash.writer.ts');
const rounds = 200;
/** Repeat a failure with SEED=… */
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'brume-crash-'));
  folders.push(folder);
  return folder;
}

/** mulberry32: a small random sequence that a seed repeats. */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Lets the writers run until they are killed, `waitMs` after they are ready. @returns what they were told, last. */
function killedRun(folder: string, mode: string, waitMs: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [writer, folder, mode], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let complaint = '';
    child.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    child.stdout.on('data', (chunk) => {
      if (output === '') setTimeout(() => child.kill('SIGKILL'), waitMs);
      output += chunk;
    });
    child.on('close', (code, signal) => {
      if (signal !== 'SIGKILL')
        return reject(new Error(`the writer ended by itself (${code}): ${complaint}`));
      const acknowledged = new Array<number>(writers).fill(0);
      // What comes after the last line feed is a line that the kill cut.
      for (const line of output.split('\n').slice(0, -1)) {
        const [who, count] = line.split(' ').map(Number);
        if (count !== undefined) acknowledged[who as number] = count;
      }
      resolve(acknowledged);
    });
  });
}

async function crash(
  folder: string,
  mode: string,
  waitMs: number,
): Promise<{ writes: number; broken: string[] }> {
  const acknowledged = await killedRun(folder, mode, waitMs);
  const opened = await openStore({ folder });
  const broken = await violations(opened, acknowledged);
  await opened.close();
  return { writes: acknowledged.reduce((sum, each) => sum + each, 0), broken };
}

describe('a killed process', () => {
  it(`loses no acknowledged write and leaves no half transaction, ${rounds} times (SEED=${seed})`, async () => {
    const random = randomFrom(seed);
    const folder = temporaryFolder();
    let writes = 0;
    for (let round = 0; round < rounds; round++) {
      const outcome = await crash(folder, 'honest', random() * 30);
      expect(outcome.broken, `round ${round} of SEED=${seed}`).toEqual([]);
      writes = outcome.writes;
    }
    expect(writes).toBeGreaterThan(rounds);
  });

  it.each([
    ['early', 'lost'],
    ['halves', 'half'],
  ])('would be noticed to break its promise (canary: %s)', async (mode, kind) => {
    const random = randomFrom(seed);
    const folder = temporaryFolder();
    for (let round = 0; round < 40; round++) {
      const { broken } = await crash(folder, mode, random() * 30);
      if (broken.some((each) => each.startsWith(kind))) return;
    }
    expect.fail(`40 rounds with a store that breaks its promise, and nothing was noticed (SEED=${seed})`);
  });
});

const hasStrace = spawnSync('strace', ['-V']).status === 0;

describe(
  hasStrace ? 'a power cut' : 'a power cut (skipped: no strace on this machine to see system calls with)',
  () => {
    it.skipIf(!hasStrace)('finds each acknowledged commit synced', () => {
      const folder = temporaryFolder();
      const trace = join(folder, 'trace');
      const script = `
      import { writeSync } from 'node:fs';
      import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../../src/store/index.ts'))};
      const { store, close } = await openStore({ folder: ${JSON.stringify(join(folder, 'data'))} });
      for (let n = 0; n < 20; n++) {
        await store.transact(async (tx) => tx.put(['n', n], Buffer.alloc(10)));
        writeSync(1, 'acknowledged\\n');
      }
      await close();`;
      const calls = 'trace=openat,pwrite64,pwritev,writev,write,fdatasync,fsync';
      const node = [process.execPath, '--input-type=module-typescript', '-e', script];
      const run = spawnSync('strace', ['-f', '-e', calls, '-o', trace, ...node], { encoding: 'utf8' });
      expect(run.stdout.trim().split('\n')).toHaveLength(20);
      const lines = readFileSync(trace, 'utf8').split('\n');
      const opened = (flag: RegExp) =>
        lines
          .filter((line) => line.includes('data.mdb') && flag.test(line))
          .map((line) => line.split('= ').at(-1)?.trim());
      const synchronous = opened(/O_DSYNC/);
      expect(synchronous).toHaveLength(1);
      // LMDB syncs the pages, then writes the page that makes them valid through a descriptor that syncs each write.
      let pagesSynced = false;
      let commitSynced = false;
      let acknowledged = 0;
      for (const line of lines) {
        if (/f(data)?sync(\(| resumed>).*= 0$/.test(line)) pagesSynced = true;
        if (pagesSynced && line.includes(`pwrite64(${synchronous[0]},`)) commitSynced = true;
        if (line.includes('"acknowledged')) {
          expect([pagesSynced, commitSynced], `acknowledgement ${acknowledged}`).toEqual([true, true]);
          acknowledged++;
          pagesSynced = false;
          commitSynced = false;
        }
      }
      expect(acknowledged).toBe(20);
    });
  },
);
