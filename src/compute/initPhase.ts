/** Init of one environment: how long it takes, and how it ends. */
import { performance } from 'node:perf_hooks';
import type { Clock, Timer } from '../kernel/index.ts';
import type { EnvironmentSpec } from './port.ts';
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

  /** @returns when it began, in milliseconds since the epoch. A debugger takes its time. */
  begin(clock: Clock, spec: EnvironmentSpec, onTimeout: () => void): number {
    const startedAt = clock.now();
    this.#began = performance.now();
    if (spec.inspectPort === undefined) this.#timer = clock.at(startedAt + spec.initTimeoutMs, onTimeout);
    return startedAt;
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
