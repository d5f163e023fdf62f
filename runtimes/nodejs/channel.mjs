// Frames over two inherited sockets: 3 towards us, 4 back. See src/compute/frames.ts.
import { writeSync } from 'node:fs';

export const frameKinds = {
  init: 1,
  invoke: 2,
  booted: 1,
  initialized: 2,
  initFailed: 3,
  result: 4,
  failed: 5,
  log: 6,
  streamOpened: 7,
  streamChunk: 8,
};

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
  for (let written = 0; written < bytes.length; ) written += writeSync(4, bytes, written);
}

/** One log event; empty ones say nothing. */
export function sendLog(text) {
  if (text.length > 0) send(frameKinds.log, Buffer.from(text));
}

/** Peak resident memory in KiB as 32 bits, and a byte of flags when one is given. */
export function withMemory(flags) {
  const bytes = Buffer.allocUnsafe(flags === undefined ? 4 : 5);
  bytes.writeUInt32BE(process.resourceUsage().maxRSS >>> 0, 0);
  if (flags !== undefined) bytes[4] = flags;
  return bytes;
}

/** Calls `onFrame(kind, body)` for every frame that arrives. */
export function readFrames(socket, onFrame) {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 4) {
      const end = 4 + rest.readUInt32BE(0);
      if (rest.length < end) return;
      const bytes = rest.subarray(0, end);
      rest = rest.subarray(end);
      onFrame(bytes[4], bytes.subarray(5));
    }
  });
}
