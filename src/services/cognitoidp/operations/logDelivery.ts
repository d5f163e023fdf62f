/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetLogDeliveryConfiguration.html and GetLogDeliveryConfiguration */
import { NotImplemented } from '../../../kernel/index.ts';
import { checkTier } from '../domain/tiers.ts';
import { InvalidParameterException } from '../errors.ts';
import { type Context, poolOf } from '../room.ts';
import type { LogConfiguration, Pool } from '../store.ts';
import { changePool } from './userPools.ts';

export async function SetLogDeliveryConfiguration(
  ctx: Context,
  input: { UserPoolId: string; LogConfigurations: LogConfiguration[] },
) {
  const changed = await changePool(ctx, input.UserPoolId, (pool) => {
    check(pool, input.LogConfigurations);
    return { ...pool, logDelivery: input.LogConfigurations };
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
    if (s3 || firehose) throw new NotImplemented('Log delivery of user pools to S3 or Firehose');
    const [, , service, , owner, kind, name] = logs?.LogGroupArn?.split(':') ?? [];
    if (service !== 'logs' || kind !== 'log-group' || !name || owner !== account) {
      refuse('LogGroupArn must be the ARN of a log group of this account.');
    }
  }
}

function refuse(why: string): never {
  throw new InvalidParameterException(why);
}
