/** A real browser without a window, when the machine has one. CI installs Debian's `chromium-headless-shell`. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Chromium, or undefined: tests skip then. */
export const chromium = [
  process.env.BRUME_TEST_CHROMIUM,
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));

export interface Browser {
  /** Its folder. */
  profile: string;
  /** Rejects when it ends by itself. */
  ended: Promise<never>;
  close(): Promise<void>;
}

/** Starts it with a folder of its own. @param args what it is told beside the usual. */
export function startBrowser(args: string[]): Browser {
  const profile = mkdtempSync(join(tmpdir(), 'brume-browser-'));
  const child = spawn(
    chromium ?? 'chromium',
    [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
      ...[`--user-data-dir=${profile}`, '--remote-debugging-port=0', ...args],
    ],
    // Debian's command is a shell that waits for the browser: a group, since ending the shell alone leaves the browser.
    { stdio: 'ignore', detached: true },
  );
  const ended = new Promise<never>((_, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => reject(new Error(`the browser ended: ${signal ?? code}`)));
  });
  const gone = ended.catch(() => {});
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  process.once('exit', end);
  return {
    profile,
    ended,
    async close() {
      end();
      process.off('exit', end);
      await gone;
      // Its other processes may write to the end.
      await rm(profile, { recursive: true, force: true, maxRetries: 20 }).catch(() => {});
    },
  };
}

/** Opens a page and keeps it open until `done` has settled. @returns what `done` resolves to. */
export async function whileOpen<T>(url: string, done: Promise<T>): Promise<T> {
  const browser = startBrowser([url]);
  try {
    return await Promise.race([done, browser.ended]);
  } finally {
    await browser.close();
  }
}
