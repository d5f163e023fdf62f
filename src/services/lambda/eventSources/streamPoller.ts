/**
 * The poller of a mapping to a stream: follows each shard from its parents' end to its own. It is rebuilt from the
 * store each time it runs; while it rests nothing is kept but where to look.
 */
import type { Clock, Timer } from '../../../kernel/index.ts';
import type { Platform } from '../../../platform/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { compileFilter } from '../domain/eventFilter.ts';
import type { MappingStore } from '../store/mappings.ts';
import type { Invoked } from './batch.ts';
import { Ear } from './ear.ts';
import type { Failure, FailureDestinations } from './failures.ts';
import type { Invoker } from './invoker.ts';
import { pollerLingerMs, pollerSleepMs } from './limits.ts';
import { countEvents, measureAge } from './metrics.ts';
import type { MappingRecord, ShardProgress } from './records.ts';
import { type Parked, ShardReader } from './shardReader.ts';
import type { SourceRecord, SourceShard, StreamKind, StreamSource } from './sources/stream.ts';

export interface PollerContext {
  platform: Platform;
  store: MappingStore;
  invoker: Invoker;
  failures: FailureDestinations;
  /** The machine's: how long a poller lingers has nothing to do with the time of its records. */
  machine: Clock;
  /** What shards of this mapping waited for when its poller went to rest; by shard and lane. */
  parked: Map<string, Map<string, Parked>>;
}

/** A poller that has nothing to do. */
export interface Rest {
  /** When something is to be done in any case. */
  dueAt: number | undefined;
  /** A store key under which something changes when there may be something to do; without one, it is asked by the clock. */
  stirs: readonly string[] | undefined;
  /** Whether there is something to do; asked when something stirs. */
  peek(): Promise<boolean>;
}

/** The mapping was changed or deleted: whoever polls for it as it was must stop. */
class MappingChanged extends Error {}

export class StreamPoller {
  readonly #context: PollerContext;
  readonly #mapping: MappingRecord;
  readonly #kind: StreamKind;
  readonly #source: StreamSource;
  readonly #role: string;
  readonly #resting = new AbortController();
  readonly #following = new Map<string, Promise<void>>();
  readonly #readers = new Map<string, { reader: ShardReader; ear: Ear; dueAt: number | undefined }>();
  #progress = new Map<string, ShardProgress>();
  /** Work under way: reading, invoking. */
  #working = 0;
  /** A shard is to be read that nobody follows: it was found when the poller was stopping. */
  #isIncomplete = false;
  #activeAt: number;
  #restTimer: Timer | undefined;
  #failure: unknown;
  #result: string | undefined;

  constructor(
    context: PollerContext,
    mapping: MappingRecord,
    kind: StreamKind,
    source: StreamSource,
    role: string,
  ) {
    this.#context = context;
    this.#mapping = mapping;
    this.#kind = kind;
    this.#source = source;
    this.#role = role;
    this.#activeAt = context.machine.now();
    this.#result = mapping.lastResult;
  }

  /** Makes LATEST into places in the shards there are; what comes later is read from its beginning. */
  static async startAtLatest(
    source: StreamSource,
    now: number,
  ): Promise<{ shardId: string; progress: ShardProgress }[]> {
    const places: { shardId: string; progress: ShardProgress }[] = [];
    for (const { id: shardId, closed } of await source.shards()) {
      if (closed) places.push({ shardId, progress: { done: true } });
      else {
        const iterator = await source.iterator(shardId, { at: 'LATEST' });
        places.push({ shardId, progress: { start: { iterator, since: now } } });
      }
    }
    return places;
  }

  /**
   * Until there is nothing to do, or until it is stopped. @returns undefined when it was stopped.
   * @throws what the source or the store answered.
   */
  async run(stop: AbortSignal): Promise<Rest | undefined> {
    const { store } = this.#context.platform;
    const ended = AbortSignal.any([stop, this.#resting.signal]);
    const stopWatching = this.#kind.stirs
      ? store.watch(this.#kind.stirs, () => {
          for (const { ear } of this.#readers.values()) ear.hear();
        })
      : () => {};
    try {
      this.#progress = await this.#context.store.shards(this.#mapping.uuid);
      await this.#followShards(ended);
      if (this.#following.size === 0) this.#resting.abort();
      else this.#restLater(this.#activeAt + pollerLingerMs);
      while (this.#following.size > 0) await Promise.all(this.#following.values());
    } finally {
      this.#restTimer?.cancel();
      this.#resting.abort();
      await Promise.all(this.#following.values());
      stopWatching();
    }
    if (this.#failure instanceof MappingChanged) return undefined;
    if (this.#failure !== undefined) throw this.#failure;
    return stop.aborted ? undefined : this.#rest();
  }

  async #rest(): Promise<Rest> {
    await this.#renewStarts();
    const readers = [...this.#readers.values()];
    const waiting = [...this.#context.parked.values()].flatMap((lanes) => [...lanes.values()]);
    const dueAts = [...readers, ...waiting].map(({ dueAt }) => dueAt).filter((dueAt) => dueAt !== undefined);
    return {
      stirs: this.#kind.stirs,
      dueAt: dueAts.length > 0 ? Math.min(...dueAts) : undefined,
      peek: async () => {
        if (this.#isIncomplete) return true;
        for (const { reader } of readers) if (await reader.peek()) return true;
        return false;
      },
    };
  }

  /** Goes to rest when nothing has been under way for a while. */
  #restLater(at: number): void {
    const { machine } = this.#context;
    this.#restTimer = machine.at(at, () => {
      const restAt = this.#activeAt + pollerLingerMs;
      if (this.#resting.signal.aborted) return;
      if (this.#working > 0) this.#restLater(machine.now() + pollerLingerMs);
      else if (machine.now() < restAt) this.#restLater(restAt);
      else this.#resting.abort();
    });
  }

  /** Begins with every shard whose parents are done with; forgets those that the stream has forgotten. */
  async #followShards(ended: AbortSignal): Promise<void> {
    const shards = await this.#source.shards();
    const known = new Set(shards.map(({ id }) => id));
    const forgotten = [...this.#progress.keys()].filter((id) => !known.has(id));
    if (forgotten.length > 0) {
      await this.#context.store.transact(async (tx) => {
        for (const id of forgotten) this.#context.store.deleteShard(tx, this.#mapping.uuid, id);
      });
      for (const id of forgotten) this.#progress.delete(id);
    }
    const isDone = (id: string) => this.#progress.get(id)?.done === true;
    const isNext = ({ id, parents }: SourceShard) =>
      !isDone(id) && parents.every((parent) => !known.has(parent) || isDone(parent));
    for (const { id } of shards.filter(isNext)) {
      if (this.#following.has(id)) continue;
      if (ended.aborted) {
        this.#isIncomplete = true;
        continue;
      }
      const following = this.#follow(id, ended)
        .catch((error: unknown) => this.#fail(error))
        .finally(() => this.#following.delete(id));
      this.#following.set(id, following);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#resting.abort();
  }

  #parkedOf(shardId: string): Map<string, Parked> {
    const found = this.#context.parked.get(shardId) ?? new Map<string, Parked>();
    this.#context.parked.set(shardId, found);
    return found;
  }

  async #follow(shardId: string, ended: AbortSignal): Promise<void> {
    const { clock } = this.#context.platform;
    const ear = new Ear(clock, this.#kind.stirs !== undefined);
    const reader = this.#reader(shardId, ear, ended);
    const state = { reader, ear, dueAt: undefined as number | undefined };
    this.#readers.set(shardId, state);
    for (;;) {
      const result = await reader.run();
      if (result.end === 'stopped') return;
      if (result.end === 'over') {
        this.#readers.delete(shardId);
        this.#context.parked.delete(shardId);
        this.#working++;
        try {
          await this.#note(shardId, { done: true }, undefined);
          await this.#followShards(ended);
        } finally {
          this.#working--;
        }
        return;
      }
      if (result.found) this.#activeAt = this.#context.machine.now();
      state.dueAt = result.dueAt;
      await ear.wait(result.dueAt, ended);
      if (ended.aborted) return;
    }
  }

  #reader(shardId: string, ear: Ear, stop: AbortSignal): ShardReader {
    const { settings, sourceArn } = this.#mapping;
    const source = this.#source;
    return new ShardReader({
      ...{ shardId, settings, sourceArn, stop, kind: this.#kind },
      clock: this.#context.platform.clock,
      filters: settings.filters.map(compileFilter),
      progress: this.#progress.get(shardId) ?? {},
      source: {
        shards: () => source.shards(),
        iterator: (id, position) => source.iterator(id, position),
        async records(id, iterator, limit) {
          ear.looks();
          const page = await source.records(id, iterator, limit);
          ear.found(page.records.length > 0);
          return page;
        },
      },
      ear,
      invoke: (event, newest) => this.#invoke(event, newest),
      note: (progress, lost) => this.#note(shardId, progress, lost),
      measure: (name, count) => countEvents(this.#context.platform, this.#mapping, name, count),
      parked: this.#parkedOf(shardId),
      works: (change) => {
        this.#working += change;
      },
      fail: (error) => this.#fail(error),
    });
  }

  async #invoke(event: string, newest: number | undefined): Promise<Invoked> {
    const { invoker, platform } = this.#context;
    if (newest !== undefined) measureAge(platform, this.#mapping, platform.clock.now() - newest);
    const outcome = await invoker.invoke(this.#mapping, event);
    if (outcome.kind === 'succeeded') this.#result = 'OK';
    else {
      const isGone = outcome.kind === 'refused' && outcome.code === 'ResourceNotFoundException';
      await this.#tell(isGone ? 'PROBLEM: Function not found' : 'PROBLEM: Function call failed');
    }
    return { outcome, event };
  }

  /** A failure is told at once; a success with the next note. */
  async #tell(result: string): Promise<void> {
    if (this.#result === result) return;
    this.#result = result;
    await this.#context.store.transact(async (tx) => {
      const current = await this.#context.store.get(this.#mapping, tx);
      if (current) this.#context.store.put(tx, { ...current, lastResult: result });
    });
  }

  /** @throws MappingChanged when it isn't the mapping it was; what was noted stands. */
  async #note(
    shardId: string,
    progress: ShardProgress,
    lost: { records: readonly SourceRecord[]; failure: Failure } | undefined,
  ): Promise<void> {
    const { store } = this.#context;
    const isCurrent = await store.transact(async (tx) => {
      const current = await store.get(this.#mapping, tx);
      if (!current) return false;
      store.putShard(tx, this.#mapping.uuid, shardId, progress);
      if (lost) await this.#giveUp(tx, shardId, lost);
      if (this.#result !== undefined && current.lastResult !== this.#result) {
        store.put(tx, { ...current, lastResult: this.#result });
      }
      return current.revision === this.#mapping.revision;
    });
    this.#progress.set(shardId, progress);
    if (!isCurrent) throw new MappingChanged();
  }

  #giveUp(
    tx: Transaction,
    shardId: string,
    lost: { records: readonly SourceRecord[]; failure: Failure },
  ): Promise<void> {
    const given = { mapping: this.#mapping, kind: this.#kind, shardId, ...lost };
    return this.#context.failures.send(tx, this.#role, given);
  }

  /** Iterators that nothing was read by yet are replaced before they expire. */
  async #renewStarts(): Promise<void> {
    const { store, platform } = this.#context;
    const old = platform.clock.now() - pollerSleepMs / 2;
    for (const [shardId, { reader, ear }] of this.#readers) {
      const { start, after } = this.#progress.get(shardId) ?? {};
      const { iterator } = reader;
      if (!start || after !== undefined || iterator === undefined || start.since > old) continue;
      const progress = { start: { iterator, since: ear.lookedAt } };
      await store.transact(async (tx) => {
        if (await store.get(this.#mapping, tx)) store.putShard(tx, this.#mapping.uuid, shardId, progress);
      });
    }
  }
}
