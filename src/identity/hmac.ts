/**
 * HMAC-SHA-256 with a key that is used again and again (RFC 2104). The padded key blocks are made once, and a
 * message costs two one-shot hashes: a third of what a `createHmac` object costs.
 */
import { hash } from 'node:crypto';

const blockBytes = 64;
/** Of a message that fits behind the inner block as it stands: a string to sign takes about 140. */
const roomBytes = 256;

export class HmacKey {
  readonly #inner = Buffer.alloc(blockBytes + roomBytes, 0x36);
  readonly #outer = Buffer.alloc(blockBytes + 32, 0x5c);
  /** The inner block with as much behind it as the last message had: most are of one length. */
  #message: Buffer = this.#inner;

  constructor(key: string | Uint8Array) {
    const bytes = typeof key === 'string' ? Buffer.from(key) : key;
    const short = bytes.length > blockBytes ? hash('sha256', bytes, 'buffer') : bytes;
    for (let i = 0; i < short.length; i++) {
      const byte = short[i] as number;
      this.#inner[i] = byte ^ 0x36;
      this.#outer[i] = byte ^ 0x5c;
    }
  }

  digest(message: string): Buffer {
    return hash('sha256', this.#outerBlock(message), 'buffer');
  }

  hex(message: string): string {
    return hash('sha256', this.#outerBlock(message), 'hex');
  }

  /** Synchronous from here to the second hash: the blocks can be shared by all messages of this key. */
  #outerBlock(message: string): Buffer {
    // Latin-1 keeps every byte, and costs a third of a buffer.
    this.#outer.write(hash('sha256', this.#innerBlock(message), 'binary'), blockBytes, 'latin1');
    return this.#outer;
  }

  #innerBlock(message: string): Buffer {
    // A UTF-16 unit takes three bytes at most.
    if (message.length * 3 > roomBytes && Buffer.byteLength(message) > roomBytes) {
      return Buffer.concat([this.#inner.subarray(0, blockBytes), Buffer.from(message)]);
    }
    const end = blockBytes + this.#inner.write(message, blockBytes);
    if (this.#message.length !== end) this.#message = this.#inner.subarray(0, end);
    return this.#message;
  }
}
