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

  /** Resolves when it is time to look, or at `dueAt`, or when one of `ends` is aborted. */
  async wait(dueAt: number | undefined, ...ends: AbortSignal[]): Promise<void> {
    const end = this.#hasHints
      ? dueAt
      : Math.min(dueAt ?? Number.POSITIVE_INFINITY, this.#lookedAt + pollIntervalMs);
    if (!this.#heard) await this.#until(end, ends, true);
    if (!this.#heard || ends.some(({ aborted }) => aborted)) return;
    const gapEnd = this.#lookedAt + this.#gapMs;
    await this.#until(Math.min(gapEnd, end ?? gapEnd), ends, false);
  }

  /** Resolves at `dueAt`, or when one of `ends` is aborted: whatever stirs. */
  pause(dueAt: number, ...ends: AbortSignal[]): Promise<void> {
    return this.#until(dueAt, ends, false);
  }

  #until(end: number | undefined, ends: readonly AbortSignal[], listening: boolean): Promise<void> {
    const isPast = end !== undefined && end <= this.#clock.now();
    if (isPast || ends.some(({ aborted }) => aborted)) return Promise.resolve();
    return new Promise((resolve) => {
      const over = () => {
        timer?.cancel();
        for (const signal of ends) signal.removeEventListener('abort', over);
        if (listening && this.#wake === over) this.#wake = () => {};
        resolve();
      };
      const timer = end === undefined ? undefined : this.#clock.at(end, over);
      for (const signal of ends) signal.addEventListener('abort', over);
      if (listening) this.#wake = over;
    });
  }
}
