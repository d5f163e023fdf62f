/** The warm pools of this machine: one per shape of environment that is in use. */
import type { Clock } from '../kernel/index.ts';
import type { Environment } from './environment.ts';
import type { EnvironmentShape } from './port.ts';
import type { Language } from './runtimes/languages.ts';
import { WarmPool } from './warmPool.ts';

/** Shapes that are kept pre-warmed at once; the one unused for longest makes place. */
const shapesMax = 4;

/** @param isWanted asked when its turn comes; nothing is started when it says no. */
type Start = (shape: EnvironmentShape, isWanted: () => boolean) => Promise<Environment | undefined>;

export class WarmPools {
  readonly #pools = new Map<string, WarmPool>();
  readonly #clock: Clock;
  readonly #base: number;
  readonly #start: Start;
  readonly #isBusy: () => boolean;

  /** @param options.base how many stand ready of each shape; 0 for no pools at all. */
  constructor(options: {
    clock: Clock;
    base: number;
    start: Start;
    isBusy: () => boolean;
  }) {
    this.#clock = options.clock;
    this.#base = options.base;
    this.#start = options.start;
    this.#isBusy = options.isBusy;
  }

  /** @param language that runs `runtime`: runtimes that share it share what stands ready. */
  of({ runtime, memoryMb, ephemeralStorageMb }: EnvironmentShape, language: Language): WarmPool | undefined {
    if (this.#base === 0) return undefined;
    const key = `${language.id}:${memoryMb}:${ephemeralStorageMb}`;
    let pool = this.#pools.get(key);
    if (pool) this.#pools.delete(key);
    else {
      pool = new WarmPool({
        clock: this.#clock,
        base: this.#base,
        max: this.#base * 4,
        start: (isWanted) => this.#start({ runtime, memoryMb, ephemeralStorageMb }, isWanted),
        isBusy: this.#isBusy,
      });
    }
    this.#pools.set(key, pool);
    for (const [other, unused] of this.#pools) {
      if (this.#pools.size <= shapesMax) break;
      this.#pools.delete(other);
      unused.close();
    }
    return pool;
  }

  forget(environment: Environment): void {
    for (const pool of this.#pools.values()) pool.forget(environment);
  }

  close(): void {
    for (const pool of this.#pools.values()) pool.close();
  }
}
