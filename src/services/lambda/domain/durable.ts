/** What a function says of its durable executions: https://docs.aws.amazon.com/lambda/latest/api/API_DurableConfig.html */
import type { DurableConfig } from '@aws-sdk/client-lambda';
import { InvalidParameterValueException } from '../errors.ts';
import type { Configuration } from '../records.ts';

/** When the configuration doesn't say: a day of execution, fourteen of history. */
const executionSecondsDefault = 86_400;
const retentionDaysDefault = 14;

export function durableSettings({
  ExecutionTimeout = executionSecondsDefault,
  RetentionPeriodInDays = retentionDaysDefault,
}: DurableConfig): NonNullable<Configuration['durable']> {
  return { executionTimeoutSeconds: ExecutionTimeout, retentionDays: RetentionPeriodInDays };
}

export function describeDurable({
  executionTimeoutSeconds,
  retentionDays,
}: NonNullable<Configuration['durable']>): DurableConfig {
  return { ExecutionTimeout: executionTimeoutSeconds, RetentionPeriodInDays: retentionDays };
}

/** @throws InvalidParameterValueException for a durable function that is invoked by its name alone. */
export function checkQualified(qualifier: string | undefined): void {
  if (qualifier !== undefined) return;
  throw new InvalidParameterValueException('You cannot invoke a durable function using an unqualified ARN.');
}
