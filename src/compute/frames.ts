/**
 * The channel between this room and the project's own bootstraps (`runtimes/`): frames over two inherited
 * sockets, file descriptor 3 towards the function and 4 back. A frame is a 32-bit big-endian length of what
 * follows, one byte of kind, and a body; payloads travel as they are, never wrapped in JSON.
 */
import { assert } from '../kernel/index.ts';

/** Towards the function. */
export const toFunction = { init: 1, invoke: 2 } as const;

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
} as const;

/** A frame longer than this is a broken channel: twice what a response may hold, plus room for its head. */
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
  #parts: Buffer[] = [];
  #size = 0;

  constructor(onFrame: (kind: number, body: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    this.#parts.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= 4) {
      const wanted = 4 + this.#length();
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
    if (first.length < 4) {
      first = Buffer.concat(this.#parts);
      this.#parts = [first];
    }
    const length = first.readUInt32BE(0);
    assert(length >= 1 && length <= frameBytesMax, 'a frame has a sane length', { length });
    return length;
  }
}
