/**
 * One execution environment: a sandboxed process with a runtime in it, from its start to its end. It runs one
 * invocation at a time and writes the platform's lines around it.
 */
import { rm } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { assert } from '../kernel/index.ts';
import { EnvironmentLog } from './environmentLog.ts';
import type { EnvironmentStart } from './environmentStart.ts';
import { Extensions } from './extensions/extensions.ts';
import type { ShutdownReason } from './extensions/registry.ts';
import {
  endFailure,
  errorTypeOf,
  exitReason,
  extensionFailure,
  type Failure,
  type LoggedFailure,
  timeoutFailure,
  tooLargeFailure,
} from './failures.ts';
import { fromFunction } from './frames.ts';
import { type InitOrder, orderInit } from './initOrder.ts';
import { InitPhase } from './initPhase.ts';
import { canMove, move, type Phase } from './lifecycle.ts';
import { responseBytesMax, tellingMsMax } from './limits.ts';
import { MemoryUse } from './memory.ts';
import { invocationFrame } from './messages.ts';
import type { Status } from './platformEvents.ts';
import type { EnvironmentSpec, Invocation, InvocationResult, InvocationUsage } from './port.ts';
import { type Outcome, Running } from './running.ts';
import { type RuntimeHost, type RuntimeListener, RuntimeProcess } from './runtimeProcess.ts';
import { makeFolders, placeFiles } from './sandboxFolders.ts';

export class Environment {
  readonly id: string;
  readonly slot: number;
  /** Resolves when the runtime is up; rejects when it ends before. */
  readonly booted: Promise<void>;
  readonly init = new InitPhase();
  /** Milliseconds of the monotonic clock at which it last became free. */
  freeSince = 0;
  #phase: Phase = 'starting';
  readonly #start: EnvironmentStart<Environment>;
  readonly #process: RuntimeHost;
  readonly #boot = Promise.withResolvers<void>();
  #spec: EnvironmentSpec | undefined;
  #running: Running | undefined;
  readonly #memory = new MemoryUse();
  readonly #log: EnvironmentLog;
  readonly #extensions: Extensions;
  #code: InitOrder['code'];

  constructor(start: EnvironmentStart<Environment>) {
    this.#start = start;
    this.#log = new EnvironmentLog(start.clock, () =>
      this.#running?.startedAt === undefined ? undefined : this.#running.invocation.requestId,
    );
    this.id = start.request.id;
    this.slot = start.request.slot;
    this.booted = this.#boot.promise;
    this.booted.catch(() => {});
    makeFolders(start.request.folder);
    this.#extensions = new Extensions({
      ...start,
      log: this.#log,
      address: start.driver.address(this.slot),
      onFailed: (errorType, reason) => this.#extensionFailed(errorType, reason),
      onRuntimeExit: (status) => this.#runtimeGone(status),
    });
    start.api.serveExtensions(this.#extensions);
    const listener: RuntimeListener = {
      onFrame: (kind, body) => this.#onFrame(kind, body),
      onTooLarge: () => this.#failed(tooLargeFailure(responseBytesMax)),
      onNonsense: () => this.stop('failure'),
      onLine: (line) => this.#log.line(line),
      backlog: () => (this.#phase === 'stopping' ? undefined : this.#log.backlog),
      onGone: (status, cause) => this.#gone(status, cause),
      ...(this.#extensions.hasExternal ? { supervision: this.#extensions } : {}),
    };
    this.#process =
      start.process?.(listener) ??
      new RuntimeProcess(start.driver.launch(start.request), start.runtimeApi, listener);
    if (start.runtimeApi) {
      this.#move('idle');
      this.#boot.resolve();
    } else this.#process.supervisor?.startRuntime();
  }

  get phase(): Phase {
    return this.#phase;
  }

  get spec(): EnvironmentSpec | undefined {
    return this.#spec;
  }

  /** Gives the environment to a function: places its files and lets the runtime load them (Init). */
  async assign(spec: EnvironmentSpec): Promise<void> {
    this.#move('loading');
    this.#spec = spec;
    this.#log.assign(spec);
    const { clock, request, placed } = this.#start;
    if (!placed) {
      const placing = placeFiles(spec, request.folder);
      if (placing) await placing;
    }
    const startedAt = this.init.begin(clock, spec, () => this.#initTimedOut(spec.initTimeoutMs));
    const order = orderInit(this.#start, spec, { id: this.id, startedAt }, this.#log);
    this.#code = order.code;
    const extensions = this.#extensions;
    const { supervisor } = this.#process;
    extensions.begin(spec, supervisor);
    const send = () => this.#process.send(order.message);
    if (!extensions.hasExternal) return send();
    extensions.whenRegistered(() => {
      if (this.#start.runtimeApi) supervisor?.startRuntime();
      send();
    });
  }

  /** Runs one invocation; right after `assign` it needn't wait for Init: the runtime reads it when it is ready. */
  run(invocation: Invocation): Promise<InvocationResult> {
    assert(this.#running === undefined, 'an environment runs one invocation at a time');
    return new Promise((resolve) => {
      this.#running = new Running(invocation, this.#spec?.memoryMb ?? 0, resolve);
      if (!canMove(this.#phase, 'running')) {
        this.#ended(1);
        return;
      }
      if (this.#phase === 'frozen') this.#thaw();
      // Extensions must be ready too before the runtime goes on.
      if (this.#phase === 'loading' && this.#extensions.hasExternal) return;
      if (this.#phase !== 'loading') this.#began();
      this.#process.send(invocationFrame(invocation));
    });
  }

  /** Stops the processes from being scheduled; the next `run` wakes them. @returns false when it is too early. */
  freeze(): boolean {
    // A debugger finds nobody in a process that is stopped.
    if (this.#spec?.inspectPort !== undefined) return true;
    // What extensions are being told they hear first, unless they don't listen.
    if (this.#extensions.isTelling && performance.now() - this.freeSince < tellingMsMax) return false;
    this.#move('frozen');
    this.#extensions.freeze();
    this.#process.signal('SIGSTOP');
    return true;
  }

  #thaw(): void {
    this.#process.signal('SIGCONT');
    this.#extensions.thaw();
  }

  /** Looks at the memory of what is running and ends it when it holds more than its function may. */
  checkMemory(): void {
    const spec = this.#spec;
    if (!spec || !this.#running || spec.inspectPort !== undefined) return;
    const boundBytes = spec.memoryMb * 1024 * 1024;
    if (!this.#memory.exceeds(this.#process.memory(boundBytes), spec.memoryMb)) return;
    const { supervisor } = this.#process;
    if (supervisor) supervisor.signalRuntime('SIGKILL');
    else this.#process.signal('SIGKILL');
  }

  /** Kills it, after its extensions have had their time; what it was doing ends with a failure. */
  stop(reason: ShutdownReason = 'spindown'): void {
    const from = this.#phase;
    if (from === 'stopping' || from === 'stopped') return;
    this.#move('stopping');
    if (!this.#extensions.hasExternal || !this.#spec) {
      this.#process.signal('SIGKILL');
      return;
    }
    if (from === 'frozen') this.#thaw();
    void this.#extensions.shutdown(reason).finally(() => this.#process.signal('SIGKILL'));
  }

  #onFrame(kind: number, body: Buffer): void {
    // What was under way when it was told to stop.
    const ending = this.#phase === 'stopping' || this.#phase === 'stopped';
    if (ending && kind !== fromFunction.log) return;
    switch (kind) {
      case fromFunction.booted:
        this.#move('idle');
        this.#boot.resolve();
        break;
      case fromFunction.code:
        this.#code?.hand(body);
        break;
      case fromFunction.initialized:
        this.#initialized(body);
        break;
      case fromFunction.initFailed:
        this.#initFailed(body);
        break;
      case fromFunction.log:
        this.#log.line(body.toString('utf8'));
        break;
      case fromFunction.result:
        this.#memory.told(body);
        this.#succeeded(body.subarray(4));
        break;
      case fromFunction.streamOpened:
        this.#running?.invocation.onStream?.open(body.toString('utf8'));
        break;
      case fromFunction.streamChunk:
        this.#streamed(body);
        break;
      case fromFunction.failed:
        this.#memory.told(body);
        // The fifth byte says that the runtime ends itself after this.
        if (body[4] === 1) this.stop('failure');
        this.#failed({ errorType: errorTypeOf(body.subarray(5)), payload: body.subarray(5) });
        break;
      default:
        this.stop('failure');
    }
  }

  #initialized(body: Buffer): void {
    this.#code?.close();
    this.#memory.told(body);
    this.#log.initRuntimeDone('success');
    if (this.#extensions.hasExternal) this.#extensions.whenIdle(() => this.#loaded());
    else this.#loaded();
  }

  /** The runtime and all extensions are ready. */
  #loaded(): void {
    const initMs = this.init.succeeded();
    this.#extensions.initialized();
    this.#log.initReport(initMs, 'success');
    if (this.#running) {
      this.#began();
      if (this.#extensions.hasExternal) this.#process.send(invocationFrame(this.#running.invocation));
    } else this.#move('ready');
  }

  #initFailed(body: Buffer): void {
    const errorType = errorTypeOf(body);
    this.#log.initRuntimeDone('error', errorType);
    this.#initEnded(errorType);
    if (this.#running) this.#failed({ errorType, payload: Buffer.from(body) });
    this.stop('failure');
  }

  /** Init has failed; an invocation that waited for it begins, and fails too. */
  #initEnded(errorType: string, timeoutMs?: number): void {
    const initMs = this.init.failed(errorType, timeoutMs);
    this.#extensions.initialized();
    this.#log.initReport(initMs, timeoutMs === undefined ? 'error' : 'timeout', errorType);
    this.#began(false);
  }

  #initTimedOut(timeoutMs: number): void {
    if (this.#phase !== 'loading') return;
    this.#initEnded('Sandbox.Timedout', timeoutMs);
    if (this.#running) this.#timedOut(timeoutMs);
    else this.stop('timeout');
  }

  /** The function's code begins to run the invocation. @param isShared with extensions. */
  #began(isShared = true): void {
    const running = this.#running;
    if (!running) return;
    this.#move('running');
    const { timeoutMs } = running.invocation;
    const now = this.#start.clock.now();
    running.startedAt = performance.now();
    this.#log.start(now, running.invocation);
    if (this.#spec?.inspectPort === undefined)
      running.timer = this.#start.clock.at(now + timeoutMs, () => this.#timedOut(timeoutMs));
    if (!isShared || this.#extensions.registry.isEmpty) return;
    running.isShared = true;
    this.#extensions.invoke(running.invocation, now + timeoutMs);
  }

  #streamed(bytes: Buffer): void {
    const failure = this.#running?.streamed(bytes);
    if (!failure) return;
    this.#failed(failure);
    this.stop('failure');
  }

  #succeeded(returned: Buffer): void {
    const payload = this.#running?.payload(returned) ?? returned;
    if (payload.length > responseBytesMax) this.#failed(tooLargeFailure(responseBytesMax));
    else this.#answered({ ok: true, payload }, 'success');
  }

  #failed({ errorType, payload }: Failure): void {
    this.#answered({ ok: false, kind: 'Unhandled', payload }, 'error', errorType);
  }

  /** The runtime is done. Its answer goes out; the invocation lasts until its extensions are done too. */
  #answered(outcome: Outcome, status: 'success' | 'error', errorType?: string): void {
    const running = this.#running;
    if (!running || running.answered) return;
    const extensions = this.#extensions;
    const isAlone = this.#phase !== 'running' || !running.isShared || extensions.isIdle;
    const usage = this.#usage(running, status);
    running.done(this.#log, status, usage, outcome.payload.length, errorType);
    if (isAlone) {
      this.#settle({ ...outcome, ...this.#finish(status, errorType, usage) });
      return;
    }
    running.answer({ ...outcome, ...usage }, this.#start.clock.now());
    extensions.whenIdle(() => {
      if (this.#running === running) this.#settle({ ...outcome, ...this.#finish(status, errorType) });
    });
  }

  #timedOut(timeoutMs: number): void {
    const running = this.#running;
    if (!running) return;
    const failure = timeoutFailure(running.invocation.requestId, timeoutMs, this.#start.clock.now());
    this.#broke(failure, 'timeout');
    this.stop('timeout');
  }

  /** An extension can't go on: neither can the environment. */
  #extensionFailed(errorType: string, reason: string): void {
    if (this.#phase === 'stopping' || this.#phase === 'stopped') return;
    if (this.#phase === 'loading') this.#initEnded(errorType);
    const requestId = this.#running?.invocation.requestId;
    if (requestId) this.#broke(extensionFailure(requestId, errorType, reason), 'error', errorType);
    this.stop('failure');
  }

  /** The runtime has ended, in a sandbox that extensions live in. */
  #runtimeGone(status: number): void {
    if (this.#phase === 'stopping' || this.#phase === 'stopped') return;
    this.#runtimeEnded(status);
    this.stop('failure');
  }

  /** The process is gone in the midst of an invocation. */
  #ended(status: number, cause?: Error): void {
    const running = this.#running;
    if (!running) return;
    const { requestId } = running.invocation;
    if (this.#process.wasOutOfMemory) this.#memory.ranOut(this.#spec?.memoryMb ?? 0);
    if (running.startedAt === undefined) running.startedAt = performance.now();
    const isCustom = this.#start.request.language.kind === 'provided';
    const failure = endFailure(requestId, status, isCustom, cause);
    this.#broke(failure, 'error', this.#memory.isExceeded ? 'Runtime.OutOfMemory' : failure.errorType);
  }

  /** What runs is ended by its environment. @param errorType for the report. */
  #broke({ line, payload }: LoggedFailure, status: 'error' | 'timeout', errorType?: string): void {
    this.#log.fault(line);
    const usage = this.#finish(status, errorType);
    const timedOut = status === 'timeout' ? { timedOut: true } : {};
    this.#settle({ ok: false, kind: 'Unhandled', payload, ...timedOut, ...usage });
  }

  /** The invocation is over: its report is written. @param known what it took, when that is known. */
  #finish(status: Status, errorType?: string, known?: InvocationUsage): InvocationUsage {
    const running = this.#running;
    assert(running, 'only a running invocation finishes');
    const usage = running.finish(this.#log, status, known ?? this.#usage(running, status), errorType);
    this.init.reportMs = undefined;
    return usage;
  }

  #usage(running: Running, status: Status): InvocationUsage {
    if (this.#memory.usedMb === 0) this.#memory.sample(this.#process.memory(Number.POSITIVE_INFINITY));
    return running.usage(status, this.#memory.usedMb, this.init.reportMs);
  }

  #settle(result: InvocationResult): void {
    const running = this.#running;
    this.#running = undefined;
    if (this.#phase === 'running') this.#move('ready');
    this.freeSince = performance.now();
    running?.settle(result);
  }

  #gone(status: number, cause?: Error): void {
    if (this.#phase === 'stopped') return;
    this.#move('stopped');
    this.#start.api.close();
    this.#extensions.close();
    this.#runtimeEnded(status, cause);
    rm(this.#start.request.folder, { recursive: true, force: true })
      .catch(() => {})
      .finally(() => this.#start.onStopped(this));
  }

  #runtimeEnded(status: number, cause?: Error): void {
    const why = [cause?.message ?? exitReason(status), this.#log.bootOutput].filter(Boolean).join(': ');
    this.#boot.reject(new Error(`the runtime ended before it was up: ${why}`));
    if (!this.init.isLoaded) this.init.failed('Runtime.ExitError');
    this.#ended(status, cause);
  }

  #move(to: Phase): void {
    this.#phase = move(this.#phase, to);
  }
}
