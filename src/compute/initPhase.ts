/**
 * Init of one environment: the order to load the function, how long that takes, and how it ends. When it fails before
 * the invocation that it was for has begun, it is done once more as part of that invocation, in its time:
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
 */
import { performance } from 'node:perf_hooks';
import type { Timer } from '../kernel/index.ts';
import type { CodeUse } from './codeCache.ts';
import type { EnvironmentLog } from './environmentLog.ts';
import type { EnvironmentStart } from './environmentStart.ts';
import type { Extensions } from './extensions/extensions.ts';
import { orderInit } from './initOrder.ts';
import type { EnvironmentIdentity, EnvironmentSpec } from './port.ts';
import { hundredths } from './running.ts';
import type { RuntimeHost } from './runtimeProcess.ts';

export class InitPhase {
  /** Resolves when Init has succeeded; rejects, with the type of the error, when it hasn't. */
  readonly loaded: Promise<void>;
  isLoaded = false;
  /** It has ended, one way or the other. */
  isOver = false;
  /** It is part of an invocation, since the first one failed. */
  isAgain = false;
  /** As the function's log knows the environment. */
  #identity: EnvironmentIdentity = { id: '', startedAt: 0 };
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

  /**
   * Lets the runtime load the function, once its extensions are there. A debugger takes its time; Init within an
   * invocation takes that of the invocation.
   * @param failed Init of the environment whose place this one takes.
   */
  begin(
    start: EnvironmentStart<unknown>,
    spec: EnvironmentSpec,
    { process, extensions }: { process: Pick<RuntimeHost, 'send' | 'supervisor'>; extensions: Extensions },
    failed: InitPhase | undefined,
    onTimeout: () => void,
  ): void {
    const { clock, request, runtimeApi, placed } = start;
    const startedAt = clock.now();
    this.#extensions = extensions;
    this.#began = performance.now();
    this.isAgain = failed !== undefined;
    if (spec.inspectPort === undefined && !this.isAgain)
      this.#timer = clock.at(startedAt + spec.initTimeoutMs, onTimeout);
    // What was started with its function has its own name in its variables.
    this.#identity = failed && !placed ? failed.#identity : { id: request.id, startedAt };
    const { message, code } = orderInit(start, spec, this.#identity, this.#log, this.isAgain);
    this.#code = code;
    extensions.begin(spec, process.supervisor);
    if (!extensions.hasExternal) process.send(message);
    else
      extensions.whenRegistered(() => {
        if (runtimeApi) process.supervisor?.startRuntime();
        process.send(message);
      });
  }

  /** The runtime hands over what it has compiled. */
  handCode(body: Buffer): void {
    this.#code?.hand(body);
  }

  /** The runtime is ready; `then` is called when the extensions are too. */
  succeeded(then: () => void): void {
    this.#code?.close();
    this.#log.initRuntimeDone('success');
    const ready = () => {
      this.#timer?.cancel();
      const initMs = this.#elapsedMs();
      // Within an invocation it is no duration of its own: the invocation's has it.
      if (!this.isAgain) this.reportMs = initMs;
      this.isLoaded = true;
      this.isOver = true;
      this.#load.resolve();
      this.#extensions?.initialized();
      this.#log.initReport(initMs, 'success');
      then();
    };
    if (this.#extensions?.hasExternal) this.#extensions.whenIdle(ready);
    else ready();
  }

  /** @param timeoutMs when that was the reason. */
  failed(errorType: string, timeoutMs?: number): void {
    this.cutShort(errorType);
    this.#extensions?.initialized();
    const status = timeoutMs === undefined ? 'error' : 'timeout';
    this.#log.initReport(timeoutMs ?? this.#elapsedMs(), status, errorType);
  }

  /** It ends before there is a function whose log could tell of it. */
  cutShort(errorType = 'Runtime.ExitError'): void {
    this.#timer?.cancel();
    this.isOver = true;
    this.#load.reject(new Error(errorType));
  }

  #elapsedMs(): number {
    return hundredths(performance.now() - this.#began);
  }
}
