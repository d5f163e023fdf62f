/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetLogDeliveryConfiguration.html and GetLogDeliveryConfiguration */
import { AwsError, NotImplemented } from '../../../kernel/index.ts';
import { openedForLogs } from '../domain/logBucket.ts';
import { checkTier } from '../domain/tiers.ts';
import { InvalidParameterException } from '../errors.ts';
import { type Context, poolOf } from '../room.ts';
import type { LogConfiguration, Pool } from '../store.ts';
import { changePool } from './userPools.ts';

export async function SetLogDeliveryConfiguration(
  ctx: Context,
  input: { UserPoolId: string; LogConfigurations: LogConfiguration[] },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  check(pool, input.LogConfigurations);
  for (const { S3Configuration } of input.LogConfigurations) {
    if (S3Configuration?.BucketArn !== undefined) await openBucket(ctx, pool, S3Configuration.BucketArn);
  }
  const changed = await changePool(ctx, input.UserPoolId, (current) => {
    check(current, input.LogConfigurations);
    return { ...current, logDelivery: input.LogConfigurations };
  });
  return { LogDeliveryConfiguration: describe(changed) };
}

export async function GetLogDeliveryConfiguration(ctx: Context, input: { UserPoolId: string }) {
  return { LogDeliveryConfiguration: describe(await poolOf(ctx, input.UserPoolId)) };
}

const describe = ({ id, logDelivery = [] }: Pool) => ({ UserPoolId: id, LogConfigurations: logDelivery });

/** @throws InvalidParameterException, FeatureUnavailableInTierException */
function check({ account, settings }: Pool, given: readonly LogConfiguration[]): void {
  const sources = given.map(({ EventSource }) => EventSource);
  if (new Set(sources).size < sources.length) refuse('Each event source can be configured only once.');
  for (const one of given) {
    const { CloudWatchLogsConfiguration: logs, S3Configuration: s3, FirehoseConfiguration: firehose } = one;
    const level = one.EventSource === 'userNotification' ? 'ERROR' : 'INFO';
    if (one.LogLevel !== level) refuse(`The log level of ${one.EventSource} must be ${level}.`);
    const destinations = [logs, s3, firehose].filter((destination) => destination !== undefined);
    if (destinations.length !== 1) refuse(`${one.EventSource} needs exactly one destination.`);
    if (one.EventSource === 'userAuthEvents') checkTier(settings.UserPoolTier, ['Threat Protection']);
    else if (!logs) refuse('userNotification can only be sent to CloudWatch Logs.');
    if (firehose) throw new NotImplemented('Log delivery of user pools to Firehose');
    if (logs) checkLogGroup(account, logs.LogGroupArn);
    if (s3 && !/^arn:[^:]+:s3:::[^:/]+$/.test(s3.BucketArn ?? '')) {
      refuse('BucketArn must be the ARN of a bucket.');
    }
  }
}

function checkLogGroup(account: string, arn: string | undefined): void {
  const [, , service, , owner, kind, name] = arn?.split(':') ?? [];
  if (service !== 'logs' || kind !== 'log-group' || !name || owner !== account) {
    refuse('LogGroupArn must be the ARN of a log group of this account.');
  }
}

/** Whoever sets delivery up opens the bucket for it, by their own leave ("s3:GetBucketPolicy", "s3:PutBucketPolicy"). */
async function openBucket({ aws }: Context, pool: Pool, arn: string): Promise<void> {
  const Bucket = arn.split(':')[5];
  const known = await aws.call<{ Policy?: string }>('s3', 'GetBucketPolicy', { Bucket }).catch(noPolicy);
  const Policy = openedForLogs(known?.Policy, pool, arn);
  if (Policy !== undefined) await aws.call('s3', 'PutBucketPolicy', { Bucket, Policy });
}

/** @throws InvalidParameterException where there is no bucket. */
function noPolicy(error: unknown): undefined {
  const code = error instanceof AwsError ? error.code : undefined;
  if (code === 'NoSuchBucket') refuse('The bucket for the logs does not exist.');
  if (code !== 'NoSuchBucketPolicy') throw error;
}

function refuse(why: string): never {
  throw new InvalidParameterException(why);
}
