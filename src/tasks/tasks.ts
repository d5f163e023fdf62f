/**
 * The worker of durable tasks. A task is claimed by moving it to the end of its lease, so that a process that dies
 * leaves it to be claimed again; while it runs, the lease is renewed.
 */
import type { Clock, Ids, Timer } from '../kernel/index.ts';
import type { Store, Transaction } from '../store/port.ts';
import type { Telemetry } from '../telemetry/port.ts';
import {
  type RetryPolicy,
  TaskAbandoned,
  TaskPostponed,
  type TaskQueue,
  type TaskQueueOptions,
  type Tasks,
} from './port.ts';
import {
  type DueTask,
  firstTasks,
  moveTask,
  putTask,
  queuePrefix,
  queuesWithTasks,
  readPlace,
  readTask,
  removeTask,
  type TaskRecord,
} from './records.ts';
import { waitBeforeNextAttempt } from './retry.ts';

export interface DurableTasksOptions {
  store: Store;
  clock: Clock;
  ids: Ids;
  telemetry: Telemetry;
  /**
   * True when no other process can have the store open (an embedded store): the leases of a former process are
   * void from the start, and what a crash interrupted goes on at once.
   */
  exclusive: boolean;
}

/** How long a claimed task is left to its worker without a sign of life, in milliseconds. */
const leaseMs = 30_000;

export class DurableTasks implements Tasks {
  readonly #options: DurableTasksOptions;
  readonly #workers = new Map<string, QueueWorker<never>>();
  readonly #owner: string;

  constructor(options: DurableTasksOptions) {
    this.#options = options;
    this.#owner = options.ids.uuid();
  }

  queue<Payload>(options: TaskQueueOptions<Payload>): TaskQueue<Payload> {
    if (this.#workers.has(options.name)) throw new Error(`Task queue ${options.name} is declared twice`);
    const worker = new QueueWorker<Payload>(options, this.#options, this.#owner);
    this.#workers.set(options.name, worker as unknown as QueueWorker<never>);
    worker.start();
    return worker;
  }

  /** Queues that hold tasks, declared or not: their services must be loaded for the work to go on. */
  pendingQueues(): Promise<string[]> {
    return queuesWithTasks(this.#options.store);
  }

  async idle(): Promise<void> {
    // One queue's work may enqueue in another; settled means that a whole round found nothing.
    for (let busy = true; busy; ) {
      busy = false;
      for (const worker of this.#workers.values()) busy = (await worker.settled()) || busy;
    }
  }

  /** Stops claiming, asks what runs to stop and waits for it; what is interrupted is picked up by the next process. */
  async close(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.close()));
  }
}

interface Running {
  record: TaskRecord;
  leaseEnd: number;
  renewal: Timer;
  done: Promise<void>;
}

class QueueWorker<Payload> implements TaskQueue<Payload> {
  readonly #queue: TaskQueueOptions<Payload>;
  readonly #options: DurableTasksOptions;
  readonly #owner: string;
  readonly #running = new Map<string, Running>();
  readonly #closing = new AbortController();
  #stopWatching: () => void = () => {};
  #alarm: Timer | undefined;
  #pumping: Promise<void> | undefined;
  #pumpAgain = false;

  constructor(queue: TaskQueueOptions<Payload>, options: DurableTasksOptions, owner: string) {
    this.#queue = queue;
    this.#options = options;
    this.#owner = owner;
  }

  start(): void {
    this.#stopWatching = this.#options.store.watch(queuePrefix(this.#queue.name), () => this.#pump());
    this.#pump();
  }

  async enqueue(
    tx: Transaction,
    payload: Payload,
    options: { dueAt?: number; id?: string; retry?: RetryPolicy; ageMaxMs?: number } = {},
  ): Promise<string> {
    const id = options.id ?? this.#options.ids.uuid();
    if (options.id !== undefined && (await readPlace(tx, this.#queue.name, id)) !== undefined) return id;
    const now = this.#options.clock.now();
    putTask(tx, this.#queue.name, options.dueAt ?? now, {
      id,
      payload,
      attempts: 0,
      enqueuedAt: now,
      retry: options.retry,
      ageMaxMs: options.ageMaxMs,
      owner: undefined,
    });
    return id;
  }

  async cancel(tx: Transaction, id: string): Promise<void> {
    const dueAt = await readPlace(tx, this.#queue.name, id);
    if (dueAt !== undefined) removeTask(tx, this.#queue.name, dueAt, id);
  }

  /** Waits until nothing is due and nothing runs. @returns whether there was anything to wait for. */
  async settled(): Promise<boolean> {
    let waited = false;
    for (;;) {
      if (this.#pumping) await this.#pumping;
      else if (this.#running.size > 0)
        await Promise.race([...this.#running.values()].map((task) => task.done));
      else {
        const [first] = await firstTasks(this.#options.store, this.#queue.name, 1);
        if (!first || first.dueAt > this.#options.clock.now() || this.#closing.signal.aborted) return waited;
        this.#pump();
      }
      waited = true;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('The cloud is stopping'));
    this.#stopWatching();
    this.#alarm?.cancel();
    await this.#pumping;
    await Promise.all([...this.#running.values()].map((task) => task.done));
  }

  /** Claims and starts what is due; coalesces calls that come while it is at it. */
  #pump(): void {
    if (this.#closing.signal.aborted) return;
    if (this.#pumping) {
      this.#pumpAgain = true;
      return;
    }
    this.#pumping = this.#claimAndStart()
      .catch((error: unknown) => {
        this.#options.telemetry.log('error', 'Tasks could not be claimed', {
          queue: this.#queue.name,
          error,
        });
      })
      .finally(() => {
        this.#pumping = undefined;
        if (this.#pumpAgain) {
          this.#pumpAgain = false;
          this.#pump();
        }
      });
  }

  async #claimAndStart(): Promise<void> {
    const free = this.#queue.concurrency - this.#running.size;
    if (free <= 0) return;
    // A look without a transaction first: most wake-ups find nothing due.
    const { claimable, nextDueAt } = this.#sort(await this.#first(this.#options.store, free));
    this.#setAlarm(nextDueAt);
    if (claimable.length === 0) return;
    const claimed = await this.#options.store.transact(async (tx) => {
      const now = this.#options.clock.now();
      const due = this.#sort(await this.#first(tx, free)).claimable;
      return due.map(({ dueAt, record }) => {
        const leased = { ...record, attempts: record.attempts + 1, owner: this.#owner };
        moveTask(tx, this.#queue.name, dueAt, now + leaseMs, leased);
        return { dueAt: now + leaseMs, record: leased };
      });
    });
    for (const task of claimed) this.#run(task);
    // Leases lie among the due tasks; look again for what stood behind them.
    if (claimed.length > 0) this.#pumpAgain = true;
  }

  /** Enough of the queue's head to find `free` claimable tasks behind those that run here. */
  #first(reader: Pick<Store, 'range' | 'get'>, free: number): Promise<DueTask[]> {
    return firstTasks(reader, this.#queue.name, free + this.#running.size + 1);
  }

  #sort(tasks: DueTask[]): { claimable: DueTask[]; nextDueAt: number | undefined } {
    const now = this.#options.clock.now();
    const free = this.#queue.concurrency - this.#running.size;
    const claimable: DueTask[] = [];
    let nextDueAt: number | undefined;
    for (const task of tasks) {
      if (this.#running.has(task.record.id)) continue;
      const orphaned =
        this.#options.exclusive && task.record.owner !== undefined && task.record.owner !== this.#owner;
      if (task.dueAt <= now || orphaned) {
        if (claimable.length < free) claimable.push(task);
      } else if (nextDueAt === undefined) nextDueAt = task.dueAt;
    }
    return { claimable, nextDueAt };
  }

  #setAlarm(dueAt: number | undefined): void {
    this.#alarm?.cancel();
    this.#alarm = dueAt === undefined ? undefined : this.#options.clock.at(dueAt, () => this.#pump());
  }

  #run({ dueAt, record }: DueTask): void {
    const running: Running = {
      record,
      leaseEnd: dueAt,
      renewal: this.#scheduleRenewal(record.id, dueAt),
      done: Promise.resolve(),
    };
    this.#running.set(record.id, running);
    running.done = this.#attempt(running).finally(() => {
      running.renewal.cancel();
      this.#running.delete(record.id);
      this.#pump();
    });
  }

  #scheduleRenewal(id: string, leaseEnd: number): Timer {
    return this.#options.clock.at(leaseEnd - leaseMs / 2, () => {
      void this.#renew(id).catch((error: unknown) =>
        this.#options.telemetry.log('error', 'A task lease could not be renewed', {
          queue: this.#queue.name,
          id,
          error,
        }),
      );
    });
  }

  async #renew(id: string): Promise<void> {
    const running = this.#running.get(id);
    if (!running) return;
    const leaseEnd = this.#options.clock.now() + leaseMs;
    await this.#options.store.transact(async (tx) => {
      const found = await readTask(tx, this.#queue.name, id);
      if (found?.record.owner !== this.#owner) return;
      moveTask(tx, this.#queue.name, found.dueAt, leaseEnd, found.record);
    });
    running.leaseEnd = leaseEnd;
    running.renewal = this.#scheduleRenewal(id, leaseEnd);
  }

  async #attempt({ record }: Running): Promise<void> {
    const now = this.#options.clock.now();
    const ageMaxMs = record.ageMaxMs ?? this.#queue.ageMaxMs;
    let failure: unknown;
    if (ageMaxMs !== undefined && now - record.enqueuedAt > ageMaxMs) {
      failure = new TaskAbandoned('The task is older than its maximum age');
    } else {
      try {
        await this.#queue.run(this.#task(record), this.#closing.signal);
      } catch (error) {
        failure = error ?? new Error('failed');
      }
    }
    try {
      await this.#options.store.transact((tx) => this.#conclude(tx, record, failure));
    } catch (error) {
      // The lease runs out and the task is tried again: at least once is kept.
      this.#options.telemetry.log('error', 'The end of a task could not be recorded', {
        queue: this.#queue.name,
        id: record.id,
        error,
      });
    }
  }

  async #conclude(tx: Transaction, record: TaskRecord, failure: unknown): Promise<void> {
    const queue = this.#queue.name;
    const found = await readTask(tx, queue, record.id);
    // Cancelled meanwhile, or taken over after a lost lease: not ours to conclude.
    if (found?.record.owner !== this.#owner) return;
    if (failure === undefined) return removeTask(tx, queue, found.dueAt, record.id);

    const released: TaskRecord = { ...found.record, owner: undefined };
    if (failure instanceof TaskPostponed) {
      return moveTask(tx, queue, found.dueAt, failure.dueAt, { ...released, attempts: record.attempts - 1 });
    }
    const now = this.#options.clock.now();
    if (this.#closing.signal.aborted) {
      // Interrupted by our own stop, not by the task's fault: the next process tries it at once.
      return moveTask(tx, queue, found.dueAt, now, { ...released, attempts: record.attempts - 1 });
    }
    const policy = record.retry ?? this.#queue.retry;
    const chance = (this.#options.ids.bytes(1)[0] ?? 0) / 256;
    const wait =
      failure instanceof TaskAbandoned ? undefined : waitBeforeNextAttempt(policy, record.attempts, chance);
    const ageMaxMs = record.ageMaxMs ?? this.#queue.ageMaxMs;
    const tooLate = wait !== undefined && ageMaxMs !== undefined && now + wait - record.enqueuedAt > ageMaxMs;
    if (wait !== undefined && !tooLate) {
      return moveTask(tx, queue, found.dueAt, now + wait, released);
    }
    removeTask(tx, queue, found.dueAt, record.id);
    await this.#queue.giveUp?.(tx, this.#task(record), failure);
  }

  #task(record: TaskRecord) {
    return {
      id: record.id,
      payload: record.payload as Payload,
      attempt: record.attempts,
      enqueuedAt: record.enqueuedAt,
    };
  }
}
