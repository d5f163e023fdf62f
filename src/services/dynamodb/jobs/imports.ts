/**
 * Imports at work: objects in the order of their keys, records in their order, a batch of items and how far the
 * import has come in one transaction. After a crash the object at work is read again from its beginning, and what is
 * dealt with already is passed over.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.HowItWorks.html
 */
import type { Transaction } from '../../../store/port.ts';
import type { Item } from '../domain/attributeValues.ts';
import { decompressed } from '../domain/formats/decompress.ts';
import { Malformed } from '../domain/formats/source.ts';
import { decodeItem } from '../domain/itemCodec.ts';
import { itemBytes } from '../domain/itemSize.ts';
import type { ImportJob } from '../domain/jobs.ts';
import { settled } from '../domain/states.ts';
import type { Table } from '../domain/table.ts';
import { changeTable, dropTable } from '../lifecycle.ts';
import { limits } from '../limits.ts';
import type { ImportReference, Room, TableReference } from '../room.ts';
import { findImport, putImport } from '../store/jobs.ts';
import { TableChanged } from '../store/tables.ts';
import { ErrorLog, type ImportError } from './errorLog.ts';
import { JobFailed } from './failure.ts';
import { Bucket, type S3Object } from './s3.ts';

/** The table that was being filled is gone. */
class TableGone extends Error {}

const itemValidationError = {
  code: 'ItemValidationError',
  message:
    'Some of the items failed validation checks and were not imported. Please check CloudWatch error logs for more details.',
};

export async function runImport(room: Room, reference: ImportReference, signal: AbortSignal): Promise<void> {
  const found = await findImport(room.items.store, reference, reference.id);
  if (found?.status !== 'IN_PROGRESS') return;
  const work = new ImportWork(room, found, signal);
  try {
    await work.readObjects();
    await finish(room, work.job, work.job.errors > 0 ? itemValidationError : undefined);
  } catch (error) {
    if (error instanceof TableGone) await end(room, work.job, 'CANCELLED');
    else if (error instanceof JobFailed) await fail(room, work.job, error);
    else throw error;
  }
}

/** Items, and what is known of the object they come from, that are to be committed together. */
interface Batch {
  items: Item[];
  errors: ImportError[];
  bytes: number;
}

class ImportWork {
  job: ImportJob;
  readonly #room: Room;
  readonly #signal: AbortSignal;
  readonly #bucket: Bucket;
  readonly #log: ErrorLog;

  constructor(room: Room, job: ImportJob, signal: AbortSignal) {
    this.job = job;
    this.#room = room;
    this.#signal = signal;
    this.#bucket = new Bucket(room, job, job.source.S3Bucket, job.source.S3BucketOwner);
    this.#log = new ErrorLog(room, job);
  }

  async readObjects(): Promise<void> {
    const { source, doneKey } = this.job;
    for await (const object of this.#bucket.list(source.S3KeyPrefix ?? '', doneKey)) {
      const { file } = this.job;
      // What was begun is read as it was listed then: records are counted in that version.
      await this.#readObject(file?.key === object.key ? { key: file.key, etag: file.etag } : object);
    }
  }

  /** A batch is committed while the next one is read; no more than one at a time, and none is left behind. */
  async #readObject(object: S3Object): Promise<void> {
    const { file, format, formatOptions, compression } = this.job;
    const done = file?.key === object.key ? file.records : 0;
    let records = 0;
    let bytes = 0;
    let batch = emptyBatch();
    let committing = Promise.resolve();
    const count = (size: number) => {
      bytes += size;
    };
    const add = (index: number, message: string) => batch.errors.push({ key: object.key, index, message });
    try {
      const body = await this.#bucket.read(object);
      if (!body) throw new Malformed('The object was deleted or changed while it was imported');
      const table = await this.#table();
      const chunks = decompressed(body, compression, count);
      // The parsers come with the first import: most clouds never see one.
      const { readItems } = await import('../domain/formats/read.ts');
      for await (const record of readItems(chunks, format, formatOptions?.Csv, table)) {
        this.#signal.throwIfAborted();
        records++;
        if (records <= done) continue;
        if ('fault' in record) add(records - 1, record.fault);
        else {
          batch.items.push(record.item);
          batch.bytes += itemBytes(record.item);
        }
        if (!isFull(batch)) continue;
        await committing;
        committing = this.#commit(batch, { file: { ...object, records } });
        // Its failure is told where it is awaited.
        committing.catch(() => {});
        batch = emptyBatch();
      }
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      add(Math.max(records, done), error.message);
    } finally {
      await committing;
    }
    await this.#commit(batch, { file: undefined, doneKey: object.key, bytes: this.job.bytes + bytes });
  }

  /** @throws TableGone */
  async #table(): Promise<Table> {
    const table = await this.#room.tables.find(this.job, this.job.table);
    if (table?.id !== this.job.tableId) throw new TableGone();
    return table;
  }

  async #commit(
    { items, errors }: Batch,
    progress: { file: ImportJob['file'] | undefined; doneKey?: string; bytes?: number },
  ): Promise<void> {
    await this.#log.write(errors);
    const { file: _, ...rest } = this.job;
    const { file, ...reached } = progress;
    const job: ImportJob = {
      ...rest,
      ...reached,
      ...(file ? { file } : {}),
      processed: rest.processed + items.length + errors.length,
      imported: rest.imported + items.length,
      errors: rest.errors + errors.length,
    };
    for (;;) {
      const table = await this.#table();
      try {
        await this.#room.items.store.transact(async (tx) => {
          await this.#room.tables.confirm(tx, table);
          for (const item of items) await write(tx, this.#room, table, item);
          putImport(tx, job);
        });
        this.job = job;
        return;
      } catch (error) {
        if (!(error instanceof TableChanged)) throw error;
      }
    }
  }
}

function emptyBatch(): Batch {
  return { items: [], errors: [], bytes: 0 };
}

function isFull({ items, errors, bytes }: Batch): boolean {
  return items.length + errors.length >= limits.jobBatchItems || bytes >= limits.jobBatchBytes;
}

/** An import takes no capacity, and of several items with one key the last one stays. */
async function write(tx: Transaction, { items }: Room, table: Table, item: Item): Promise<void> {
  const bytes = itemBytes(item);
  if (!items.followed(table)) {
    items.putBlind(tx, table, item, bytes);
    return;
  }
  const stored = await items.get(tx, table, item);
  await items.write(tx, table, { before: stored && decodeItem(stored), after: item, afterBytes: bytes });
}

function referenceOf({ account, region, table, tableId }: ImportJob): TableReference {
  return { account, region, table, tableId };
}

/** The table is there, with all that could be imported, and the import ends in the same transaction. */
async function finish(room: Room, job: ImportJob, failure: ImportJob['failure']): Promise<void> {
  const ended = endOf(room, job, failure ? 'FAILED' : 'COMPLETED', failure);
  const table = await changeTable(room.tables, referenceOf(job), settled, async (tx) => putImport(tx, ended));
  if (!table) await end(room, job, failure ? 'FAILED' : 'CANCELLED', failure);
}

/** When nothing was imported there is no table either; else it keeps what it got. */
async function fail(room: Room, job: ImportJob, { code, message }: JobFailed): Promise<void> {
  if (job.processed > 0) return finish(room, job, { code, message });
  const table = await room.tables.find(job, job.table);
  if (table?.id !== job.tableId) return end(room, job, 'FAILED', { code, message });
  const ended = endOf(room, job, 'FAILED', { code, message });
  await dropTable(room, table, room.clock.now(), (tx) => putImport(tx, ended));
}

async function end(
  room: Room,
  job: ImportJob,
  status: ImportJob['status'],
  failure?: ImportJob['failure'],
): Promise<void> {
  const ended = endOf(room, job, status, failure);
  await room.items.store.transact(async (tx) => putImport(tx, ended));
}

function endOf(
  { clock }: Room,
  job: ImportJob,
  status: ImportJob['status'],
  failure?: ImportJob['failure'],
): ImportJob {
  return { ...job, status, endedAt: clock.now(), ...(failure ? { failure } : {}) };
}
