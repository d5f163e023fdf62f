/** ExportTableToPointInTime, DescribeExport, ListExports. */
import { createHash } from 'node:crypto';
import { parseArn } from '../../../kernel/index.ts';
import type { Reader } from '../../../store/port.ts';
import {
  describeExport,
  type ExportFormat,
  type ExportJob,
  type ExportType,
  type ExportView,
  summarizeExport,
} from '../domain/jobs.ts';
import type { Table } from '../domain/table.ts';
import {
  ExportConflictException,
  ExportNotFoundException,
  InvalidExportTimeException,
  PointInTimeRecoveryUnavailableException,
  TableNotFoundException,
  ValidationException,
} from '../errors.ts';
import { exportReason } from '../jobs/exports.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { keepHistory, type Moment, momentAt } from '../store/history.ts';
import { findExport, findJobToken, listExports, putExport, putJobToken } from '../store/jobs.ts';
import { earliestRestorable } from './ContinuousBackups.ts';
import {
  checkConcurrency,
  checkOwnAccount,
  checkOwnJob,
  jobOfArn,
  newJobId,
  pageToken,
  readPageToken,
} from './jobs.ts';
import { tableOfArn } from './request.ts';

export interface ExportTableInput {
  TableArn: string;
  ExportTime?: Date;
  ClientToken?: string;
  S3Bucket: string;
  S3BucketOwner?: string;
  S3Prefix?: string;
  S3SseAlgorithm?: 'AES256' | 'KMS';
  S3SseKmsKeyId?: string;
  ExportFormat?: ExportFormat;
  ExportType?: ExportType;
  IncrementalExportSpecification?: {
    ExportFromTime?: Date;
    ExportToTime?: Date;
    ExportViewType?: ExportView;
  };
}

const minute = 60_000;
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html */
const incrementalMs = { min: 15 * minute, max: 24 * 60 * minute };

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html */
export async function ExportTableToPointInTime(ctx: Context, input: ExportTableInput): Promise<object> {
  const { room, account, region, now } = ctx;
  const named = namedTable(ctx, input.TableArn);
  const incremental = incrementalOf(input);
  const table = named.region === region ? await room.tables.find(ctx, named.name) : undefined;
  if (!table) throw new TableNotFoundException(`Table not found: ${input.TableArn}`);
  const digest = digestOf(input);
  const begun = await exportOfToken(ctx, input.ClientToken, digest);
  if (begun) return { ExportDescription: describeExport(begun) };
  const window = incremental && windowOf(incremental, table, now);
  const earliest = earliestOf(table, now);
  const time = window ? window.from : exportTime(input, earliest, now);
  if (window && window.from < earliest) {
    throw new InvalidExportTimeException('Point in Time Recovery is not available for specified export time');
  }
  await checkConcurrency(ctx, 'export', limits.exportsMax);
  // As observed, incremental exports begin with a second.
  const startedAt = window ? toSecond(now) : now;
  const id = newJobId(room, startedAt);
  const make = (moment: Moment, changes?: ExportJob['incremental']): ExportJob => ({
    account,
    region,
    id,
    arn: `${table.arn}/export/${id}`,
    table: table.name,
    tableArn: table.arn,
    tableId: table.id,
    tableUuid: table.uuid,
    startedAt,
    token: input.ClientToken ?? room.ids.uuid(),
    principal: ctx.principal,
    status: 'IN_PROGRESS',
    bucket: input.S3Bucket,
    ...(input.S3BucketOwner === undefined ? {} : { bucketOwner: input.S3BucketOwner }),
    ...(input.S3Prefix === undefined ? {} : { prefix: input.S3Prefix }),
    encryption: input.S3SseAlgorithm ?? 'AES256',
    ...(input.S3SseKmsKeyId === undefined ? {} : { keyId: input.S3SseKmsKeyId }),
    format: input.ExportFormat ?? 'DYNAMODB_JSON',
    ...(input.ExportType === undefined ? {} : { type: input.ExportType }),
    moment,
    ...(changes ? { incremental: changes } : { time }),
    items: 0,
    bytes: 0,
    files: 0,
    dataDone: false,
  });
  let job: ExportJob | undefined;
  const keeping = keepHistory(room, table, exportReason({ id }), {
    // The history begins in the millisecond in which recovery was enabled; times are often told in seconds.
    from: Math.max(window ? window.from - 1 : time, table.recovery?.enabledAt ?? now),
    also: async (tx, moment) => {
      if (await isBegun(tx, ctx, input.ClientToken)) throw new BegunMeanwhile();
      // The first time is inclusive, the second is not; a moment holds all changes up to its own.
      const last = window ? await momentAt(tx, moment.historyId, window.to - 1) : moment;
      job = make(last, window && { ...window, fromMoment: moment });
      putExport(tx, job);
      putJobToken(tx, 'export', job, digest);
      const reference = { account, region, table: table.name, id };
      await room.queues.exports.enqueue(tx, reference);
      await room.queues.forgets.enqueue(
        tx,
        { kind: 'export', ...reference },
        { dueAt: now + limits.jobKeptMs },
      );
    },
  });
  try {
    await keeping;
  } catch (error) {
    if (!(error instanceof BegunMeanwhile)) throw error;
    return ExportTableToPointInTime(ctx, input);
  }
  return { ExportDescription: describeExport(job as unknown as ExportJob) };
}

/** The same request came twice at once, and the other was first. */
class BegunMeanwhile extends Error {}

async function isBegun(reader: Reader, ctx: Context, token: string | undefined): Promise<boolean> {
  return token !== undefined && (await findJobToken(reader, 'export', ctx, token, ctx.now)) !== undefined;
}

/** @throws ValidationException when it isn't the ARN of a table, AccessDeniedException when it is another account's. */
function namedTable(ctx: Context, arn: string): { region: string; name: string } {
  if (arn === '') throw new ValidationException('Invalid TableArn: Invalid Table ARN');
  if (!parseArn(arn)) {
    throw new ValidationException('One or more parameter values were invalid: tableArn is not a valid ARN');
  }
  const named = tableOfArn(arn);
  if (!named) throw new ValidationException('Invalid Request: Table ARN is invalid.');
  checkOwnAccount(ctx, named.account);
  return named;
}

interface Incremental {
  from: Date;
  to: Date | undefined;
  view: ExportView;
}

/** @returns what an incremental export is of. @throws ValidationException for settings that don't go together. */
function incrementalOf(input: ExportTableInput): Incremental | undefined {
  const { ExportType: type, IncrementalExportSpecification: specification } = input;
  const refusal = (what: string) => new ValidationException(`Invalid Request: ${what}`);
  if (input.S3SseKmsKeyId !== undefined && input.S3SseAlgorithm !== 'KMS') {
    throw refusal('KMS Key Id is not supported for this encryption type');
  }
  if (type !== 'INCREMENTAL_EXPORT') {
    if (!specification) return undefined;
    throw refusal(
      type === undefined
        ? 'Export Type expected to be Incremental Export when incremental export specification is provided'
        : 'When Export Type is Full Export , Incremental Export Specification should not be provided',
    );
  }
  if (!specification) {
    throw refusal('Incremental Export Specification expected when export type is set as Incremental Export');
  }
  const { ExportFromTime: from, ExportToTime: to, ExportViewType: view } = specification;
  if (!from) throw refusal('ExportFromTime must be provided in IncrementalExportSpecification');
  if (input.ExportTime) {
    throw refusal('Export Time should not be provided when export type is Incremental Export');
  }
  return { from, to, view: view ?? 'NEW_AND_OLD_IMAGES' };
}

/** Milliseconds since the epoch. */
interface Window {
  from: number;
  to: number;
  view: ExportView;
}

/** @throws InvalidExportTimeException */
function windowOf({ from: fromTime, to: toTime, view }: Incremental, table: Table, now: number): Window {
  const from = fromTime.getTime();
  const to = toTime?.getTime() ?? now;
  if (from < toSecond(table.createdAt)) {
    throw new InvalidExportTimeException(
      `Incremental export period from time cannot be less than the table creation time : ${secondsText(from)}`,
    );
  }
  if (to > now) {
    throw new InvalidExportTimeException(
      `Incremental export period to time cannot be greater than the current time : ${secondsText(to)}`,
    );
  }
  const difference = 'Difference between export period from time and export period to time is';
  if (to - from < incrementalMs.min)
    throw new InvalidExportTimeException(`${difference} less than 15 minutes`);
  if (to - from > incrementalMs.max)
    throw new InvalidExportTimeException(`${difference} greater than 24 hours`);
  return { from, to, view };
}

function secondsText(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** @throws InvalidExportTimeException for a time that is to come or that nobody remembers. */
function exportTime({ ExportTime }: ExportTableInput, earliest: number, now: number): number {
  if (!ExportTime) return now;
  const time = ExportTime.getTime();
  if (!(time <= now && time >= earliest)) throw new InvalidExportTimeException('Export Time is invalid');
  return time;
}

/** The first time that can be exported, to the second. @throws PointInTimeRecoveryUnavailableException */
function earliestOf({ name, recovery }: Table, now: number): number {
  if (!recovery) {
    throw new PointInTimeRecoveryUnavailableException(
      `Point in time recovery is not enabled for table '${name}'`,
    );
  }
  return toSecond(earliestRestorable(recovery, now));
}

function toSecond(time: number): number {
  return Math.floor(time / 1000) * 1000;
}

function digestOf({ ClientToken: _, ...request }: ExportTableInput): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('base64');
}

/** @throws ExportConflictException when the token began another export. */
async function exportOfToken(
  ctx: Context,
  token: string | undefined,
  digest: string,
): Promise<ExportJob | undefined> {
  if (token === undefined) return undefined;
  const { store } = ctx.room.items;
  const begun = await findJobToken(store, 'export', ctx, token, ctx.now);
  if (!begun) return undefined;
  if (begun.digest !== digest) {
    throw new ExportConflictException(
      'Export conflict: Duplicate request detected with conflicting parameters',
    );
  }
  return findExport(store, ctx, begun.table, begun.id);
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeExport.html */
export async function DescribeExport(ctx: Context, input: { ExportArn: string }): Promise<object> {
  checkOwnJob(ctx, input.ExportArn);
  const named = jobOfArn(input.ExportArn, 'export');
  if (!named) throw new ValidationException('Invalid Export ARN');
  if (named.region !== ctx.region) throw new ExportNotFoundException('Export not found: Invalid export arn');
  const job = await findExport(ctx.room.items.store, ctx, named.table, named.id);
  if (!job) throw new ExportNotFoundException(`Export not found: Export not found: ${input.ExportArn}`);
  return { ExportDescription: describeExport(job) };
}

export interface ListExportsInput {
  TableArn?: string;
  MaxResults?: number;
  NextToken?: string;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListExports.html */
export async function ListExports(ctx: Context, input: ListExportsInput): Promise<object> {
  const size = input.MaxResults ?? limits.jobPageDefault;
  const [lastTable, lastId] = readPageToken('export', input.NextToken) ?? [];
  let before = lastTable !== undefined && lastId !== undefined ? { table: lastTable, id: lastId } : undefined;
  const name = input.TableArn === undefined ? undefined : tableOfArn(input.TableArn)?.name;
  if (input.TableArn !== undefined && name === undefined) {
    throw new ValidationException('Invalid Request: Table ARN is invalid.');
  }
  const found: ExportJob[] = [];
  // One more than a page tells whether there is another.
  while (found.length <= size) {
    const page = await listExports(ctx.room.items.store, ctx, name, before, limits.sweepItems);
    for (const job of page) if (name === undefined || job.tableArn === input.TableArn) found.push(job);
    before = page.at(-1);
    if (page.length < limits.sweepItems) break;
  }
  const summaries = found.slice(0, size);
  const last = summaries.at(-1);
  return {
    ExportSummaries: summaries.map(summarizeExport),
    ...(found.length > size && last ? { NextToken: pageToken('export', [last.table, last.id]) } : {}),
  };
}
