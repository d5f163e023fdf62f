/**
 * Time as an argument. This is the only file that reads the machine's clock or arms its timers
 * (a lint rule says so), so that a test can move time and a TTL of a day expires in a millisecond.
 */

/** A pending timer; cancelling twice is harmless. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `run` once when `now() >= dueAt` (milliseconds since the epoch); at once if that has passed. */
  at(dueAt: number, run: () => void): Timer;
  /** Resolves after `ms` milliseconds of this clock; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** `setTimeout` overflows past 2^31-1 ms (24.8 days) and fires at once; longer waits are taken in hops. */
const longestTimeoutMs = 2 ** 31 - 1;

abstract class BaseClock implements Clock {
  abstract now(): number;
  abstract at(dueAt: number, run: () => void): Timer;

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        timer.cancel();
        reject(signal?.reason);
      };
      const timer = this.at(this.now() + ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}

/** The machine's clock. */
export class SystemClock extends BaseClock {
  readonly #keepAlive: boolean;

  /** @param options.keepAlive whether a pending timer keeps the process alive (a command that polls); a server's don't. */
  constructor(options: { keepAlive?: boolean } = {}) {
    super();
    this.#keepAlive = options.keepAlive ?? false;
  }

  now(): number {
    return Date.now();
  }

  at(dueAt: number, run: () => void): Timer {
    let handle: NodeJS.Timeout;
    const arm = () => {
      const wait = Math.max(0, dueAt - this.now());
      handle = wait > longestTimeoutMs ? setTimeout(arm, longestTimeoutMs) : setTimeout(run, wait);
      if (!this.#keepAlive) handle.unref();
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  }
}

/**
 * A clock that tests move. It runs with the machine's time until it is first moved or frozen; `advance`
 * fires every timer that falls due on the way, in order, letting promise chains settle between two.
 */
export class VirtualClock extends BaseClock {
  readonly #timers = new Set<{ dueAt: number; order: number; run: () => void; system: Timer | undefined }>();
  readonly #system = new SystemClock();
  #offset = 0;
  #frozenAt: number | undefined;
  #order = 0;

  /** @param startAt milliseconds since the epoch at which the clock stands frozen; absent: runs with the machine. */
  constructor(startAt?: number) {
    super();
    this.#frozenAt = startAt;
  }

  now(): number {
    return this.#frozenAt ?? this.#system.now() + this.#offset;
  }

  at(dueAt: number, run: () => void): Timer {
    const timer = { dueAt, order: this.#order++, run, system: undefined as Timer | undefined };
    this.#timers.add(timer);
    this.#arm(timer);
    return {
      cancel: () => {
        timer.system?.cancel();
        this.#timers.delete(timer);
      },
    };
  }

  /** Stops the clock where it stands; from here on only `advance` and `set` move it. */
  freeze(): void {
    this.#frozenAt = this.now();
    for (const timer of this.#timers) this.#arm(timer);
  }

  /** Lets the clock run with the machine again, from where it stands. */
  resume(): void {
    this.#offset = this.now() - this.#system.now();
    this.#frozenAt = undefined;
    for (const timer of this.#timers) this.#arm(timer);
  }

  /** Moves the clock forward by `ms`, firing what falls due on the way. */
  async advance(ms: number): Promise<void> {
    await this.set(this.now() + ms);
  }

  /** Moves the clock to `time` (milliseconds since the epoch); never backwards. */
  async set(time: number): Promise<void> {
    const running = this.#frozenAt === undefined;
    this.freeze();
    await settle();
    for (;;) {
      let next: { dueAt: number; order: number; run: () => void; system: Timer | undefined } | undefined;
      for (const timer of this.#timers) {
        if (timer.dueAt > time) continue;
        if (!next || timer.dueAt < next.dueAt || (timer.dueAt === next.dueAt && timer.order < next.order)) {
          next = timer;
        }
      }
      if (!next) break;
      this.#timers.delete(next);
      this.#frozenAt = Math.max(this.now(), next.dueAt);
      next.run();
      await settle();
    }
    this.#frozenAt = Math.max(this.now(), time);
    await settle();
    if (running) this.resume();
  }

  #arm(timer: { dueAt: number; run: () => void; system: Timer | undefined }): void {
    timer.system?.cancel();
    timer.system = undefined;
    if (this.#frozenAt !== undefined && timer.dueAt > this.#frozenAt) return;
    timer.system = this.#system.at(timer.dueAt - this.#offset, () => {
      if (this.#timers.delete(timer as never)) timer.run();
    });
  }
}

/** Lets promise chains and one turn of the event loop run, so that work started by a timer can arm the next. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
