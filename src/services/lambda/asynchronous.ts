/**
 * Asynchronous invocation: the event is kept, run, run again, and then sent where the function says.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
import type { InvocationResult } from '../../compute/index.ts';
import { AwsError } from '../../kernel/index.ts';
import type { Platform } from '../../platform/index.ts';
import type { Transaction } from '../../store/index.ts';
import { type Task, TaskAbandoned, TaskPostponed, type TaskQueue } from '../../tasks/index.ts';
import {
  type AcceptedEvent,
  deadLetterDelivery,
  destinationDelivery,
  type Ending,
} from './domain/destination.ts';
import { RecursiveInvocationException, TooManyRequestsException } from './errors.ts';
import type { Executor } from './executor.ts';
import {
  asyncAgeSecondsDefault,
  asyncConcurrency,
  asyncRetriesDefault,
  asyncRetryWaitsMs,
  throttledRetryBaseMs,
  throttledRetryCapMs,
} from './limits.ts';
import { type Resolved, resolveVersion } from './resolve.ts';
import type { LambdaStore, Place } from './store.ts';

interface AsyncInvocation extends AcceptedEvent {
  clientContext: string | undefined;
  traceId: string | undefined;
  tenantId?: string | undefined;
  /** Retries included, and how old the event may get: as the function was configured when the event came. */
  attemptsMax?: number;
  ageMaxMs?: number;
}

/** The function ran and failed; carries what it answered. */
class FunctionFailed extends Error {
  readonly result: InvocationResult & { ok: false };
  readonly version: string;

  constructor(result: InvocationResult & { ok: false }, version: string) {
    super('the function returned an error');
    this.result = result;
    this.version = version;
  }
}

/** The event is given up without the function having run. */
class Dropped extends TaskAbandoned {
  readonly condition: Ending['condition'];
  /** Of the answer that AWS's own invocation would have had. */
  readonly status: number | undefined;

  constructor(condition: Ending['condition'], message: string, status?: number) {
    super(message);
    this.condition = condition;
    this.status = status;
  }
}

export class Asynchronous {
  readonly #platform: Platform;
  readonly #store: LambdaStore;
  readonly #executor: Executor;
  readonly #queue: TaskQueue<AsyncInvocation>;

  constructor(platform: Platform, store: LambdaStore, executor: Executor) {
    this.#platform = platform;
    this.#store = store;
    this.#executor = executor;
    this.#queue = platform.tasks.queue<AsyncInvocation>({
      name: 'lambda.async',
      run: (task) => this.#run(task),
      giveUp: (tx, task, cause) => this.#giveUp(tx, task, cause),
      concurrency: asyncConcurrency,
      retry: retryOf(asyncRetriesDefault + 1),
      ageMaxMs: asyncAgeSecondsDefault * 1000,
    });
  }

  /** The event is durable when this resolves. */
  async accept(
    event: AcceptedEvent & Pick<AsyncInvocation, 'clientContext' | 'traceId' | 'tenantId'>,
  ): Promise<void> {
    const config = await this.#store.invokeConfigs.get(event.place, event.qualifier ?? '$LATEST');
    const attemptsMax = 1 + (config?.maximumRetryAttempts ?? asyncRetriesDefault);
    const ageMaxMs = 1000 * (config?.maximumEventAgeSeconds ?? asyncAgeSecondsDefault);
    await this.#store.transact((tx) =>
      this.#queue.enqueue(tx, { ...event, attemptsMax, ageMaxMs }, { retry: retryOf(attemptsMax), ageMaxMs }),
    );
    this.#measure(event.place, 'AsyncEventsReceived', 1, 'Count');
  }

  async #run(task: Task<AsyncInvocation>): Promise<void> {
    const { place, qualifier, requestId, payload, clientContext, traceId, tenantId } = task.payload;
    const resolved = await this.#resolve(task.payload);
    if (!resolved) throw new Dropped('RetriesExhausted', 'The function is gone', 404);
    const { configuration, record } = resolved;
    const age = this.#platform.clock.now() - task.enqueuedAt;
    this.#measure(place, 'AsyncEventAge', age, 'Milliseconds');
    const execution = {
      ...{ place, configuration, qualifier, requestId, payload, clientContext, traceId, tenantId },
      reservedConcurrency: record.reservedConcurrency,
      recursiveLoop: record.recursiveLoop,
    };
    let result: InvocationResult;
    try {
      ({ result } = await this.#executor.run(execution));
    } catch (error) {
      throw this.#notRun(task, error, record.reservedConcurrency);
    }
    if (!result.ok) throw new FunctionFailed(result, configuration.version);
    await this.#succeeded(task, result, resolved);
  }

  /** What the queue is to do with an event that the function wasn't invoked with. */
  #notRun(task: Task<AsyncInvocation>, error: unknown, reserved: number | undefined): Error {
    // A chain that is stopped goes where failures go; to run it again would not change it.
    if (error instanceof RecursiveInvocationException)
      return new Dropped('RecursiveInvocation', error.message, error.status);
    const isThrottled = error instanceof TooManyRequestsException;
    if (isThrottled && reserved === 0) return new Dropped('ZeroReservedConcurrency', zeroReserved);
    if (!(error instanceof AwsError))
      this.#platform.telemetry.log('error', 'An asynchronous invocation could not be started', { error });
    const age = this.#platform.clock.now() - task.enqueuedAt;
    // Base and age: one second, two, four … without a count that a crash could lose.
    const wait = Math.min(throttledRetryCapMs, throttledRetryBaseMs + age);
    const ageMaxMs = task.payload.ageMaxMs ?? asyncAgeSecondsDefault * 1000;
    if (age + wait > ageMaxMs) {
      const message = error instanceof Error ? error.message : String(error);
      return new Dropped('EventAgeExceeded', message, error instanceof AwsError ? error.status : 500);
    }
    return new TaskPostponed(task.enqueuedAt + age + wait);
  }

  async #succeeded(
    task: Task<AsyncInvocation>,
    result: InvocationResult,
    { configuration }: Resolved,
  ): Promise<void> {
    const { place, qualifier } = task.payload;
    const config = await this.#store.invokeConfigs.get(place, qualifier ?? '$LATEST');
    if (!config?.onSuccess) return;
    const ending: Ending = {
      condition: 'Success',
      invokeCount: task.attempt,
      response: { statusCode: 200, version: configuration.version, payload: result.payload },
      errorMessage: '',
      at: this.#platform.clock.now(),
    };
    const target = { arn: config.onSuccess, roleArn: configuration.role, id: task.id };
    const delivery = destinationDelivery(task.payload, ending, target);
    await this.#store.transact((tx) => this.#platform.deliveries.send(tx, delivery, `${task.id}:success`));
  }

  async #giveUp(tx: Transaction, task: Task<AsyncInvocation>, cause: unknown): Promise<void> {
    const { place, qualifier } = task.payload;
    this.#measure(place, 'AsyncEventsDropped', 1, 'Count');
    const resolved = await this.#resolve(task.payload, tx);
    if (!resolved) return;
    const { role: roleArn, deadLetterArn } = resolved.configuration;
    const config = await this.#store.invokeConfigs.get(place, qualifier ?? '$LATEST', tx);
    const ending = this.#endingOf(task, cause);
    const { deliveries } = this.#platform;
    if (config?.onFailure) {
      const target = { arn: config.onFailure, roleArn, id: task.id };
      await deliveries.send(tx, destinationDelivery(task.payload, ending, target), `${task.id}:failure`);
    }
    if (deadLetterArn) {
      const delivery = deadLetterDelivery(task.payload, ending, { arn: deadLetterArn, roleArn });
      await deliveries.send(tx, delivery, `${task.id}:deadLetter`);
    }
  }

  #endingOf(task: Task<AsyncInvocation>, cause: unknown): Ending {
    const at = this.#platform.clock.now();
    if (cause instanceof FunctionFailed) {
      const { result, version } = cause;
      // With attempts left, it is the wait before the next one that would have been too long.
      const isExhausted = task.attempt >= (task.payload.attemptsMax ?? asyncRetriesDefault + 1);
      return {
        condition: isExhausted ? 'RetriesExhausted' : 'EventAgeExceeded',
        invokeCount: task.attempt,
        response: { statusCode: 200, version, functionError: result.kind, payload: result.payload },
        errorMessage: errorMessageOf(result.payload),
        at,
      };
    }
    // The attempt that is being given up did not get as far as the function.
    const invokeCount = task.attempt - 1;
    if (cause instanceof Dropped) {
      const response = cause.status === undefined ? {} : { response: { statusCode: cause.status } };
      return { condition: cause.condition, invokeCount, ...response, errorMessage: cause.message, at };
    }
    return { condition: 'EventAgeExceeded', invokeCount, errorMessage: tooOld, at };
  }

  /** @returns undefined when the function, or what of it was invoked, is gone. */
  async #resolve(event: AcceptedEvent, tx?: Transaction): Promise<Resolved | undefined> {
    const { place, qualifier } = event;
    try {
      return await resolveVersion(this.#store, { ...place, qualifier }, this.#platform.ids, tx);
    } catch (error) {
      // Any other failure must not make an event disappear.
      if (error instanceof AwsError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#async-invocation-metrics */
  #measure({ account, region, name: FunctionName }: Place, name: string, value: number, unit: string): void {
    const { telemetry, clock } = this.#platform;
    const dimensions = { FunctionName };
    const time = clock.now();
    telemetry.metric({ account, region, namespace: 'AWS/Lambda', name, dimensions, value, unit, time });
  }
}

/** In AWS's words, its missing space included. */
const zeroReserved = 'Function not invoked. Function isconfigured with zero reserved concurrent executions';
const tooOld = 'The event exceeded its maximum age';

function retryOf(attemptsMax: number) {
  return { attemptsMax, baseMs: asyncRetryWaitsMs[0] ?? 0, waitsMs: asyncRetryWaitsMs };
}

function errorMessageOf(payload: Uint8Array): string {
  try {
    const { errorMessage }: { errorMessage?: unknown } = JSON.parse(Buffer.from(payload).toString('utf8'));
    return String(errorMessage);
  } catch {
    return '';
  }
}
