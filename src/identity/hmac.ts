/**
 * HMAC-SHA-256 with a key that is used again and again (RFC 2104). The padded key blocks are made once, and a
 * message costs two one-shot hashes: a third of what a `createHmac` object costs.
 */
import { hash } from 'node:crypto';

const blockBytes = 64;

export class HmacKey {
  readonly #inner = Buffer.alloc(blockBytes, 0x36);
  readonly #outer = Buffer.alloc(blockBytes + 32, 0x5c);

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

  #outerBlock(message: string): Buffer {
    const length = Buffer.byteLength(message);
    const block = Buffer.allocUnsafe(blockBytes + length);
    this.#inner.copy(block);
    block.write(message, blockBytes);
    // Synchronous from here to the second hash: the block can be shared by all messages of this key. Latin-1 keeps every
    // byte, and costs a third of a buffer.
    this.#outer.write(hash('sha256', block, 'binary'), blockBytes, 'latin1');
    return this.#outer;
  }
}
