/** Init of one environment: the order to load the function, how long that takes, and how it ends. */
import { performance } from 'node:perf_hooks';
import type { Timer } from '../kernel/index.ts';
import type { CodeUse } from './codeCache.ts';
import type { EnvironmentLog } from './environmentLog.ts';
import type { EnvironmentStart } from './environmentStart.ts';
import type { Extensions } from './extensions/extensions.ts';
import { fromFunction } from './frames.ts';
import { orderInit } from './initOrder.ts';
import type { EnvironmentSpec } from './port.ts';
import { hundredths } from './running.ts';
import type { RuntimeProcess } from './runtimeProcess.ts';

export class InitPhase {
  /** Resolves when Init has succeeded; rejects, with the type of the error, when it hasn't. */
  readonly loaded: Promise<void>;
  isLoaded = false;
  /** What the report of the first invocation says. Milliseconds. */
  reportMs: number | undefined;
  readonly #log: EnvironmentLog;
  readonly #load = Promise.withResolvers<void>();
  #extensions: Extensions | undefined;
  #code: CodeUse | undefined;
  #began = 0;
  #timer: Timer | undefined;

  constructor(log: EnvironmentLog) {
    this.#log = log;
    this.loaded = this.#load.promise;
    this.loaded.catch(() => {});
  }

  /** Lets the runtime load the function, once its extensions are there. A debugger takes its time. */
  begin(
    start: EnvironmentStart<unknown>,
    spec: EnvironmentSpec,
    { process, extensions }: { process: Pick<RuntimeProcess, 'send' | 'supervisor'>; extensions: Extensions },
    onTimeout: () => void,
  ): void {
    const { clock, request, runtimeApi } = start;
    const startedAt = clock.now();
    this.#extensions = extensions;
    this.#began = performance.now();
    if (spec.inspectPort === undefined) this.#timer = clock.at(startedAt + spec.initTimeoutMs, onTimeout);
    const { message, code } = orderInit(start, spec, { id: request.id, startedAt }, this.#log);
    this.#code = code;
    extensions.begin(spec, process.supervisor);
    if (!extensions.hasExternal) process.send(message);
    else
      extensions.whenRegistered(() => {
        if (runtimeApi) process.supervisor?.startRuntime();
        process.send(message);
      });
  }

  /** The runtime hands over what it has compiled. @returns false when it says something else. */
  onFrame(kind: number, body: Buffer): boolean {
    if (kind !== fromFunction.code) return false;
    this.#code?.hand(body);
    return true;
  }

  /** The runtime is ready; `then` is called when the extensions are too. */
  succeeded(then: () => void): void {
    this.#code?.close();
    this.#log.initRuntimeDone('success');
    const ready = () => {
      this.#timer?.cancel();
      this.reportMs = this.#elapsedMs();
      this.isLoaded = true;
      this.#load.resolve();
      this.#extensions?.initialized();
      this.#log.initReport(this.reportMs, 'success');
      then();
    };
    if (this.#extensions?.hasExternal) this.#extensions.whenIdle(ready);
    else ready();
  }

  /** @param timeoutMs when that was the reason. */
  failed(errorType: string, timeoutMs?: number): void {
    this.#end(errorType, timeoutMs);
    this.#extensions?.initialized();
    const status = timeoutMs === undefined ? 'error' : 'timeout';
    this.#log.initReport(timeoutMs ?? this.#elapsedMs(), status, errorType);
  }

  /** The process is gone. */
  cutShort(): void {
    if (!this.isLoaded) this.#end('Runtime.ExitError');
  }

  #end(errorType: string, timeoutMs?: number): void {
    this.#timer?.cancel();
    this.#load.reject(new Error(errorType));
    this.reportMs = timeoutMs;
  }

  #elapsedMs(): number {
    return hundredths(performance.now() - this.#began);
  }
}
