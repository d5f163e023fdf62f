// Frames over two inherited sockets: 3 towards us, 4 back. See src/compute/frames.ts.
import { read, readSync, writeSync } from 'node:fs';

export const frameKinds = {
  init: 1,
  invoke: 2,
  restore: 3,
  booted: 1,
  initialized: 2,
  initFailed: 3,
  result: 4,
  failed: 5,
  log: 6,
  streamOpened: 7,
  streamChunk: 8,
  code: 9,
  restored: 10,
  restoreFailed: 11,
};

let isMuted = false;

/** Nothing is sent while `run` runs. Only before the runtime is known to be up: nobody is listening yet. */
export async function muted(run) {
  isMuted = true;
  try {
    await run();
  } finally {
    isMuted = false;
  }
}

/** Writes a frame at once: when the process ends right after, nothing is lost. */
export function send(kind, ...bodies) {
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
  if (isMuted) return;
  for (let written = 0; written < bytes.length; ) written += writeSync(4, bytes, written);
}

/** One log event; empty ones say nothing. */
export function sendLog(text) {
  if (text.length > 0) send(frameKinds.log, Buffer.from(text));
}

/** How long a reading of the peak memory is good enough. Milliseconds. */
const memoryAgeMs = 10;
let memoryReadAt = Number.NEGATIVE_INFINITY;
let peakKib = 0;

/** Peak resident memory in KiB as 32 bits, and a byte of flags when one is given. */
export function withMemory(flags) {
  const bytes = Buffer.allocUnsafe(flags === undefined ? 4 : 5);
  const now = performance.now();
  if (now - memoryReadAt > memoryAgeMs) {
    memoryReadAt = now;
    peakKib = process.resourceUsage().maxRSS >>> 0;
  }
  bytes.writeUInt32BE(peakKib, 0);
  if (flags !== undefined) bytes[4] = flags;
  return bytes;
}

const inbox = { bytes: Buffer.allocUnsafe(64 * 1024), start: 0, end: 0 };

/**
 * The next frame, as `[kind, body]`; the body is valid until the next one is asked for. The event loop goes on turning
 * meanwhile. Ends the process when the channel ends.
 */
export async function nextFrame() {
  for (;;) {
    const found = frameInHand();
    if (found) return found;
    await new Promise((resolve, reject) => {
      const { bytes, end } = inbox;
      read(3, bytes, end, bytes.length - end, null, (error, count) => {
        if (error) return reject(error);
        arrived(count);
        resolve();
      });
    });
  }
}

/**
 * The same, and nothing else of the process's runs meanwhile: between invocations a function is frozen. It also costs a
 * fraction of what the event loop takes to hand a message on.
 */
export function nextFrameFrozen() {
  for (;;) {
    const found = frameInHand();
    if (found) return found;
    const { bytes, end } = inbox;
    arrived(readSync(3, bytes, end, bytes.length - end, null));
  }
}

function arrived(count) {
  if (count === 0) process.exit(0);
  inbox.end += count;
}

/** A whole frame, if there is one; else makes room for the rest of it. */
function frameInHand() {
  const { bytes, start, end } = inbox;
  const size = end - start < 4 ? 4 : 4 + bytes.readUInt32BE(start);
  if (end - start >= size && size > 4) {
    inbox.start = start + size;
    return [bytes[start + 4], bytes.subarray(start + 5, start + size)];
  }
  if (start === end) inbox.start = inbox.end = 0;
  else if (bytes.length - start < size) {
    const roomy = size > bytes.length ? Buffer.allocUnsafe(size) : bytes;
    bytes.copy(roomy, 0, start, end);
    inbox.bytes = roomy;
    inbox.start = 0;
    inbox.end = end - start;
  }
  return undefined;
}
