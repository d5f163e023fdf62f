import type { Clock } from '../../kernel/index.ts';

/**
 * Numbers of events, each greater than the last: 18 hexadecimal digits, as S3's are compared. Milliseconds, with room for
 * 2^20 events each, so that the order holds over restarts; a clock that is put back doesn't turn it round.
 */
export function sequencer(clock: Clock): () => string {
  let last = 0n;
  return () => {
    const due = BigInt(clock.now()) << 20n;
    last = due > last ? due : last + 1n;
    return last.toString(16).toUpperCase().padStart(18, '0');
  };
}
