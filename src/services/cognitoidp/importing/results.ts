/** What an import tells in CloudWatch Logs, as the role that the job was given. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-using-import-tool.html */
import { AwsError } from '../../../kernel/index.ts';
import { type Platform, servicePrincipal } from '../../../platform/index.ts';
import { poolArn } from '../room.ts';
import type { ImportJob, Pool } from '../store.ts';

export interface Results {
  /** Logs lines in their order. */
  put(lines: readonly string[]): Promise<void>;
}

/** @throws AwsError the role can't be assumed by Cognito, or may not write logs. */
export async function openResults(platform: Platform, pool: Pool, job: ImportJob): Promise<Results> {
  const { account, region, id, name } = pool;
  const principal = servicePrincipal('cognito-idp.amazonaws.com', account, poolArn(pool));
  const cognito = platform.aws({ account, region, principal });
  const RoleSessionName = job.id.slice(0, 64);
  // Whether the role trusts Cognito is asked each time: it may have changed since the job was made.
  await cognito.call('sts', 'AssumeRole', { RoleArn: job.roleArn, RoleSessionName });
  const logs = await cognito.asRole(job.roleArn, RoleSessionName);
  const target = {
    logGroupName: `/aws/cognito/userpools/${id}/${name.replace(/[^\w./#-]/g, '_')}`,
    logStreamName: `${job.id}/${job.name.replace(/[:*]/g, '_')}`,
  };
  await unlessThere(logs.call('logs', 'CreateLogGroup', { logGroupName: target.logGroupName }));
  await unlessThere(logs.call('logs', 'CreateLogStream', target));
  return {
    async put(lines) {
      if (lines.length === 0) return;
      const timestamp = platform.clock.now();
      const logEvents = lines.map((message) => ({ timestamp, message }));
      await logs.call('logs', 'PutLogEvents', { ...target, logEvents });
    },
  };
}

async function unlessThere(making: Promise<unknown>): Promise<void> {
  try {
    await making;
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'ResourceAlreadyExistsException')) throw error;
  }
}
