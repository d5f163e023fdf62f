/** An execution while a transaction changes it: what is written is written once, when the change is whole. */
import type { ErrorObject, ExecutionStatus } from '@aws-sdk/client-lambda';
import type { Transaction } from '../../../store/index.ts';
import type { TaskQueue } from '../../../tasks/index.ts';
import type { DurableStore } from '../store/durable.ts';
import { errorDetails, eventOf, resultDetails } from './history.ts';
import type { ExecutionKey, ExecutionRecord, HistoryEvent, OperationRecord } from './records.ts';

/** One invocation of the function on behalf of an execution. */
export interface Turn {
  key: ExecutionKey;
  turn: number;
}

/** What happens to an execution when time has come. */
export interface Alarm {
  key: ExecutionKey;
  kind: 'wait' | 'retry' | 'timeout' | 'heartbeat' | 'execution' | 'forget';
  at: number;
  /** Of those that belong to an operation. */
  operationId?: string;
}

export interface DurableQueues {
  readonly turns: TaskQueue<Turn>;
  readonly alarms: TaskQueue<Alarm>;
  readonly calls: TaskQueue<{ key: ExecutionKey; operationId: string }>;
}

const dayMs = 86_400_000;

const alarmId = (id: string, operationId: string | undefined, kind: Alarm['kind'], at: number) =>
  `${id}:${operationId ?? ''}:${kind}:${at}`;

export class Draft {
  readonly tx: Transaction;
  readonly record: ExecutionRecord;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly #store: DurableStore;
  readonly #queues: DurableQueues;

  constructor(
    tx: Transaction,
    record: ExecutionRecord,
    options: { now: number; store: DurableStore; queues: DurableQueues },
  ) {
    this.tx = tx;
    this.record = { ...record };
    this.now = options.now;
    this.#store = options.store;
    this.#queues = options.queues;
  }

  get isRunning(): boolean {
    return this.record.status === 'RUNNING';
  }

  /** The last thing that is done with it. */
  save(): void {
    this.#store.put(this.tx, this.record);
  }

  event(event: HistoryEvent): void {
    const EventId = this.record.nextEvent;
    this.record.nextEvent += 1;
    this.#store.putEvent(this.tx, this.record, { ...event, EventId, EventTimestamp: new Date(this.now) });
  }

  operation(id: string): Promise<OperationRecord | undefined> {
    return this.#store.operation(this.record, id, this.tx);
  }

  put(operation: OperationRecord): void {
    this.#store.putOperation(this.tx, this.record, operation);
  }

  /** Wakes the execution later. The same alarm twice is one. */
  async alarm(kind: Alarm['kind'], at: number, operationId?: string): Promise<void> {
    const { account, region, name, id } = this.record;
    const alarm: Alarm = {
      ...{ key: { account, region, name, id }, kind, at },
      ...(operationId === undefined ? {} : { operationId }),
    };
    await this.#queues.alarms.enqueue(this.tx, alarm, {
      id: alarmId(id, operationId, kind, at),
      dueAt: at,
    });
  }

  async call(operationId: string): Promise<void> {
    const { account, region, name, id } = this.record;
    const call = { key: { account, region, name, id }, operationId };
    await this.#queues.calls.enqueue(this.tx, call, { id: `${id}:${operationId}` });
  }

  /** An operation that the function waits for has changed: it is told at its next checkpoint, or by an invocation. */
  async tell(operation: OperationRecord): Promise<void> {
    this.put(operation);
    this.record.news = [...this.record.news.filter((id) => id !== operation.id), operation.id];
    if (!this.record.busy) await this.wake();
  }

  /** Invokes the function once more. @param dueAt at once when absent. */
  async wake(dueAt?: number): Promise<void> {
    this.record.busy = true;
    this.record.turn += 1;
    const { account, region, name, id, turn } = this.record;
    const task: Turn = { key: { account, region, name, id }, turn };
    await this.#queues.turns.enqueue(this.tx, task, {
      id: `${id}:${turn}`,
      ...(dueAt === undefined ? {} : { dueAt }),
    });
  }

  /** Ends the execution, and tells the one that waits for it. */
  async finish(
    status: Exclude<ExecutionStatus, 'RUNNING'>,
    { result, error }: { result?: string | undefined; error?: ErrorObject | undefined },
  ): Promise<void> {
    const { record, now } = this;
    Object.assign(record, { status, endedAt: now, result, error, busy: false, token: '' });
    const root = await this.operation(record.id);
    if (root) {
      const ended: OperationRecord = { ...root, status, endedAt: now };
      this.put(ended);
      this.event(
        eventOf(ended, status, { ...(status === 'SUCCEEDED' ? resultDetails(result) : errorDetails(error)) }),
      );
    }
    const timesOutAt = record.startedAt + record.timeoutSeconds * 1000;
    await this.#queues.alarms.cancel(this.tx, alarmId(record.id, undefined, 'execution', timesOutAt));
    await this.alarm('forget', now + record.retentionDays * dayMs);
    if (record.parent) await this.#tellParent(record.parent, status, { result, error });
  }

  async #tellParent(
    { execution, operationId }: NonNullable<ExecutionRecord['parent']>,
    status: Exclude<ExecutionStatus, 'RUNNING'>,
    outcome: { result?: string | undefined; error?: ErrorObject | undefined },
  ): Promise<void> {
    const record = await this.#store.execution(execution, this.tx);
    if (record?.status !== 'RUNNING') return;
    const parent = new Draft(this.tx, record, { now: this.now, store: this.#store, queues: this.#queues });
    await parent.closeCall(operationId, status, outcome);
    parent.save();
  }

  /** The function that an operation invoked has answered. */
  async closeCall(
    operationId: string,
    status: Exclude<ExecutionStatus, 'RUNNING'>,
    { result, error }: { result?: string | undefined; error?: ErrorObject | undefined },
  ): Promise<void> {
    const operation = await this.operation(operationId);
    if (operation?.status !== 'STARTED') return;
    const closed: OperationRecord = { ...operation, status, endedAt: this.now, result, error };
    const details = status === 'SUCCEEDED' ? resultDetails(result) : errorDetails(error);
    this.event(eventOf(closed, status, { ...details }));
    await this.tell(closed);
  }
}
