/** A real browser without a window, when the machine has one. CI installs Debian's `chromium-headless-shell`. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Chromium, or undefined: tests skip then. */
export const chromium = [
  process.env.BRUME_TEST_CHROMIUM,
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));

/** Opens a page and keeps it open until `done` has settled. @returns what `done` resolves to. */
export async function whileOpen<T>(url: string, done: Promise<T>): Promise<T> {
  const profile = mkdtempSync(join(tmpdir(), 'brume-browser-'));
  const browser = spawn(
    chromium ?? 'chromium',
    [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
      ...[`--user-data-dir=${profile}`, '--remote-debugging-port=0', url],
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise<never>((_, reject) => {
    browser.on('error', reject);
    browser.on('exit', (code, signal) => reject(new Error(`the browser ended: ${signal ?? code}`)));
  });
  ended.catch(() => {});
  const gone = new Promise<void>((resolve) => browser.on('close', () => resolve()));
  try {
    return await Promise.race([done, ended]);
  } finally {
    browser.kill('SIGKILL');
    await gone;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
