/** Processes under measurement: each is started fresh, tells its port, and is stopped by its signal. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ServerUnderTest {
  port: number;
  pid: number;
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Brume as the README starts it, durable, in a data folder of its own. */
export function startBrume(options: { ephemeral?: boolean; args?: string[] } = {}): Promise<ServerUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'brume-bench-'));
  const data = options.ephemeral ? ['--ephemeral'] : ['--data', join(folder, 'data')];
  return startServer(
    join(root, 'bin/brume'),
    ['start', '--port', '0', '--log-level', 'warn', ...data, ...(options.args ?? [])],
    /ready at http:\/\/[^:]+:(\d+)/,
    folder,
  );
}

/** HTTP and LMDB with no AWS layer: the yardstick. */
export function startBare(): Promise<ServerUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'brume-bench-bare-'));
  return startServer(
    process.execPath,
    [join(root, 'bench/bareServer.ts'), folder],
    /listening (\d+)/,
    folder,
  );
}

export function startDynalite(): Promise<ServerUnderTest> {
  return startServer(process.execPath, [join(root, 'bench/dynaliteServer.ts')], /listening (\d+)/);
}

function startServer(
  command: string,
  args: string[],
  ready: RegExp,
  folder?: string,
): Promise<ServerUnderTest> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
      const port = Number(ready.exec(out)?.[1]);
      if (port) resolve({ port, pid: child.pid as number, stop: () => stop(child, folder) });
    });
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`${command} ended with code ${code} before it was ready`)));
  });
}

function stop(child: ChildProcess, folder: string | undefined): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => {
      if (folder) rmSync(folder, { recursive: true, force: true });
      resolve();
    });
    child.kill('SIGTERM');
  });
}
