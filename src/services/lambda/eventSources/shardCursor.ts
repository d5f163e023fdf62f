/** Where a shard is read: from the last record that is done with, or from where the mapping begins. */
import { AwsError } from '../../../kernel/index.ts';
import type { MappingSettings, ShardProgress } from './records.ts';
import type { ShardPosition, SourceRecord, StreamSource } from './sources/stream.ts';

interface CursorOptions {
  shardId: string;
  source: StreamSource;
  settings: Pick<MappingSettings, 'startingTimestamp'>;
  progress: ShardProgress;
}

export class ShardCursor {
  readonly #options: CursorOptions;
  #iterator: string | undefined;
  #isOver = false;
  /** The last record read. */
  #last: string | undefined;
  /** Whether the iterator that reading was to begin with had expired. */
  #hasExpired = false;

  constructor(options: CursorOptions) {
    this.#options = options;
    this.#last = options.progress.after;
  }

  /** Where it reads on. */
  get iterator(): string | undefined {
    return this.#iterator;
  }

  /** The shard is closed and was read to its end. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Looks whether there is something to read, and reads nothing. */
  async peek(): Promise<boolean> {
    if (this.#iterator === undefined) return true;
    const { source, shardId } = this.#options;
    const { records, next } = await source.records(shardId, this.#iterator, 1);
    if (records.length > 0 || next === undefined) return true;
    this.#iterator = next;
    return false;
  }

  /**
   * The next records; none when there are none for now.
   * @throws AwsError what the source answers, but for an iterator that has expired or points to what is gone.
   */
  async read(limit: number): Promise<SourceRecord[]> {
    for (;;) {
      const records = await this.#page(limit);
      const { start } = this.#options.progress;
      if (!this.#hasExpired || !start) return records;
      // A second is the finest that DynamoDB says of a record's time.
      const since = Math.floor(start.since / 1000) * 1000;
      const young = records.filter(({ time }) => time >= since);
      if (young.length > 0 || records.length === 0 || this.#isOver) return young;
    }
  }

  async #page(limit: number): Promise<SourceRecord[]> {
    const { source, shardId } = this.#options;
    let page: { records: SourceRecord[]; next: string | undefined };
    try {
      this.#iterator ??= await this.#open();
      page = await source.records(shardId, this.#iterator, limit);
    } catch (error) {
      const code = error instanceof AwsError ? error.code : '';
      if (code !== 'ExpiredIteratorException' && code !== 'TrimmedDataAccessException') throw error;
      this.#iterator = await this.#reopen(code === 'TrimmedDataAccessException');
      page = await source.records(shardId, this.#iterator, limit);
    }
    this.#iterator = page.next;
    this.#isOver = page.next === undefined;
    this.#last = page.records.at(-1)?.sequence ?? this.#last;
    return page.records;
  }

  async #open(): Promise<string> {
    const { start } = this.#options.progress;
    return this.#last === undefined && start ? start.iterator : this.#reopen(false);
  }

  /** @param isGone what came next isn't there any more: the oldest records there are come next. */
  async #reopen(isGone: boolean): Promise<string> {
    const { source, shardId, progress, settings } = this.#options;
    if (this.#last === undefined && progress.start) this.#hasExpired = true;
    const oldest = { at: 'TRIM_HORIZON' } satisfies ShardPosition;
    let position: ShardPosition = oldest;
    if (!isGone && this.#last !== undefined) position = { at: 'AFTER_SEQUENCE_NUMBER', sequence: this.#last };
    else if (!isGone && settings.startingTimestamp !== undefined) {
      position = { at: 'AT_TIMESTAMP', time: settings.startingTimestamp };
    }
    try {
      return await source.iterator(shardId, position);
    } catch (error) {
      if (position === oldest || !(error instanceof AwsError)) throw error;
      if (error.code !== 'TrimmedDataAccessException') throw error;
      return source.iterator(shardId, oldest);
    }
  }
}
