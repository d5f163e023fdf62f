/** From nothing to the first answered request, and what an idle cloud keeps in memory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, type Section } from './lib/report.ts';
import { startBrume } from './lib/servers.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export async function start(options: { rounds: number }): Promise<Section> {
  const brume: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < options.rounds; round++) {
    brume.push(
      await timeToFirstAnswer((port, folder) =>
        spawn(join(root, 'bin/brume'), ['start', '--port', String(port), '--data', folder], {
          stdio: 'ignore',
        }),
      ),
    );
    bare.push(
      await timeToFirstAnswer((port, folder) =>
        spawn(process.execPath, [join(root, 'bench/bareListener.mjs'), folder, String(port)], {
          stdio: 'ignore',
        }),
      ),
    );
  }
  const ratio = median(brume.map((ms, round) => ms / (bare[round] ?? Number.NaN)));
  const idle = await idleMemoryMb();
  return {
    title: 'Start and rest',
    how: `${options.rounds} rounds in turn, medians; from the start of the process to the first answered request, with an empty data folder. The bare process opens LMDB and listens (\`bench/bareListener.mjs\`). Idle memory is the resident set five seconds after the first answer.`,
    rows: [
      {
        what: 'start to first answer',
        measured: `${median(brume).toFixed(0)} ms`,
        against: `${median(bare).toFixed(0)} ms`,
        ratio,
        goal: { text: 'at most 2.5 times bare', met: ratio <= 2.5 },
      },
      {
        what: 'idle memory',
        measured: `${idle.toFixed(0)} MB`,
        goal: { text: 'at most 100 MB', met: idle <= 100 },
      },
    ],
  };
}

async function timeToFirstAnswer(launch: (port: number, folder: string) => ChildProcess): Promise<number> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'brume-bench-start-'));
  const startedAt = performance.now();
  const child = launch(port, folder);
  try {
    for (;;) {
      try {
        const answer = await fetch(`http://127.0.0.1:${port}/_brume/health`);
        await answer.arrayBuffer();
        return performance.now() - startedAt;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
  } finally {
    await new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill('SIGKILL');
    });
    rmSync(folder, { recursive: true, force: true });
  }
}

async function idleMemoryMb(): Promise<number> {
  const server = await startBrume();
  try {
    await (await fetch(`http://127.0.0.1:${server.port}/_brume/health`)).arrayBuffer();
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    const resident = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'));
    return Number(resident?.[1]) / 1024;
  } finally {
    await server.stop();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
