/** The edge on a real port, with a toy service behind it, and raw sockets to talk to it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ControlOptions, healthRoutes } from '../control.ts';
import { createFront, EdgeServer, type ServerLimits, selfSignedCertificate } from '../index.ts';
import { type ToyOptions, toyCloud } from './toyCloud.ts';

export const open: { close(): Promise<void> | void }[] = [];
/** Closes what the last test opened, last first. */
export async function closeAll(): Promise<void> {
  for (const thing of open.splice(0).reverse()) await thing.close();
}

export async function start(
  options: ToyOptions = {},
  limits: Partial<ServerLimits> = {},
  peerOf?: ControlOptions['peerOf'],
) {
  const { core, audits, logs } = toyCloud(options);
  const errors: unknown[] = [];
  const server = new EdgeServer({
    host: '127.0.0.1',
    port: 0,
    answer: createFront(core, {
      control: {
        routes: [
          {
            method: 'POST',
            path: '/_brume/reset',
            handle: async () => ({ status: 200, headers: {}, body: 'reset' }),
          },
          ...healthRoutes(core, () => false),
        ],
        ...(peerOf ? { peerOf } : {}),
      },
    }),
    certificate: () => certificate(),
    after: (ms, run) => {
      const timer = core.clock.at(core.clock.now() + ms, run);
      return () => timer.cancel();
    },
    onError: (error) => errors.push(error),
    limits,
  });
  const port = await server.listen();
  open.push(server);
  return { port, core, audits, logs, errors, server };
}

let made: Promise<{ cert: string; key: string }> | undefined;

/** One self-signed certificate for all tests. */
export function certificate(): Promise<{ cert: string; key: string }> {
  made ??= (async () => {
    const folder = await mkdtemp(join(tmpdir(), 'edge-'));
    try {
      return await selfSignedCertificate(folder, Date.now(), 'us-east-1');
    } finally {
      await rm(folder, { recursive: true });
    }
  })();
  return made;
}

/** A raw socket that remembers what it heard. */
export async function dial(port: number) {
  const socket: Socket = connect(port, '127.0.0.1');
  open.push({ close: () => void socket.destroy() });
  let heard = '';
  const waiting: { pattern: RegExp; resolve: () => void }[] = [];
  const check = () => {
    for (const wait of waiting) if (wait.pattern.test(heard)) wait.resolve();
  };
  socket.on('data', (bytes) => {
    heard += bytes.toString('latin1');
    check();
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  return {
    say: (text: string) => void socket.write(text, 'latin1'),
    hear: (pattern: RegExp) =>
      new Promise<void>((resolve) => {
        waiting.push({ pattern, resolve });
        check();
      }),
    heard: () => heard,
    closed,
    socket,
  };
}

export function echo(body: string, headers = '', target = 'Toy_1.Echo'): string {
  return `POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: ${target}\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
