/**
 * Reports of the access advisor.
 *
 *   iam.accessJob [account, job id] → AccessJob
 */
import { type RecordSet, recordSet, type Transaction } from '../../../store/index.ts';

export interface AccessJob {
  /** ARN of who asked for it, who alone may read it. */
  by: string;
  isOfActions: boolean;
  /** Milliseconds since the epoch. */
  createdAt: number;
  entities: AdvisedEntity[];
  services: AdvisedService[];
}

export interface AdvisedEntity {
  arn: string;
  name: string;
  id: string;
  path: string;
  type: 'USER' | 'ROLE';
}

/** A service that may be used, and its uses. */
export interface AdvisedService {
  namespace: string;
  uses: AdvisedUse[];
}

export interface AdvisedUse {
  /** Position in the job's entities. */
  entity: number;
  action: string;
  region: string;
  at: number;
}

export const accessJobs: RecordSet<[account: string, id: string], AccessJob> = recordSet('iam.accessJob');

/** Jobs of an account that are kept, and for how long. */
const jobsMax = 100;
const keptMs = 24 * 60 * 60_000;

export async function putAccessJob(
  tx: Transaction,
  account: string,
  id: string,
  job: AccessJob,
): Promise<void> {
  const known = await accessJobs.range(tx, { under: [account], limit: jobsMax });
  const byAge = known.sort((a, b) => a.value.createdAt - b.value.createdAt);
  for (const [i, { key, value }] of byAge.entries()) {
    if (value.createdAt < job.createdAt - keptMs || i < known.length - jobsMax + 1)
      accessJobs.delete(tx, ...key);
  }
  accessJobs.put(tx, [account, id], job);
}
