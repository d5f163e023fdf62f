/**
 * Who polls: a durable task per mapping. While there is something to do the task runs, and its lease says that nobody
 * else polls; then it is put off, and what stirs brings it back.
 */
import { AwsError, type Clock, SystemClock, type Timer } from '../../../kernel/index.ts';
import { type AwsCaller, type Platform, servicePrincipal } from '../../../platform/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { type Task, TaskPostponed, type TaskQueue } from '../../../tasks/index.ts';
import type { MappingKey, MappingStore } from '../store/mappings.ts';
import { FailureDestinations } from './failures.ts';
import type { Invoker } from './invoker.ts';
import {
  brokenSourceWaitMs,
  lookGapMaxMs,
  lookGapMinMs,
  mappingsResumedMax,
  pollerSleepMs,
  pollersMax,
  pollIntervalMs,
} from './limits.ts';
import { QueuePoller } from './queuePoller.ts';
import type { MappingRecord } from './records.ts';
import type { Parked } from './shardReader.ts';
import { dynamoDbStreams } from './sources/dynamodb.ts';
import { kinesisStreams } from './sources/kinesis.ts';
import type { StreamKind } from './sources/stream.ts';
import { type Rest, StreamPoller } from './streamPoller.ts';

export const streamKinds: Readonly<Record<'dynamodb' | 'kinesis', StreamKind>> = {
  dynamodb: dynamoDbStreams,
  kinesis: kinesisStreams,
};

const retry = { attemptsMax: 1_000_000, baseMs: 1_000, factor: 2, capMs: 60_000, jitter: 0.3 };

export class Pollers {
  readonly #platform: Platform;
  readonly #store: MappingStore;
  readonly #invoker: Invoker;
  readonly #failures: FailureDestinations;
  readonly #queue: TaskQueue<MappingKey>;
  /** Pollers at work, by UUID. */
  readonly #running = new Map<string, AbortController>();
  /** What pollers waited for when they went to rest, by UUID and the revision of the mapping. */
  readonly #parked = new Map<string, { revision: number; shards: Map<string, Map<string, Parked>> }>();
  readonly #machine: Clock;
  /** Ends what listens for a poller that rests. */
  readonly #resting = new Map<string, () => void>();

  /** @param machine how long pollers linger is measured by it. */
  constructor(platform: Platform, store: MappingStore, invoker: Invoker, machine: Clock = new SystemClock()) {
    this.#machine = machine;
    this.#platform = platform;
    this.#store = store;
    this.#invoker = invoker;
    this.#failures = new FailureDestinations(platform);
    this.#queue = platform.tasks.queue<MappingKey>({
      name: 'lambda.eventSource',
      retry,
      concurrency: pollersMax,
      run: (task, signal) => this.#run(task, signal),
    });
  }

  /** After a restart: records may have come while nobody listened. */
  async resume(): Promise<void> {
    const found = await this.#store.all(mappingsResumedMax);
    if (found.length === 0) return;
    await this.#store.transact(async (tx) => {
      for (const mapping of found) await this.wake(tx, mapping);
    });
  }

  /** The mapping is new, changed or deleted, or has records: its poller begins anew when `tx` is committed. */
  async wake(tx: Transaction, { account, region, uuid }: MappingKey): Promise<void> {
    await this.#queue.cancel(tx, uuid);
    await this.#queue.enqueue(tx, { account, region, uuid }, { id: uuid });
  }

  /** To be said after the commit of a change: the poller of what the mapping was begins nothing new. */
  changed(uuid: string): void {
    this.#running.get(uuid)?.abort();
    this.#endRest(uuid);
  }

  /** The in-process client as the execution role of the mapping's function. */
  async asRole(
    { account, region }: Pick<MappingKey, 'account' | 'region'>,
    role: string,
  ): Promise<AwsCaller> {
    const principal = servicePrincipal('lambda.amazonaws.com', account);
    return this.#platform.aws({ account, region, principal }).asRole(role, 'awslambda_event_source');
  }

  close(): void {
    for (const end of this.#resting.values()) end();
    this.#resting.clear();
  }

  async #run({ payload }: Task<MappingKey>, signal: AbortSignal): Promise<void> {
    const { clock } = this.#platform;
    const { uuid } = payload;
    this.#endRest(uuid);
    const stop = new AbortController();
    const onAbort = () => stop.abort();
    signal.addEventListener('abort', onAbort);
    this.#running.set(uuid, stop);
    let rest: Rest | undefined;
    try {
      const mapping = await this.#settleState(payload);
      if (mapping?.state !== 'Enabled') {
        this.#parked.delete(uuid);
        return;
      }
      rest = await this.#poll(mapping, stop.signal);
      if (!rest) throw new TaskPostponed(clock.now());
    } catch (error) {
      if (error instanceof TaskPostponed || signal.aborted) throw error;
      await this.#tellProblem(payload, error);
      throw new TaskPostponed(clock.now() + brokenSourceWaitMs);
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#running.delete(uuid);
    }
    this.#listen(payload, rest);
    const dueAt = Math.max(rest.dueAt ?? Number.POSITIVE_INFINITY, clock.now() + lookGapMinMs);
    throw new TaskPostponed(Math.min(dueAt, clock.now() + pollerSleepMs));
  }

  async #poll(mapping: MappingRecord, stop: AbortSignal): Promise<Rest | undefined> {
    const role = await this.#invoker.roleOf(mapping);
    const aws = await this.asRole(mapping, role);
    const context = {
      platform: this.#platform,
      store: this.#store,
      invoker: this.#invoker,
      failures: this.#failures,
      machine: this.#machine,
      parked: this.#parkedOf(mapping),
    };
    if (mapping.kind === 'sqs') return new QueuePoller(context, mapping, aws).run(stop);
    const kind = streamKinds[mapping.kind];
    const source = kind.open(aws, mapping.sourceArn, role);
    return new StreamPoller(context, mapping, kind, source, role).run(stop);
  }

  /** A mapping that was changed begins its batches anew. */
  #parkedOf({ uuid, revision }: MappingRecord): Map<string, Map<string, Parked>> {
    const found = this.#parked.get(uuid);
    if (found?.revision === revision) return found.shards;
    const shards = new Map<string, Map<string, Parked>>();
    this.#parked.set(uuid, { revision, shards });
    return shards;
  }

  /** Brings the mapping to where its state is going. @returns undefined when it is gone. */
  async #settleState(key: MappingKey): Promise<MappingRecord | undefined> {
    const found = await this.#store.get(key);
    if (!found) return undefined;
    const places = await this.#placesOf(found);
    return this.#store.transact(async (tx) => {
      const mapping = await this.#store.get(key, tx);
      if (!mapping) return undefined;
      if (mapping.state === 'Deleting') {
        this.#store.delete(tx, mapping);
        return undefined;
      }
      const state = mapping.enabled ? 'Enabled' : 'Disabled';
      const isStarted = places !== undefined && mapping.enabled;
      if (mapping.state === state && !isStarted) return mapping;
      for (const { shardId, progress } of places ?? []) {
        this.#store.putShard(tx, mapping.uuid, shardId, progress);
      }
      const next: MappingRecord = { ...mapping, state, started: mapping.started || isStarted };
      this.#store.put(tx, next);
      return next;
    });
  }

  /** Where a mapping that begins at LATEST begins; found before it is Enabled, so that nothing is missed after. */
  async #placesOf(mapping: MappingRecord) {
    const { kind, started, enabled, settings, state } = mapping;
    if (started || !enabled || state === 'Deleting' || kind === 'sqs') return undefined;
    if (settings.startingPosition !== 'LATEST') return [];
    const role = await this.#invoker.roleOf(mapping);
    const source = streamKinds[kind].open(await this.asRole(mapping, role), mapping.sourceArn, role);
    return StreamPoller.startAtLatest(source, this.#platform.clock.now());
  }

  async #tellProblem(key: MappingKey, error: unknown): Promise<void> {
    if (!(error instanceof AwsError)) {
      this.#platform.telemetry.log('error', 'An event source mapping could not be polled', {
        mapping: key.uuid,
        error,
      });
    }
    const lastResult = `PROBLEM: ${error instanceof Error ? error.message : String(error)}`;
    await this.#store.transact(async (tx) => {
      const mapping = await this.#store.get(key, tx);
      if (!mapping || (mapping.lastResult === lastResult && mapping.state !== 'Creating')) return;
      // A source that isn't there keeps no mapping from being enabled: it says what is missing, and waits for it.
      const state = mapping.state === 'Deleting' ? mapping.state : mapping.enabled ? 'Enabled' : 'Disabled';
      this.#store.put(tx, { ...mapping, state, lastResult });
    });
  }

  /** Until something stirs and it is for this mapping. */
  #listen(key: MappingKey, rest: Rest): void {
    const { store, clock, telemetry } = this.#platform;
    let isOver = false;
    let looking = false;
    let again = true;
    const look = async () => {
      if (looking || isOver) return;
      looking = true;
      while (again && !isOver) {
        again = false;
        // What can't be looked at is for the poller to find out.
        if (await rest.peek().catch(() => true)) {
          if (!isOver) await this.#store.transact((tx) => this.#wakeIfThere(tx, key));
          return;
        }
        await clock.sleep(lookGapMaxMs);
      }
      looking = false;
    };
    const stirred = () => {
      again = true;
      look().catch((error: unknown) =>
        telemetry.log('error', 'An event source mapping could not be woken', { mapping: key.uuid, error }),
      );
    };
    const stopWatching = rest.stirs ? store.watch(rest.stirs, stirred) : this.#each(pollIntervalMs, stirred);
    this.#resting.set(key.uuid, () => {
      isOver = true;
      stopWatching();
    });
    // Something may have come before anybody listened.
    stirred();
  }

  /** @returns stops it. */
  #each(ms: number, run: () => void): () => void {
    const { clock } = this.#platform;
    let timer: Timer;
    const arm = () => {
      timer = clock.at(clock.now() + ms, () => {
        run();
        arm();
      });
    };
    arm();
    return () => timer.cancel();
  }

  async #wakeIfThere(tx: Transaction, key: MappingKey): Promise<void> {
    if (await this.#store.get(key, tx)) await this.wake(tx, key);
  }

  #endRest(uuid: string): void {
    this.#resting.get(uuid)?.();
    this.#resting.delete(uuid);
  }
}
