/**
 * The channel between this room and the project's own bootstraps (`runtimes/`): frames over two inherited
 * sockets, file descriptor 3 towards the function and 4 back. A frame is a 32-bit big-endian length of what
 * follows, one byte of kind, and a body; payloads travel as they are, never wrapped in JSON.
 */
import { assert } from '../kernel/index.ts';
import { responseBytesMax } from './limits.ts';

/** Towards the function. */
export const toFunction = {
  init: 1,
  invoke: 2,
  /** SnapStart: what was initialized ahead is about to be invoked. Body empty. */
  restore: 3,
} as const;

/** From the function. */
export const fromFunction = {
  /** The runtime is up, no code loaded: body empty. */
  booted: 1,
  /** Body: u32 peak resident memory in KiB. */
  initialized: 2,
  /** Body: the JSON error object. The process exits after it. */
  initFailed: 3,
  /** Body: u32 peak memory, payload. */
  result: 4,
  /** Body: u32 peak memory, the JSON error object. */
  failed: 5,
  /** Body: UTF-8 text of one log event. */
  log: 6,
  /** A streamed response begins. Body: its content type. A result with an empty payload ends it. */
  streamOpened: 7,
  streamChunk: 8,
  /** What was compiled of the function's code, before `initialized`. Body: codeCache.ts. */
  code: 9,
  /** The hooks after a restore have run. Body empty. */
  restored: 10,
  /** One of them failed. Body: the JSON error object. */
  restoreFailed: 11,
} as const;

/** A result longer than this isn't kept: it is too large, however much too large. */
export const resultBytesMax = responseBytesMax + 64 * 1024;
/** Another frame longer than this is a broken channel. */
export const frameBytesMax = 64 * 1024 * 1024;

export function frame(kind: number, ...bodies: Uint8Array[]): Buffer {
  let length = 1;
  for (const body of bodies) length += body.length;
  const bytes = Buffer.allocUnsafe(4 + length);
  bytes.writeUInt32BE(length, 0);
  bytes[4] = kind;
  let offset = 5;
  for (const body of bodies) {
    bytes.set(body, offset);
    offset += body.length;
  }
  return bytes;
}

/** Frame of an invocation: the head's length, the head as JSON, the payload. */
export function invokeFrame(head: object, payload: Uint8Array): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(json.length, 0);
  return frame(toFunction.invoke, length, json, payload);
}

/** Cuts a byte stream into frames; `onFrame` gets a view that is valid as long as it is held. */
export class FrameReader {
  readonly #onFrame: (kind: number, body: Buffer) => void;
  readonly #onTooLarge: () => void;
  /** Bytes of a result that is too large, still to come. */
  #skipped = 0;
  #parts: Buffer[] = [];
  #size = 0;

  /** @param onTooLarge a result came that is larger than any may be; its bytes are passed over. */
  constructor(onFrame: (kind: number, body: Buffer) => void, onTooLarge: () => void = () => {}) {
    this.#onFrame = onFrame;
    this.#onTooLarge = onTooLarge;
  }

  push(bytes: Buffer): void {
    const chunk = this.#skipped === 0 ? bytes : this.#skip(bytes);
    if (chunk.length === 0) return;
    this.#parts.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= 5) {
      const length = this.#length();
      if (length > resultBytesMax && this.#parts[0]?.[4] === fromFunction.result) {
        this.#passOver(4 + length);
        continue;
      }
      assert(length >= 1 && length <= frameBytesMax, 'a frame has a sane length', { length });
      const wanted = 4 + length;
      if (this.#size < wanted) return;
      const bytes = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts);
      const rest = bytes.subarray(wanted);
      this.#parts = rest.length === 0 ? [] : [rest];
      this.#size = rest.length;
      this.#onFrame(bytes[4] ?? 0, bytes.subarray(5, wanted));
    }
  }

  #length(): number {
    let first = this.#parts[0] as Buffer;
    if (first.length < 5) {
      first = Buffer.concat(this.#parts);
      this.#parts = [first];
    }
    return first.readUInt32BE(0);
  }

  #passOver(size: number): void {
    const all = Buffer.concat(this.#parts);
    this.#skipped = size;
    const rest = this.#skip(all);
    this.#parts = rest.length === 0 ? [] : [rest];
    this.#size = rest.length;
    this.#onTooLarge();
  }

  /** @returns what comes after the bytes that are passed over. */
  #skip(bytes: Buffer): Buffer {
    const count = Math.min(this.#skipped, bytes.length);
    this.#skipped -= count;
    return bytes.subarray(count);
  }
}
