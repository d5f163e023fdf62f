/**
 * Who is at the other end of a connection to this process: a sandboxed function, or a process of the machine itself. The
 * network of a sandbox is the machine's own, so an address tells nothing; the kernel's table of connections does, with
 * the processes that hold their sockets. Linux alone has sandboxes, and these tables.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { endianness, networkInterfaces } from 'node:os';
import { isSandboxUser, sandboxMark } from './bwrap.ts';

/** The four of a connection, from our end of it. */
export interface Connection {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

export type Peer =
  /** Not on this machine, or in a network of its own (a container). */
  | 'elsewhere'
  /** A process of this machine that no sandbox holds. */
  | 'machine'
  | 'sandbox'
  /** On this machine, and nobody can be found who holds the other end: it may have been closed, or be hidden. */
  | 'unknown';

/** The one connection in the kernel's table. */
interface Entry {
  readonly uid: number;
  /** 0 once nobody holds it. */
  readonly inode: string;
}

export function peerOf(connection: Connection): Peer {
  if (process.platform !== 'linux') return 'machine';
  if (!isOfThisMachine(connection.remoteAddress)) return 'elsewhere';
  const entry = entryOf(connection);
  if (!entry || entry.inode === '0') return 'unknown';
  if (isSandboxUser(entry.uid)) return 'sandbox';
  // Without a user of their own, sandboxes have ours: then the process that holds the socket tells.
  const own = process.geteuid?.() ?? 0;
  if (own === 0 || entry.uid !== own) return 'machine';
  const holder = holderOf(`socket:[${entry.inode}]`);
  if (holder === undefined) return 'unknown';
  return existsSync(`/proc/${holder}/root${sandboxMark}`) ? 'sandbox' : 'machine';
}

function isOfThisMachine(address: string): boolean {
  const plain = withoutMapping(address);
  if (plain === '::1' || plain.startsWith('127.')) return true;
  for (const addresses of Object.values(networkInterfaces())) {
    for (const own of addresses ?? []) if (own.address === plain) return true;
  }
  return false;
}

/** The other end's own line: what is remote to us is local to it. */
function entryOf({ localAddress, localPort, remoteAddress, remotePort }: Connection): Entry | undefined {
  const ends = [
    [remoteAddress, remotePort],
    [localAddress, localPort],
  ] as const;
  // A socket of the newer family may speak the older protocol: both tables may have it.
  for (const family of [4, 6] as const) {
    const [its, ours] = ends.map(([address, port]) => written(address, port, family));
    if (!its || !ours) continue;
    const wanted = ` ${its} ${ours} `;
    const table = readFileSync(family === 4 ? '/proc/net/tcp' : '/proc/net/tcp6', 'latin1');
    const at = table.indexOf(wanted);
    if (at < 0) continue;
    // state, queues, timer, retransmissions, uid, timeout, inode
    const rest = table
      .slice(at + wanted.length, table.indexOf('\n', at))
      .trim()
      .split(/\s+/);
    return { uid: Number(rest[4]), inode: rest[6] ?? '0' };
  }
  return undefined;
}

/** Address and port as the kernel writes them: hexadecimal, in words of the machine's byte order. */
function written(address: string, port: number, family: 4 | 6): string | undefined {
  const bytes = bytesOf(withoutMapping(address), family);
  if (!bytes) return undefined;
  if (endianness() === 'LE') bytes.swap32();
  return `${bytes.toString('hex').toUpperCase()}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}

function bytesOf(address: string, family: 4 | 6): Buffer | undefined {
  if (isIPv4(address)) {
    const four = Buffer.from(address.split('.').map(Number));
    return family === 4 ? four : Buffer.concat([Buffer.from('00000000000000000000ffff', 'hex'), four]);
  }
  if (family === 4) return undefined;
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const words = (text: string) =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const [before, after] = [words(head), words(tail ?? '')];
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  const bytes = Buffer.alloc(16);
  for (const [at, word] of all.entries()) bytes.writeUInt16BE(word, at * 2);
  return bytes;
}

function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** The process that holds a socket, among those that we may look into. Those that started last come first. */
function holderOf(link: string): string | undefined {
  const own = process.geteuid?.();
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  for (const pid of [String(process.pid), ...pids.reverse()]) {
    try {
      if (statSync(`/proc/${pid}`).uid !== own) continue;
      for (const fd of readdirSync(`/proc/${pid}/fd`)) if (links(`/proc/${pid}/fd/${fd}`, link)) return pid;
    } catch {
      // It ended, or is none of ours to look into.
    }
  }
  return undefined;
}

function links(path: string, to: string): boolean {
  try {
    return readlinkSync(path) === to;
  } catch {
    return false;
  }
}
