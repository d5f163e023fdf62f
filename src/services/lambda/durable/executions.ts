/**
 * Durable executions: a function that is invoked again and again until it is done, replaying what it has checkpointed.
 * https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
 *
 * Each invocation is a durable task (a turn), at most one at a time; waits, retries and timeouts are alarms, invocations
 * of other functions are calls. What changes an execution and what follows from that are one transaction, so that an
 * execution goes on where it was after a crash.
 */
import { AwsError } from '../../../kernel/index.ts';
import type { Platform } from '../../../platform/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { type Task, TaskPostponed } from '../../../tasks/index.ts';
import { checkQualified, durableSettings } from '../domain/durable.ts';
import {
  DurableExecutionAlreadyStartedException,
  InvalidParameterValueException,
  ServiceException,
  TooManyRequestsException,
} from '../errors.ts';
import type { Executed, Execution, Executor } from '../executor.ts';
import { resolveVersion } from '../resolve.ts';
import type { DurableStore } from '../store/durable.ts';
import type { LambdaStore, Place } from '../store.ts';
import { rang } from './alarms.ts';
import { Calls } from './calls.ts';
import { Draft, type DurableQueues, type Turn } from './draft.ts';
import { eventOf } from './history.ts';
import { answerOf, errorPayload, invalid, invocationEvent } from './invocation.ts';
import * as limits from './limits.ts';
import { executionArn } from './names.ts';
import type { ExecutionKey, ExecutionRecord, OperationRecord } from './records.ts';

type Start = Pick<Execution, 'place' | 'configuration' | 'payload' | 'traceId' | 'tenantId'> & {
  executionName?: string | undefined;
};
export type ExecutedDurably = Executed & { readonly durableExecutionArn?: string };

export class DurableExecutions {
  readonly store: DurableStore;
  readonly #platform: Platform;
  readonly #functions: LambdaStore;
  readonly #executor: Executor;
  readonly #queues: DurableQueues;
  /** Callers that wait for an execution to end, by its id. */
  readonly #waiting = new Map<string, { key: ExecutionKey; woken: PromiseWithResolvers<void> }>();

  constructor(options: {
    platform: Platform;
    functions: LambdaStore;
    store: DurableStore;
    executor: Executor;
  }) {
    this.store = options.store;
    this.#platform = options.platform;
    this.#functions = options.functions;
    this.#executor = options.executor;
    const retry = { attemptsMax: Number.MAX_SAFE_INTEGER, baseMs: limits.throttledWaitMs, capMs: 60_000 };
    const { tasks } = options.platform;
    const { platform, functions, executor } = options;
    const calls = new Calls({ platform, functions, executor, executions: this });
    this.#queues = {
      turns: tasks.queue<Turn>({
        ...{ name: 'lambda.durableTurn', retry, concurrency: limits.turnConcurrency },
        run: (task) => this.#turn(task),
      }),
      alarms: tasks.queue({
        ...{ name: 'lambda.durableAlarm', retry, concurrency: limits.alarmConcurrency },
        run: async ({ payload: alarm }) => {
          await this.change(alarm.key, (draft) => rang(draft, alarm, this.store), { ended: true });
        },
      }),
      calls: tasks.queue({
        ...{ name: 'lambda.durableCall', retry, concurrency: limits.callConcurrency },
        run: ({ payload: { key, operationId } }) => calls.make(key, operationId),
      }),
    };
  }

  /** Runs a function, durable or not, and answers when it is done. @throws what `Executor.run` throws. */
  run(execution: Execution, executionName?: string): Promise<ExecutedDurably> {
    const { durable } = execution.configuration;
    // Most functions aren't: their invocations don't wait for a promise more.
    if (durable) return this.#whole(execution, durable, executionName);
    if (executionName === undefined) return this.#executor.run(execution);
    return Promise.reject(
      new InvalidParameterValueException(
        'DurableExecutionName can be given only for functions with a durable configuration.',
      ),
    );
  }

  async #whole(
    execution: Execution,
    durable: NonNullable<Execution['configuration']['durable']>,
    executionName: string | undefined,
  ): Promise<ExecutedDurably> {
    if (durable.executionTimeoutSeconds > limits.synchronousSecondsMax) {
      throw new InvalidParameterValueException(
        'You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.',
      );
    }
    checkQualified(execution.qualifier);
    const begun = await this.start({ ...execution, executionName });
    const record = await this.#end(begun);
    const elapsed = (record.endedAt ?? record.startedAt) - record.startedAt;
    const usage = { durationMs: elapsed, billedMs: 0, memoryUsedMb: 0 };
    const durableExecutionArn = executionArn(record);
    if (record.status === 'SUCCEEDED') {
      const payload = Buffer.from(record.result ?? 'null');
      return { result: { ok: true, payload, ...usage }, tail: '', durableExecutionArn };
    }
    const payload = errorPayload(record.error ?? { ErrorType: record.status });
    return { result: { ok: false, kind: 'Unhandled', payload, ...usage }, tail: '', durableExecutionArn };
  }

  /** Begins an execution that nobody waits for. @returns its ARN. */
  async accept(execution: Start & { qualifier: string | undefined }): Promise<string> {
    checkQualified(execution.qualifier);
    return executionArn(await this.start(execution));
  }

  /**
   * The name makes it happen once: the same name with the same input is the same execution.
   * @param parent the operation of another execution that waits for it.
   * @throws DurableExecutionAlreadyStartedException for the same name with another input.
   */
  async start(request: Start, parent?: ExecutionRecord['parent']): Promise<ExecutionRecord> {
    return this.store.transact((tx) => this.#startIn(tx, request, parent));
  }

  /**
   * Changes an execution in one transaction.
   * @param options.ended also one that has ended.
   * @returns undefined when there is none to change.
   */
  async change<T>(
    key: ExecutionKey,
    body: (draft: Draft) => Promise<T>,
    options: { ended?: boolean } = {},
  ): Promise<T | undefined> {
    const { result, ended } = await this.store.transact(async (tx) => {
      const record = await this.store.execution(key, tx);
      if (!record || (record.status !== 'RUNNING' && !options.ended))
        return { result: undefined, ended: false };
      const draft = this.#draft(tx, record);
      const result = await body(draft);
      if (await this.store.execution(key, tx)) draft.save();
      return { result, ended: !draft.isRunning };
    });
    if (ended) this.#waiting.get(key.id)?.woken.resolve();
    return result;
  }

  /** A function is gone, and its executions with it. */
  forget(tx: Transaction, place: Place): void {
    this.store.deleteAll(tx, place);
  }

  /** Answers who waits for an execution that is gone, or that this process doesn't see the end of. */
  release(place?: Place): void {
    for (const { key, woken } of this.#waiting.values()) {
      const { account, region, name } = key;
      if (!place || (account === place.account && region === place.region && name === place.name))
        woken.resolve();
    }
  }

  #draft(tx: Transaction, record: ExecutionRecord): Draft {
    const now = this.#platform.clock.now();
    return new Draft(tx, record, { now, store: this.store, queues: this.#queues });
  }

  async #startIn(
    tx: Transaction,
    { place, configuration, payload, traceId, tenantId, executionName }: Start,
    parent?: ExecutionRecord['parent'],
  ): Promise<ExecutionRecord> {
    const input = Buffer.from(payload).toString('utf8');
    const { account, region, name } = place;
    const existing =
      executionName === undefined ? undefined : await this.store.named(place, executionName, tx);
    if (existing?.input === input) return existing;
    if (existing) {
      throw new DurableExecutionAlreadyStartedException(
        `A durable execution with name ${executionName} has already been started with a different payload.`,
      );
    }
    const id = this.#platform.ids.uuid();
    const { executionTimeoutSeconds, retentionDays } = configuration.durable ?? durableSettings({});
    const now = this.#platform.clock.now();
    const record: ExecutionRecord = {
      ...{ account, region, name, id, input, tenantId, traceId },
      executionName: executionName ?? this.#platform.ids.uuid(),
      version: configuration.version,
      status: 'RUNNING',
      startedAt: now,
      ...{ timeoutSeconds: executionTimeoutSeconds, retentionDays },
      ...{ busy: false, turn: 0, token: '', failures: 0, news: [], told: 0, nextSequence: 1, nextEvent: 1 },
      ...(parent ? { parent } : {}),
    };
    this.store.add(tx, record);
    const draft = this.#draft(tx, record);
    const root: OperationRecord = {
      ...{ id, sequence: 0, type: 'EXECUTION', status: 'STARTED', startedAt: now, input },
      ...{ parentId: undefined, name: undefined, subType: undefined },
    };
    draft.put(root);
    const details = { Input: { Payload: input }, ExecutionTimeout: executionTimeoutSeconds };
    draft.event(eventOf(root, 'STARTED', details));
    await draft.alarm('execution', now + executionTimeoutSeconds * 1000);
    await draft.wake();
    draft.save();
    return draft.record;
  }

  /** The execution when it has ended. */
  async #end(begun: ExecutionRecord): Promise<ExecutionRecord> {
    const { id } = begun;
    const waiting = this.#waiting.get(id) ?? { key: begun, woken: Promise.withResolvers<void>() };
    this.#waiting.set(id, waiting);
    // It may have ended before anybody waited.
    const record = await this.store.execution(begun);
    if (record?.status === 'RUNNING') await waiting.woken.promise;
    this.#waiting.delete(id);
    const ended = await this.store.execution(begun);
    if (ended && ended.status !== 'RUNNING') return ended;
    throw new ServiceException(
      ended ? 'The cloud is stopping.' : 'The function was deleted while its durable execution was running.',
    );
  }

  async #turn({ payload: { key, turn } }: Task<Turn>): Promise<void> {
    const begun = await this.change(key, async (draft) => {
      if (draft.record.turn !== turn) return undefined;
      draft.record.token = tokenOf(this.#platform.ids.uuid());
      draft.record.news = [];
      draft.record.told = 0;
      delete draft.record.previous;
      return { record: { ...draft.record }, operations: await this.store.operations(key, draft.tx) };
    });
    if (!begun) return;
    const { record, operations } = begun;
    const requestId = this.#platform.ids.uuid();
    const startedAt = this.#platform.clock.now();
    const result = await this.#invoke(record, requestId, invocationEvent(record, operations));
    await this.change(
      key,
      async (draft) => {
        if (draft.record.turn !== turn) return;
        const answer = answerOf(result);
        draft.event({
          EventType: 'InvocationCompleted',
          InvocationCompletedDetails: {
            StartTimestamp: new Date(startedAt),
            EndTimestamp: new Date(draft.now),
            RequestId: requestId,
            ...(answer.kind === 'broken' ? { Error: { Payload: answer.error } } : {}),
          },
        });
        if (draft.isRunning) await this.#conclude(draft, answer);
      },
      { ended: true },
    );
  }

  async #invoke(record: ExecutionRecord, requestId: string, payload: Buffer) {
    const { account, region, name, version, tenantId, traceId } = record;
    const place = { account, region, name };
    try {
      const resolved = await resolveVersion(
        this.#functions,
        { ...place, qualifier: version },
        this.#platform.ids,
      );
      const { result } = await this.#executor.run({
        ...{ place, requestId, payload, tenantId, traceId },
        configuration: resolved.configuration,
        qualifier: version,
        reservedConcurrency: resolved.record.reservedConcurrency,
        // An execution comes back to its function; that is no loop.
        recursiveLoop: 'Allow',
      });
      return result;
    } catch (error) {
      if (error instanceof TooManyRequestsException)
        throw new TaskPostponed(this.#platform.clock.now() + limits.throttledWaitMs);
      if (!(error instanceof AwsError)) throw error;
      const answer = { errorType: error.code, errorMessage: error.message };
      const body = Buffer.from(JSON.stringify(answer));
      const usage = { durationMs: 0, billedMs: 0, memoryUsedMb: 0 };
      return { ok: false as const, kind: 'Unhandled' as const, payload: body, ...usage };
    }
  }

  async #conclude(draft: Draft, answer: ReturnType<typeof answerOf>): Promise<void> {
    const { record } = draft;
    if (answer.kind === 'SUCCEEDED') return draft.finish('SUCCEEDED', { result: answer.result });
    if (answer.kind === 'FAILED') return draft.finish('FAILED', { error: answer.error });
    if (answer.kind === 'broken') {
      record.failures += 1;
      if (record.failures >= limits.failuresMax) return draft.finish('FAILED', { error: answer.error });
      return draft.wake(draft.now + limits.failureWaitMs);
    }
    record.failures = 0;
    record.busy = false;
    const operations = await this.store.operations(record, draft.tx);
    const isAwaiting = operations.some(isAwaited);
    // What the function was told on its way out it may have overlooked.
    const hasOverlooked =
      operations.some(({ status }) => status === 'READY') || (record.told > 0 && !isAwaiting);
    if (record.news.length > 0 || hasOverlooked) return draft.wake();
    if (!isAwaiting) {
      const error = invalid('Cannot return PENDING status with no pending operations.');
      await draft.finish('FAILED', { error });
    }
  }
}

/** What ends without the function: while there is such a thing, the function may rest. */
function isAwaited({ type, status }: OperationRecord): boolean {
  if (type === 'STEP') return status === 'PENDING';
  return status === 'STARTED' && (type === 'WAIT' || type === 'CALLBACK' || type === 'CHAINED_INVOKE');
}

/** Of the form that the model asks for. */
export function tokenOf(uuid: string): string {
  return Buffer.from(uuid).toString('base64');
}
