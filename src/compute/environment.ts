/**
 * One execution environment: a sandboxed process with a runtime in it, from its start to its end. It runs one
 * invocation at a time and writes the platform's lines around it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Readable, Writable } from 'node:stream';
import { assert, type Clock, type Timer } from '../kernel/index.ts';
import { populate } from './codeFolder.ts';
import {
  entrypointFailure,
  exitFailure,
  exitReason,
  type Failure,
  timeoutFailure,
  timeoutReason,
  tooLargeFailure,
} from './failures.ts';
import { FrameReader, frame, fromFunction, invokeFrame, toFunction } from './frames.ts';
import { canMove, move, type Phase } from './lifecycle.ts';
import { logEventBytesMax, responseBytesMax, streamedBytesMax } from './limits.ts';
import { LineReader } from './lines.ts';
import { residentBytes } from './memory.ts';
import type { EnvironmentIdentity, EnvironmentSpec, Invocation, InvocationResult } from './port.ts';
import { endLine, initReportLine, initStartLine, reportLine, startLine } from './report.ts';
import type { RuntimeApi } from './runtimeApi.ts';
import type { SandboxDriver, SandboxRequest } from './sandbox/port.ts';

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

/** How much of what a runtime says while it fails to come up is kept. Characters. */
const bootOutputMax = 4096;

export class Environment {
  readonly id: string;
  readonly slot: number;
  /** Resolves when the runtime is up; rejects when it ends before. */
  readonly booted: Promise<void>;
  /** Milliseconds of the monotonic clock at which it last became free. */
  freeSince = 0;
  #phase: Phase = 'starting';
  readonly #start: EnvironmentStart;
  readonly #child: ChildProcess;
  readonly #boot = Promise.withResolvers<void>();
  #spec: EnvironmentSpec | undefined;
  #identity: EnvironmentIdentity = { id: '', startedAt: 0 };
  #initBegan = 0;
  #initMs: number | undefined;
  #initTimer: Timer | undefined;
  #running: Running | undefined;
  #memoryUsedMb = 0;
  #killedFor: 'memory' | undefined;
  #bootOutput = '';

  constructor(start: EnvironmentStart) {
    this.#start = start;
    this.id = start.request.id;
    this.slot = start.request.slot;
    this.booted = this.#boot.promise;
    this.booted.catch(() => {});
    makeFolders(start.request.folder);
    const launch = start.driver.launch(start.request);
    this.#child = spawn(launch.command, launch.args, {
      cwd: launch.cwd,
      env: launch.environment as NodeJS.ProcessEnv,
      // A process group of its own: signals to it reach all that the function started.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    this.#listen();
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
    const { folder } = this.#start.request;
    if (!this.#start.placed) {
      const placing = placeFiles(spec, folder);
      if (placing) await placing;
    }
    const startedAt = this.#start.clock.now();
    this.#identity = { id: this.id, startedAt };
    this.#initBegan = performance.now();
    const { language } = this.#start.request;
    this.#say(initStartLine(this.#format, startedAt, spec.runtime, language.version));
    this.#initTimer = this.#start.clock.at(startedAt + spec.initTimeoutMs, () => this.#initTimedOut());
    const paths = this.#start.driver.paths(folder);
    const variables = {
      ...spec.environment,
      ...spec.variablesOf?.(this.#identity),
      LAMBDA_TASK_ROOT: paths.task,
      LAMBDA_RUNTIME_DIR: paths.runtime,
    };
    const init = {
      handler: spec.handler,
      runtime: spec.runtime,
      taskRoot: paths.task,
      opt: paths.opt,
      variables,
    };
    this.#send(frame(toFunction.init, Buffer.from(JSON.stringify(init))));
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
      if (this.#phase === 'frozen') this.#signal('SIGCONT');
      if (this.#phase !== 'loading') this.#began();
      const { requestId, functionArn, traceId, timeoutMs, clientContext, cognitoIdentity } = invocation;
      const head = { requestId, functionArn, traceId, timeoutMs, clientContext, cognitoIdentity };
      this.#send(invokeFrame(head, invocation.payload));
    });
  }

  /** Stops the processes from being scheduled; the next `run` wakes them. */
  freeze(): void {
    this.#move('frozen');
    this.#signal('SIGSTOP');
  }

  /** Looks at the memory of what is running and ends it when it holds more than its function may. */
  checkMemory(): void {
    const spec = this.#spec;
    if (!spec || !this.#running) return;
    const bytes = this.#sampleMemory();
    if (bytes <= spec.memoryMb * 1024 * 1024) return;
    this.#killedFor = 'memory';
    this.#signal('SIGKILL');
  }

  /** Kills it; what it was doing ends with a failure. */
  stop(): void {
    if (this.#phase === 'stopping' || this.#phase === 'stopped') return;
    this.#move('stopping');
    this.#signal('SIGKILL');
  }

  get #format(): 'Text' | 'JSON' {
    return this.#spec?.logFormat ?? 'Text';
  }

  #listen(): void {
    const child = this.#child;
    const reader = new FrameReader((kind, body) => this.#onFrame(kind, body));
    const [, stdout, stderr, input, output] = child.stdio;
    (output as Readable).on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch {
        // The function can write to this channel too: nonsense there ends its environment, and nothing else.
        this.stop();
      }
    });
    // The process may end at any moment; its end is seen by `exit`, not here.
    for (const stream of [stdout, stderr, input, output]) stream?.on('error', () => {});
    for (const stream of [stdout, stderr]) {
      const lines = new LineReader(logEventBytesMax, (line) => this.#log(line));
      (stream as Readable).on('data', (chunk: Buffer) => lines.push(chunk));
      (stream as Readable).on('end', () => lines.end());
    }
    const { runtimeApi } = this.#start;
    if (runtimeApi) {
      runtimeApi.connect((kind, body) => this.#onFrame(kind, body));
      this.#move('idle');
      this.#boot.resolve();
    }
    child.on('error', (error) => this.#gone(127, error));
    child.on('close', (code, signal) => this.#gone(code ?? (signal ? 137 : 1)));
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
        this.#log(body.toString('utf8'));
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
    if (this.#running) this.#began();
    else this.#move('ready');
  }

  #initFailed(body: Buffer): void {
    this.#initTimer?.cancel();
    const initMs = hundredths(performance.now() - this.#initBegan);
    const errorType = errorTypeOf(body);
    this.#log(initReportLine(this.#format, this.#start.clock.now(), initMs, 'error', errorType));
    this.#began();
    this.#failed({ errorType, payload: Buffer.from(body) });
    this.stop();
  }

  #initTimedOut(): void {
    const spec = this.#spec;
    if (!spec || this.#phase !== 'loading') return;
    this.#log(
      initReportLine(
        this.#format,
        this.#start.clock.now(),
        spec.initTimeoutMs,
        'timeout',
        'Sandbox.Timedout',
      ),
    );
    this.#initMs = spec.initTimeoutMs;
    this.#began();
    this.#timedOut(spec.initTimeoutMs);
  }

  /** The function's code begins to run the invocation. */
  #began(): void {
    const running = this.#running;
    if (!running) return;
    this.#move('running');
    const { requestId, version, timeoutMs } = running.invocation;
    const now = this.#start.clock.now();
    running.startedAt = performance.now();
    this.#say(startLine(this.#format, now, requestId, version));
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
    this.#log(`${time} ${requestId} ${timeoutReason(timeoutMs)}\n`);
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
    const invalid = this.#start.runtimeApi && entrypointFailure(requestId, status);
    const { errorType, payload } = invalid ?? exitFailure(requestId, status);
    this.#log(`RequestId: ${requestId} Error: ${exitReason(status)}\n${errorType}`);
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
    const durationMs = status === 'timeout' ? Math.min(measured, timeoutMs) : measured;
    const initMs = this.#initMs;
    this.#initMs = undefined;
    const usage = {
      durationMs,
      // Init is billed too: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
      billedMs: Math.max(1, Math.ceil(durationMs + (initMs ?? 0))),
      memoryUsedMb: Math.min(this.#memoryUsedMb, spec.memoryMb),
      ...(initMs === undefined ? {} : { initMs }),
    };
    const end = endLine(this.#format, requestId);
    if (end) this.#log(end);
    const facts = {
      requestId,
      memoryMb: spec.memoryMb,
      status,
      ...usage,
      ...(errorType ? { errorType } : {}),
    };
    this.#say(reportLine(this.#format, this.#start.clock.now(), facts), status !== 'success');
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
    const why = [cause?.message ?? exitReason(status), this.#bootOutput.trim()].filter(Boolean).join(': ');
    this.#boot.reject(new Error(`the runtime ended before it was up: ${why}`));
    this.#ended(status);
    rm(this.#start.request.folder, { recursive: true, force: true })
      .catch(() => {})
      .finally(() => this.#start.onStopped(this));
  }

  /** Bytes; 0 where the machine doesn't tell. */
  #sampleMemory(): number {
    const bytes = (this.#child.pid === undefined ? undefined : residentBytes(this.#child.pid)) ?? 0;
    this.#memoryUsedMb = Math.max(this.#memoryUsedMb, Math.ceil(bytes / 1024 / 1024));
    return bytes;
  }

  #sawMemory(body: Buffer): void {
    this.#memoryUsedMb = Math.max(this.#memoryUsedMb, Math.ceil(body.readUInt32BE(0) / 1024));
  }

  /** A line of the platform's own. */
  #say(line: string, failed = false): void {
    if (!failed && this.#format === 'JSON' && this.#spec?.systemLogLevel === 'WARN') return;
    this.#log(line);
  }

  #log(message: string): void {
    const spec = this.#spec;
    if (!spec) {
      // A runtime that doesn't come up says why before it has a log to say it in.
      if (this.#bootOutput.length < bootOutputMax) this.#bootOutput += `${message}\n`;
      return;
    }
    const requestId = this.#running?.startedAt === undefined ? undefined : this.#running.invocation.requestId;
    const environment = this.#identity;
    spec.onLog({
      time: this.#start.clock.now(),
      message,
      environment,
      ...(requestId === undefined ? {} : { requestId }),
    });
  }

  #send(bytes: Buffer): void {
    if (this.#start.runtimeApi) this.#start.runtimeApi.send(bytes);
    else (this.#child.stdio[3] as Writable).write(bytes);
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is gone already; `exit` says so.
    }
  }

  #move(to: Phase): void {
    this.#phase = move(this.#phase, to);
  }
}

/** The empty folders that a sandbox is started around. */
export function makeFolders(folder: string): void {
  for (const name of ['task', 'opt']) {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    // The sandbox's user isn't ours, whatever our umask says.
    chmodSync(path, 0o755);
  }
}

/** A function's code and layers, into the folders of its sandbox. At once when there are no layers and few files. */
export function placeFiles(
  spec: Pick<EnvironmentSpec, 'codeFolder' | 'layerFolders'>,
  folder: string,
): Promise<void> | undefined {
  const placing = populate(spec.codeFolder, join(folder, 'task'));
  if (spec.layerFolders.length === 0) return placing;
  return (async () => {
    await placing;
    for (const layer of spec.layerFolders.toReversed()) await populate(layer, join(folder, 'opt'));
  })();
}

function errorTypeOf(body: Buffer): string {
  try {
    const { errorType }: { errorType?: unknown } = JSON.parse(body.toString('utf8'));
    return typeof errorType === 'string' ? errorType : 'Unhandled';
  } catch {
    return 'Unhandled';
  }
}

function hundredths(ms: number): number {
  return Math.round(ms * 100) / 100;
}
