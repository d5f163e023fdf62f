/** Frames as no client of good manners sends them. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../store/index.ts';
import { openSocketCloud, type SocketCloud } from './testing/socketCloud.ts';

let cloud: SocketCloud;
let path: string;

beforeEach(async () => {
  cloud = await openSocketCloud(new MemoryStore());
  const { ApiId } = await cloud.call<{ ApiId: string }>('CreateApi', {
    Name: 'frames',
    ProtocolType: 'WEBSOCKET',
    RouteSelectionExpression: '$request.body.action',
  });
  await cloud.call('CreateRoute', { ApiId, RouteKey: 'x' });
  await cloud.call('CreateStage', { ApiId, StageName: 'dev', AutoDeploy: true });
  path = `/_aws/execute-api/${ApiId}/dev`;
});

afterEach(async () => {
  await cloud.close();
});

interface Raw {
  socket: Socket;
  /** Resolves with the code of the close frame that comes, or undefined when the connection ends without. */
  closeCode: Promise<number | undefined>;
  /** Resolves with the first text that comes. */
  text: Promise<string>;
}

/** A connection that is nothing but a socket, its handshake done. */
function open(): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const socket = connect(cloud.port, '127.0.0.1');
    socket.on('error', reject);
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
    socket.once('data', (head) => {
      if (!String(head).startsWith('HTTP/1.1 101')) return reject(new Error(String(head)));
      let bytes = Buffer.alloc(0);
      let hear: (text: string) => void;
      let end: (code: number | undefined) => void;
      const text = new Promise<string>((heard) => {
        hear = heard;
      });
      const closeCode = new Promise<number | undefined>((ended) => {
        end = ended;
      });
      socket.on('data', (piece: Buffer) => {
        bytes = Buffer.concat([bytes, piece]);
        for (;;) {
          const length = bytes[1] ?? 0;
          const head = length === 126 ? 4 : 2;
          const size = head + (length === 126 && bytes.length >= 4 ? bytes.readUInt16BE(2) : length);
          if (bytes.length < 2 || bytes.length < size) return;
          const payload = bytes.subarray(head, size);
          if (bytes[0] === 0x81) hear(payload.toString());
          if (bytes[0] === 0x88) end(payload.length >= 2 ? payload.readUInt16BE(0) : 1005);
          bytes = bytes.subarray(size);
        }
      });
      socket.on('close', () => end(undefined));
      resolve({ socket, text, closeCode });
    });
  });
}

function frame(first: number, payload: Buffer, options: { mask?: boolean; length?: number } = {}): Buffer {
  const { mask = true, length = payload.length } = options;
  const head =
    length < 126
      ? [first, length]
      : length < 65_536
        ? [first, 126, length >> 8, length & 255]
        : [first, 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((shift) => (length >>> shift) & 255)];
  head[1] = (head[1] as number) | (mask ? 0x80 : 0);
  const key = Buffer.from([7, 1, 200, 33]);
  const body = mask ? Buffer.from(payload.map((byte, index) => byte ^ (key[index % 4] as number))) : payload;
  return Buffer.concat([Buffer.from(head), ...(mask ? [key] : []), body]);
}

describe('frames', () => {
  it.each([
    ['without a mask', frame(0x81, Buffer.from('hi'), { mask: false }), 1002],
    ['that is no UTF-8', frame(0x81, Buffer.from([0xff, 0xfe])), 1007],
    ['with a reserved bit', frame(0xc1, Buffer.from('hi')), 1002],
    ['of a reserved kind', frame(0x83, Buffer.from('hi')), 1002],
    ['that goes on with nothing', frame(0x80, Buffer.from('hi')), 1002],
    ['of control that is too long', frame(0x89, Buffer.alloc(126)), 1002],
    ['of control in parts', frame(0x09, Buffer.from('hi')), 1002],
    ['of bytes', frame(0x82, Buffer.from([1, 2])), 1003],
    ['that says it is too long', frame(0x81, Buffer.from('only this'), { length: 32 * 1024 + 1 }), 1009],
    ['that says it is gigantic', frame(0x81, Buffer.from('only this'), { length: 2 ** 31 - 1 }), 1009],
    ['that closes with a code that is none', frame(0x88, Buffer.from([0, 1])), 1002],
  ])('one %s closes the connection', async (_, bytes, code) => {
    const { socket, closeCode } = await open();
    socket.write(bytes);
    expect(await closeCode).toBe(code);
  });

  it('may come a byte at a time, and in parts with others between', async () => {
    const { socket, text } = await open();
    const message = Buffer.from('{"action":"nothing like it"}');
    const bytes = Buffer.concat([
      frame(0x01, message.subarray(0, 5)),
      frame(0x89, Buffer.from('ping')),
      frame(0x00, message.subarray(5, 9)),
      frame(0x80, message.subarray(9)),
    ]);
    for (const byte of bytes) socket.write(Buffer.from([byte]));
    expect(await text).toContain('"message": "Forbidden"');
  });

  it('that come with the handshake are read after it', async () => {
    const socket = connect(cloud.port, '127.0.0.1');
    socket.write(
      Buffer.concat([
        Buffer.from(
          `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
        ),
        frame(0x81, Buffer.from('early')),
      ]),
    );
    let heard = '';
    socket.on('data', (piece) => {
      heard += String(piece);
    });
    await expect.poll(() => heard).toContain('"Forbidden"');
    // https://www.rfc-editor.org/rfc/rfc6455#section-1.3
    expect(heard.toLowerCase()).toContain('sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=');
    expect(heard.toLowerCase()).not.toContain('sec-websocket-extensions');
    socket.destroy();
  });

  it('of any bytes harm nobody else', async () => {
    const neighbour = await cloud.connect(path);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const { socket, closeCode } = await open();
        socket.write(bytes);
        socket.end();
        const code = await closeCode;
        expect([undefined, 1000, 1001, 1002, 1003, 1005, 1007, 1009]).toContain(
          code !== undefined && code >= 3000 ? 1000 : code,
        );
      }),
      { numRuns: 60 },
    );
    expect(await neighbour.ask('still there?')).toContain('"Forbidden"');
  });

  it.each([
    ['Sec-WebSocket-Version: 12\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
    ['Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short'],
    ['Sec-WebSocket-Version: 13'],
  ])('need a handshake that is one: %s', async (fields) => {
    const socket = connect(cloud.port, '127.0.0.1');
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${fields}\r\n\r\n`,
    );
    const answer = await new Promise<string>((resolve) =>
      socket.once('data', (data) => resolve(String(data))),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    socket.destroy();
  });
});
