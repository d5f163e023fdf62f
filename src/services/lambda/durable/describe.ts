/** Executions and operations as the API and the function's own event show them. */
import type { ErrorObject, Execution, GetDurableExecutionResponse, Operation } from '@aws-sdk/client-lambda';
import { functionArn } from '../domain/names.ts';
import { executionArn } from './names.ts';
import type { ExecutionRecord, OperationRecord } from './records.ts';

export function describeOperation(operation: OperationRecord): Operation {
  const { id: Id, type: Type, status: Status, parentId, name, subType, endedAt } = operation;
  return {
    Id,
    Type,
    Status,
    StartTimestamp: new Date(operation.startedAt),
    ...(parentId === undefined ? {} : { ParentId: parentId }),
    ...(name === undefined ? {} : { Name: name }),
    ...(subType === undefined ? {} : { SubType: subType }),
    ...(endedAt === undefined ? {} : { EndTimestamp: new Date(endedAt) }),
    ...detailsOf(operation),
  };
}

function detailsOf(operation: OperationRecord): Partial<Operation> {
  const outcome = outcomeOf(operation);
  switch (operation.type) {
    case 'EXECUTION':
      return { ExecutionDetails: { InputPayload: operation.input } };
    case 'CONTEXT':
      return {
        ContextDetails: {
          ...outcome,
          ...(operation.replayChildren === undefined ? {} : { ReplayChildren: operation.replayChildren }),
        },
      };
    case 'STEP':
      return {
        StepDetails: {
          ...outcome,
          Attempt: operation.attempt ?? 0,
          ...(operation.nextAttemptAt === undefined
            ? {}
            : { NextAttemptTimestamp: new Date(operation.nextAttemptAt) }),
        },
      };
    case 'WAIT':
      return { WaitDetails: { ScheduledEndTimestamp: new Date(operation.endsAt ?? 0) } };
    case 'CALLBACK':
      return { CallbackDetails: { ...outcome, CallbackId: operation.callbackId } };
    default:
      return { ChainedInvokeDetails: outcome };
  }
}

function outcomeOf({ result, error }: { result?: string | undefined; error?: ErrorObject | undefined }) {
  return {
    ...(result === undefined ? {} : { Result: result }),
    ...(error === undefined ? {} : { Error: error }),
  };
}

/** As it stands in the JSON that the function gets: times are milliseconds since the epoch, which every SDK reads. */
export function wireOperation(operation: OperationRecord): unknown {
  return JSON.parse(JSON.stringify(describeOperation(operation)), (key, value) =>
    key.endsWith('Timestamp') ? Date.parse(value as string) : value,
  );
}

/**
 * What a function needs to replay: “Completed operations with children don't include child operation details since they
 * don't need to be replayed”, unless the context asks for them.
 */
export function replayed(operations: readonly OperationRecord[]): OperationRecord[] {
  const left = new Set<string>();
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  return operations.filter(({ id, parentId }) => {
    const parent = parentId === undefined ? undefined : byId.get(parentId);
    if (!parent) return true;
    const closed = parent.status === 'SUCCEEDED' || parent.status === 'FAILED';
    if (!left.has(parent.id) && !(closed && !parent.replayChildren)) return true;
    left.add(id);
    return false;
  });
}

export function describeExecution(record: ExecutionRecord): Execution {
  return {
    DurableExecutionArn: executionArn(record),
    DurableExecutionName: record.executionName,
    FunctionArn: functionArn(record, record.version),
    Status: record.status,
    StartTimestamp: new Date(record.startedAt),
    ...(record.endedAt === undefined ? {} : { EndTimestamp: new Date(record.endedAt) }),
  };
}

export function describeWhole(record: ExecutionRecord): GetDurableExecutionResponse {
  const { DurableExecutionArn, DurableExecutionName, FunctionArn, Status, StartTimestamp, EndTimestamp } =
    describeExecution(record);
  return {
    ...{ DurableExecutionArn, DurableExecutionName, FunctionArn, Status, StartTimestamp },
    ...(EndTimestamp === undefined ? {} : { EndTimestamp }),
    InputPayload: record.input,
    ...outcomeOf(record),
    Version: record.version,
    ...(record.traceId === undefined ? {} : { TraceHeader: { XAmznTraceId: record.traceId } }),
  };
}
