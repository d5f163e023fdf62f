import { InvalidResource } from './errors.ts';
import { asMap, type Dict, isEmpty, isPresent, isText, text } from './values.ts';

/** Properties that exclude or need each other. */
export function checkCombinations(logicalId: string, properties: Dict): void {
  const given = (name: string) => properties[name] !== undefined;
  const errors: string[] = [];
  for (const other of ['ProvisionedConcurrencyConfig', 'VpcConfig']) {
    if (given('CapacityProviderConfig') && given(other)) {
      errors.push(`Cannot specify 'CapacityProviderConfig' and '${other}' together.`);
    }
  }
  for (const [name, needed] of [
    ['FunctionScalingConfig', 'CapacityProviderConfig'],
    ['VersionDeletionPolicy', 'AutoPublishAlias'],
  ] as const) {
    if (given(name) && !given(needed)) errors.push(`'${name}' requires '${needed}'.`);
  }
  if (errors.length > 0) throw new InvalidResource(logicalId, errors.join('\n'));
}

/** What a dead-letter queue's role must be allowed, by the queue's type. */
export const deadLetterActions: Readonly<Record<string, string>> = {
  SQS: 'sqs:SendMessage',
  SNS: 'sns:Publish',
};

export function checkDeadLetterQueue(logicalId: string, queue: Dict): void {
  if (isEmpty(queue.Type) || isEmpty(queue.TargetArn)) {
    throw new InvalidResource(
      logicalId,
      "'DeadLetterQueue' requires Type and TargetArn properties to be specified.",
    );
  }
  if (!isText(queue.Type))
    throw new InvalidResource(logicalId, "Property 'DeadLetterQueue.Type' should be a string.");
  if (!Object.hasOwn(deadLetterActions, text(queue.Type))) {
    throw new InvalidResource(logicalId, "'DeadLetterQueue' requires Type of ['SQS', 'SNS']");
  }
}

export function checkTenancy(logicalId: string, properties: Dict): void {
  const refuse = (what: string): never => {
    throw new InvalidResource(
      logicalId,
      `${what} is not supported for functions enabled with tenancy configuration.`,
    );
  };
  if (isPresent(properties.ProvisionedConcurrencyConfig)) refuse('Provisioned concurrency');
  if (isPresent(properties.FunctionUrlConfig)) refuse('Function URL');
  if (isPresent(properties.SnapStart)) refuse('SnapStart');
  for (const event of Object.values(asMap(properties.Events))) {
    const type = text(asMap(event).Type);
    if (type !== 'Api' && type !== 'HttpApi') {
      throw new InvalidResource(
        logicalId,
        `Event source '${type}' is not supported for functions enabled with tenancy configuration. Only Api and HttpApi event sources are supported.`,
      );
    }
  }
}
