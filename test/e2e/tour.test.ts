/** The promise of the README, step by step, against the server as its command starts it: deploy, use, crash, use again, destroy. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aws, awsCli, awsRaw } from './support/clients.ts';
import { root, runBrume, type Server, startServer, temporaryFolder } from './support/server.ts';

const folder = temporaryFolder();
const template = join(root, 'examples/crud/template.yaml');
let server: Server;
let outputs: Record<string, string> = {};
const resource = (id: string) => `${outputs.ApiUrl?.replace(/\/$/, '')}/resource/${id}`;

beforeAll(async () => {
  server = await startServer(['--port', '0', '--data', join(folder.path, 'data')]);
});
afterAll(async () => {
  await server?.kill('SIGKILL');
  folder.remove();
});

describe('the CRUD application', () => {
  it('is deployed: progress on standard error, outputs as NAME=value on standard output', async () => {
    const result = await runBrume(server.endpoint, ['deploy', template, '--stack', 'crud']);
    expect(result.stderr).toContain('CREATE_COMPLETE');
    expect(result.code, result.stderr).toBe(0);
    const lines = result.stdout.trim().split('\n');
    for (const line of lines) expect(line).toMatch(/^\w+=.+$/);
    outputs = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    expect(outputs.ApiUrl).toMatch(/^http/);
    expect(outputs.TableName).toBeTruthy();
  });

  it('creates, reads, and says what is missing', async () => {
    const created = await fetch(resource('42'), { method: 'PUT', body: '{"name":"first"}' });
    expect(created.status, await created.text()).toBeLessThan(300);
    const read = await fetch(resource('42'));
    expect(read.status).toBe(200);
    expect(JSON.stringify(await read.json())).toContain('first');
    expect((await fetch(resource('no-such'))).status).toBe(404);
  });

  it.skipIf(!awsCli)('the AWS CLI sees the item, the log and the events', async () => {
    const scan = await aws<{ Items: unknown[] }>(server.endpoint, [
      'dynamodb',
      'scan',
      '--table-name',
      outputs.TableName as string,
    ]);
    expect(JSON.stringify(scan.Items)).toContain('first');

    const { logGroups } = await aws<{ logGroups: { logGroupName: string }[] }>(server.endpoint, [
      'logs',
      'describe-log-groups',
      '--log-group-name-prefix',
      '/aws/lambda/',
    ]);
    expect(logGroups.length).toBeGreaterThan(0);
    const tails = await Promise.all(
      logGroups.map(({ logGroupName }) =>
        awsRaw(server.endpoint, ['logs', 'tail', logGroupName, '--since', '1h']),
      ),
    );
    const log = tails.map(({ stdout }) => stdout).join('');
    expect(log).toMatch(/START RequestId: [0-9a-f-]{36} Version: \$LATEST/);
    expect(log).toMatch(/END RequestId: [0-9a-f-]{36}/);
    expect(log).toMatch(
      /REPORT RequestId: [0-9a-f-]{36}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: \d+ MB\tMax Memory Used: \d+ MB/,
    );

    const { StackEvents } = await aws<{ StackEvents: { ResourceStatus: string }[] }>(server.endpoint, [
      'cloudformation',
      'describe-stack-events',
      '--stack-name',
      'crud',
    ]);
    expect(StackEvents[0]?.ResourceStatus).toBe('CREATE_COMPLETE');
  });

  it('a second deployment changes nothing and says so', async () => {
    const result = await runBrume(server.endpoint, ['deploy', template, '--stack', 'crud']);
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).toContain('up to date');
    expect(result.stdout).toContain(`ApiUrl=${outputs.ApiUrl}`);
  });

  it('answers the same data after kill -9 and a new start', async () => {
    const { port } = server;
    await server.kill('SIGKILL');
    server = await startServer(['--port', String(port), '--data', join(folder.path, 'data')]);
    const read = await fetch(resource('42'));
    expect(read.status).toBe(200);
    expect(JSON.stringify(await read.json())).toContain('first');
  });

  it('deletes an item', async () => {
    expect((await fetch(resource('42'), { method: 'DELETE' })).status).toBeLessThan(300);
    expect((await fetch(resource('42'))).status).toBe(404);
  });

  it('is destroyed, and nothing of it is left', async () => {
    const result = await runBrume(server.endpoint, ['destroy', 'crud']);
    expect(result.code, result.stderr).toBe(0);
    expect((await fetch(resource('42'))).status).toBe(403);
    if (awsCli) {
      const { TableNames } = await aws<{ TableNames: string[] }>(server.endpoint, [
        'dynamodb',
        'list-tables',
      ]);
      expect(TableNames).toEqual([]);
    }
  });

  it('start wrote exactly one line on standard output, and stops on request with code 0', async () => {
    expect(server.stdout()).toMatch(/^Brume is ready at http:\/\/127\.0\.0\.1:\d+ in \d+ ms\n$/);
    const stopped = await runBrume(server.endpoint, ['stop']);
    expect(stopped.code, stopped.stderr).toBe(0);
    expect(await server.kill('SIGTERM')).toBe(0);
  });
});
