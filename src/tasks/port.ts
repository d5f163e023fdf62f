/**
 * Durable tasks: everything that happens later. A task is enqueued in the transaction of the fact that causes
 * it, survives a crash, runs once when nothing fails and at least once otherwise.
 */
import type { Transaction } from '../store/port.ts';

/** Exponential backoff: `min(capMs, baseMs * factor ** (attempt - 1))`, spread by `jitter` (0 to 1). */
export interface RetryPolicy {
  /** Attempts in all, the first included. */
  attemptsMax: number;
  baseMs: number;
  factor?: number;
  capMs?: number;
  jitter?: number;
  /** Explicit waits before attempt 2, 3, …; takes the place of the formula (Lambda async: 60 s, 120 s). */
  waitsMs?: readonly number[];
}

export interface Task<Payload> {
  readonly id: string;
  readonly payload: Payload;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly enqueuedAt: number;
}

export interface TaskQueueOptions<Payload> {
  /** `service.purpose`, e.g. `lambda.async`; the part before the dot names the service that is loaded to work it. */
  name: string;
  /** Does the work. A throw is a failed attempt; `TaskAbandoned` gives up at once; `TaskPostponed` waits without counting. */
  run(task: Task<Payload>, signal: AbortSignal): Promise<void>;
  retry: RetryPolicy;
  /** Tasks of this queue at work at once in this process. */
  concurrency: number;
  /** Older than this when an attempt would start: given up. Milliseconds. */
  ageMaxMs?: number;
  /** Runs in the transaction that removes a task that is given up: write the dead letter here. */
  giveUp?(tx: Transaction, task: Task<Payload>, cause: unknown): Promise<void>;
}

export interface TaskQueue<Payload> {
  /**
   * @param options.dueAt milliseconds since the epoch; now when absent.
   * @param options.id idempotency key: a second enqueue of a pending id changes nothing.
   */
  enqueue(
    tx: Transaction,
    payload: Payload,
    options?: { dueAt?: number; id?: string; retry?: RetryPolicy; ageMaxMs?: number },
  ): Promise<string>;
  cancel(tx: Transaction, id: string): Promise<void>;
}

export interface Tasks {
  /** Declares a queue and starts working it. Payloads are plain data (structured-clone). */
  queue<Payload>(options: TaskQueueOptions<Payload>): TaskQueue<Payload>;
  /** Resolves when nothing is due and nothing is running. For tests and graceful shutdown. */
  idle(): Promise<void>;
}

/** Thrown by `run`: no more attempts, `giveUp` now. */
export class TaskAbandoned extends Error {}

/** Thrown by `run`: try again at `dueAt` without counting this attempt. */
export class TaskPostponed extends Error {
  readonly dueAt: number;
  constructor(dueAt: number) {
    super(`postponed to ${new Date(dueAt).toISOString()}`);
    this.dueAt = dueAt;
  }
}
