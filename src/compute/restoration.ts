/**
 * The Restore phase of SnapStart: an environment that was initialized when its version was published is given to an
 * invocation. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-restore
 */
import { performance } from 'node:perf_hooks';
import type { Timer } from '../kernel/index.ts';
import type { EnvironmentLog } from './environmentLog.ts';
import type { EnvironmentStart } from './environmentStart.ts';
import { errorTypeOf } from './failures.ts';
import { frame, fromFunction, toFunction } from './frames.ts';
import { restoreTimeoutMs } from './limits.ts';
import type { EnvironmentSpec, InvocationResult } from './port.ts';
import { hundredths } from './running.ts';

/** How it ended: with the result of an invocation that can't begin, or none. */
type OnEnd = (result: InvocationResult | undefined, restoreMs: number) => void;
type Start = Pick<EnvironmentStart<unknown>, 'clock' | 'newId' | 'request'>;

export class Restoration {
  readonly #start: Start;
  readonly #log: EnvironmentLog;
  readonly #onEnd: OnEnd;
  #state: 'ahead' | 'underWay' | 'over' = 'ahead';
  #began = 0;
  #timer: Timer | undefined;

  constructor(start: Start, log: EnvironmentLog, onEnd: OnEnd) {
    this.#start = start;
    this.#log = log;
    this.#onEnd = onEnd;
  }

  /** For environments of functions with SnapStart. */
  static of(
    spec: EnvironmentSpec,
    ...rest: ConstructorParameters<typeof Restoration>
  ): Restoration | undefined {
    return spec.initializationType === 'snap-start' ? new Restoration(...rest) : undefined;
  }

  /** It is initialized, or is being initialized, and nothing has been invoked in it. */
  get isAhead(): boolean {
    return this.#state === 'ahead';
  }

  /** @returns what tells the runtime to run its hooks. */
  begin(): Buffer {
    const { clock, newId, request } = this.#start;
    this.#state = 'underWay';
    this.#began = performance.now();
    const startedAt = clock.now();
    this.#timer = clock.at(startedAt + restoreTimeoutMs, () => this.#timedOut());
    // A log stream of its own: the one of Init ends with Init.
    this.#log.restoreStart({ id: newId().replaceAll('-', ''), startedAt }, request.language.version);
    return frame(toFunction.restore);
  }

  /** What the runtime says to it. @returns false when that is something else. */
  onFrame(kind: number, body: Buffer): boolean {
    if (this.#state !== 'underWay') return false;
    if (kind === fromFunction.restoreFailed) return this.fails(errorTypeOf(body), Buffer.from(body));
    if (kind === fromFunction.restored) {
      const restoreMs = this.#over();
      this.#log.restored(restoreMs, 'success');
      this.#onEnd(undefined, restoreMs);
    }
    return kind === fromFunction.restored;
  }

  /** The environment can't go on. @returns false when nothing was being restored. */
  fails(errorType: string, payload: Buffer = Buffer.from(JSON.stringify({ errorType }))): boolean {
    if (this.#state !== 'underWay') return false;
    const restoreMs = this.#over();
    this.#log.restored(restoreMs, 'error', errorType);
    this.#onEnd(failed('error', payload), restoreMs);
    return true;
  }

  #timedOut(): void {
    if (this.#state !== 'underWay') return;
    this.#over();
    this.#log.restored(restoreTimeoutMs, 'timeout');
    const payload = Buffer.from(JSON.stringify({ errorType: 'Sandbox.Timedout' }));
    this.#onEnd(failed('timeout', payload), restoreTimeoutMs);
  }

  #over(): number {
    this.#state = 'over';
    this.#timer?.cancel();
    return hundredths(performance.now() - this.#began);
  }
}

/** The function's code hasn't run. @param payload the error object. */
function failed(restoreFailed: 'error' | 'timeout', payload: Buffer): InvocationResult {
  const nothing = { durationMs: 0, billedMs: 0, memoryUsedMb: 0 };
  return { ok: false, kind: 'Unhandled', payload, restoreFailed, ...nothing };
}
