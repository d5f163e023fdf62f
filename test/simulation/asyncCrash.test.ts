/** Events that were acknowledged run, though the cloud is killed while they do. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { crashWhileInvoking } from '../../bench/lib/asyncCrash.ts';
import { startServer, temporaryFolder } from '../e2e/support/server.ts';

it('no acknowledged event is lost', async () => {
  const folder = temporaryFolder();
  try {
    const report = await crashWhileInvoking({
      events: 500,
      kills: 4,
      patienceMs: 120_000,
      start: async () => {
        const args = ['--port', '0', '--data', join(folder.path, 'data'), '--log-level', 'error'];
        const server = await startServer(args);
        return { port: server.port, kill: async () => void (await server.kill('SIGKILL')) };
      },
    });
    expect(report).toMatchObject({ lost: 0, kills: 4 });
    expect(report.acknowledged).toBeGreaterThanOrEqual(500);
    // At least once, and not much more: what was under way when the server died runs again.
    expect(report.duplicates).toBeLessThan(4 * 64);
  } finally {
    folder.remove();
  }
});
