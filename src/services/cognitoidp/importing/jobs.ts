/** Import jobs and what becomes of them. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserImportJobType.html */

import type { Blobs } from '../../../store/blobs.port.ts';
import type { Reader, Transaction } from '../../../store/index.ts';
import type { Vault } from '../../../store/vault.ts';
import { ResourceNotFoundException } from '../errors.ts';
import { type ImportJob, type ImportStatus, type Pool, records } from '../store.ts';

/** What each status may become. */
const next: Readonly<Record<ImportStatus, readonly ImportStatus[]>> = {
  Created: ['Pending', 'Expired', 'Stopped'],
  Pending: ['InProgress', 'Stopped', 'Failed'],
  InProgress: ['Succeeded', 'Stopped', 'Failed'],
  Stopped: [],
  Expired: [],
  Failed: [],
  Succeeded: [],
};

export const mayBecome = (job: ImportJob, status: ImportStatus): boolean => next[job.status].includes(status);

/** Ends a job: its file goes with it, and the pool may be imported into again. */
export async function endJob(
  tx: Transaction,
  blobs: Blobs,
  job: ImportJob,
  end: { status: ImportStatus; message: string; now: number },
): Promise<ImportJob> {
  const { file, ...rest } = job;
  const ended: ImportJob = { ...rest, status: end.status, message: end.message, completedAt: end.now };
  records.importJobs.put(tx, [job.poolId, job.id], ended);
  if (file) blobs.release(tx, file.id);
  const place = await records.poolOwners.get(tx, job.poolId);
  const pool = place && (await records.pools.get(tx, place.account, place.region, job.poolId));
  if (pool?.importing === job.id) {
    const { importing: _job, ...free } = pool;
    records.pools.put(tx, [pool.account, pool.region, pool.id], free);
  }
  return ended;
}

/** @throws ResourceNotFoundException */
export async function jobOf(reader: Reader, pool: Pool, id: string): Promise<ImportJob> {
  const job = await records.importJobs.get(reader, pool.id, id);
  if (!job) throw new ResourceNotFoundException(`User import job ${id} does not exist.`);
  return job;
}

const purpose = (jobId: string) => `cognitoidp.importUpload/${jobId}`;

/** What whoever uploads the file must know, sealed for the job's record. */
export const sealToken = (vault: Vault, jobId: string, token: string): Uint8Array =>
  vault.seal(purpose(jobId), token);

export const openToken = (vault: Vault, { id, token }: Pick<ImportJob, 'id' | 'token'>): string =>
  vault.open(purpose(id), token).toString();
