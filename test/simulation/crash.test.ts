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
import { randomFrom } from './support/random.ts';

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

/** When to kill: so long after the writers are ready, or after the first of them was told that its write is kept. */
interface Kill {
  after: 'ready' | 'first write';
  waitMs: number;
}

function killFrom(random: () => number): Kill {
  return { after: random() < 0.3 ? 'ready' : 'first write', waitMs: random() * 30 };
}

/** Lets the writers run until they are killed. @returns the writer and its count, of each acknowledgement. */
function killedRun(folder: string, mode: string, kill: Kill): Promise<[writer: number, count: number][]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [writer, folder, mode], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let complaint = '';
    let isDoomed = false;
    child.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (isDoomed || (kill.after === 'first write' && output.split('\n').length <= 2)) return;
      isDoomed = true;
      setTimeout(() => child.kill('SIGKILL'), kill.waitMs);
    });
    child.on('close', (code, signal) => {
      if (signal !== 'SIGKILL') {
        return reject(new Error(`the writer ended by itself (${code}): ${complaint}`));
      }
      // The first line says that it is ready; what comes after the last line feed is a line that the kill cut.
      const lines = output.split('\n').slice(1, -1);
      resolve(lines.map((line) => line.split(' ').map(Number) as [number, number]));
    });
  });
}

/** @param told the highest count each writer was ever told, over all rounds; raised by this one. */
async function crash(
  folder: string,
  mode: string,
  kill: Kill,
  told: number[],
): Promise<{ writes: number; broken: string[] }> {
  const acknowledgements = await killedRun(folder, mode, kill);
  for (const [who, count] of acknowledgements) told[who] = Math.max(told[who] ?? 0, count);
  const opened = await openStore({ folder });
  const broken = await violations(opened, told);
  await opened.close();
  return { writes: acknowledgements.length, broken };
}

describe('a killed process', () => {
  // A minute on a quiet machine with two cores; most of it is the start of 200 processes.
  const patience = { timeout: 900_000 };
  it(
    `loses no acknowledged write and leaves no half transaction, ${rounds} times (SEED=${seed})`,
    patience,
    async () => {
      const random = randomFrom(seed);
      const folder = temporaryFolder();
      const told = new Array<number>(writers).fill(0);
      let writes = 0;
      for (let round = 0; round < rounds; round++) {
        const outcome = await crash(folder, 'honest', killFrom(random), told);
        expect(outcome.broken, `round ${round} of SEED=${seed}`).toEqual([]);
        writes += outcome.writes;
      }
      expect(writes).toBeGreaterThan(rounds / 2);
    },
  );

  it.each([
    ['early', 'lost'],
    ['halves', 'half'],
  ])('would be noticed to break its promise (canary: %s)', async (mode, kind) => {
    const random = randomFrom(seed);
    const folder = temporaryFolder();
    const told = new Array<number>(writers).fill(0);
    for (let round = 0; round < 40; round++) {
      const { broken } = await crash(folder, mode, killFrom(random), told);
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
