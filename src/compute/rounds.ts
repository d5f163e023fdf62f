/** Looks after all environments: what runs is held to its memory, what rests is frozen, what rested long ends. */
import { performance } from 'node:perf_hooks';
import type { Clock, Timer } from '../kernel/index.ts';
import type { Environment } from './environment.ts';
import { freezeAfterMs, memorySampleMs } from './limits.ts';

export interface RoundsOptions {
  readonly clock: Clock;
  readonly environments: Iterable<Environment>;
  /** How long an environment without invocations is kept. Milliseconds. */
  readonly keepIdleMs: number;
  /** Whether the environments of a key are kept whether they are used or not. */
  isKept(key: string): boolean;
}

export class Rounds {
  readonly #options: RoundsOptions;
  #soon: Timer | undefined;
  #reclaim: Timer | undefined;
  #closed = false;

  constructor(options: RoundsOptions) {
    this.#options = options;
    this.#reclaimLater();
  }

  /** One timer for all environments, while something runs or may soon rest. */
  watch(): void {
    if (this.#soon || this.#closed) return;
    const { clock } = this.#options;
    this.#soon = clock.at(clock.now() + memorySampleMs, () => {
      this.#soon = undefined;
      if (this.#look()) this.watch();
    });
  }

  /** Whether functions are being loaded. */
  get isLoading(): boolean {
    for (const { phase } of this.#options.environments)
      if (phase === 'loading' || phase === 'restoring') return true;
    return false;
  }

  close(): void {
    this.#closed = true;
    this.#soon?.cancel();
    this.#reclaim?.cancel();
  }

  /** @returns true when there is more to look at soon. */
  #look(): boolean {
    const now = performance.now();
    let more = false;
    for (const environment of this.#options.environments) {
      const { phase } = environment;
      if (phase === 'running' || phase === 'loading' || phase === 'restoring') {
        environment.checkMemory();
        more = true;
      } else if (phase === 'ready') {
        if (now - environment.freeSince < freezeAfterMs || !environment.freeze()) more = true;
      }
    }
    return more;
  }

  /** Frozen environments are looked at rarely, to be reclaimed. */
  #reclaimLater(): void {
    const { clock, environments, keepIdleMs, isKept } = this.#options;
    this.#reclaim = clock.at(clock.now() + keepIdleMs / 10, () => {
      const oldest = performance.now() - keepIdleMs;
      for (const environment of environments) {
        if (environment.phase !== 'frozen' || environment.freeSince >= oldest) continue;
        // It stands by for the next start.
        if (environment.isSnapshot) continue;
        if (!environment.spec || !isKept(environment.spec.key)) environment.stop();
      }
      this.#reclaimLater();
    });
  }
}
