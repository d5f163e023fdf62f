/**
 * Reads one shard in order and gives its records to the function, in batches. Batches of one lane follow each other; a
 * mapping has as many lanes per shard as its ParallelizationFactor, and records of one group are in one lane. What is
 * done with is noted in the transaction of what follows from it.
 */
import { AwsError, type Clock } from '../../../kernel/index.ts';
import type { Piece } from '../domain/batchResult.ts';
import type { EventFilter } from '../domain/eventFilter.ts';
import { syncPayloadBytesMax } from '../limits.ts';
import type { Invoked } from './batch.ts';
import { runBatch } from './batch.ts';
import type { Failure } from './failures.ts';
import { lookaheadRecordsMin } from './limits.ts';
import type { MappingSettings, ShardProgress } from './records.ts';
import {
  isAfter,
  type ShardPosition,
  type SourceRecord,
  type StreamKind,
  type StreamSource,
} from './sources/stream.ts';
import { TumblingWindow } from './tumblingWindow.ts';

/** A record that waits for its batch. */
export interface Waiting {
  record: SourceRecord;
  json: string;
  entry: Entry;
}

interface Entry {
  sequence: string;
  done: boolean;
}

interface Lane {
  queue: Waiting[];
  bytes: number;
  /** When the oldest of the queue came here. */
  since: number;
  running: boolean;
  /** The last record that is done with. */
  after: string | undefined;
}

export interface ShardReaderOptions {
  shardId: string;
  settings: MappingSettings;
  sourceArn: string;
  kind: StreamKind;
  source: StreamSource;
  filters: readonly EventFilter[];
  progress: ShardProgress;
  clock: Clock;
  /** Aborted when no new batch may begin. */
  stop: AbortSignal;
  /** Resolves at the next sign of a change, or at `dueAt`, or when stopped. */
  stir(dueAt: number | undefined): Promise<void>;
  /** @param newest when the newest of the records came; undefined when there are none. */
  invoke(event: string, newest: number | undefined): Promise<Invoked>;
  /** Notes how far the shard is, and what was given up on the way, in one transaction. */
  note(
    progress: ShardProgress,
    lost: { records: readonly SourceRecord[]; failure: Failure } | undefined,
  ): Promise<void>;
  measure(name: string, count: number): void;
}

/** `over`: read to its end and closed. `idle`: nothing more for now; to be run again at `dueAt` at the latest. */
export type ReaderEnd =
  | { end: 'over' }
  | { end: 'stopped' }
  | { end: 'idle'; dueAt: number | undefined; found: boolean };

export class ShardReader {
  readonly options: ShardReaderOptions;
  readonly #lanes: Lane[];
  readonly #entries: Entry[] = [];
  readonly #window: TumblingWindow | undefined;
  /** Lanes that a former process ran ahead with. */
  readonly #ahead: readonly (string | null)[];
  #iterator: string | undefined;
  #over = false;
  /** The last record read. */
  #read: string | undefined;
  /** Everything up to here is done with. */
  #after: string | undefined;
  #noted: string | undefined;
  #notes: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};
  #failure: unknown;

  constructor(options: ShardReaderOptions) {
    this.options = options;
    const { settings, progress } = options;
    const lanes = settings.tumblingWindow > 0 ? 1 : settings.parallelizationFactor;
    this.#lanes = Array.from({ length: lanes }, () => ({
      queue: [],
      bytes: 0,
      since: 0,
      running: false,
      after: undefined,
    }));
    this.#ahead = progress.lanes?.length === lanes ? progress.lanes : [];
    this.#after = progress.after;
    this.#noted = progress.after;
    this.#read = progress.after;
    if (settings.tumblingWindow > 0) {
      this.#window = new TumblingWindow(
        settings.tumblingWindow,
        options.shardId,
        options.sourceArn,
        progress.window,
      );
    }
  }

  /** Where it reads on, when all that it read is done with. */
  get iterator(): string | undefined {
    return this.#iterator;
  }

  /** Until there is nothing more to read, everything read is done with, or it is stopped. @throws what went wrong. */
  async run(): Promise<ReaderEnd> {
    const { stop, clock } = this.options;
    let found = false;
    for (;;) {
      if (!stop.aborted) found = (await this.#fill()) || found;
      const dueAt = this.#startBatches();
      if (this.#failure !== undefined) throw this.#failure;
      const running = this.#lanes.some((lane) => lane.running);
      const waiting = this.#lanes.some((lane) => lane.queue.length > 0);
      if (!running && stop.aborted) return { end: 'stopped' };
      if (!running && !waiting && (await this.#closeWindow())) continue;
      if (!running && !waiting) {
        await this.#noteSkipped();
        if (this.#over) return { end: 'over' };
        return { end: 'idle', dueAt: this.#window?.dueAt, found };
      }
      const laneDone = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if (running && (this.#over || stop.aborted)) await laneDone;
      else await Promise.race([laneDone, this.options.stir(running ? undefined : (dueAt ?? clock.now()))]);
    }
  }

  /** Looks whether there is something to read, and reads nothing. */
  async peek(): Promise<boolean> {
    if (this.#iterator === undefined) return true;
    const { records, next } = await this.options.source.records(this.options.shardId, this.#iterator, 1);
    if (records.length > 0 || next === undefined) return true;
    this.#iterator = next;
    return false;
  }

  /** Reads until the lanes have enough or the source has no more. @returns whether there were records. */
  async #fill(): Promise<boolean> {
    const { settings, kind } = this.options;
    const enough = Math.max(lookaheadRecordsMin, settings.batchSize * this.#lanes.length);
    let found = false;
    for (
      let held = this.#held();
      !this.#over && held < enough && !this.options.stop.aborted;
      held = this.#held()
    ) {
      if (this.#heldBytes() > syncPayloadBytesMax) break;
      const records = await this.#readPage(Math.min(kind.pageMax, enough - held));
      if (records.length === 0) break;
      found = true;
      for (const record of records) this.#take(record);
      this.#advance();
    }
    return found;
  }

  #held(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.queue.length, 0);
  }

  #heldBytes(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.bytes, 0);
  }

  async #readPage(limit: number): Promise<SourceRecord[]> {
    const { source, shardId } = this.options;
    let page: { records: SourceRecord[]; next: string | undefined };
    try {
      this.#iterator ??= await this.#open();
      page = await source.records(shardId, this.#iterator, limit);
    } catch (error) {
      const code = error instanceof AwsError ? error.code : '';
      if (code !== 'ExpiredIteratorException' && code !== 'TrimmedDataAccessException') throw error;
      // What was next is gone: the oldest records there are come next.
      const isGone = code === 'TrimmedDataAccessException';
      this.#iterator = await this.#reopen(isGone);
      page = await source.records(shardId, this.#iterator, limit);
    }
    this.#iterator = page.next;
    this.#over = page.next === undefined;
    const { start } = this.options.progress;
    const last = page.records.at(-1);
    if (last) this.#read = last.sequence;
    // A second is the finest that DynamoDB says of a record's time.
    const since = start && this.#expired ? Math.floor(start.since / 1000) * 1000 : 0;
    return since > 0 ? page.records.filter(({ time }) => time >= since) : page.records;
  }

  /** Whether the iterator that reading was to begin with had expired. */
  #expired = false;

  async #open(): Promise<string> {
    const { start } = this.options.progress;
    if (this.#read === undefined && start) return start.iterator;
    return this.#reopen(false);
  }

  async #reopen(isGone: boolean): Promise<string> {
    const { source, shardId, progress, settings } = this.options;
    if (this.#read === undefined && progress.start) this.#expired = true;
    let position: ShardPosition = { at: 'TRIM_HORIZON' };
    if (!isGone && this.#read !== undefined) position = { at: 'AFTER_SEQUENCE_NUMBER', sequence: this.#read };
    else if (!isGone && settings.startingTimestamp !== undefined) {
      position = { at: 'AT_TIMESTAMP', time: settings.startingTimestamp };
    }
    try {
      return await source.iterator(shardId, position);
    } catch (error) {
      if (isGone || !(error instanceof AwsError) || error.code !== 'TrimmedDataAccessException') throw error;
      return source.iterator(shardId, { at: 'TRIM_HORIZON' });
    }
  }

  #take(record: SourceRecord): void {
    const { filters, measure, clock } = this.options;
    const entry: Entry = { sequence: record.sequence, done: false };
    this.#entries.push(entry);
    measure('PolledEventCount', 1);
    const at = this.#lanes.length === 1 ? 0 : laneOf(record.group, this.#lanes.length);
    const ahead = this.#ahead[at];
    const isDone = typeof ahead === 'string' && !isAfter(record.sequence, ahead);
    const passes = filters.length === 0 || filters.some((filter) => filter(record.filtered));
    if (!passes) measure('FilteredOutEventCount', 1);
    if (isDone || !passes) {
      entry.done = true;
      return;
    }
    const lane = this.#lanes[at] as Lane;
    const json = JSON.stringify(record.event);
    if (lane.queue.length === 0) lane.since = clock.now();
    lane.queue.push({ record, json, entry });
    lane.bytes += json.length;
  }

  /** @returns when the next batch is full by its window. */
  #startBatches(): number | undefined {
    const { settings, clock, stop } = this.options;
    let next: number | undefined;
    for (const lane of this.#lanes) {
      if (lane.running || lane.queue.length === 0 || stop.aborted) continue;
      const dueAt = lane.since + settings.windowSeconds * 1000;
      const isFull = lane.queue.length >= settings.batchSize || lane.bytes >= syncPayloadBytesMax;
      if (!isFull && !this.#over && clock.now() < dueAt) {
        next = Math.min(next ?? dueAt, dueAt);
        continue;
      }
      lane.running = true;
      this.#runLane(lane)
        .catch((error: unknown) => {
          this.#failure ??= error;
        })
        .finally(() => {
          lane.running = false;
          lane.since = clock.now();
          this.#wake();
        });
    }
    return next;
  }

  async #runLane(lane: Lane): Promise<void> {
    const window = this.#window;
    const head = lane.queue[0] as Waiting;
    if (window?.isOverAt(head.record.time)) {
      await this.#endWindow();
      return;
    }
    window?.openFor(head.record.time);
    const batch = this.#cut(lane, (record) => !window?.isOverAt(record.time));
    await runBatch(batch, {
      ...this.options,
      invoke: async (items) => {
        const records = items.map(({ json }) => json).join(',');
        const event = window ? window.event(records) : `{"Records":[${records}]}`;
        const invoked = await this.options.invoke(event, items.at(-1)?.record.time);
        return window ? window.judge(invoked) : invoked;
      },
      settle: (items, state, lost) => this.#settle(lane, items, state, lost),
    });
    if (window?.isTooLarge) await this.#endWindow(true);
  }

  /** The next batch: as many as the mapping and the payload of an invocation take, and belong together. */
  #cut(lane: Lane, belongs: (record: SourceRecord) => boolean): Waiting[] {
    const { batchSize } = this.options.settings;
    let count = 0;
    let bytes = envelopeBytes;
    for (const { record, json } of lane.queue) {
      if (count > 0 && (count >= batchSize || bytes + json.length > syncPayloadBytesMax || !belongs(record)))
        break;
      bytes += json.length + 1;
      count++;
    }
    const batch = lane.queue.splice(0, count);
    lane.bytes -= batch.reduce((sum, { json }) => sum + json.length, 0);
    return batch;
  }

  /** @returns whether a window had to be closed. */
  async #closeWindow(): Promise<boolean> {
    const dueAt = this.#window?.dueAt;
    if (dueAt === undefined || this.options.stop.aborted) return false;
    if (!this.#over && this.options.clock.now() < dueAt) return false;
    await this.#endWindow(this.#over);
    return true;
  }

  /** The last invocation for a window. When the function fails for good, its state is lost. */
  async #endWindow(early = false): Promise<void> {
    const window = this.#window as TumblingWindow;
    const event = window.finalEvent(early);
    const last: Piece<Waiting> = { items: [], attempts: 0, invocations: 0 };
    const isDone = await runBatch([], {
      ...this.options,
      invoke: () => this.options.invoke(event, undefined),
      settle: async () => {},
      last,
    });
    if (!isDone) return;
    window.close();
    await this.#settle(this.#lanes[0] as Lane, [], undefined, undefined);
  }

  /** One after the other, so that no note tells of what another has still to write. */
  #settle(
    lane: Lane,
    items: readonly Waiting[],
    state: string | undefined,
    lost: Failure | undefined,
  ): Promise<void> {
    const note = this.#notes.then(async () => {
      for (const { entry } of items) entry.done = true;
      lane.after = items.at(-1)?.record.sequence ?? lane.after;
      if (state !== undefined) this.#window?.remember(state);
      this.#advance();
      await this.#note(lost && { records: items.map(({ record }) => record), failure: lost });
    });
    this.#notes = note.catch(() => {});
    return note;
  }

  #advance(): void {
    let count = 0;
    while (this.#entries[count]?.done) count++;
    if (count === 0) return;
    this.#after = this.#entries[count - 1]?.sequence;
    this.#entries.splice(0, count);
  }

  async #note(lost?: { records: readonly SourceRecord[]; failure: Failure }): Promise<void> {
    const window = this.#window?.open;
    const lanes = this.#lanes.map(({ after }, at) => after ?? this.#ahead[at] ?? null);
    const { start } = this.options.progress;
    this.#noted = this.#after;
    await this.options.note(
      {
        ...(this.#after === undefined ? {} : { after: this.#after }),
        ...(this.#after === undefined && start ? { start } : {}),
        ...(lanes.length > 1 ? { lanes } : {}),
        ...(window ? { window } : {}),
      },
      lost,
    );
  }

  /** Records that no filter let pass need no note each: one when there is nothing else to do. */
  async #noteSkipped(): Promise<void> {
    if (this.#after !== this.#noted) await this.#note();
  }
}

/** Room for what stands around the records. */
const envelopeBytes = 2048;

/** The same lane for the same group, in every process. FNV-1a. */
function laneOf(group: string, lanes: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < group.length; at++) {
    hash = Math.imul(hash ^ group.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0) % lanes;
}
