/**
 * One execution environment: a sandboxed process with a runtime in it, from its start to its end. It runs one
 * invocation at a time and writes the platform's lines around it.
 */
import { rm } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { assert } from '../kernel/index.ts';
import { EnvironmentLog } from './environmentLog.ts';
import { type EnvironmentStart, hostOf, whenAsked } from './environmentStart.ts';
import { Extensions } from './extensions/extensions.ts';
import type { ShutdownReason } from './extensions/registry.ts';
import {
  bootFailure,
  endFailure,
  errorTypeOf,
  extensionFailure,
  type Failure,
  type LoggedFailure,
  timeoutFailure,
  tooLargeFailure,
} from './failures.ts';
import { fromFunction } from './frames.ts';
import { InitPhase } from './initPhase.ts';
import { canMove, move, type Phase } from './lifecycle.ts';
import { responseBytesMax, tellingMsMax } from './limits.ts';
import { MemoryUse } from './memory.ts';
import { invocationFrame } from './messages.ts';
import type { Status } from './platformEvents.ts';
import type { EnvironmentSpec, Invocation, InvocationResult, InvocationUsage } from './port.ts';
import { Restoration } from './restoration.ts';
import { type Outcome, Running } from './running.ts';
import { type RuntimeEvents, tell } from './runtimeEvents.ts';
import type { RuntimeHost, RuntimeListener } from './runtimeProcess.ts';
import { makeFolders, placeFiles } from './sandboxFolders.ts';

export class Environment {
  readonly id: string;
  readonly slot: number;
  readonly #boot = Promise.withResolvers<void>();
  /** Resolves when the runtime is up; rejects when it ends before. */
  readonly booted: Promise<void> = this.#boot.promise;
  readonly init: InitPhase;
  /** Milliseconds of the monotonic clock at which it last became free. */
  freeSince = 0;
  /** Calls back when the runtime is there for another invocation: after an error, a custom one may be ending. */
  readonly whenAsking = (run: () => void): void => whenAsked(this.#start, run);
  /** Whose environment it is, once it is a function's. */
  spec: EnvironmentSpec | undefined;
  #phase: Phase = 'starting';
  readonly #start: EnvironmentStart<Environment>;
  readonly #process: RuntimeHost;
  #running: Running | undefined;
  readonly #memory = new MemoryUse();
  readonly #log: EnvironmentLog;
  readonly #extensions: Extensions;
  #restoration: Restoration | undefined;

  constructor(start: EnvironmentStart<Environment>) {
    this.#start = start;
    this.#log = new EnvironmentLog(start.clock, () =>
      this.#running?.startedAt === undefined ? undefined : this.#running.invocation.requestId,
    );
    this.init = new InitPhase(this.#log);
    this.id = start.request.id;
    this.slot = start.request.slot;
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
      onFrame: (kind, body) => {
        // What was under way when it was told to stop isn't heard.
        const isEnding = this.#phase === 'stopping' || this.#phase === 'stopped';
        if (!isEnding || kind === fromFunction.log) tell(this.#events, kind, body);
      },
      onTooLarge: () => this.#failed(tooLargeFailure(responseBytesMax)),
      onNonsense: () => this.stop('failure'),
      onLine: (line) => this.#log.line(line),
      backlog: () => (this.#phase === 'stopping' ? undefined : this.#log.backlog),
      onGone: (status, cause) => this.#gone(status, cause),
      ...(this.#extensions.hasExternal ? { supervision: this.#extensions } : {}),
    };
    this.#process = hostOf(start, listener);
    if (start.runtimeApi) {
      this.#move('idle');
      this.#boot.resolve();
    } else this.#process.supervisor?.startRuntime();
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Nothing has been invoked in it yet. */
  get isSnapshot(): boolean {
    return this.#restoration?.isAhead === true && this.init.isLoaded;
  }

  /**
   * Gives the environment to a function: places its files and lets the runtime load them (Init).
   * @param failed Init of the environment whose place this one takes: this one's is part of the invocation then.
   */
  async assign(spec: EnvironmentSpec, failed?: InitPhase): Promise<void> {
    this.#move('loading');
    this.spec = spec;
    this.#log.assign(spec);
    const placing = this.#start.placed ? undefined : placeFiles(spec, this.#start.request.folder);
    if (placing) await placing;
    this.#restoration = Restoration.of(spec, this.#start, this.#log, this.#restored);
    const around = { process: this.#process, extensions: this.#extensions };
    this.init.begin(this.#start, spec, around, failed, () => this.#initTimedOut(spec.initTimeoutMs));
  }

  /**
   * Runs one invocation; right after `assign` it needn't wait for Init: the runtime reads it when it is ready.
   * @returns undefined when Init failed before the invocation began: another environment may try again.
   */
  run(invocation: Invocation): Promise<InvocationResult | undefined> {
    assert(this.#running === undefined, 'an environment runs one invocation at a time');
    return new Promise((resolve) => {
      this.#running = new Running(invocation, this.spec?.memoryMb ?? 0, resolve);
      if (!canMove(this.#phase, 'running')) {
        this.#ended(1);
        return;
      }
      if (this.#phase === 'frozen') this.#thaw();
      if (this.#phase === 'loading' && this.init.isAgain) this.#startTime(this.#running);
      if (this.#phase === 'loading' && this.#waitsForInit) return;
      if (this.#restoration?.isAhead) this.#restore(this.#running);
      else {
        if (this.#phase !== 'loading') this.#began();
        this.#process.send(invocationFrame(invocation));
      }
    });
  }

  /** Extensions must be ready too before the runtime goes on; what is left of the time is known only then. */
  get #waitsForInit(): boolean {
    return this.#extensions.hasExternal || this.init.isAgain || this.#restoration !== undefined;
  }

  /** Stops the processes from being scheduled; the next `run` wakes them. @returns false when it is too early. */
  freeze(): boolean {
    // A debugger finds nobody in a process that is stopped.
    if (this.spec?.inspectPort !== undefined) return true;
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
    const spec = this.spec;
    if (!spec || !this.#running || spec.inspectPort !== undefined) return;
    if (!this.#memory.exceeds(this.#process.memory(spec.memoryMb * 2 ** 20), spec.memoryMb)) return;
    const { supervisor } = this.#process;
    if (supervisor) supervisor.signalRuntime('SIGKILL');
    else this.#process.signal('SIGKILL');
  }

  /** Kills it, after its extensions have had their time; what it was doing ends with a failure. */
  stop(reason: ShutdownReason = 'spindown'): void {
    const from = this.#phase;
    if (from === 'stopping' || from === 'stopped') return;
    this.#move('stopping');
    const isAlone = !this.#extensions.hasExternal || !this.spec;
    if (from === 'frozen' && !isAlone) this.#thaw();
    const ended = isAlone ? undefined : this.#extensions.shutdown(reason);
    if (ended) void ended.finally(() => this.#process.signal('SIGKILL'));
    else this.#process.signal('SIGKILL');
  }

  readonly #events: RuntimeEvents = {
    booted: () => {
      this.#move('idle');
      this.#boot.resolve();
    },
    code: (body) => this.init.handCode(body),
    restoreAnswer: (kind, body) => this.#restoration?.onFrame(kind, body),
    initialized: () => this.init.succeeded(() => this.#loaded()),
    initFailed: (error) => this.#initFailed(error),
    log: (line) => this.#log.line(line),
    memory: (body) => this.#memory.told(body),
    result: (payload) => this.#succeeded(payload),
    failed: (error, isFatal) => {
      if (isFatal) this.stop('failure');
      this.#failed({ errorType: errorTypeOf(error), payload: error });
    },
    streamOpened: (contentType) => this.#running?.invocation.onStream?.open(contentType),
    streamChunk: (bytes) => {
      const failure = this.#running?.streamed(bytes);
      if (!failure) return;
      this.#failed(failure);
      this.stop('failure');
    },
    nonsense: () => this.stop('failure'),
  };

  /** The runtime and all extensions are ready. */
  #loaded(): void {
    const running = this.#running;
    if (!running) this.#move('ready');
    else if (this.#restoration) this.#restore(running);
    else {
      this.#began();
      if (this.#waitsForInit)
        this.#process.send(invocationFrame(running.invocation, running.deadline - this.#start.clock.now()));
    }
  }

  #restore({ invocation }: Running): void {
    this.#move('restoring');
    this.init.reportMs = undefined;
    this.#process.send(
      Buffer.concat([(this.#restoration as Restoration).begin(), invocationFrame(invocation)]),
    );
  }

  readonly #restored = (result: InvocationResult | undefined, restoreMs: number): void => {
    if (this.#running) this.#running.restoreMs = restoreMs;
    if (!result) this.#began();
    else {
      this.#settle(result);
      this.stop('failure');
    }
  };

  #initFailed(body: Buffer): void {
    const errorType = errorTypeOf(body);
    this.#log.initRuntimeDone('error', errorType);
    this.#initEnded(errorType);
    if (this.#running) this.#failed({ errorType, payload: Buffer.from(body) });
    this.stop('failure');
  }

  /** Init has failed. An invocation that waited for it is handed back; at the second time it begins, and fails too. */
  #initEnded(errorType: string, timeoutMs?: number): void {
    this.init.failed(errorType, timeoutMs);
    if (this.init.isAgain || this.spec?.inspectPort !== undefined) this.#began(false);
    else {
      this.#running?.handBack();
      this.#running = undefined;
    }
  }

  #initTimedOut(timeoutMs: number): void {
    if (this.#phase !== 'loading') return;
    this.#initEnded('Sandbox.Timedout', timeoutMs);
    this.stop('timeout');
  }

  /** The function's code begins to run the invocation. @param isShared with extensions. */
  #began(isShared = true): void {
    const running = this.#running;
    if (!running) return;
    if (canMove(this.#phase, 'running')) this.#move('running');
    if (running.startedAt === undefined) this.#startTime(running);
    this.#log.start(this.#start.clock.now(), running.invocation);
    if (!isShared || this.#extensions.registry.isEmpty) return;
    running.isShared = true;
    this.#extensions.invoke(running.invocation, running.deadline);
  }

  #startTime(running: Running): void {
    const onTimeout = () => this.#timedOut(running.invocation.timeoutMs);
    running.begin(this.#start.clock, this.spec?.inspectPort === undefined ? onTimeout : undefined);
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
    if (this.#phase === 'loading') this.#initEnded('Sandbox.Timedout', timeoutMs);
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
    if (!running || this.#restoration?.fails('Runtime.ExitError')) return;
    const { requestId } = running.invocation;
    if (running.startedAt === undefined) running.startedAt = performance.now();
    const failure = endFailure(requestId, status, this.#start.request.language.kind === 'provided', cause);
    this.#broke(failure, 'error', this.#memory.isExceeded ? 'Runtime.OutOfMemory' : failure.errorType);
  }

  /** What runs is ended by its environment. @param errorType for the report. */
  #broke({ line, payload }: LoggedFailure, status: 'error' | 'timeout', errorType?: string): void {
    this.#log.fault(line);
    const timedOut = status === 'timeout' ? { timedOut: true } : {};
    this.#settle({ ok: false, kind: 'Unhandled', payload, ...timedOut, ...this.#finish(status, errorType) });
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
    this.#boot.reject(bootFailure(status, cause, this.#log.bootOutput));
    if (this.#process.wasOutOfMemory) this.#memory.ranOut(this.spec?.memoryMb ?? 0);
    if (!this.spec) this.init.cutShort();
    else if (!this.init.isOver)
      this.#initEnded(this.#memory.isExceeded ? 'Runtime.OutOfMemory' : 'Runtime.ExitError');
    this.#ended(status, cause);
  }

  #move(to: Phase): void {
    this.#phase = move(this.#phase, to);
  }
}
