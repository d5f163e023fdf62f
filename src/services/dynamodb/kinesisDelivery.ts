/**
 * Carries the changes of tables to their Kinesis streams: noted in the transaction of the change, sent one after the
 * other by a durable task, each until Kinesis takes it or a day is over, as on AWS. A crash between sending and noting
 * that it was sent sends a change again; AWS promises no more, and its `eventID` tells.
 */
import { type Platform, rootOf } from '../../platform/index.ts';
import type { Transaction } from '../../store/port.ts';
import { TaskPostponed, type TaskQueue } from '../../tasks/port.ts';
import { kinesisPartitionKey, kinesisText } from './domain/kinesisRecords.ts';
import { changeRecord } from './domain/streamRecords.ts';
import type { Table } from './domain/table.ts';
import { limits } from './limits.ts';
import type { Change, ChangeFollower, Origin } from './store/items.ts';
import {
  deleteOutbox,
  deleteWaiting,
  getDestination,
  getOutbox,
  listWaiting,
  putOutbox,
  putWaiting,
  type Waiting,
} from './store/kinesis.ts';

interface Delivery {
  account: string;
  region: string;
  tableName: string;
  tableId: string;
  destinationId: string;
}

/** Attempts are counted by the outbox: the task itself never gives up. */
const retry = { attemptsMax: 1000, baseMs: 1000, factor: 2, capMs: 60_000 };

export class KinesisDelivery implements ChangeFollower {
  readonly #platform: Platform;
  readonly #queue: TaskQueue<Delivery>;

  constructor(platform: Platform) {
    this.#platform = platform;
    this.#queue = platform.tasks.queue<Delivery>({
      name: 'dynamodb.kinesis',
      retry,
      concurrency: 4,
      run: ({ payload }, signal) => this.#run(payload, signal),
    });
  }

  follows(table: Table): boolean {
    return table.kinesisDestination !== undefined;
  }

  async changed(
    tx: Transaction,
    table: Table,
    { before, after }: Change,
    origin: Origin | undefined,
  ): Promise<void> {
    const change = changeRecord(table.key, 'NEW_AND_OLD_IMAGES', before, after, origin?.userIdentity);
    if (!change) return;
    const destinationId = table.kinesisDestination as string;
    const outbox = await getOutbox(tx, destinationId);
    putWaiting(tx, destinationId, outbox.next, { time: this.#platform.clock.now(), change });
    putOutbox(tx, destinationId, { ...outbox, next: outbox.next + 1, scheduled: true });
    if (outbox.scheduled) return;
    const { account, region, name: tableName, id: tableId } = table;
    await this.#queue.enqueue(tx, { account, region, tableName, tableId, destinationId });
  }

  async #run(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const { store } = this.#platform;
    const { destinationId } = delivery;
    for (;;) {
      signal.throwIfAborted();
      const page = await listWaiting(store, destinationId, limits.kinesisBatchRecords);
      if (page.length === 0) {
        if (await this.#isDrained(delivery)) return;
        continue;
      }
      const sent: number[] = [];
      let refusal: unknown;
      for (const { sequence, waiting } of page) {
        try {
          await this.#send(delivery, sequence, waiting);
          sent.push(sequence);
        } catch (error) {
          refusal = error ?? new Error('refused');
          break;
        }
      }
      const attempts = await store.transact(async (tx) => {
        for (const sequence of sent) deleteWaiting(tx, destinationId, sequence);
        return this.#note(tx, destinationId, refusal);
      });
      if (attempts > 0) this.#postpone(destinationId, refusal, attempts);
    }
  }

  /** The end of the task, unless a change came meanwhile: the next change finds that none is scheduled. */
  #isDrained({ tableId, destinationId }: Delivery): Promise<boolean> {
    return this.#platform.store.transact(async (tx) => {
      if ((await listWaiting(tx, destinationId, 1)).length > 0) return false;
      const destination = await getDestination(tx, tableId, streamOf(destinationId));
      const isOver = destination?.id !== destinationId || destination.status !== 'ACTIVE';
      const { next } = await getOutbox(tx, destinationId);
      if (isOver) deleteOutbox(tx, destinationId);
      else putOutbox(tx, destinationId, { next, scheduled: false });
      return true;
    });
  }

  /** What has waited for a day, or whose table is gone, is given up. @throws what Kinesis answers. */
  async #send(delivery: Delivery, sequence: number, { time, change }: Waiting): Promise<void> {
    const { account, region, tableName, tableId, destinationId } = delivery;
    const { clock, store } = this.#platform;
    if (clock.now() - time > limits.kinesisRetryMs) return;
    const streamArn = streamOf(destinationId);
    const destination = await getDestination(store, tableId, streamArn);
    if (!destination) return;
    const text = kinesisText({
      ...{ destination: destinationId, sequence, region, tableName, time, change },
      precision: destination.precision ?? 'MILLISECOND',
    });
    // AWS acts as a role of its own in the account, which may write to every stream of it; whoever enabled the
    // destination was asked for leave to write to this one.
    await this.#platform.aws({ account, region, principal: rootOf(account) }).call('kinesis', 'PutRecord', {
      StreamARN: streamArn,
      PartitionKey: kinesisPartitionKey(change),
      Data: Buffer.from(text),
    });
  }

  /** @returns how often Kinesis refused since it took something last; 0 when it took all that it was sent. */
  async #note(tx: Transaction, destinationId: string, refusal: unknown): Promise<number> {
    const { refusal: before, ...outbox } = await getOutbox(tx, destinationId);
    if (refusal === undefined) {
      if (before) putOutbox(tx, destinationId, outbox);
      return 0;
    }
    const now = this.#platform.clock.now();
    const message = messageOf(refusal);
    const attempts = (before?.attempts ?? 0) + 1;
    putOutbox(tx, destinationId, {
      ...outbox,
      refusal: { message, since: before?.since ?? now, attempts },
    });
    return attempts;
  }

  #postpone(destinationId: string, refusal: unknown, attempts: number): never {
    const { telemetry, clock } = this.#platform;
    if (attempts === 1) {
      telemetry.log('warn', 'A change of a table could not be put into its Kinesis stream', {
        stream: streamOf(destinationId),
        error: messageOf(refusal),
      });
    }
    const wait = limits.kinesisWaitMinMs * 2 ** Math.min(attempts - 1, 10);
    throw new TaskPostponed(clock.now() + Math.min(limits.kinesisWaitMaxMs, wait));
  }
}

function messageOf(refusal: unknown): string {
  return refusal instanceof Error ? refusal.message : String(refusal);
}

/** A destination is named by what makes it unlike every other of its stream, and the stream. */
export function destinationIdOf(unique: string, streamArn: string): string {
  return `${unique} ${streamArn}`;
}

function streamOf(destinationId: string): string {
  return destinationId.slice(destinationId.indexOf(' ') + 1);
}
