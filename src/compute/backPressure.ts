/** Reads what a process writes only as fast as it can be kept: the process waits, as it would for a slow disk. */
import type { Readable } from 'node:stream';

/** @param backlog there while nothing more should be read; resolves when there is room again. */
export function readInStep(
  stream: Readable,
  take: (chunk: Buffer) => void,
  backlog: () => Promise<void> | undefined,
): void {
  stream.on('data', (chunk: Buffer) => {
    take(chunk);
    const full = backlog();
    if (!full) return;
    stream.pause();
    void full.then(() => stream.resume());
  });
}
