/**
 * Exports at work: data files one after another, streamed; a file and how far the export has come are written down
 * together. After a crash a file that was half done is written anew under the same key; manifests come last, the
 * summary after the list of files.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 */
import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { AwsError } from '../../../kernel/index.ts';
import type { Key, Transaction } from '../../../store/port.ts';
import { changeLine, itemLine } from '../domain/exportRecords.ts';
import { storedSize } from '../domain/itemCodec.ts';
import { itemBytes } from '../domain/itemSize.ts';
import { billedBytes, type ExportJob, exportFolder, exportRoot, typeOfExport } from '../domain/jobs.ts';
import type { Table } from '../domain/table.ts';
import { limits } from '../limits.ts';
import type { ExportReference, Room } from '../room.ts';
import { releaseHistory } from '../store/history.ts';
import { changesBetween, HistoryLost, storedItemsAt } from '../store/historyReads.ts';
import { exportFiles, findExport, putExport, putExportFile } from '../store/jobs.ts';
import { JobFailed } from './failure.ts';
import { Bucket } from './s3.ts';

/** The letters of AWS's names of data files. */
const base32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** The hold of an export on the history of its table. */
export function exportReason({ id }: Pick<ExportJob, 'id'>): string {
  return `export/${id}`;
}

export async function runExport(room: Room, reference: ExportReference, signal: AbortSignal): Promise<void> {
  const found = await findExport(room.items.store, reference, reference.table, reference.id);
  if (found?.status !== 'IN_PROGRESS') return;
  const work = new ExportWork(room, found, signal);
  try {
    await work.writeObjects();
    await work.end({ status: 'COMPLETED' });
  } catch (error) {
    const failure = failureOf(error);
    if (!failure) throw error;
    await work.end({ status: 'FAILED', failure });
  }
}

function failureOf(error: unknown): ExportJob['failure'] | undefined {
  if (error instanceof JobFailed) return { code: error.code, message: error.message };
  if (!(error instanceof HistoryLost)) return undefined;
  return {
    code: 'PointInTimeRecoveryUnavailable',
    message: `The table was deleted, or its point in time recovery disabled, while it was exported: ${error.message}`,
  };
}

/** Lines of a data file, and what they stand for. */
interface Page {
  readonly text: string;
  readonly items: number;
  /** Of the items, as DynamoDB counts them. */
  readonly bytes: number;
  readonly cursor: Key;
}

class ExportWork {
  #job: ExportJob;
  readonly #room: Room;
  readonly #signal: AbortSignal;
  readonly #bucket: Bucket;

  constructor(room: Room, job: ExportJob, signal: AbortSignal) {
    this.#job = job;
    this.#room = room;
    this.#signal = signal;
    this.#bucket = new Bucket(room, job, job.bucket, job.bucketOwner);
  }

  async writeObjects(): Promise<void> {
    await this.#put('_started', '');
    if (!this.#job.dataDone) await this.#writeData();
    if (this.#job.endedAt === undefined) await this.#save({ endedAt: this.#now() });
    await this.#writeManifests();
  }

  /** In one transaction with the end of the hold on the table's history. */
  async end(outcome: Pick<ExportJob, 'status' | 'failure'>): Promise<void> {
    const { account, region, table: name, tableId: id } = this.#job;
    const { fileKey: _, ...job } = this.#job;
    const ended: ExportJob = { ...job, endedAt: job.endedAt ?? this.#now(), ...outcome };
    await releaseHistory(this.#room, { account, region, name, id }, exportReason(job), {
      also: async (tx) => putExport(tx, ended),
    });
  }

  async #writeData(): Promise<void> {
    const { account, region, table: name, tableId } = this.#job;
    const table = await this.#room.tables.find({ account, region }, name);
    if (table?.id !== tableId) throw new HistoryLost(name);
    const pages = this.#pages(table);
    while (!this.#job.dataDone) await this.#writeFile(pages);
  }

  async #writeFile(pages: AsyncGenerator<Page>): Promise<void> {
    const key = this.#job.fileKey ?? (await this.#nameFile());
    let items = 0;
    let bytes = 0;
    let { cursor } = this.#job;
    let dataDone = false;
    const signal = this.#signal;
    const lines = async function* () {
      while (items < limits.exportFileItems && bytes < limits.exportFileBytes) {
        signal.throwIfAborted();
        const next = await pages.next();
        if (next.done) {
          dataDone = true;
          return;
        }
        ({ cursor } = next.value);
        items += next.value.items;
        bytes += next.value.bytes;
        if (next.value.text !== '') yield Buffer.from(next.value.text);
      }
    };
    const content = new GzippedContent(lines());
    const ETag = await this.#putContent(key, content);
    const { fileKey: _, ...job } = this.#job;
    const number = job.files;
    const done: ExportJob = {
      ...job,
      ...(cursor ? { cursor } : {}),
      dataDone,
      files: number + 1,
      items: job.items + items,
      bytes: job.bytes + bytes,
    };
    const file = {
      itemCount: items,
      md5Checksum: content.md5(),
      etag: ETag.replaceAll('"', ''),
      dataFileS3Key: key,
    };
    await this.#commit(done, (tx) => putExportFile(tx, job.id, number, file));
  }

  async #putContent(key: string, content: GzippedContent): Promise<string> {
    try {
      const object = { Key: key, Body: content.bytes(), ...this.#encryption() };
      return (await this.#bucket.call<{ ETag: string }>('PutObject', object)).ETag;
    } catch (error) {
      throw content.failure ?? error;
    }
  }

  /** Known before it is written, so that a file that a crash left is written over. */
  async #nameFile(): Promise<string> {
    const { format, incremental } = this.#job;
    const folder = incremental ? exportRoot(this.#job) : exportFolder(this.#job);
    const suffix = format === 'ION' ? 'ion.gz' : 'json.gz';
    const fileKey = `${folder}/data/${this.#room.ids.token(26, base32)}.${suffix}`;
    await this.#save({ fileKey });
    return fileKey;
  }

  async *#pages(table: Table): AsyncGenerator<Page> {
    const { format, incremental, moment, cursor: after } = this.#job;
    if (!incremental) {
      for await (const { items, cursor } of storedItemsAt(this.#room, table, moment, after)) {
        const text = items.map(({ value }) => itemLine(value, format)).join('');
        const bytes = items.reduce((sum, { value }) => sum + storedSize(value), 0);
        yield { text, items: items.length, bytes, cursor };
      }
      return;
    }
    const { fromMoment, view } = incremental;
    for await (const { items, cursor } of changesBetween(this.#room, table, fromMoment, moment, after)) {
      const exported = items.filter(({ before, after }) => before || after);
      const text = exported.map((change) => changeLine(change, view, format)).join('');
      const bytes = exported.reduce((sum, { key, after }) => sum + itemBytes(after ?? key), 0);
      yield { text, items: exported.length, bytes, cursor };
    }
  }

  async #writeManifests(): Promise<void> {
    const lines: string[] = [];
    for (let from = 0; from < this.#job.files; from += limits.sweepItems) {
      const page = await exportFiles(this.#room.items.store, this.#job.id, from, limits.sweepItems);
      for (const file of page) lines.push(`${JSON.stringify(file)}\n`);
    }
    await this.#putWithDigest('manifest-files', lines.join(''));
    await this.#putWithDigest('manifest-summary', JSON.stringify(summaryOf(this.#job)));
  }

  async #putWithDigest(name: string, text: string): Promise<void> {
    await this.#put(`${name}.md5`, createHash('md5').update(text).digest('base64'));
    await this.#put(`${name}.json`, text);
  }

  async #put(name: string, text: string): Promise<void> {
    const Key = `${exportFolder(this.#job)}/${name}`;
    await this.#bucket.call('PutObject', { Key, Body: Buffer.from(text), ...this.#encryption() });
  }

  /** An export takes a millisecond at least: its end is after its start, as readers of manifests expect. */
  #now(): number {
    return Math.max(this.#room.clock.now(), this.#job.startedAt + 1);
  }

  #encryption(): object {
    const { encryption, keyId } = this.#job;
    if (encryption === 'AES256') return { ServerSideEncryption: 'AES256' };
    return { ServerSideEncryption: 'aws:kms', ...(keyId === undefined ? {} : { SSEKMSKeyId: keyId }) };
  }

  #save(change: Partial<ExportJob>): Promise<void> {
    return this.#commit({ ...this.#job, ...change });
  }

  async #commit(job: ExportJob, also: (tx: Transaction) => void = () => {}): Promise<void> {
    await this.#room.items.store.transact(async (tx) => {
      putExport(tx, job);
      also(tx);
    });
    this.#job = job;
  }
}

/** The bytes of a data file, once. */
class GzippedContent {
  readonly #lines: AsyncIterable<Uint8Array>;
  readonly #digest = createHash('md5');
  /** What kept the content from being whole. */
  failure: unknown;

  constructor(lines: AsyncIterable<Uint8Array>) {
    this.#lines = lines;
  }

  /** In base64, when all of it was read. */
  md5(): string {
    return this.#digest.digest('base64');
  }

  /** @throws AwsError in place of a failure: S3 is called with it, and would take another for one of its own. */
  async *bytes(): AsyncGenerator<Uint8Array> {
    const gzip = createGzip();
    // A failure of the lines comes out of the stream.
    pipeline(Readable.from(this.#lines, { objectMode: false }), gzip, () => {});
    try {
      for await (const chunk of gzip as AsyncIterable<Uint8Array>) {
        this.#digest.update(chunk);
        yield chunk;
      }
    } catch (error) {
      this.failure = error;
      throw new AwsError('IncompleteBody', 'The export stopped before all of its data was written.');
    }
  }
}

function summaryOf(job: ExportJob): object {
  const { incremental } = job;
  const iso = (time: number | undefined) => (time === undefined ? null : new Date(time).toISOString());
  return {
    version: incremental ? '2023-08-01' : '2020-06-30',
    exportArn: job.arn,
    startTime: iso(job.startedAt),
    endTime: iso(job.endedAt),
    tableArn: job.tableArn,
    tableId: job.tableUuid,
    ...(incremental
      ? { exportFromTime: iso(incremental.from), exportToTime: iso(incremental.to) }
      : { exportTime: iso(job.time) }),
    s3Bucket: job.bucket,
    s3Prefix: job.prefix ?? null,
    s3SseAlgorithm: job.encryption,
    s3SseKmsKeyId: job.keyId ?? null,
    manifestFilesS3Key: `${exportFolder(job)}/manifest-files.json`,
    billedSizeBytes: billedBytes(job),
    itemCount: job.items,
    outputFormat: job.format,
    ...(incremental ? { outputView: incremental.view } : {}),
    exportType: typeOfExport(job),
  };
}
