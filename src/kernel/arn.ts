/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export interface Arn {
  partition: string;
  service: string;
  region: string;
  account: string;
  /** All that follows the fifth colon, colons included: `table/orders/index/byDate`. */
  resource: string;
}

/** The account of `test`/`test` and of every unknown access key. */
export const defaultAccount = '000000000000';
export const defaultRegion = 'us-east-1';

/** @returns undefined when `text` has fewer than six parts or doesn't start with `arn:`. */
export function parseArn(text: string): Arn | undefined {
  if (!text.startsWith('arn:')) return undefined;
  const parts = text.split(':');
  if (parts.length < 6) return undefined;
  const [, partition = '', service = '', region = '', account = ''] = parts;
  return { partition, service, region, account, resource: parts.slice(5).join(':') };
}

export function formatArn(arn: Omit<Arn, 'partition'> & { partition?: string }): string {
  return `arn:${arn.partition ?? partitionOf(arn.region)}:${arn.service}:${arn.region}:${arn.account}:${arn.resource}`;
}

/** https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return 'aws';
}

/** The domain that AWS names end in, e.g. `amazonaws.com.cn` in China: the value of `AWS::URLSuffix`. */
export function urlSuffixOf(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}
