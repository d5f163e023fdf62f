/** Functions that durable executions invoke: https://docs.aws.amazon.com/lambda/latest/api/API_ChainedInvokeOptions.html */
import { createHash } from 'node:crypto';
import { AwsError } from '../../../kernel/index.ts';
import { type Platform, servicePrincipal } from '../../../platform/index.ts';
import { TaskPostponed } from '../../../tasks/index.ts';
import { checkQualified } from '../domain/durable.ts';
import { parseFunctionName } from '../domain/names.ts';
import { TooManyRequestsException } from '../errors.ts';
import type { Executed, Executor } from '../executor.ts';
import { resolveVersion } from '../resolve.ts';
import type { LambdaStore } from '../store.ts';
import type { DurableExecutions } from './executions.ts';
import { errorOf } from './invocation.ts';
import * as limits from './limits.ts';
import type { ExecutionKey, ExecutionRecord, OperationRecord } from './records.ts';

export class Calls {
  readonly #platform: Platform;
  readonly #functions: LambdaStore;
  readonly #executor: Executor;
  readonly #executions: DurableExecutions;

  constructor(options: {
    platform: Platform;
    functions: LambdaStore;
    executor: Executor;
    executions: DurableExecutions;
  }) {
    this.#platform = options.platform;
    this.#functions = options.functions;
    this.#executor = options.executor;
    this.#executions = options.executions;
  }

  /** Invokes a function for an execution, as its function's role. */
  async make(key: ExecutionKey, operationId: string): Promise<void> {
    const executions = this.#executions;
    const record = await executions.store.execution(key);
    const operation = record && (await executions.change(key, (draft) => draft.operation(operationId)));
    if (!record || operation?.status !== 'STARTED') return;
    try {
      const executed = await this.#invoke(record, operation);
      // An execution of its own tells when it has ended.
      if (!executed) return;
      const text = Buffer.from(executed.result.payload).toString('utf8');
      await executions.change(key, (draft) =>
        executed.result.ok
          ? draft.closeCall(operationId, 'SUCCEEDED', { result: text })
          : draft.closeCall(operationId, 'FAILED', { error: errorOf(text) }),
      );
    } catch (error) {
      if (error instanceof TooManyRequestsException)
        throw new TaskPostponed(this.#platform.clock.now() + limits.throttledWaitMs);
      if (!(error instanceof AwsError)) throw error;
      const failure = { ErrorType: error.code, ErrorMessage: error.message };
      await executions.change(key, (draft) => draft.closeCall(operationId, 'FAILED', { error: failure }));
    }
  }

  async #invoke(record: ExecutionRecord, operation: OperationRecord): Promise<Executed | undefined> {
    const { account, region, id } = record;
    const { functionName = '', input, tenantId } = operation;
    const { ids } = this.#platform;
    const caller = await resolveVersion(this.#functions, { ...record, qualifier: record.version }, ids);
    const aws = this.#platform.aws({
      ...{ account, region, principal: servicePrincipal('lambda.amazonaws.com', account) },
    });
    const asRole = await aws.asRole(caller.configuration.role, record.name);
    const target = { FunctionName: functionName, ...(tenantId === undefined ? {} : { TenantId: tenantId }) };
    await asRole.call('lambda', 'Invoke', { ...target, InvocationType: 'DryRun' });
    const name = parseFunctionName(functionName, undefined, record);
    const { configuration, record: called } = await resolveVersion(this.#functions, name, ids);
    const place = { account: name.account, region: name.region, name: name.name };
    const execution = {
      ...{ place, configuration, qualifier: name.qualifier, tenantId, traceId: record.traceId },
      payload: Buffer.from(input ?? '{}'),
    };
    if (!configuration.durable) {
      const requestId = ids.uuid();
      return this.#executor.run({ ...execution, requestId, reservedConcurrency: called.reservedConcurrency });
    }
    checkQualified(name.qualifier);
    const parent = { execution: { account, region, name: record.name, id }, operationId: operation.id };
    // The operation's id names the execution, so that a call that is made again finds it.
    const executionName = createHash('sha256').update(`${id}:${operation.id}`).digest('hex');
    await this.#executions.start({ ...execution, executionName }, parent);
    return undefined;
  }
}
