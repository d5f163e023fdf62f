/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserImportJob.html and its neighbours */
import { LimitExceededException, PreconditionNotMetException } from '../errors.ts';
import { endJob, jobOf, mayBecome, openToken, sealToken } from '../importing/jobs.ts';
import { columnsOf } from '../importing/rows.ts';
import { limits } from '../limits.ts';
import { type Context, poolOf } from '../room.ts';
import { type ImportJob, records } from '../store.ts';
import { readPlace, writePlace } from './paging.ts';

interface Named {
  UserPoolId: string;
  JobId: string;
}

const tokenLength = 48;

export async function GetCSVHeader(ctx: Context, input: { UserPoolId: string }) {
  const pool = await poolOf(ctx, input.UserPoolId);
  return { UserPoolId: pool.id, CSVHeader: columnsOf(pool) };
}

export async function CreateUserImportJob(
  ctx: Context,
  input: { UserPoolId: string; JobName: string; CloudWatchLogsRoleArn: string },
) {
  const { ids, store, vault, imports } = ctx.room;
  const pool = await poolOf(ctx, input.UserPoolId);
  const id = `import-${ids.token(10)}`;
  const job: ImportJob = {
    id,
    poolId: pool.id,
    name: input.JobName,
    roleArn: input.CloudWatchLogsRoleArn,
    status: 'Created',
    token: sealToken(vault, id, ids.token(tokenLength)),
    imported: 0,
    skipped: 0,
    failed: 0,
    rows: 0,
    unlogged: [],
    createdAt: ctx.now,
  };
  await store.transact(async (tx) => {
    const known = await records.importJobs.range(tx, { under: [pool.id], limit: limits.importJobsMax });
    if (known.length >= limits.importJobsMax) {
      throw new LimitExceededException('The user pool has exceeded the limit of user import jobs.');
    }
    records.importJobs.put(tx, [pool.id, id], job);
    await imports.enqueue(
      tx,
      { kind: 'expire', poolId: pool.id, jobId: id },
      { dueAt: ctx.now + limits.importStartMs },
    );
  });
  return { UserImportJob: describe(ctx, job) };
}

export async function StartUserImportJob(ctx: Context, input: Named) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const started = await ctx.room.store.transact(async (tx) => {
    const current = (await records.pools.get(tx, pool.account, pool.region, pool.id)) ?? pool;
    const job = await jobOf(tx, pool, input.JobId);
    if (!mayBecome(job, 'Pending')) {
      throw new PreconditionNotMetException(`The import job cannot be started: it is ${job.status}.`);
    }
    if (!job.file) throw new PreconditionNotMetException(`No csv file was uploaded for ${job.id}`);
    if (!current.settings.AutoVerifiedAttributes?.length) {
      throw new PreconditionNotMetException('The user pool must have at least one auto-verified attribute.');
    }
    if (current.importing) {
      throw new PreconditionNotMetException('Another import job of the user pool is in progress.');
    }
    const pending: ImportJob = { ...job, status: 'Pending', startedAt: ctx.now };
    records.importJobs.put(tx, [pool.id, job.id], pending);
    records.pools.put(tx, [pool.account, pool.region, pool.id], { ...current, importing: job.id });
    await ctx.room.imports.enqueue(tx, { kind: 'run', poolId: pool.id, jobId: job.id });
    return pending;
  });
  return { UserImportJob: describe(ctx, started) };
}

/** Users that are there stay. */
export async function StopUserImportJob(ctx: Context, input: Named) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const stopped = await ctx.room.store.transact(async (tx) => {
    const job = await jobOf(tx, pool, input.JobId);
    if (!mayBecome(job, 'Stopped')) {
      throw new PreconditionNotMetException(`The import job cannot be stopped: it is ${job.status}.`);
    }
    const message = 'The Import Job was stopped by the developer.';
    return endJob(tx, ctx.room.blobs, job, { status: 'Stopped', message, now: ctx.now });
  });
  return { UserImportJob: describe(ctx, stopped) };
}

export async function DescribeUserImportJob(ctx: Context, input: Named) {
  const pool = await poolOf(ctx, input.UserPoolId);
  return { UserImportJob: describe(ctx, await jobOf(ctx.room.store, pool, input.JobId)) };
}

export async function ListUserImportJobs(
  ctx: Context,
  input: { UserPoolId: string; MaxResults: number; PaginationToken?: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const last = readPlace(input.PaginationToken);
  const found = await records.importJobs.values(ctx.room.store, {
    under: [pool.id],
    ...(last ? { gt: [pool.id, last] } : {}),
    limit: input.MaxResults + 1,
  });
  const shown = found.slice(0, input.MaxResults);
  return {
    UserImportJobs: shown.map((job) => describe(ctx, job)),
    ...(found.length > shown.length ? { PaginationToken: writePlace(shown.at(-1)?.id) } : {}),
  };
}

function describe({ room }: Context, job: ImportJob) {
  const query = new URLSearchParams({
    'X-Amz-Expires': String(limits.importUploadMs / 1000),
    'X-Amz-Signature': openToken(room.vault, job),
  });
  return {
    JobName: job.name,
    JobId: job.id,
    UserPoolId: job.poolId,
    PreSignedUrl: `${room.endpoint}/${job.poolId}/user-import/${job.id}?${query}`,
    CreationDate: new Date(job.createdAt),
    ...(job.startedAt === undefined ? {} : { StartDate: new Date(job.startedAt) }),
    ...(job.completedAt === undefined ? {} : { CompletionDate: new Date(job.completedAt) }),
    Status: job.status,
    CloudWatchLogsRoleArn: job.roleArn,
    ImportedUsers: job.imported,
    SkippedUsers: job.skipped,
    FailedUsers: job.failed,
    ...(job.message === undefined ? {} : { CompletionMessage: job.message }),
  };
}
