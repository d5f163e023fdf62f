/** Init of one environment: how long it takes, and how it ends. */
import { performance } from 'node:perf_hooks';
import type { Clock, Timer } from '../kernel/index.ts';
import { hundredths } from './running.ts';

export class InitPhase {
  /** Resolves when Init has succeeded; rejects, with the type of the error, when it hasn't. */
  readonly loaded: Promise<void>;
  isLoaded = false;
  /** What the report of the first invocation says. Milliseconds. */
  reportMs: number | undefined;
  readonly #load = Promise.withResolvers<void>();
  #began = 0;
  #timer: Timer | undefined;

  constructor() {
    this.loaded = this.#load.promise;
    this.loaded.catch(() => {});
  }

  begin(): void {
    this.#began = performance.now();
  }

  /** @param time milliseconds since the epoch. */
  endAt(clock: Clock, time: number, onTimeout: () => void): void {
    this.#timer = clock.at(time, onTimeout);
  }

  /** @returns milliseconds that it took. */
  succeeded(): number {
    this.#timer?.cancel();
    this.reportMs = this.#elapsedMs();
    this.isLoaded = true;
    this.#load.resolve();
    return this.reportMs;
  }

  /** @param timeoutMs when that was the reason. @returns milliseconds that it took. */
  failed(errorType: string, timeoutMs?: number): number {
    this.#timer?.cancel();
    this.#load.reject(new Error(errorType));
    this.reportMs = timeoutMs;
    return timeoutMs ?? this.#elapsedMs();
  }

  #elapsedMs(): number {
    return hundredths(performance.now() - this.#began);
  }
}
