/**
 * Exports and imports. Key table:
 *
 *     ['dynamodb.import', account, region, id]            → ImportJob
 *     ['dynamodb.export', account, region, `${table}/`, id] → ExportJob, in the order of their ARNs
 *     ['dynamodb.exportFile', exportId, number]           → ExportFile: a data file that is done
 *     ['dynamodb.jobRunning', kind, account, region, id]  → '': a job in progress
 *     ['dynamodb.jobToken', kind, account, region, token] → the job that a ClientToken began, the request's digest
 *
 * Ids begin with the time of the job, so the newest come last.
 */
import { type Reader, rawBytes, recordSet, type Transaction } from '../../../store/index.ts';
import type { ExportFile, ExportJob, ImportJob } from '../domain/jobs.ts';
import { limits } from '../limits.ts';

interface Place {
  readonly account: string;
  readonly region: string;
}

type Kind = 'import' | 'export';

interface JobToken {
  readonly digest: string;
  readonly table: string;
  readonly id: string;
  readonly at: number;
}

const imports = recordSet<[account: string, region: string, id: string], ImportJob>('dynamodb.import');
const exports = recordSet<[account: string, region: string, table: string, id: string], ExportJob>(
  'dynamodb.export',
);
const files = recordSet<[exportId: string, number: number], ExportFile>('dynamodb.exportFile');
const tokens = recordSet<[kind: Kind, account: string, region: string, token: string], JobToken>(
  'dynamodb.jobToken',
);

const running = recordSet<[kind: Kind, account: string, region: string, id: string], Uint8Array>(
  'dynamodb.jobRunning',
  rawBytes,
);

/** Jobs in progress, counted up to `limit`. */
export async function countRunning(
  reader: Reader,
  kind: Kind,
  { account, region }: Place,
  limit: number,
): Promise<number> {
  return (await running.range(reader, { under: [kind, account, region], limit })).length;
}

function noteRunning(
  tx: Transaction,
  kind: Kind,
  { account, region, id, status }: ImportJob | ExportJob,
): void {
  if (status === 'IN_PROGRESS') running.put(tx, [kind, account, region, id], new Uint8Array(0));
  else running.delete(tx, kind, account, region, id);
}

export function findImport(reader: Reader, place: Place, id: string): Promise<ImportJob | undefined> {
  return imports.get(reader, place.account, place.region, id);
}

export function putImport(tx: Transaction, job: ImportJob): void {
  imports.put(tx, [job.account, job.region, job.id], job);
  noteRunning(tx, 'import', job);
}

/** Newest first. @param before an id; only older ones. */
export function listImports(
  reader: Reader,
  { account, region }: Place,
  before: string | undefined,
  limit: number,
): Promise<ImportJob[]> {
  return imports.values(reader, {
    under: [account, region],
    ...(before === undefined ? {} : { lt: [account, region, before] }),
    reverse: true,
    limit,
  });
}

export function findExport(
  reader: Reader,
  place: Place,
  table: string,
  id: string,
): Promise<ExportJob | undefined> {
  return exports.get(reader, place.account, place.region, inArn(table), id);
}

export function putExport(tx: Transaction, job: ExportJob): void {
  exports.put(tx, [job.account, job.region, inArn(job.table), job.id], job);
  noteRunning(tx, 'export', job);
}

/** The name of a table as it stands in ARNs, so that names which begin alike sort as those do. */
function inArn(table: string): string {
  return `${table}/`;
}

/** Of one table or of all; in reverse order of their ARNs. @param before an export; only those behind it. */
export function listExports(
  reader: Reader,
  { account, region }: Place,
  table: string | undefined,
  before: { table: string; id: string } | undefined,
  limit: number,
): Promise<ExportJob[]> {
  return exports.values(reader, {
    under: table === undefined ? [account, region] : [account, region, inArn(table)],
    ...(before ? { lt: [account, region, inArn(before.table), before.id] } : {}),
    reverse: true,
    limit,
  });
}

export function putExportFile(tx: Transaction, exportId: string, number: number, file: ExportFile): void {
  files.put(tx, [exportId, number], file);
}

/** A page of the data files of an export, from the `from`th on. */
export function exportFiles(
  reader: Reader,
  exportId: string,
  from: number,
  limit: number,
): Promise<ExportFile[]> {
  return files.values(reader, { under: [exportId], gte: [exportId, from], limit });
}

/** What a token began in the last eight hours. */
export async function findJobToken(
  reader: Reader,
  kind: Kind,
  place: Place,
  token: string,
  now: number,
): Promise<JobToken | undefined> {
  const found = await tokens.get(reader, kind, place.account, place.region, token);
  return found && found.at + limits.jobTokenMs > now ? found : undefined;
}

export function putJobToken(tx: Transaction, kind: Kind, job: ImportJob | ExportJob, digest: string): void {
  const { account, region, table, id, startedAt } = job;
  tokens.put(tx, [kind, account, region, job.token], { digest, table, id, at: startedAt });
}

/** Forgets a job that is no longer listed, with all that hangs on it. */
export async function forgetJob(tx: Transaction, kind: Kind, job: ImportJob | ExportJob): Promise<void> {
  const { account, region, table, id, token } = job;
  if (kind === 'import') imports.delete(tx, account, region, id);
  else exports.delete(tx, account, region, inArn(table), id);
  files.deleteUnder(tx, id);
  running.delete(tx, kind, account, region, id);
  const begun = await tokens.get(tx, kind, account, region, token);
  if (begun?.id === id) tokens.delete(tx, kind, account, region, token);
}
