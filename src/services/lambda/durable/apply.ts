/** What an update makes of an operation: state and update in, the next state with its event and what must follow out. */
import type { OperationUpdate } from '@aws-sdk/client-lambda';
import { errorDetails, eventOf, resultDetails } from './history.ts';
import { callbackIdOf } from './names.ts';
import type { ExecutionKey, HistoryEvent, OperationRecord } from './records.ts';

export type TimerKind = 'wait' | 'retry' | 'timeout' | 'heartbeat';

export interface Applied {
  operation: OperationRecord;
  events: HistoryEvent[];
  /** When time will change the operation. */
  timers: { kind: TimerKind; at: number }[];
}

/** @param now milliseconds since the epoch. @param sequence of the operation, if it is new. */
export function applyUpdate(
  key: ExecutionKey,
  update: OperationUpdate,
  current: OperationRecord | undefined,
  { now, sequence }: { now: number; sequence: number },
): Applied {
  const before: OperationRecord = current ?? {
    id: update.Id ?? '',
    sequence,
    parentId: update.ParentId,
    name: update.Name,
    type: update.Type ?? 'STEP',
    subType: update.SubType,
    status: 'STARTED',
    startedAt: now,
  };
  const applied = update.Action === 'START' ? start(key, update, before, now) : change(update, before, now);
  if (current || update.Action === 'START') return applied;
  // What ends without having begun has begun all the same.
  return { ...applied, events: [eventOf(before, 'STARTED'), ...applied.events] };
}

function start(key: ExecutionKey, update: OperationUpdate, before: OperationRecord, now: number): Applied {
  const operation: OperationRecord = { ...before, status: 'STARTED' };
  switch (operation.type) {
    case 'WAIT':
      return startWait(operation, update.WaitOptions?.WaitSeconds ?? 0, now);
    case 'CALLBACK':
      return startCallback(key, operation, update, now);
    case 'CHAINED_INVOKE': {
      const { FunctionName = '', TenantId } = update.ChainedInvokeOptions ?? {};
      operation.functionName = FunctionName;
      operation.tenantId = TenantId;
      operation.input = update.Payload;
      const input = update.Payload === undefined ? {} : { Payload: update.Payload };
      const details = { FunctionName, Input: input, ...(TenantId === undefined ? {} : { TenantId }) };
      return { operation, events: [eventOf(operation, 'STARTED', details)], timers: [] };
    }
    case 'CONTEXT':
      operation.replayChildren = update.ContextOptions?.ReplayChildren;
      return { operation, events: [eventOf(operation, 'STARTED')], timers: [] };
    default:
      operation.nextAttemptAt = undefined;
      return { operation, events: [eventOf(operation, 'STARTED')], timers: [] };
  }
}

function startWait(operation: OperationRecord, seconds: number, now: number): Applied {
  const at = now + seconds * 1000;
  const waiting = { ...operation, waitSeconds: seconds, endsAt: at };
  const details = { Duration: seconds, ScheduledEndTimestamp: new Date(at) };
  return {
    operation: waiting,
    events: [eventOf(waiting, 'STARTED', details)],
    timers: [{ kind: 'wait', at }],
  };
}

function startCallback(
  key: ExecutionKey,
  operation: OperationRecord,
  { CallbackOptions: { TimeoutSeconds = 0, HeartbeatTimeoutSeconds = 0 } = {} }: OperationUpdate,
  now: number,
): Applied {
  const callbackId = callbackIdOf(key, operation.id);
  const waiting: OperationRecord = { ...operation, callbackId };
  const timers: Applied['timers'] = [];
  if (TimeoutSeconds > 0) timers.push({ kind: 'timeout', at: now + TimeoutSeconds * 1000 });
  if (HeartbeatTimeoutSeconds > 0) {
    waiting.heartbeatSeconds = HeartbeatTimeoutSeconds;
    waiting.heartbeatBy = now + HeartbeatTimeoutSeconds * 1000;
    timers.push({ kind: 'heartbeat', at: waiting.heartbeatBy });
  }
  const details = {
    CallbackId: callbackId,
    ...(TimeoutSeconds > 0 ? { Timeout: TimeoutSeconds } : {}),
    ...(HeartbeatTimeoutSeconds > 0 ? { HeartbeatTimeout: HeartbeatTimeoutSeconds } : {}),
  };
  return { operation: waiting, events: [eventOf(waiting, 'STARTED', details)], timers };
}

function change(update: OperationUpdate, before: OperationRecord, now: number): Applied {
  switch (update.Action) {
    case 'RETRY':
      return retry(update, before, now);
    case 'CANCEL': {
      const operation: OperationRecord = { ...before, status: 'CANCELLED', endedAt: now };
      // The history knows the cancelling of waits only.
      const events = operation.type === 'WAIT' ? [eventOf(operation, 'CANCELLED')] : [];
      return { operation, events, timers: [] };
    }
    default: {
      const status = update.Action === 'SUCCEED' ? 'SUCCEEDED' : 'FAILED';
      const operation: OperationRecord = {
        ...before,
        status,
        endedAt: now,
        result: update.Payload,
        error: update.Error,
        ...(before.type === 'STEP' ? { attempt: (before.attempt ?? 0) + 1, nextAttemptAt: undefined } : {}),
        ...(update.ContextOptions?.ReplayChildren === undefined
          ? {}
          : { replayChildren: update.ContextOptions.ReplayChildren }),
      };
      return { operation, events: [eventOf(operation, status, outcome(operation))], timers: [] };
    }
  }
}

/** The step has failed once more, or has looked once more in vain, and is tried again later. */
function retry(update: OperationUpdate, before: OperationRecord, now: number): Applied {
  const { NextAttemptDelaySeconds = 1 } = update.StepOptions ?? {};
  const at = now + NextAttemptDelaySeconds * 1000;
  const operation: OperationRecord = {
    ...before,
    status: 'PENDING',
    attempt: (before.attempt ?? 0) + 1,
    nextAttemptAt: at,
    result: update.Payload,
    error: update.Error,
  };
  const details = outcome(operation, NextAttemptDelaySeconds);
  const event = eventOf(operation, update.Error ? 'FAILED' : 'SUCCEEDED', details);
  return { operation, events: [event], timers: [{ kind: 'retry', at }] };
}

function outcome(operation: OperationRecord, delay?: number): Record<string, unknown> {
  const details = operation.error ? errorDetails(operation.error) : resultDetails(operation.result);
  if (operation.type !== 'STEP') return { ...details };
  const RetryDetails = {
    CurrentAttempt: operation.attempt,
    ...(delay === undefined ? {} : { NextAttemptDelaySeconds: delay }),
  };
  return { ...details, RetryDetails };
}
