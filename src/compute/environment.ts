/**
 * One execution environment: a sandboxed process with a runtime in it, from its start to its end. It runs one
 * invocation at a time and writes the platform's lines around it.
 */
import { rm } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { assert, type Clock, type Timer } from '../kernel/index.ts';
import { EnvironmentLog } from './environmentLog.ts';
import {
  entrypointFailure,
  errorTypeOf,
  exitFailure,
  exitReason,
  type Failure,
  timeoutFailure,
  timeoutReason,
  tooLargeFailure,
} from './failures.ts';
import { frame, fromFunction, invokeFrame, toFunction } from './frames.ts';
import { canMove, move, type Phase } from './lifecycle.ts';
import { responseBytesMax, streamedBytesMax } from './limits.ts';
import type { EnvironmentSpec, Invocation, InvocationResult } from './port.ts';
import type { RuntimeApi } from './runtimeApi.ts';
import { RuntimeProcess } from './runtimeProcess.ts';
import { substitution } from './runtimes/languages.ts';
import type { SandboxDriver, SandboxRequest } from './sandbox/port.ts';
import { makeFolders, placeFiles } from './sandboxFolders.ts';

export interface EnvironmentStart {
  readonly request: SandboxRequest;
  readonly driver: SandboxDriver;
  readonly clock: Clock;
  /** For custom runtimes, which speak HTTP. */
  readonly runtimeApi?: RuntimeApi;
  /** The function's files are in place already: it was known before the start. */
  readonly placed?: boolean;
  /** Called once, when the process is gone and its folder removed. */
  onStopped(environment: Environment): void;
}

interface Running {
  readonly invocation: Invocation;
  readonly resolve: (result: InvocationResult) => void;
  /** Milliseconds of the monotonic clock at which the function's code began to run; absent while loading. */
  startedAt?: number;
  timer?: Timer;
  streamedBytes?: number;
  collected?: Buffer[];
}

export class Environment {
  readonly id: string;
  readonly slot: number;
  /** Resolves when the runtime is up; rejects when it ends before. */
  readonly booted: Promise<void>;
  /** Resolves when Init has succeeded; rejects, with the type of the error, when it hasn't. */
  readonly loaded: Promise<void>;
  /** Milliseconds of the monotonic clock at which it last became free. */
  freeSince = 0;
  #isLoaded = false;
  #phase: Phase = 'starting';
  readonly #start: EnvironmentStart;
  readonly #process: RuntimeProcess;
  readonly #boot = Promise.withResolvers<void>();
  readonly #load = Promise.withResolvers<void>();
  #spec: EnvironmentSpec | undefined;
  #initBegan = 0;
  #initMs: number | undefined;
  #initTimer: Timer | undefined;
  #running: Running | undefined;
  #memoryUsedMb = 0;
  #killedFor: 'memory' | undefined;
  readonly #log: EnvironmentLog;

  constructor(start: EnvironmentStart) {
    this.#start = start;
    this.#log = new EnvironmentLog(start.clock, () =>
      this.#running?.startedAt === undefined ? undefined : this.#running.invocation.requestId,
    );
    this.id = start.request.id;
    this.slot = start.request.slot;
    this.booted = this.#boot.promise;
    this.booted.catch(() => {});
    this.loaded = this.#load.promise;
    this.loaded.catch(() => {});
    makeFolders(start.request.folder);
    const launch = start.driver.launch(start.request);
    this.#process = new RuntimeProcess(launch, start.runtimeApi, {
      onFrame: (kind, body) => this.#onFrame(kind, body),
      onNonsense: () => this.stop(),
      onLine: (line) => this.#log.line(line),
      onGone: (status, cause) => this.#gone(status, cause),
    });
    if (start.runtimeApi) {
      this.#move('idle');
      this.#boot.resolve();
    }
  }

  get phase(): Phase {
    return this.#phase;
  }

  get spec(): EnvironmentSpec | undefined {
    return this.#spec;
  }

  /** Whether Init has succeeded, however it ended after that. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Gives the environment to a function: places its files and lets the runtime load them (Init). */
  async assign(spec: EnvironmentSpec): Promise<void> {
    this.#move('loading');
    this.#spec = spec;
    this.#log.assign(spec);
    const { folder } = this.#start.request;
    if (!this.#start.placed) {
      const placing = placeFiles(spec, folder);
      if (placing) await placing;
    }
    const startedAt = this.#start.clock.now();
    this.#initBegan = performance.now();
    const { language } = this.#start.request;
    const identity = { id: this.id, startedAt };
    this.#log.initStart(identity, language.version);
    const note = substitution(spec.runtime, language);
    if (note) this.#log.note(note);
    if (spec.inspectPort === undefined)
      this.#initTimer = this.#start.clock.at(startedAt + spec.initTimeoutMs, () => this.#initTimedOut());
    const paths = this.#start.driver.paths(folder);
    const variables = {
      ...spec.environment,
      ...spec.variablesOf?.(identity),
      LAMBDA_TASK_ROOT: paths.task,
      LAMBDA_RUNTIME_DIR: paths.runtime,
    };
    const init = {
      handler: spec.handler,
      runtime: spec.runtime,
      taskRoot: paths.task,
      opt: paths.opt,
      sdk: paths.sdk,
      variables,
      ...(spec.inspectPort === undefined ? {} : { inspectPort: spec.inspectPort }),
    };
    this.#process.send(frame(toFunction.init, Buffer.from(JSON.stringify(init))));
  }

  /** Runs one invocation; right after `assign` it needn't wait for Init: the runtime reads it when it is ready. */
  run(invocation: Invocation): Promise<InvocationResult> {
    assert(this.#running === undefined, 'an environment runs one invocation at a time');
    return new Promise((resolve) => {
      this.#running = { invocation, resolve };
      if (!canMove(this.#phase, 'running')) {
        this.#ended(1);
        return;
      }
      if (this.#phase === 'frozen') this.#process.signal('SIGCONT');
      if (this.#phase !== 'loading') this.#began();
      const { requestId, functionArn, traceId, timeoutMs, clientContext, cognitoIdentity } = invocation;
      const head = { requestId, functionArn, traceId, timeoutMs, clientContext, cognitoIdentity };
      this.#process.send(invokeFrame(head, invocation.payload));
    });
  }

  /** Stops the processes from being scheduled; the next `run` wakes them. */
  freeze(): void {
    // A debugger finds nobody in a process that is stopped.
    if (this.#spec?.inspectPort !== undefined) return;
    this.#move('frozen');
    this.#process.signal('SIGSTOP');
  }

  /** Looks at the memory of what is running and ends it when it holds more than its function may. */
  checkMemory(): void {
    const spec = this.#spec;
    if (!spec || !this.#running || spec.inspectPort !== undefined) return;
    const bytes = this.#sampleMemory();
    if (bytes <= spec.memoryMb * 1024 * 1024) return;
    this.#killedFor = 'memory';
    this.#process.signal('SIGKILL');
  }

  /** Kills it; what it was doing ends with a failure. */
  stop(): void {
    if (this.#phase === 'stopping' || this.#phase === 'stopped') return;
    this.#move('stopping');
    this.#process.signal('SIGKILL');
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
        this.#sawMemory(body);
        this.#succeeded(body.subarray(4));
        break;
      case fromFunction.streamOpened:
        this.#running?.invocation.onStream?.open(body.toString('utf8'));
        break;
      case fromFunction.streamChunk:
        this.#streamed(body);
        break;
      case fromFunction.failed:
        this.#sawMemory(body);
        // The fifth byte says that the runtime ends itself after this.
        if (body[4] === 1) this.stop();
        this.#failed({ errorType: errorTypeOf(body.subarray(5)), payload: body.subarray(5) });
        break;
      default:
        this.stop();
    }
  }

  #initialized(body: Buffer): void {
    this.#sawMemory(body);
    this.#initTimer?.cancel();
    this.#initMs = hundredths(performance.now() - this.#initBegan);
    this.#isLoaded = true;
    this.#load.resolve();
    if (this.#running) this.#began();
    else this.#move('ready');
  }

  #initFailed(body: Buffer): void {
    this.#initTimer?.cancel();
    const initMs = hundredths(performance.now() - this.#initBegan);
    const errorType = errorTypeOf(body);
    this.#log.initReport(initMs, 'error', errorType);
    this.#load.reject(new Error(errorType));
    this.#began();
    if (this.#running) this.#failed({ errorType, payload: Buffer.from(body) });
    this.stop();
  }

  #initTimedOut(): void {
    const spec = this.#spec;
    if (!spec || this.#phase !== 'loading') return;
    this.#log.initReport(spec.initTimeoutMs, 'timeout', 'Sandbox.Timedout');
    this.#initMs = spec.initTimeoutMs;
    this.#load.reject(new Error('Sandbox.Timedout'));
    this.#began();
    if (this.#running) this.#timedOut(spec.initTimeoutMs);
    else this.stop();
  }

  /** The function's code begins to run the invocation. */
  #began(): void {
    const running = this.#running;
    if (!running) return;
    this.#move('running');
    const { timeoutMs } = running.invocation;
    const now = this.#start.clock.now();
    running.startedAt = performance.now();
    this.#log.start(now, running.invocation);
    if (this.#spec?.inspectPort === undefined)
      running.timer = this.#start.clock.at(now + timeoutMs, () => this.#timedOut(timeoutMs));
  }

  /** Part of a streamed response: handed on, or collected for a caller that wants it whole. */
  #streamed(bytes: Buffer): void {
    const running = this.#running;
    if (!running) return;
    running.streamedBytes = (running.streamedBytes ?? 0) + bytes.length;
    const { onStream } = running.invocation;
    const bytesMax = onStream ? streamedBytesMax : responseBytesMax;
    if (running.streamedBytes > bytesMax) {
      this.#failed(tooLargeFailure(bytesMax));
      this.stop();
    } else if (onStream) onStream.chunk(bytes);
    else {
      running.collected ??= [];
      running.collected.push(bytes);
    }
  }

  #succeeded(returned: Buffer): void {
    const collected = this.#running?.collected;
    const payload = collected ? Buffer.concat(collected) : returned;
    if (payload.length > responseBytesMax) this.#failed(tooLargeFailure(responseBytesMax));
    else this.#settle({ ok: true, payload, ...this.#finish('success') });
  }

  #failed({ errorType, payload }: Failure): void {
    const usage = this.#finish('error', errorType);
    this.#settle({ ok: false, kind: 'Unhandled', payload, ...usage });
  }

  #timedOut(timeoutMs: number): void {
    const running = this.#running;
    if (!running) return;
    const { requestId } = running.invocation;
    const time = new Date(this.#start.clock.now()).toISOString();
    this.#log.fault(`${time} ${requestId} ${timeoutReason(timeoutMs)}\n`);
    const usage = this.#finish('timeout');
    const { payload } = timeoutFailure(requestId, timeoutMs);
    this.#settle({ ok: false, kind: 'Unhandled', payload, timedOut: true, ...usage });
    this.stop();
  }

  /** The process is gone in the midst of an invocation. */
  #ended(status: number): void {
    const running = this.#running;
    if (!running) return;
    const { requestId } = running.invocation;
    if (running.startedAt === undefined) running.startedAt = performance.now();
    const custom = this.#start.request.language.kind === 'provided';
    const invalid = custom ? entrypointFailure(requestId, status) : undefined;
    const { errorType, payload } = invalid ?? exitFailure(requestId, status);
    this.#log.fault(`RequestId: ${requestId} Error: ${exitReason(status)}\n${errorType}`);
    const outOfMemory = this.#killedFor === 'memory';
    if (outOfMemory) this.#memoryUsedMb = this.#spec?.memoryMb ?? 0;
    const usage = this.#finish('error', outOfMemory ? 'Runtime.OutOfMemory' : errorType);
    this.#settle({ ok: false, kind: 'Unhandled', payload, ...usage });
  }

  #finish(status: 'success' | 'error' | 'timeout', errorType?: string) {
    const running = this.#running;
    const spec = this.#spec;
    assert(running && spec, 'only a running invocation finishes');
    running.timer?.cancel();
    if (this.#memoryUsedMb === 0) this.#sampleMemory();
    const { requestId, timeoutMs } = running.invocation;
    const measured = hundredths(performance.now() - (running.startedAt ?? performance.now()));
    // What ran out of time ran for all of it: a timer may end a fraction of a millisecond early.
    const durationMs = status === 'timeout' ? timeoutMs : measured;
    const initMs = this.#initMs;
    this.#initMs = undefined;
    const usage = {
      durationMs,
      // Init is billed too: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
      billedMs: Math.max(1, Math.ceil(durationMs + (initMs ?? 0))),
      memoryUsedMb: Math.min(this.#memoryUsedMb, spec.memoryMb),
      ...(initMs === undefined ? {} : { initMs }),
    };
    this.#log.report({
      requestId,
      memoryMb: spec.memoryMb,
      status,
      ...usage,
      ...(errorType ? { errorType } : {}),
    });
    return usage;
  }

  #settle(result: InvocationResult): void {
    const running = this.#running;
    this.#running = undefined;
    if (this.#phase === 'running') this.#move('ready');
    this.freeSince = performance.now();
    running?.resolve(result);
  }

  #gone(status: number, cause?: Error): void {
    if (this.#phase === 'stopped') return;
    this.#move('stopped');
    this.#initTimer?.cancel();
    this.#start.runtimeApi?.close();
    const why = [cause?.message ?? exitReason(status), this.#log.bootOutput].filter(Boolean).join(': ');
    this.#boot.reject(new Error(`the runtime ended before it was up: ${why}`));
    this.#load.reject(new Error('Runtime.ExitError'));
    this.#ended(status);
    rm(this.#start.request.folder, { recursive: true, force: true })
      .catch(() => {})
      .finally(() => this.#start.onStopped(this));
  }

  /** Bytes; 0 where the machine doesn't tell. */
  #sampleMemory(): number {
    const bytes = this.#process.memory();
    this.#memoryUsedMb = Math.max(this.#memoryUsedMb, Math.ceil(bytes / 1024 / 1024));
    return bytes;
  }

  #sawMemory(body: Buffer): void {
    this.#memoryUsedMb = Math.max(this.#memoryUsedMb, Math.ceil(body.readUInt32BE(0) / 1024));
  }

  #move(to: Phase): void {
    this.#phase = move(this.#phase, to);
  }
}

function hundredths(ms: number): number {
  return Math.round(ms * 100) / 100;
}
