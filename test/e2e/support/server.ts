/** The server as the README starts it: a process of its own, by `bin/brume`. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));
export const brume = join(root, 'bin/brume');

export interface Server {
  endpoint: string;
  port: number;
  pid: number;
  /** Everything on standard output so far. */
  stdout(): string;
  stderr(): string;
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Starts a server and waits for its ready line. @throws when it ends before. */
export async function startServer(args: string[]): Promise<Server> {
  const child: ChildProcess = spawn(brume, ['start', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const endpoint = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk;
      const found = /^Brume is ready at (\S+) in \d+ ms$/m.exec(stdout)?.[1];
      if (found) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`brume start ended with code ${code}: ${stderr}`)));
  });
  return {
    endpoint,
    port: Number(new URL(endpoint).port),
    pid: child.pid as number,
    stdout: () => stdout,
    stderr: () => stderr,
    async kill(signal) {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, 'exit');
        child.kill(signal);
        await gone;
      }
      return child.exitCode;
    },
  };
}

/** Runs a command to its end; a non-zero exit code is an answer, not a throw. */
export function run(
  command: string,
  args: string[],
  env: Record<string, string> = {},
  cwd = root,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 2 ** 20 },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
        resolve({ code, stdout, stderr });
      },
    );
  });
}

/** Runs `brume` against a server. */
export function runBrume(endpoint: string, args: string[]): Promise<CommandResult> {
  return run(brume, args, { AWS_ENDPOINT_URL: endpoint });
}

export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'brume-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
