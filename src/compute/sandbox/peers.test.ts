import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { createBench } from '../fixture.ts';
import { BwrapDriver } from './bwrap.ts';
import { peerOf } from './peers.ts';

const why = await BwrapDriver.probe();
const bench = createBench({ sandbox: why === undefined ? 'bwrap' : 'process' });
const accepted: Socket[] = [];
const server = createServer((socket) => accepted.push(socket.on('error', () => {})));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
afterAll(async () => {
  for (const socket of accepted) socket.destroy();
  server.close();
  await bench.close();
});

/** Who made the newest connection. */
async function newest(): Promise<string> {
  await expect.poll(() => accepted.length).toBeGreaterThan(0);
  const socket = accepted.pop() as Socket;
  const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = socket;
  return peerOf({ localAddress, localPort, remoteAddress, remotePort });
}

const inSandbox = (body: string) =>
  bench.invoke(
    bench.spec({
      'index.js': `const net = require('net'); exports.handler = (event, context, done) => { context.callbackWaitsForEmptyEventLoop = false; ${body} }`,
    }),
  );

describe.skipIf(process.platform !== 'linux')('the other end of a connection', () => {
  it('is of this machine when this process, or another that no sandbox holds, has it', async () => {
    const own = connect(port, '127.0.0.1');
    await once(own, 'connect');
    expect(await newest()).toBe('machine');
    own.destroy();
    const script = `require('net').connect(${port}, '127.0.0.1'); setTimeout(() => {}, 60000)`;
    const child = spawn(process.execPath, ['-e', script]);
    expect(await newest()).toBe('machine');
    child.kill('SIGKILL');
  });

  it('is found for either family of addresses', async () => {
    const six = createServer((socket) => accepted.push(socket.on('error', () => {})));
    six.listen(0, '::');
    const isThere = await Promise.race([
      once(six, 'listening').then(() => true),
      once(six, 'error').then(() => false),
    ]);
    if (!isThere) return;
    for (const host of ['127.0.0.1', '::1']) {
      const own = connect((six.address() as AddressInfo).port, host);
      await once(own, 'connect');
      expect([host, await newest()]).toEqual([host, 'machine']);
      own.destroy();
    }
    six.close();
  });

  it('is unknown once nobody holds it', async () => {
    const own = connect(port, '127.0.0.1');
    await once(own, 'connect');
    await expect.poll(() => accepted.length).toBeGreaterThan(0);
    const socket = accepted.pop() as Socket;
    const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = socket;
    own.resetAndDestroy();
    await once(own, 'close');
    expect(peerOf({ localAddress, localPort, remoteAddress, remotePort })).toBe('unknown');
  });

  it('is elsewhere when its address is none of this machine', () => {
    const connection = { localAddress: '127.0.0.1', localPort: port, remotePort: 40_000 };
    expect(peerOf({ ...connection, remoteAddress: '203.0.113.7' })).toBe('elsewhere');
  });

  describe.skipIf(why !== undefined)(`in a sandbox${why ? ` (skipped: ${why})` : ''}`, () => {
    const hold = `const socket = net.connect({ port: ${port}, host: '127.0.0.1', ...event }, () => {}); socket.on('error', done);`;

    it('is seen as such, from whichever address it calls', async () => {
      void inSandbox(`${hold} setTimeout(() => done(null, 1), 1500)`);
      expect(await newest()).toBe('sandbox');
      void inSandbox(
        `const socket = net.connect({ port: ${port}, host: '127.0.0.1', localAddress: '127.3.2.1' }); setTimeout(() => done(null, 1), 1500)`,
      );
      expect(await newest()).toBe('sandbox');
    });

    it('is never taken for the machine’s when the function hides it', async () => {
      await inSandbox(
        `net.connect({ port: ${port}, host: '127.0.0.1' }, function () { this.write('x', () => { this.destroy(); done(null, 1); }); })`,
      );
      expect(['sandbox', 'unknown']).toContain(await newest());
      const { result } = await inSandbox(
        `const child = require('child_process').spawn(process.execPath, ['-e', "require('net').connect(${port}, '127.0.0.1', () => console.log('connected'))"], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] }); child.unref(); child.stdout.once('data', () => done(null, 1));`,
      );
      expect(result.ok).toBe(true);
      expect(await newest()).toBe('sandbox');
    });
  });
});
