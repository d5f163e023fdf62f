/**
 * Reads one shard in order and gives its records to the function, in batches. Batches of one lane follow each other; a
 * mapping has as many lanes per shard as its ParallelizationFactor, and records of one group are in one lane. What is
 * done with is noted in the transaction of what follows from it.
 */
import type { Clock } from '../../../kernel/index.ts';
import type { Piece } from '../domain/batchResult.ts';
import type { EventFilter } from '../domain/eventFilter.ts';
import { syncPayloadBytesMax } from '../limits.ts';
import type { Invoked } from './batch.ts';
import { type Retry, runBatch } from './batch.ts';
import type { Ear } from './ear.ts';
import type { Failure } from './failures.ts';
import { cutBatch, type Entry, type Lane, laneOf, newLane, takeFrom, type Waiting } from './lanes.ts';
import { lookaheadRecordsMin } from './limits.ts';
import type { EventCount } from './metrics.ts';
import type { MappingSettings, ShardProgress } from './records.ts';
import { ShardCursor } from './shardCursor.ts';
import { isAfter, type SourceRecord, type StreamKind, type StreamSource } from './sources/stream.ts';
import { TumblingWindow } from './tumblingWindow.ts';

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
  /** Says when to look for more. */
  ear: Ear;
  /** @param newest when the newest of the records came; undefined when there are none. */
  invoke(event: string, newest: number | undefined): Promise<Invoked>;
  /** Notes how far the shard is, and what was given up on the way, in one transaction. */
  note(
    progress: ShardProgress,
    lost: { records: readonly SourceRecord[]; failure: Failure } | undefined,
  ): Promise<void>;
  measure(name: EventCount, count: number): void;
  /** What lanes knew when they were stopped, by their names. */
  parked: Map<string, Parked>;
  /** Work begins (1) or ends (-1); waiting for an attempt or a window is none. */
  works(change: 1 | -1): void;
  /** Something went wrong: `stop` is to be aborted. */
  fail(error: unknown): void;
}

/** What a lane waited for when it was stopped. */
export interface Parked {
  /** The sequence number of the record that is next. */
  first: string | undefined;
  /** Since when its batch has been gathered. */
  since: number;
  retry: Retry | undefined;
  /** When there is something to do. */
  dueAt: number;
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
  readonly #cursor: ShardCursor;
  /** Everything up to here is done with. */
  #after: string | undefined;
  #noted: string | undefined;
  #notes: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};

  constructor(options: ShardReaderOptions) {
    this.options = options;
    const { settings, progress } = options;
    const lanes = settings.tumblingWindow > 0 ? 1 : settings.parallelizationFactor;
    this.#lanes = Array.from({ length: lanes }, newLane);
    this.#ahead = progress.lanes?.length === lanes ? progress.lanes : [];
    this.#after = progress.after;
    this.#noted = progress.after;
    this.#cursor = new ShardCursor(options);
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
    return this.#cursor.iterator;
  }

  /** Until there is nothing more to read, and everything read is done with; or until it is stopped. */
  async run(): Promise<ReaderEnd> {
    const { stop, fail } = this.options;
    let found = false;
    for (;;) {
      try {
        if (!stop.aborted) found = (await this.#fill()) || found;
        const dueAt = this.#startBatches();
        const running = this.#lanes.some((lane) => lane.running);
        const waiting = this.#lanes.some((lane) => lane.queue.length > 0);
        if (!running && stop.aborted) return this.#park();
        if (!running && !waiting && (await this.#closeWindow())) continue;
        if (!running && !waiting) {
          await this.#noteSkipped();
          if (this.#cursor.isOver) return { end: 'over' };
          return { end: 'idle', dueAt: this.#window?.dueAt, found };
        }
        await this.#waitForNews(running, dueAt);
      } catch (error) {
        // Lanes that are running end first: they note what they did.
        fail(error);
      }
    }
  }

  /** What is gathered is read again; since when it was is kept. */
  #park(): ReaderEnd {
    const { parked, settings } = this.options;
    for (const [at, { queue, since }] of this.#lanes.entries()) {
      const first = queue[0]?.record.sequence;
      const kept = parked.get(String(at));
      if (first === undefined || kept?.retry) continue;
      const dueAt = since + settings.windowSeconds * 1000;
      parked.set(String(at), { first, since, retry: undefined, dueAt });
    }
    return { end: 'stopped' };
  }

  /** Until a lane is done, or there may be more to read, or a window is over. */
  async #waitForNews(running: boolean, dueAt: number | undefined): Promise<void> {
    const { ear, stop, clock } = this.options;
    const isDone = new AbortController();
    this.#wake = () => isDone.abort();
    const end = running ? undefined : (dueAt ?? clock.now());
    if (this.#canRead && !stop.aborted) await ear.wait(end, isDone.signal, stop);
    // What is under way is waited for, also when it is to stop.
    else if (running) await new Promise((resolve) => isDone.signal.addEventListener('abort', resolve));
    else await ear.pause(end ?? clock.now(), stop);
  }

  /** Looks whether there is something to read, and reads nothing. */
  peek(): Promise<boolean> {
    return this.#cursor.peek();
  }

  /** Reads until the lanes have enough or the source has no more. @returns whether there were records. */
  async #fill(): Promise<boolean> {
    let found = false;
    this.options.works(1);
    try {
      while (this.#canRead && !this.options.stop.aborted) {
        const records = await this.#cursor.read(
          Math.min(this.options.kind.pageMax, this.#enough - this.#held()),
        );
        if (records.length === 0) break;
        found = true;
        for (const record of records) this.#take(record);
        this.#advance();
      }
    } finally {
      this.options.works(-1);
    }
    return found;
  }

  /** Whether there may be more in the shard, and there is room for it. */
  get #canRead(): boolean {
    return !this.#cursor.isOver && this.#held() < this.#enough && this.#heldBytes() <= syncPayloadBytesMax;
  }

  get #enough(): number {
    return Math.max(lookaheadRecordsMin, this.options.settings.batchSize * this.#lanes.length);
  }

  #held(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.queue.length, 0);
  }

  #heldBytes(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.bytes, 0);
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
    if (lane.queue.length === 0) {
      const kept = this.options.parked.get(String(at));
      lane.since = kept?.first === record.sequence ? kept.since : clock.now();
    }
    lane.queue.push({ record, json, entry });
    lane.bytes += json.length;
  }

  /** @returns when the next batch is full by its window. */
  #startBatches(): number | undefined {
    const { settings, clock, stop } = this.options;
    let next: number | undefined;
    if (stop.aborted) return undefined;
    for (const [at, lane] of this.#lanes.entries()) {
      // What it waited for isn't there any more.
      if (!lane.running && lane.queue.length === 0) this.options.parked.delete(String(at));
      if (lane.running || lane.queue.length === 0) continue;
      const dueAt = lane.since + settings.windowSeconds * 1000;
      const isFull = lane.queue.length >= settings.batchSize || lane.bytes >= syncPayloadBytesMax;
      const retry = this.#retryOf(at, lane);
      if (!retry && !isFull && !this.#cursor.isOver && clock.now() < dueAt) {
        next = Math.min(next ?? dueAt, dueAt);
        continue;
      }
      lane.running = true;
      this.#runLane(at, lane, retry)
        .catch((error: unknown) => this.options.fail(error))
        .finally(() => {
          lane.running = false;
          lane.since = clock.now();
          this.#wake();
        });
    }
    return next;
  }

  /** How far a former reader came with the batch that is next. */
  #retryOf(at: number, { queue }: Lane): Retry | undefined {
    const kept = this.options.parked.get(String(at));
    if (!kept?.retry || kept.first !== queue[0]?.record.sequence) return undefined;
    const count = kept.retry.pieces.reduce((sum, piece) => sum + piece.count, 0);
    return count <= queue.length ? kept.retry : undefined;
  }

  async #runLane(at: number, lane: Lane, retry: Retry | undefined): Promise<void> {
    const window = this.#window;
    const head = lane.queue[0] as Waiting;
    if (window?.isOverAt(head.record.time)) {
      await this.#endWindow();
      return;
    }
    window?.openFor(head.record.time);
    const batch = retry
      ? takeFrom(
          lane,
          retry.pieces.reduce((sum, { count }) => sum + count, 0),
        )
      : cutBatch(lane, this.options.settings.batchSize, (record) => !window?.isOverAt(record.time));
    const isDone = await this.#work(String(at), batch, {
      retry,
      invoke: async (items) => {
        const records = items.map(({ json }) => json).join(',');
        const event = window ? window.event(records) : `{"Records":[${records}]}`;
        const invoked = await this.options.invoke(event, items.at(-1)?.record.time);
        return window ? window.judge(invoked) : invoked;
      },
      settle: (items, state, lost) => this.#settle(lane, items, state, lost),
    });
    if (isDone && window?.isTooLarge) await this.#endWindow(true);
  }

  /** @param name under which the batch is parked when it is stopped. */
  async #work(
    name: string,
    batch: readonly Waiting[],
    run: Pick<Parameters<typeof runBatch<Waiting>>[1], 'invoke' | 'settle' | 'last' | 'retry'>,
  ): Promise<boolean> {
    const { works, parked, clock } = this.options;
    parked.delete(name);
    works(1);
    try {
      return await runBatch(batch, {
        ...this.options,
        ...run,
        park: (retry, first) =>
          parked.set(name, { first: first?.record.sequence, since: clock.now(), retry, dueAt: retry.at }),
        rest: (isWaiting) => works(isWaiting ? -1 : 1),
      });
    } finally {
      works(-1);
    }
  }

  /** @returns whether a window had to be closed. */
  async #closeWindow(): Promise<boolean> {
    const dueAt = this.#window?.dueAt;
    if (dueAt === undefined || this.options.stop.aborted) return false;
    if (!this.#cursor.isOver && this.options.clock.now() < dueAt) return false;
    await this.#endWindow(this.#cursor.isOver);
    return true;
  }

  /** The last invocation for a window. When the function fails for good, its state is lost. */
  async #endWindow(early = false): Promise<void> {
    const window = this.#window as TumblingWindow;
    const event = window.finalEvent(early);
    const last: Piece<Waiting> = { items: [], attempts: 0, invocations: 0 };
    const isDone = await this.#work('final', [], {
      invoke: () => this.options.invoke(event, undefined),
      settle: async () => {},
      last,
      retry: this.options.parked.get('final')?.retry,
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
