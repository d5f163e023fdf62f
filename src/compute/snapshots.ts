/**
 * SnapStart: environments that are initialized before anyone invokes. One of a key stands still, and whoever takes it
 * has the next one made, so that a start costs no Init. Where AWS copies one memory, each of these was initialized for
 * itself: nothing in them is shared that should be unique.
 * https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
 */
import type { Clock } from '../kernel/index.ts';
import type { Environment } from './environment.ts';
import type { EnvironmentSpec } from './port.ts';
import { WarmPool } from './warmPool.ts';

export interface SnapshotsOptions {
  clock: Clock;
  /** Keys at once; the one unused for longest makes place. */
  keysMax: number;
  /** Starts one and initializes it; rejects with the type of the error. */
  initialize(spec: EnvironmentSpec): Promise<Environment>;
  isBusy(): boolean;
}

/** So that it doesn't compete with what is being started. Milliseconds. */
const keepAfterMs = 100;
/** How many stand of a key in quiet times, and at most when they are taken faster than they are made. */
const base = 1;
const max = 4;

export class Snapshots {
  readonly #options: SnapshotsOptions;
  readonly #pools = new Map<string, WarmPool>();
  readonly #making = new Map<string, Promise<void>>();
  #closed = false;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
  }

  /** Resolves when one stands. Rejects with the type of the error when none can be initialized. */
  keep(spec: EnvironmentSpec): Promise<void> {
    const { key } = spec;
    if (this.#pools.has(key) || this.#closed) return Promise.resolve();
    let making = this.#making.get(key);
    if (!making) {
      making = this.#make(spec).finally(() => this.#making.delete(key));
      this.#making.set(key, making);
    }
    return making;
  }

  /** After a restart, and when credentials are new, none stands by: the next start is to find one. */
  keepLater(spec: EnvironmentSpec, isWanted: () => boolean): void {
    if (this.#pools.has(spec.key) || this.#making.has(spec.key)) return;
    const { clock } = this.#options;
    clock.at(clock.now() + keepAfterMs, () => {
      // Who invokes is told what is wrong.
      if (isWanted()) this.keep(spec).catch(() => {});
    });
  }

  /** One that is initialized; undefined when none is, or none is kept. */
  take(key: string): Environment | undefined {
    const pool = this.#pools.get(key);
    if (!pool) return undefined;
    this.#pools.delete(key);
    this.#pools.set(key, pool);
    return pool.take();
  }

  retire(key: string): void {
    this.#making.delete(key);
    this.#pools.get(key)?.close();
    this.#pools.delete(key);
  }

  forget(environment: Environment): void {
    const { spec } = environment;
    if (spec) this.#pools.get(spec.key)?.forget(environment);
  }

  /** Ends those of the key that was used longest ago. @returns false when there is none. */
  evictOne(): boolean {
    const [key] = this.#pools.keys();
    if (key === undefined) return false;
    this.retire(key);
    return true;
  }

  close(): void {
    this.#closed = true;
    for (const pool of this.#pools.values()) pool.close();
  }

  async #make(spec: EnvironmentSpec): Promise<void> {
    const { clock, keysMax, initialize, isBusy } = this.#options;
    const first = await initialize(spec);
    // Retired meanwhile.
    if (this.#closed || !this.#making.has(spec.key)) return first.stop();
    const pool = new WarmPool({
      clock,
      base,
      max,
      isBusy,
      isStanding: ({ phase }) => phase === 'ready' || phase === 'frozen',
      start: () => initialize(spec),
    });
    this.#pools.set(spec.key, pool);
    pool.offer(first);
    while (this.#pools.size > keysMax) this.evictOne();
  }
}
