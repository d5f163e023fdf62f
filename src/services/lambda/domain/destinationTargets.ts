/** Which targets take records and events: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
import { parseArn } from '../../../kernel/index.ts';
import { InvalidParameterValueException } from '../errors.ts';

export interface Destinations {
  onSuccess: string | undefined;
  onFailure: string | undefined;
}

/**
 * @returns names of functions of this account and region that must exist.
 * @throws InvalidParameterValueException for what takes no records, and for the function itself.
 */
export function checkDestinations(
  { onSuccess, onFailure }: Destinations,
  self: { account: string; region: string; name: string },
): { name: string; arn: string }[] {
  const functions: { name: string; arn: string }[] = [];
  for (const arn of [onFailure, onSuccess]) {
    if (arn === undefined) continue;
    // “S3 buckets are supported only for on-failure destinations.”
    if (!takesRecords(arn) || (arn === onSuccess && parseArn(arn)?.service === 's3')) {
      const part = (of: string, given: string | undefined) =>
        given === undefined ? 'null' : `${of}(destination=${given})`;
      throw new InvalidParameterValueException(
        `The provided destination config DestinationConfig(onSuccess=${part('OnSuccess', onSuccess)}, onFailure=${part('OnFailure', onFailure)}) is invalid.`,
      );
    }
    const target = parseArn(arn);
    if (target?.service !== 'lambda' || target.region !== self.region || target.account !== self.account)
      continue;
    const [, name = ''] = target.resource.split(':');
    if (name === self.name)
      throw new InvalidParameterValueException("You can't specify the function as a destination for itself.");
    functions.push({ name, arn });
  }
  return functions;
}

/** Standard queues and topics, functions, event buses and buckets. */
function takesRecords(arn: string): boolean {
  const { service, region, account, resource } = parseArn(arn) ?? {};
  if (!resource) return false;
  if (service === 's3') return region === '' && account === '' && !/[:/*?]/.test(resource);
  if (!region || !/^\d{12}$/.test(account ?? '')) return false;
  switch (service) {
    case 'sqs':
    case 'sns':
      return !resource.endsWith('.fifo') && !/[:/*?]/.test(resource);
    case 'lambda':
      return resource.startsWith('function:');
    case 'events':
      return /^event-bus\/[^:*?]+$/.test(resource);
    default:
      return false;
  }
}

/** @throws InvalidParameterValueException for what can't be a dead-letter queue. */
export function checkDeadLetterTarget(arn: string): void {
  const { service, resource = '' } = parseArn(arn) ?? {};
  if (service !== 'sqs' && service !== 'sns') {
    throw new InvalidParameterValueException(
      'Invalid dead letter queue ARN: The service specified by the TargetArn is not supported for dead letter configuration.',
    );
  }
  if (resource.endsWith('.fifo')) {
    const kind = service === 'sqs' ? 'SQS queue' : 'SNS topic';
    throw new InvalidParameterValueException(
      `Invalid dead letter queue ARN: FIFO ${kind} is not supported for dead letter configuration`,
    );
  }
}
