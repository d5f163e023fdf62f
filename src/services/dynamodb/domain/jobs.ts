/**
 * Exports to and imports from S3 as they are kept, and as they are described.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportDescription.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTableDescription.html
 */
import type { Principal } from '../../../platform/index.ts';
import type { Key } from '../../../store/port.ts';
import type { Moment } from '../store/history.ts';
import type { CsvOptions } from './formats/csv.ts';
import type { Compression } from './formats/decompress.ts';
import type { InputFormat } from './formats/read.ts';

export type ExportFormat = 'DYNAMODB_JSON' | 'ION';
export type ExportType = 'FULL_EXPORT' | 'INCREMENTAL_EXPORT';
export type ExportView = 'NEW_IMAGE' | 'NEW_AND_OLD_IMAGES';

interface Job {
  readonly account: string;
  readonly region: string;
  /** `01693685827463-2d8752fd`: 14 digits of milliseconds, so that ids sort by time, and chance. */
  readonly id: string;
  readonly arn: string;
  readonly table: string;
  readonly tableArn: string;
  /** The table's place in the store's keys. */
  readonly tableId: string;
  /** AWS's TableId. */
  readonly tableUuid: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** The caller's, or one made for it. */
  readonly token: string;
  /** Who asked: S3 and CloudWatch Logs are called as this one. */
  readonly principal: Principal;
  readonly failure?: { readonly code: string; readonly message: string };
}

export interface S3BucketSource {
  S3Bucket: string;
  S3BucketOwner?: string;
  S3KeyPrefix?: string;
}

export interface ImportJob extends Job {
  /** CANCELLING is a state of AWS's that nothing here leads to: a table can't be deleted while it is imported. */
  readonly status: 'IN_PROGRESS' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  readonly source: S3BucketSource;
  readonly format: InputFormat;
  readonly formatOptions?: { Csv?: CsvOptions };
  readonly compression: Compression;
  readonly creation: object;
  readonly errors: number;
  readonly processed: number;
  readonly imported: number;
  /** Decompressed, of all files that are done. */
  readonly bytes: number;
  /** Key of the last object that is done: objects are read in the order of their keys. */
  readonly doneKey?: string;
  /** The object at work: how many of its records are dealt with. */
  readonly file?: { readonly key: string; readonly etag: string; readonly records: number };
}

export interface ExportJob extends Job {
  readonly status: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  readonly bucket: string;
  readonly bucketOwner?: string;
  readonly prefix?: string;
  readonly encryption: 'AES256' | 'KMS';
  readonly keyId?: string;
  readonly format: ExportFormat;
  /** As asked for; absent: a full export. */
  readonly type?: ExportType;
  /** The moment of a full export, the last of an incremental one. */
  readonly moment: Moment;
  /** Milliseconds, as asked for; of a full export. */
  readonly time?: number;
  /** Of an incremental export; times in milliseconds, as asked for. */
  readonly incremental?: {
    readonly from: number;
    readonly to: number;
    readonly view: ExportView;
    readonly fromMoment: Moment;
  };
  readonly items: number;
  /** Of the items, as DynamoDB counts them. */
  readonly bytes: number;
  /** Data files that are done; what they are is kept apart. */
  readonly files: number;
  /** Behind what these hold; absent before the first. */
  readonly cursor?: Key;
  /** All data is written, only manifests are not. */
  readonly dataDone: boolean;
  /** The data file at work. */
  readonly fileKey?: string;
}

/** What a manifest says of a data file. */
export interface ExportFile {
  readonly itemCount: number;
  readonly md5Checksum: string;
  readonly etag: string;
  readonly dataFileS3Key: string;
}

export const importLogGroup = '/aws-dynamodb/imports';

function logGroupArn({ account, region, tableArn }: ImportJob): string {
  const partition = tableArn.split(':', 2)[1];
  return `arn:${partition}:logs:${region}:${account}:log-group:${importLogGroup}:*`;
}

export function describeImport(job: ImportJob): object {
  return {
    ...summarizeImport(job),
    TableId: job.tableUuid,
    ClientToken: job.token,
    ErrorCount: job.errors,
    ...(job.formatOptions ? { InputFormatOptions: job.formatOptions } : {}),
    InputCompressionType: job.compression,
    TableCreationParameters: job.creation,
    ...(job.bytes > 0 ? { ProcessedSizeBytes: job.bytes } : {}),
    ProcessedItemCount: job.processed,
    ImportedItemCount: job.imported,
    ...describeFailure(job),
  };
}

export function summarizeImport(job: ImportJob): object {
  return {
    ImportArn: job.arn,
    ImportStatus: job.status,
    TableArn: job.tableArn,
    S3BucketSource: { S3BucketOwner: job.account, ...job.source },
    CloudWatchLogGroupArn: logGroupArn(job),
    InputFormat: job.format,
    ...describeTimes(job),
  };
}

/** The type is told as it was asked for, as AWS has it; ListExports tells it always. */
export function describeExport(job: ExportJob): object {
  const { incremental } = job;
  return {
    ExportArn: job.arn,
    ExportStatus: job.status,
    ...describeTimes(job),
    ...(job.status === 'COMPLETED'
      ? {
          ExportManifest: `${exportFolder(job)}/manifest-summary.json`,
          BilledSizeBytes: billedBytes(job),
          ItemCount: job.items,
        }
      : {}),
    TableArn: job.tableArn,
    TableId: job.tableUuid,
    ...(job.time === undefined ? {} : { ExportTime: new Date(job.time) }),
    ClientToken: job.token,
    S3Bucket: job.bucket,
    ...(job.bucketOwner === undefined ? {} : { S3BucketOwner: job.bucketOwner }),
    ...(job.prefix === undefined ? {} : { S3Prefix: job.prefix }),
    S3SseAlgorithm: job.encryption,
    ...(job.keyId === undefined ? {} : { S3SseKmsKeyId: job.keyId }),
    ...describeFailure(job),
    ExportFormat: job.format,
    ...(job.type === undefined ? {} : { ExportType: job.type }),
    ...(incremental
      ? {
          IncrementalExportSpecification: {
            ExportFromTime: new Date(incremental.from),
            ExportToTime: new Date(incremental.to),
            ExportViewType: incremental.view,
          },
        }
      : {}),
  };
}

export function summarizeExport(job: ExportJob): object {
  return { ExportArn: job.arn, ExportStatus: job.status, ExportType: typeOfExport(job) };
}

export function typeOfExport({ type = 'FULL_EXPORT' }: ExportJob): ExportType {
  return type;
}

/** Incremental exports are billed for 10 MB at least. https://aws.amazon.com/dynamodb/pricing/ */
const incrementalBytesMin = 10_000_000;

export function billedBytes(job: ExportJob): number {
  return job.incremental ? Math.max(job.bytes, incrementalBytesMin) : job.bytes;
}

/** Where all exports with a prefix lie; the prefix may end in a slash or not. */
export function exportRoot({ prefix = '' }: ExportJob): string {
  return prefix === '' || prefix.endsWith('/') ? `${prefix}AWSDynamoDB` : `${prefix}/AWSDynamoDB`;
}

export function exportFolder(job: ExportJob): string {
  return `${exportRoot(job)}/${job.id}`;
}

function describeTimes({ startedAt, endedAt, status }: ImportJob | ExportJob): object {
  return {
    StartTime: new Date(startedAt),
    ...(endedAt === undefined || status === 'IN_PROGRESS' ? {} : { EndTime: new Date(endedAt) }),
  };
}

function describeFailure({ failure }: Job): object {
  return failure ? { FailureCode: failure.code, FailureMessage: failure.message } : {};
}
