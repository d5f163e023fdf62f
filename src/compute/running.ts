/** An invocation under way in an environment: its answer, as it comes, and what it takes. */
import { performance } from 'node:perf_hooks';
import type { Clock, Timer } from '../kernel/index.ts';
import type { EnvironmentLog } from './environmentLog.ts';
import { type Failure, tooLargeFailure } from './failures.ts';
import { responseBytesMax, streamedBytesMax } from './limits.ts';
import type { ReportFacts, Status } from './platformEvents.ts';
import type { Invocation, InvocationResult, InvocationUsage } from './port.ts';

export type Outcome =
  | { ok: true; payload: Uint8Array }
  | { ok: false; kind: 'Unhandled'; payload: Uint8Array };

export class Running {
  readonly invocation: Invocation;
  /** Milliseconds of the monotonic clock at which the function's code began to run; absent while loading. */
  startedAt: number | undefined;
  /** Milliseconds since the epoch at which its time is up. */
  deadline = 0;
  #timer: Timer | undefined;
  /** What its environment took to be restored. Milliseconds. */
  restoreMs: number | undefined;
  /** Extensions take part in it. */
  isShared = false;
  /** When its answer went out while extensions went on: milliseconds since the epoch, and of the monotonic clock. */
  answered: { time: number; at: number } | undefined;
  readonly #memoryMb: number;
  readonly #resolve: (result: InvocationResult | undefined) => void;
  readonly #report = Promise.withResolvers<InvocationUsage & { extensionsMs: number }>();
  #isDone = false;
  #streamedBytes = 0;
  #collected: Buffer[] | undefined;

  /** @param memoryMb of the function. */
  constructor(
    invocation: Invocation,
    memoryMb: number,
    resolve: (result: InvocationResult | undefined) => void,
  ) {
    this.invocation = invocation;
    this.#memoryMb = memoryMb;
    this.#resolve = resolve;
  }

  /** Part of a streamed response: handed on, or collected for a caller that wants it whole. @returns what it fails by. */
  streamed(bytes: Buffer): Failure | undefined {
    const { onStream } = this.invocation;
    this.#streamedBytes += bytes.length;
    const bytesMax = onStream ? streamedBytesMax : responseBytesMax;
    if (this.#streamedBytes > bytesMax) return tooLargeFailure(bytesMax);
    if (onStream) onStream.chunk(bytes);
    else {
      this.#collected ??= [];
      this.#collected.push(bytes);
    }
    return undefined;
  }

  /** @param returned by the runtime at the end. */
  payload(returned: Buffer): Buffer {
    return this.#collected ? Buffer.concat(this.#collected) : returned;
  }

  /** What it has taken so far. @param initMs of the Init that it began with, if it did. */
  usage(status: Status, memoryUsedMb: number, initMs: number | undefined): InvocationUsage {
    const now = performance.now();
    // What ran out of time ran for all of it: a timer may end a fraction of a millisecond early.
    const durationMs =
      status === 'timeout' ? this.invocation.timeoutMs : hundredths(now - (this.startedAt ?? now));
    return {
      durationMs,
      // Init is billed too: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
      billedMs: Math.max(1, Math.ceil(durationMs + (initMs ?? 0))) + Math.ceil(this.restoreMs ?? 0),
      memoryUsedMb: Math.min(memoryUsedMb, this.#memoryMb),
      ...(initMs === undefined ? {} : { initMs }),
      ...(this.restoreMs === undefined ? {} : { restoreMs: this.restoreMs }),
    };
  }

  /** The runtime is done with it. @param producedBytes of the response, when there is one. */
  done(
    log: EnvironmentLog,
    status: Status,
    usage: InvocationUsage,
    producedBytes: number | undefined,
    errorType?: string,
  ): void {
    this.#isDone = true;
    if (log.tellsEvents) log.runtimeDone(this.#facts(status, usage, errorType), producedBytes);
  }

  /** It is over: its report is written. @returns `usage`. */
  finish(log: EnvironmentLog, status: Status, usage: InvocationUsage, errorType?: string): InvocationUsage {
    this.#timer?.cancel();
    if (!this.#isDone) this.done(log, status, usage, undefined, errorType);
    log.report(this.#facts(status, usage, errorType));
    return usage;
  }

  #facts(status: Status, usage: InvocationUsage, errorType: string | undefined): ReportFacts {
    const { requestId, traceId } = this.invocation;
    const facts: ReportFacts = { requestId, traceId, memoryMb: this.#memoryMb, status, ...usage };
    if (errorType) facts.errorType = errorType;
    const overhead = this.#overhead();
    if (overhead) facts.extensions = overhead;
    return facts;
  }

  /** What extensions took after the answer, if they took part. */
  #overhead(): { since: number; durationMs: number } | undefined {
    const { answered } = this;
    return answered && { since: answered.time, durationMs: hundredths(performance.now() - answered.at) };
  }

  /** The caller gets its answer; the report follows when the extensions are done. @param time milliseconds since the epoch. */
  answer(result: InvocationResult, time: number): void {
    this.answered = { time, at: performance.now() };
    this.#resolve({ ...result, report: this.#report.promise });
  }

  /** Its time begins to run. @param onTimeout called when it is up; absent where a debugger takes its time. */
  begin(clock: Clock, onTimeout: (() => void) | undefined): void {
    this.startedAt = performance.now();
    this.deadline = clock.now() + this.invocation.timeoutMs;
    if (onTimeout) this.#timer = clock.at(this.deadline, onTimeout);
  }

  /** It hasn't begun: it may be run elsewhere. */
  handBack(): void {
    this.#resolve(undefined);
  }

  /** It is over. */
  settle(result: InvocationResult): void {
    if (this.answered) this.#report.resolve({ ...result, extensionsMs: this.#overhead()?.durationMs ?? 0 });
    else this.#resolve(result);
  }
}

export function hundredths(ms: number): number {
  return Math.round(ms * 100) / 100;
}
