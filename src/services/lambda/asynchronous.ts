/**
 * Asynchronous invocation: the event is kept, run, run again, and then sent where the function says.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
 */
import type { InvocationResult } from '../../compute/index.ts';
import { AwsError } from '../../kernel/index.ts';
import type { Platform } from '../../platform/index.ts';
import type { Transaction } from '../../store/index.ts';
import {
  type RetryPolicy,
  type Task,
  TaskAbandoned,
  TaskPostponed,
  type TaskQueue,
} from '../../tasks/index.ts';
import { destinationRecord } from './domain/destination.ts';
import { functionArn } from './domain/names.ts';
import { RecursiveInvocationException } from './errors.ts';
import type { Executor } from './executor.ts';
import {
  asyncAgeSecondsDefault,
  asyncConcurrency,
  asyncRetriesDefault,
  asyncRetryWaitsMs,
  throttledRetryBaseMs,
  throttledRetryCapMs,
} from './limits.ts';
import type { InvokeConfigRecord } from './records.ts';
import { resolveVersion } from './resolve.ts';
import type { LambdaStore, Place } from './store.ts';

export interface AsyncInvocation {
  place: Place;
  qualifier: string | undefined;
  requestId: string;
  payload: Uint8Array;
  clientContext: string | undefined;
  traceId: string | undefined;
}

/** The function ran and failed; carries what it answered. */
class FunctionFailed extends Error {
  readonly result: InvocationResult;
  readonly executedVersion: string;

  constructor(result: InvocationResult, executedVersion: string) {
    super('the function returned an error');
    this.result = result;
    this.executedVersion = executedVersion;
  }
}

/** A chain of invocations has come here too often. */
class RecursiveLoop extends TaskAbandoned {}

/** How the function wants its events treated: of the qualifier it was invoked by. */
export function asyncOptions(config: InvokeConfigRecord | undefined): {
  retry: RetryPolicy;
  ageMaxMs: number;
} {
  const retries = config?.maximumRetryAttempts ?? asyncRetriesDefault;
  return {
    retry: { attemptsMax: retries + 1, baseMs: asyncRetryWaitsMs[0] ?? 0, waitsMs: asyncRetryWaitsMs },
    ageMaxMs: (config?.maximumEventAgeSeconds ?? asyncAgeSecondsDefault) * 1000,
  };
}

export function asyncQueue(
  platform: Platform,
  store: LambdaStore,
  executor: Executor,
): TaskQueue<AsyncInvocation> {
  /** Waits between attempts that were throttled, by task: they don't count as attempts. */
  const throttles = new Map<string, number>();

  async function run(task: Task<AsyncInvocation>): Promise<void> {
    const { place, qualifier, requestId, payload, clientContext, traceId } = task.payload;
    const resolved = await resolveVersion(store, { ...place, qualifier }, platform.ids).catch(
      () => undefined,
    );
    if (!resolved) throw new TaskAbandoned(`${functionArn(place, qualifier)} is gone`);
    const { configuration, record } = resolved;
    const execution = {
      ...{ place, configuration, qualifier, requestId, payload, clientContext, traceId },
      reservedConcurrency: record.reservedConcurrency,
      recursiveLoop: record.recursiveLoop,
    };
    try {
      const { result } = await executor.run(execution);
      throttles.delete(task.id);
      if (!result.ok) throw new FunctionFailed(result, configuration.version);
      await succeeded(task, result, configuration.version);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      // A chain that is stopped goes where failures go; to run it again would not change it.
      if (error instanceof RecursiveInvocationException) throw new RecursiveLoop(error.message);
      const waits = (throttles.get(task.id) ?? 0) + 1;
      throttles.set(task.id, waits);
      const wait = Math.min(throttledRetryCapMs, throttledRetryBaseMs * 2 ** (waits - 1));
      throw new TaskPostponed(platform.clock.now() + wait);
    }
  }

  async function succeeded(
    task: Task<AsyncInvocation>,
    result: InvocationResult,
    version: string,
  ): Promise<void> {
    const { place, qualifier } = task.payload;
    const config = await store.invokeConfigs.get(place, qualifier ?? '$LATEST');
    const target = config?.onSuccess;
    if (!target) return;
    const record = destinationRecord(task, {
      condition: 'Success',
      result,
      version,
      now: platform.clock.now(),
    });
    await store.transact((tx) => send(tx, task.payload, target, record, `${task.id}:success`));
  }

  async function giveUp(tx: Transaction, task: Task<AsyncInvocation>, cause: unknown): Promise<void> {
    throttles.delete(task.id);
    const { place, qualifier, requestId, payload } = task.payload;
    const resolved = await resolveVersion(store, { ...place, qualifier }, platform.ids, tx).catch(
      () => undefined,
    );
    if (!resolved) return;
    const config = await store.invokeConfigs.get(place, qualifier ?? '$LATEST', tx);
    const failed = cause instanceof FunctionFailed ? cause : undefined;
    if (config?.onFailure) {
      const record = destinationRecord(task, {
        condition: failed || cause instanceof RecursiveLoop ? 'RetriesExhausted' : 'EventAgeExceeded',
        result: failed?.result,
        version: failed?.executedVersion,
        now: platform.clock.now(),
      });
      await send(tx, task.payload, config.onFailure, record, `${task.id}:failure`);
    }
    const { deadLetterArn } = resolved.configuration;
    if (deadLetterArn) {
      const event = Buffer.from(payload).toString('utf8');
      await send(tx, task.payload, deadLetterArn, event, `${task.id}:deadLetter`, {
        RequestID: requestId,
        ErrorCode: '200',
        ErrorMessage: (cause instanceof RecursiveLoop ? cause.message : errorMessageOf(failed?.result)).slice(
          0,
          deadLetterMessageMax,
        ),
      });
    }
  }

  /** As the function's execution role, which must be allowed to send there. */
  async function send(
    tx: Transaction,
    invocation: AsyncInvocation,
    targetArn: string,
    event: string,
    id: string,
    attributes?: Record<string, string>,
  ): Promise<void> {
    const { place, qualifier } = invocation;
    const resolved = await resolveVersion(store, { ...place, qualifier }, platform.ids, tx);
    const delivery = {
      targetArn,
      event,
      as: { roleArn: resolved.configuration.role },
      account: place.account,
      region: place.region,
      ...(attributes ? { attributes } : {}),
    };
    await platform.deliveries.send(tx, delivery, id);
  }

  return platform.tasks.queue<AsyncInvocation>({
    name: 'lambda.async',
    run,
    giveUp,
    concurrency: asyncConcurrency,
    ...asyncOptions(undefined),
  });
}

/** “ErrorMessage: the first 1 KB of the error message” (invocation-async-retain-records). */
const deadLetterMessageMax = 1024;

function errorMessageOf(result: InvocationResult | undefined): string {
  if (!result || result.ok) return 'The event exceeded its maximum age';
  try {
    const { errorMessage }: { errorMessage?: unknown } = JSON.parse(
      Buffer.from(result.payload).toString('utf8'),
    );
    return String(errorMessage);
  } catch {
    return '';
  }
}
