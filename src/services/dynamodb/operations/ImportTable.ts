/** ImportTable, DescribeImport, ListImports. */
import type { CsvOptions } from '../domain/formats/csv.ts';
import type { Compression } from '../domain/formats/decompress.ts';
import type { InputFormat } from '../domain/formats/read.ts';
import { describeImport, type ImportJob, type S3BucketSource, summarizeImport } from '../domain/jobs.ts';
import { creating, nameTaken } from '../domain/states.ts';
import { ImportConflictException, ImportNotFoundException, ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { findImport, findJobToken, listImports, putImport, putJobToken } from '../store/jobs.ts';
import { checkAccountQuota } from './accountQuota.ts';
import { checkConcurrency, checkOwnJob, jobOfArn, newJobId, pageToken, readPageToken } from './jobs.ts';
import { type CreateTableInput, newTable } from './Tables.ts';

export interface ImportTableInput {
  ClientToken?: string;
  S3BucketSource: S3BucketSource;
  InputFormat: InputFormat;
  InputFormatOptions?: { Csv?: CsvOptions };
  InputCompressionType?: Compression;
  TableCreationParameters: CreateTableInput;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTable.html */
export async function ImportTable(ctx: Context, input: ImportTableInput): Promise<object> {
  const { room, account, region, now } = ctx;
  if (input.InputFormatOptions?.Csv && input.InputFormat !== 'CSV') {
    throw new ValidationException(
      `Invalid Request: Unsupported InputFormatOptions for the given input format: ${input.InputFormat}.`,
    );
  }
  const made = newTable(ctx, input.TableCreationParameters);
  // Observed: the name of a table that is there is looked at before the token.
  const there = await room.tables.find(ctx, made.name);
  if (there && there.status !== 'CREATING') throw nameTaken(there);
  const begun = await importOfToken(ctx, input.ClientToken, made.name);
  if (begun) return { ImportTableDescription: describeImport(begun) };
  await checkAccountQuota(ctx, undefined, made);
  await checkConcurrency(ctx, 'import', limits.importsMax);
  const id = newJobId(room, now);
  const job: ImportJob = {
    account,
    region,
    id,
    arn: `${made.arn}/import/${id}`,
    table: made.name,
    tableArn: made.arn,
    tableId: made.id,
    tableUuid: made.uuid,
    startedAt: now,
    token: input.ClientToken ?? room.ids.uuid(),
    principal: ctx.principal,
    status: 'IN_PROGRESS',
    source: input.S3BucketSource,
    format: input.InputFormat,
    ...(input.InputFormatOptions ? { formatOptions: input.InputFormatOptions } : {}),
    compression: input.InputCompressionType ?? 'NONE',
    creation: input.TableCreationParameters,
    errors: 0,
    processed: 0,
    imported: 0,
    bytes: 0,
  };
  const created = await room.tables.create(creating(made), {}, async (tx) => {
    putImport(tx, job);
    putJobToken(tx, 'import', job, '');
    await room.queues.imports.enqueue(tx, { account, region, id });
    await room.queues.forgets.enqueue(
      tx,
      { kind: 'import', account, region, table: made.name, id },
      { dueAt: now + limits.jobKeptMs },
    );
  });
  if (!created) {
    // The same request may have come twice at once.
    const twin = await importOfToken(ctx, input.ClientToken, made.name);
    if (twin) return { ImportTableDescription: describeImport(twin) };
    throw nameTaken((await room.tables.find(ctx, made.name)) ?? made);
  }
  return { ImportTableDescription: describeImport(job) };
}

/**
 * The page says that any other parameter conflicts; of a token that comes again, AWS was observed to look at the name of
 * the table only. @throws ImportConflictException when the token began an import to another table.
 */
async function importOfToken(
  ctx: Context,
  token: string | undefined,
  table: string,
): Promise<ImportJob | undefined> {
  if (token === undefined) return undefined;
  const { store } = ctx.room.items;
  const begun = await findJobToken(store, 'import', ctx, token, ctx.now);
  if (!begun) return undefined;
  if (begun.table !== table) {
    throw new ImportConflictException(
      'Import conflict: Duplicate request detected with conflicting parameters',
    );
  }
  return findImport(store, ctx, begun.id);
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeImport.html */
export async function DescribeImport(ctx: Context, input: { ImportArn: string }): Promise<object> {
  checkOwnJob(ctx, input.ImportArn);
  const named = jobOfArn(input.ImportArn, 'import');
  if (!named) throw new ValidationException('Invalid Import ARN');
  if (named.region !== ctx.region) throw new ImportNotFoundException('Import not found: Invalid import arn');
  const job = await findImport(ctx.room.items.store, ctx, named.id);
  if (job?.arn !== input.ImportArn) {
    throw new ImportNotFoundException(`Import not found: Import not found: ${input.ImportArn}`);
  }
  return { ImportTableDescription: describeImport(job) };
}

export interface ListImportsInput {
  TableArn?: string;
  PageSize?: number;
  NextToken?: string;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListImports.html */
export async function ListImports(ctx: Context, input: ListImportsInput): Promise<object> {
  const size = input.PageSize ?? limits.jobPageDefault;
  let [before] = readPageToken('import', input.NextToken) ?? [];
  const found: ImportJob[] = [];
  // One more than a page tells whether there is another.
  while (found.length <= size) {
    const page = await listImports(ctx.room.items.store, ctx, before, limits.sweepItems);
    for (const job of page) {
      if (input.TableArn === undefined || job.tableArn === input.TableArn) found.push(job);
    }
    before = page.at(-1)?.id;
    if (page.length < limits.sweepItems) break;
  }
  const summaries = found.slice(0, size);
  const last = summaries.at(-1);
  return {
    ImportSummaryList: summaries.map(summarizeImport),
    ...(found.length > size && last ? { NextToken: pageToken('import', [last.id]) } : {}),
  };
}
