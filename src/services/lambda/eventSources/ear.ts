/**
 * When to look at a source again: at once when something stirs, but not more often than a gap that grows with each look
 * that found nothing. What stirs is a hint: it may be meant for others.
 */
import type { Clock } from '../../../kernel/index.ts';
import { lookGapMaxMs, lookGapMinMs, pollIntervalMs } from './limits.ts';

export class Ear {
  readonly #clock: Clock;
  readonly #hasHints: boolean;
  #heard = false;
  #gapMs: number = lookGapMinMs;
  #lookedAt = 0;
  #wake: () => void = () => {};

  /** @param hasHints whether anybody calls `hear`; otherwise the source is looked at by the clock. */
  constructor(clock: Clock, hasHints: boolean) {
    this.#clock = clock;
    this.#hasHints = hasHints;
  }

  /** When the source was looked at last, milliseconds since the epoch. */
  get lookedAt(): number {
    return this.#lookedAt;
  }

  hear(): void {
    this.#heard = true;
    this.#wake();
  }

  /** To be said before looking: what comes from now on is heard. */
  looks(): void {
    this.#heard = false;
    this.#lookedAt = this.#clock.now();
  }

  found(something: boolean): void {
    this.#gapMs = something ? lookGapMinMs : Math.min(lookGapMaxMs, this.#gapMs * 2);
  }

  /** Resolves when it is time to look, or at `dueAt`, or when `stop` is aborted. */
  async wait(dueAt: number | undefined, stop: AbortSignal): Promise<void> {
    const end = this.#hasHints
      ? dueAt
      : Math.min(dueAt ?? Number.POSITIVE_INFINITY, this.#lookedAt + pollIntervalMs);
    if (!this.#heard) await this.#until(end, stop, true);
    if (stop.aborted || !this.#heard) return;
    const gapEnd = this.#lookedAt + this.#gapMs;
    await this.#until(Math.min(gapEnd, end ?? gapEnd), stop, false);
  }

  #until(end: number | undefined, stop: AbortSignal, listening: boolean): Promise<void> {
    if (stop.aborted || (end !== undefined && end <= this.#clock.now())) return Promise.resolve();
    return new Promise((resolve) => {
      const over = () => {
        timer?.cancel();
        stop.removeEventListener('abort', over);
        if (listening) this.#wake = () => {};
        resolve();
      };
      const timer = end === undefined ? undefined : this.#clock.at(end, over);
      stop.addEventListener('abort', over);
      if (listening) this.#wake = over;
    });
  }
}
