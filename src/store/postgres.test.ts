import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeContract } from './contract.ts';
import { openPostgresStore, type PostgresStore } from './index.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('PGlite', () => {
  let database: PGlite;
  let server: PGLiteSocketServer;
  afterAll(async () => {
    await server?.stop();
    await database?.close();
  });

  // One session: transactions can't overlap, which is why the real server runs the contract too.
  storeContract(
    'PostgreSQL wire (PGlite)',
    async () => {
      database = await PGlite.create();
      const port = await freePort();
      server = new PGLiteSocketServer({ db: database, port, host: '127.0.0.1' });
      await server.start();
      return openPostgresStore({
        connectionString: `postgres://postgres:postgres@127.0.0.1:${port}/postgres?sslmode=disable`,
        connections: 1,
      });
    },
    { runs: 15, connections: 1 },
  );
});

const installed = '/usr/lib/postgresql';
const programs = existsSync(installed)
  ? readdirSync(installed).map((version) => join(installed, version, 'bin'))
  : [];
const bin = programs.find((path) => existsSync(join(path, 'initdb')));

if (!bin) {
  describe.skip('PostgreSQL server: no initdb in /usr/lib/postgresql on this machine', () => {
    it('skipped', () => {});
  });
} else {
  describe('PostgreSQL server', () => {
    let folder: string;
    let connectionString: string;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'brume-postgres-'));
      // The server refuses to run as root; its packages bring a user for it.
      if (process.getuid?.() === 0) {
        const [uid, gid] = ['-u', '-g'].map((flag) =>
          Number(spawnSync('id', [flag, 'postgres']).stdout.toString()),
        );
        chownSync(folder, uid as number, gid as number);
      }
      const port = await freePort();
      asServerUser([join(bin, 'initdb'), '-D', join(folder, 'data'), '-A', 'trust', '-U', 'brume', '-N']);
      const settings = `-p ${port} -k ${folder} -h 127.0.0.1 -c fsync=off -c max_connections=40`;
      asServerUser([
        join(bin, 'pg_ctl'),
        '-D',
        join(folder, 'data'),
        '-w',
        '-l',
        join(folder, 'log'),
        '-o',
        settings,
        'start',
      ]);
      connectionString = `postgres://brume@127.0.0.1:${port}/postgres`;
    }, 120_000);

    afterAll(() => {
      asServerUser([join(bin, 'pg_ctl'), '-D', join(folder, 'data'), '-m', 'immediate', 'stop']);
      rmSync(folder, { recursive: true, force: true });
    });

    storeContract('PostgreSQL server', () => openPostgresStore({ connectionString }), { runs: 30 });

    it('loses no update and allows no skew between two stores over one table', async () => {
      const stores: PostgresStore[] = [];
      for (let i = 0; i < 2; i++)
        stores.push(await openPostgresStore({ connectionString, table: 'shared', connections: 4 }));
      const add = (store: PostgresStore, account: string, other: string) =>
        store.transact(async (tx) => {
          const [mine, theirs] = await Promise.all([tx.get([account]), tx.get([other])]);
          const sum = Number(mine ?? 0) + Number(theirs ?? 0);
          tx.put([account], Buffer.from(String(Number(mine ?? 0) + 1)));
          return sum;
        });
      const sums = await Promise.all(
        Array.from({ length: 40 }, (_, i) =>
          add(stores[i % 2] as PostgresStore, i % 4 < 2 ? 'a' : 'b', i % 4 < 2 ? 'b' : 'a'),
        ),
      );
      // Serial: each transaction saw another number of earlier ones.
      expect(sums.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
      for (const store of stores) await store.close();
    });
  });
}

function asServerUser(command: string[]): void {
  const [program, ...rest] =
    process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--', ...command] : command;
  const done = spawnSync(program as string, rest, {
    encoding: 'utf8',
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (done.status !== 0) throw new Error(`${command.join(' ')}: ${done.stderr}${done.stdout}`);
}
