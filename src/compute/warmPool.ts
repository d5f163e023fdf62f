/**
 * Environments that are up before a function needs them, all of one shape. The pool refills in the
 * background, grows while it is found empty and shrinks back when that stops.
 */
import type { Clock } from '../kernel/index.ts';
import type { Environment } from './environment.ts';

export interface WarmPoolOptions {
  clock: Clock;
  /** How many stand ready in quiet times, and at most. */
  base: number;
  max: number;
  /** @param isWanted asked when its turn comes; nothing is started when it says no. */
  start(isWanted: () => boolean): Promise<Environment | undefined>;
  /** Whether one can still be used; while it is idle when absent. */
  isStanding?(environment: Environment): boolean;
  /** Whether functions are being loaded: a refill would take the processor from them. */
  isBusy?(): boolean;
}

/** The wait before a refill, so that it doesn't compete with the cold start that emptied the place. Milliseconds. */
const refillAfterMs = 15;
/** While functions are being loaded, refills wait this often at most. */
const refillWaitsMax = 12;
/** How long a grown pool stays grown. Milliseconds. */
const shrinkAfterMs = 60_000;

/** What may be taken back before it is met. */
interface Wish {
  readonly isWanted: boolean;
  withdraw(): void;
}

interface Demand {
  readonly resolve: (environment: Environment | undefined) => void;
  readonly reject: (cause: unknown) => void;
  readonly wish: Wish | undefined;
}

export class WarmPool {
  readonly #options: WarmPoolOptions;
  readonly #idle: Environment[] = [];
  readonly #demands: Demand[] = [];
  #target: number;
  #starting = 0;
  #scheduled = false;
  #shrinking = false;
  #closed = false;
  #grownAt = 0;

  constructor(options: WarmPoolOptions) {
    this.#options = options;
    this.#target = options.base;
  }

  get size(): number {
    return this.#idle.length;
  }

  /** One that is up, at once, or undefined; either way the pool refills. */
  take(): Environment | undefined {
    let found: Environment | undefined;
    do found = this.#idle.shift();
    while (found && !this.#isStanding(found));
    // Emptied: the next one may come before the refill. Found empty: that has happened.
    if (!found) this.#grow(this.#target);
    else if (this.#idle.length === 0) this.#grow(1);
    this.#refillLater();
    return found;
  }

  /**
   * The next one that comes up: for an invocation that found none. Rejects when its runtime doesn't start.
   * Resolves with undefined when a start would be in vain, as its `wish` no longer stands.
   */
  demand(wish?: Wish): Promise<Environment | undefined> {
    return new Promise((resolve, reject) => {
      this.#demands.push({ resolve, reject, wish });
      this.fill();
    });
  }

  /** Gives one to whoever waits, or keeps it. @returns false when there is no place. */
  offer(environment: Environment): boolean {
    if (this.#closed) return false;
    const demand = this.#demands.shift();
    if (demand) {
      demand.resolve(environment);
      return true;
    }
    if (this.#idle.length >= this.#target) return false;
    this.#idle.push(environment);
    return true;
  }

  /** Starts what is missing, now. */
  fill(): void {
    if (this.#closed) return;
    while (this.#idle.length + this.#starting < this.#target + this.#demands.length) {
      this.#starting++;
      this.#options
        .start(() => this.#isShort())
        .then(
          (environment) => environment && !this.offer(environment) && environment.stop(),
          // With nobody waiting, it is the invocation that finds the pool empty that reports it.
          (cause: unknown) => this.#demands.shift()?.reject(cause),
        )
        .finally(() => {
          this.#starting--;
        });
    }
  }

  forget(environment: Environment): void {
    const at = this.#idle.indexOf(environment);
    if (at < 0) return;
    this.#idle.splice(at, 1);
    this.#refillLater();
  }

  /** What stands ready ends: nobody else knows of it. */
  close(): void {
    this.#closed = true;
    for (const environment of this.#idle.splice(0)) environment.stop();
    for (const { reject } of this.#demands.splice(0)) reject(new Error('the pool is closed'));
  }

  #isStanding(environment: Environment): boolean {
    const { isStanding } = this.#options;
    return isStanding ? isStanding(environment) : environment.phase === 'idle';
  }

  /** Whether every start under way is still wanted. */
  #isShort(): boolean {
    for (let index = this.#demands.length - 1; index >= 0; index--) {
      const { wish, resolve } = this.#demands[index] as Demand;
      if (!wish || wish.isWanted) continue;
      this.#demands.splice(index, 1);
      wish.withdraw();
      resolve(undefined);
    }
    return this.#idle.length + this.#starting <= this.#target + this.#demands.length;
  }

  #grow(by: number): void {
    const { clock, base, max } = this.#options;
    this.#target = Math.min(max, this.#target + by);
    this.#grownAt = clock.now();
    if (this.#target > base) this.#shrinkLater();
  }

  /** What stands ready for a rush that is over would stand there until the next. */
  #shrinkLater(): void {
    if (this.#shrinking || this.#closed) return;
    this.#shrinking = true;
    this.#options.clock.at(this.#grownAt + shrinkAfterMs, () => {
      const { clock, base } = this.#options;
      this.#shrinking = false;
      if (this.#closed) return;
      if (clock.now() < this.#grownAt + shrinkAfterMs) return this.#shrinkLater();
      this.#target = base;
      for (const environment of this.#idle.splice(base)) environment.stop();
    });
  }

  #refillLater(waits = refillWaitsMax): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    this.#options.clock.at(this.#options.clock.now() + refillAfterMs, () => {
      this.#scheduled = false;
      if (waits > 0 && this.#options.isBusy?.()) this.#refillLater(waits - 1);
      else this.fill();
    });
  }
}
