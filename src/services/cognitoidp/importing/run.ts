/**
 * The work of an import job: a durable task that makes users of rows, some at a time, and notes in the same transaction
 * how far it is. After a crash it goes on behind the last row that it noted.
 */
import { AwsError } from '../../../kernel/index.ts';
import type { Platform } from '../../../platform/index.ts';
import type { Store, Transaction } from '../../../store/index.ts';
import type { TaskQueue } from '../../../tasks/index.ts';
import { withFactor } from '../domain/factors.ts';
import { limits } from '../limits.ts';
import { poolById } from '../room.ts';
import { type ImportJob, type Pool, records, type User } from '../store.ts';
import { addUser, isTaken, namesOf } from '../users.ts';
import { type Row, rowsOf } from './file.ts';
import { endJob, mayBecome } from './jobs.ts';
import { openResults } from './results.ts';
import { headerProblem, userOfRow } from './rows.ts';

export interface ImportTask {
  kind: 'run' | 'expire';
  poolId: string;
  jobId: string;
}

const retry = { attemptsMax: 20, baseMs: 1_000, factor: 2, capMs: 60_000 };

export function importQueue(platform: Platform): TaskQueue<ImportTask> {
  const { store, blobs, clock } = platform;
  return platform.tasks.queue<ImportTask>({
    name: 'cognitoidp.import',
    retry,
    concurrency: 2,
    async run({ payload }, signal) {
      if (payload.kind === 'run') return runJob(platform, payload, signal);
      await store.transact(async (tx) => {
        const job = await records.importJobs.get(tx, payload.poolId, payload.jobId);
        const message = 'The import job expired: it was not started in time.';
        if (!job || !mayBecome(job, 'Expired')) return;
        await endJob(tx, blobs, job, { status: 'Expired', message, now: clock.now() });
      });
    },
    async giveUp(tx, { payload }) {
      const job = await records.importJobs.get(tx, payload.poolId, payload.jobId);
      if (!job || !mayBecome(job, 'Failed')) return;
      const message = 'The import job failed because of an internal error.';
      await endJob(tx, blobs, job, { status: 'Failed', message, now: clock.now() });
    },
  });
}

async function runJob(platform: Platform, { poolId, jobId }: ImportTask, signal: AbortSignal): Promise<void> {
  const { store, blobs, clock } = platform;
  const pool = await poolById({ store }, poolId);
  const job = pool && (await begin(store, poolId, jobId));
  if (!job) return;
  const end = (status: 'Failed' | 'Succeeded', message: string) =>
    store.transact(async (tx) => {
      const current = await records.importJobs.get(tx, poolId, jobId);
      if (current && mayBecome(current, status)) {
        await endJob(tx, blobs, current, { status, message, now: clock.now() });
      }
    });
  if (!job.file) return end('Failed', 'The CSV file is missing.');
  try {
    const results = await openResults(platform, pool, job);
    await results.put(job.unlogged);
    let header: string[] | undefined;
    let batch: Row[] = [];
    let count = 0;
    const flush = async (): Promise<boolean> => {
      const rows = batch;
      batch = [];
      const done = await importRows(platform, pool, job, header ?? [], rows, count);
      if (done) await results.put(done.unlogged);
      return done !== undefined;
    };
    for await (const row of rowsOf(blobs.read(job.file.id))) {
      signal.throwIfAborted();
      if (!header) {
        header = row.cells.map((cell) => cell.trim());
        const problem = headerProblem(pool, header);
        if (problem) return await end('Failed', problem);
        continue;
      }
      count++;
      if (count > limits.importRowsMax) return await end('Failed', 'The CSV file has too many rows.');
      if (count <= job.rows) continue;
      batch.push(row);
      if (batch.length >= limits.importBatch && !(await flush())) return;
    }
    if (!header) return await end('Failed', 'The CSV file is empty.');
    if (batch.length > 0 && !(await flush())) return;
  } catch (error) {
    if (signal.aborted) throw error;
    // An answer of another service, and a file that is no CSV, are the same the next time.
    if (error instanceof AwsError) {
      return end('Failed', 'The import results could not be written to CloudWatch Logs by the given role.');
    }
    if (!isParserError(error)) throw error;
    return end('Failed', 'The CSV file could not be parsed.');
  }
  const {
    imported = 0,
    skipped = 0,
    failed = 0,
  } = (await records.importJobs.get(store, poolId, jobId)) ?? {};
  // AWS doesn't tell where "too many" begins; 32 of 46 are.
  if (skipped + failed > imported) {
    return end('Failed', 'Too many users have failed or been skipped during the import.');
  }
  return end('Succeeded', 'Import Job Completed Successfully.');
}

/** @returns the job as it stands; undefined when it isn't to be worked (any more). */
async function begin(store: Store, poolId: string, jobId: string): Promise<ImportJob | undefined> {
  return store.transact(async (tx) => {
    const job = await records.importJobs.get(tx, poolId, jobId);
    if (job?.status === 'InProgress') return job;
    if (job?.status !== 'Pending') return undefined;
    const begun: ImportJob = { ...job, status: 'InProgress' };
    records.importJobs.put(tx, [poolId, jobId], begun);
    return begun;
  });
}

/** @param upTo rows of the file that are done with these. @returns undefined when the job was stopped meanwhile. */
function importRows(
  { store, ids, clock }: Platform,
  pool: Pool,
  { id }: ImportJob,
  header: readonly string[],
  rows: readonly Row[],
  upTo: number,
): Promise<ImportJob | undefined> {
  const subs = rows.map(() => ids.uuid());
  return store.transact(async (tx) => {
    const job = await records.importJobs.get(tx, pool.id, id);
    if (job?.status !== 'InProgress') return undefined;
    const done: ImportJob = { ...job, rows: upTo, unlogged: [] };
    for (const [index, row] of rows.entries()) {
      const line = `Line Number ${row.line} -`;
      const outcome = await importRow(tx, pool, header, row.cells, subs[index] ?? '', clock.now());
      done[outcome.kind]++;
      done.unlogged.push(`[${words[outcome.kind]}] ${line} ${outcome.why}`);
    }
    records.importJobs.put(tx, [pool.id, id], done);
    return done;
  });
}

const words = { imported: 'SUCCEEDED', skipped: 'SKIPPED', failed: 'FAILED' } as const;

interface Outcome {
  kind: keyof typeof words;
  why: string;
}

async function importRow(
  tx: Transaction,
  pool: Pool,
  header: readonly string[],
  cells: readonly string[],
  sub: string,
  now: number,
): Promise<Outcome> {
  const row = userOfRow(pool, header, cells);
  if ('problem' in row) return { kind: 'failed', why: row.problem };
  let named: ReturnType<typeof namesOf>;
  try {
    named = namesOf(pool, row.name, row.attributes, sub);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { kind: 'failed', why: error.message };
  }
  const user: User = {
    ...named,
    sub,
    status: 'RESET_REQUIRED',
    enabled: true,
    createdAt: now,
    modifiedAt: now,
  };
  if (await isTaken(tx, pool, user)) return { kind: 'skipped', why: 'The user already exists.' };
  await addUser(tx, pool, row.mfa ? withFactor(user, 'SMS_MFA') : user);
  return { kind: 'imported', why: 'The import succeeded.' };
}

const isParserError = (error: unknown): boolean =>
  error instanceof TypeError || String((error as { code?: unknown }).code).startsWith('CSV_');
