/** WebSocket clients that cost as little as they can: raw sockets, one message in flight per connection. */
import { connect, type Socket } from 'node:net';

export interface Crowd {
  /** Every connection sends one message and waits for its answer. @returns milliseconds. */
  once(): Promise<number>;
  /** The first `connections` send a message as soon as the last is answered. @returns messages a second, and latencies in milliseconds. */
  talk(connections: number, durationMs: number): Promise<{ perSecond: number; latencies: number[] }>;
  close(): void;
}

/** Handshakes under way at once: a client that knocks with all its connections is refused by the kernel. */
const handshakesMax = 100;

export interface CrowdTarget {
  port: number;
  /** Connections are spread over them. */
  paths: readonly string[];
  /** Of less than 126 bytes. */
  message: string;
  /** What every answer begins with. */
  answer: string;
}

/** @throws what a handshake was answered with. */
export async function openCrowd(target: CrowdTarget, count: number): Promise<Crowd> {
  const members: Member[] = [];
  for (let at = 0; at < count; at += handshakesMax) {
    const wave = Array.from({ length: Math.min(handshakesMax, count - at) }, (_, index) =>
      open(target, target.paths[index % target.paths.length] ?? '/'),
    );
    members.push(...(await Promise.all(wave)));
  }
  return {
    async once() {
      const startedAt = performance.now();
      await Promise.all(members.map((member) => member.ask()));
      return performance.now() - startedAt;
    },
    async talk(connections, durationMs) {
      const latencies: number[] = [];
      const startedAt = performance.now();
      await Promise.all(
        members.slice(0, connections).map(async (member) => {
          while (performance.now() - startedAt < durationMs) latencies.push(await member.ask());
        }),
      );
      return { perSecond: latencies.length / ((performance.now() - startedAt) / 1000), latencies };
    },
    close() {
      for (const member of members) member.close();
    },
  };
}

class Member {
  readonly #socket: Socket;
  readonly #frame: Buffer;
  readonly #answer: string;
  #answered: (() => void) | undefined;
  #pending = Buffer.alloc(0);

  constructor(socket: Socket, frame: Buffer, answer: string) {
    this.#socket = socket;
    this.#answer = answer;
    this.#frame = frame;
    socket.on('data', (bytes) => this.#read(bytes));
  }

  /** @returns milliseconds until the answer. */
  ask(): Promise<number> {
    const sentAt = performance.now();
    return new Promise((resolve, reject) => {
      this.#answered = () => resolve(performance.now() - sentAt);
      this.#socket.once('close', reject);
      this.#socket.write(this.#frame, () => this.#socket.off('close', reject));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  /** A frame of a server has no mask; answers are shorter than 64 KB. */
  #read(bytes: Buffer): void {
    const all = this.#pending.length > 0 ? Buffer.concat([this.#pending, bytes]) : bytes;
    const short = (all[1] ?? 0) & 0x7f;
    const head = short === 126 ? 4 : 2;
    const size = head + (short === 126 && all.length >= 4 ? all.readUInt16BE(2) : short);
    if (all.length < head || all.length < size) {
      this.#pending = Buffer.from(all);
      return;
    }
    const text = all.toString('utf8', head, size);
    if (all[0] !== 0x81 || !text.startsWith(this.#answer)) throw new Error(`answered with ${text}`);
    this.#pending = Buffer.from(all.subarray(size));
    this.#answered?.();
  }
}

function open({ port, message, answer }: CrowdTarget, path: string): Promise<Member> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('error', reject);
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    socket.once('data', (bytes) => {
      const head = bytes.toString('latin1');
      if (!head.startsWith('HTTP/1.1 101')) reject(new Error(head));
      else resolve(new Member(socket, frameOf(message), answer));
    });
  });
}

/** A text frame whose mask is zero: nothing to mask. */
function frameOf(message: string): Buffer {
  const text = Buffer.from(message);
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]);
}
