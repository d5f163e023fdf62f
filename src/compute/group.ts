/** The environments of one key (a version of a function as it stands), and the invocations that wait for one. */
import { performance } from 'node:perf_hooks';
import type { Clock, Timer } from '../kernel/index.ts';
import type { Environment } from './environment.ts';
import type { EnvironmentSpec } from './port.ts';

export interface Waiter {
  readonly resolve: (environment: Environment) => void;
  readonly reject: (cause: unknown) => void;
  /** Milliseconds of the monotonic clock at which a new environment is started for it. */
  readonly startAt: number;
  isStarting: boolean;
}

/** The weight of the newest invocation in the average. */
const newest = 0.1;

/** A new environment on its way for whoever of a group waits longest for one. */
export class Start {
  readonly #group: Group;
  #isOver = false;

  constructor(group: Group) {
    this.#group = group;
    group.starting++;
  }

  /** False when others have become free for so many that this one isn't needed. */
  get isWanted(): boolean {
    return this.#isOver || this.#group.needsAllStarts;
  }

  /** It doesn't begin. */
  withdraw(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#group.starting--;
  }

  /** @returns who waits for it; the patient ones wait for others to be done. */
  end(): Waiter | undefined {
    this.withdraw();
    const { waiting } = this.#group;
    const at = waiting.findIndex(({ isStarting }) => isStarting);
    return at < 0 ? undefined : waiting.splice(at, 1)[0];
  }
}

export class Group {
  readonly key: string;
  readonly ready: Environment[] = [];
  readonly waiting: Waiter[] = [];
  retired = false;
  /** How many are kept initialized whether they are used or not. */
  kept: { spec: EnvironmentSpec; count: number } | undefined;
  /** How many of those that are kept are on their way. */
  coming = 0;
  /** Starts under way for those who wait; never fewer than those who wait for one. */
  starting = 0;
  /** Environments with an invocation. */
  #busy = 0;
  /** How long invocations take of late, in milliseconds; unknown until one has ended. */
  #pace = Number.POSITIVE_INFINITY;
  #impatience: Timer | undefined;

  constructor(key: string) {
    this.key = key;
  }

  began(): void {
    this.#busy++;
  }

  /** @param durationMs of an invocation that has ended; undefined when it never began. */
  ended(durationMs: number | undefined): void {
    this.#busy--;
    if (durationMs === undefined) return;
    this.#pace = Number.isFinite(this.#pace) ? this.#pace + (durationMs - this.#pace) * newest : durationMs;
  }

  /** Whether one more invocation finds an environment free within `ms` milliseconds, by what they took of late. */
  isFreeWithin(ms: number): boolean {
    return this.#busy > 0 && (this.#pace * (this.waiting.length + 1)) / this.#busy < ms;
  }

  /** The environment that was used last: the others may rest, and be reclaimed. */
  free(): Environment | undefined {
    for (;;) {
      const environment = this.ready.pop();
      if (!environment) return undefined;
      if (environment.phase === 'ready' || environment.phase === 'frozen') return environment;
    }
  }

  /** Whether all starts under way are still waited for. */
  get needsAllStarts(): boolean {
    let count = 0;
    for (const waiter of this.waiting) if (waiter.isStarting) count++;
    return count >= this.starting;
  }

  /**
   * The next environment that is free. An invocation that will find one sooner than a new one is up waits for that one: it
   * is answered earlier, and nothing is started in vain.
   * @param startMs how long a new one takes to be up, in milliseconds.
   * @param start begins a new one for a waiter: at once, or when the others have not been as quick as expected.
   */
  wait(clock: Clock, startMs: number, start: (start: Start) => void): Promise<Environment> {
    const isQuick = this.isFreeWithin(startMs);
    return new Promise((resolve, reject) => {
      const startAt = performance.now() + (isQuick ? startMs : 0);
      this.waiting.push({ resolve, reject, startAt, isStarting: !isQuick });
      if (isQuick) this.#startLater(clock, startMs, start);
      else start(new Start(this));
    });
  }

  #startLater(clock: Clock, startMs: number, start: (start: Start) => void): void {
    this.#impatience ??= clock.at(clock.now() + startMs, () => {
      this.#impatience = undefined;
      const now = performance.now();
      let isPatient = false;
      // Those that come next have been here for less time.
      for (const waiter of [...this.waiting]) {
        if (waiter.isStarting) continue;
        if (waiter.startAt > now) isPatient = true;
        else {
          waiter.isStarting = true;
          start(new Start(this));
        }
      }
      if (isPatient) this.#startLater(clock, startMs, start);
    });
  }
}
