/** What time does to executions. An alarm that has been overtaken finds nothing to do. */
import type { DurableStore } from '../store/durable.ts';
import type { Alarm, Draft } from './draft.ts';
import { errorDetails, eventOf } from './history.ts';
import type { OperationRecord } from './records.ts';

export async function rang(draft: Draft, alarm: Alarm, store: DurableStore): Promise<void> {
  const { record } = draft;
  if (alarm.kind === 'forget') {
    store.delete(draft.tx, record);
    return;
  }
  if (!draft.isRunning) return;
  if (alarm.kind === 'execution') {
    const ErrorMessage = `Execution timed out after ${record.timeoutSeconds} seconds.`;
    await draft.finish('TIMED_OUT', { error: { ErrorType: 'Execution.TimedOut', ErrorMessage } });
    return;
  }
  const operation = alarm.operationId === undefined ? undefined : await draft.operation(alarm.operationId);
  if (operation) await changed(draft, alarm, operation);
}

async function changed(draft: Draft, { kind, at }: Alarm, operation: OperationRecord): Promise<void> {
  const { status } = operation;
  if (kind === 'retry') {
    if (status === 'PENDING' && operation.nextAttemptAt === at)
      await draft.tell({ ...operation, status: 'READY' });
    return;
  }
  if (status !== 'STARTED') return;
  if (kind === 'wait') {
    const ended: OperationRecord = { ...operation, status: 'SUCCEEDED', endedAt: draft.now };
    draft.event(eventOf(ended, 'SUCCEEDED', { Duration: operation.waitSeconds ?? 0 }));
    await draft.tell(ended);
    return;
  }
  if (kind === 'heartbeat' && operation.heartbeatBy !== at) return;
  const error =
    kind === 'heartbeat'
      ? { ErrorType: 'Callback.Heartbeat', ErrorMessage: 'Callback timed out on heartbeat' }
      : { ErrorType: 'Callback.Timeout', ErrorMessage: 'Callback timed out' };
  const ended: OperationRecord = { ...operation, status: 'TIMED_OUT', endedAt: draft.now, error };
  draft.event(eventOf(ended, 'TIMED_OUT', { ...errorDetails(error) }));
  await draft.tell(ended);
}
