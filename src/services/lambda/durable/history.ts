/** Events of the history: https://docs.aws.amazon.com/lambda/latest/api/API_Event.html */
import type { ErrorObject, EventType, OperationStatus } from '@aws-sdk/client-lambda';
import type { HistoryEvent, OperationRecord } from './records.ts';

const nouns = {
  EXECUTION: 'Execution',
  CONTEXT: 'Context',
  STEP: 'Step',
  WAIT: 'Wait',
  CALLBACK: 'Callback',
  CHAINED_INVOKE: 'ChainedInvoke',
} as const;

const verbs: Partial<Record<OperationStatus, string>> = {
  STARTED: 'Started',
  SUCCEEDED: 'Succeeded',
  FAILED: 'Failed',
  CANCELLED: 'Cancelled',
  TIMED_OUT: 'TimedOut',
  STOPPED: 'Stopped',
};

/** Of an operation that has just come to `status`; a step that will be tried again has failed, or succeeded, once more. */
export function eventOf(
  operation: OperationRecord,
  status: OperationStatus,
  details: Readonly<Record<string, unknown>> = {},
): HistoryEvent {
  const type = `${nouns[operation.type]}${verbs[status] ?? 'Started'}`;
  return {
    EventType: type as EventType,
    Id: operation.id,
    ...(operation.name === undefined ? {} : { Name: operation.name }),
    ...(operation.parentId === undefined ? {} : { ParentId: operation.parentId }),
    ...(operation.subType === undefined ? {} : { SubType: operation.subType }),
    [`${type}Details`]: details,
  };
}

export function resultDetails(result: string | undefined): object {
  return { Result: result === undefined ? {} : { Payload: result } };
}

export function errorDetails(error: ErrorObject | undefined): object {
  return { Error: error === undefined ? {} : { Payload: error } };
}

/** The event without what the function was given or answered. */
export function withoutData(event: HistoryEvent): HistoryEvent {
  const entries = Object.entries(event).map(([key, value]) => [
    key,
    key.endsWith('Details') ? bare(value) : value,
  ]);
  return Object.fromEntries(entries) as HistoryEvent;
}

function bare(details: unknown): unknown {
  const entries = Object.entries(details as object).map(([key, value]) => [
    key,
    ['Input', 'Result', 'Error'].includes(key) ? {} : value,
  ]);
  return Object.fromEntries(entries);
}
