/** Buckets that take a pool's logs. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html#AWS-logs-infrastructure-S3 */
import { partitionOf } from '../../../kernel/index.ts';
import type { Pool } from '../store.ts';

/** Who writes. */
export const deliveryService = 'delivery.logs.amazonaws.com';

type Where = Pick<Pool, 'account' | 'region'>;

const logsArn = ({ account, region }: Where, resource: string): string =>
  `arn:${partitionOf(region)}:logs:${region}:${account}:${resource}`;

/** On whose behalf. */
export const deliverySource = (pool: Where & Pick<Pool, 'id'>): string =>
  logsArn(pool, `delivery-source:cognito-idp-${pool.id}`);

/** `AWSLogs/ACCOUNT/cognito-idp/REGION/POOL/YYYY/MM/DD/HH/TIMESTAMP_ID.json`: AWS's folder, the rest is ours. */
export function objectKey({ account, region, id }: Pool, timestamp: number, random: string): string {
  const [year, month, day, hour] = new Date(timestamp).toISOString().split(/[-T:]/);
  return `AWSLogs/${account}/cognito-idp/${region}/${id}/${year}/${month}/${day}/${hour}/${timestamp}_${random}.json`;
}

interface Statement {
  Sid?: string;
  [member: string]: unknown;
}

interface Policy {
  Version?: string;
  Id?: string;
  Statement?: Statement | Statement[];
}

/**
 * The bucket's policy with leave to write logs in it, as AWS adds it for whoever sets delivery up.
 * @param before its policy so far. @returns nothing when it says so already.
 */
export function openedForLogs(
  before: string | undefined,
  where: Where,
  bucketArn: string,
): string | undefined {
  const policy = (before === undefined ? {} : JSON.parse(before)) as Policy;
  const known = [policy.Statement ?? []].flat();
  const added = statementsFor(where, bucketArn).filter(
    ({ Sid: _sid, ...wanted }) => !known.some(({ Sid: _own, ...said }) => isSame(said, wanted)),
  );
  if (added.length === 0) return undefined;
  const names = new Set(known.map(({ Sid }) => Sid));
  const named = added.map(({ Sid = '', ...statement }) => ({ Sid: unused(Sid, names), ...statement }));
  return JSON.stringify({
    Version: '2012-10-17',
    Id: 'AWSLogDeliveryWrite20150319',
    ...policy,
    Statement: [...known, ...named],
  });
}

function statementsFor(where: Where, bucketArn: string): Statement[] {
  const asked = {
    StringEquals: { 'aws:SourceAccount': where.account },
    ArnLike: { 'aws:SourceArn': logsArn(where, '*') },
  };
  const Principal = { Service: deliveryService };
  return [
    {
      Sid: 'AWSLogDeliveryWrite',
      Effect: 'Allow',
      Principal,
      Action: 's3:PutObject',
      Resource: `${bucketArn}/AWSLogs/${where.account}/*`,
      Condition: {
        ...asked,
        StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', ...asked.StringEquals },
      },
    },
    {
      Sid: 'AWSLogDeliveryAclCheck',
      Effect: 'Allow',
      Principal,
      Action: 's3:GetBucketAcl',
      Resource: bucketArn,
      Condition: asked,
    },
  ];
}

/** Members in any order: whoever wrote it down may have sorted them otherwise. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other) return one === other;
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  return names.every((name) =>
    isSame((one as Record<string, unknown>)[name], (other as Record<string, unknown>)[name]),
  );
}

function unused(sid: string, names: ReadonlySet<string | undefined>): string {
  let name = sid;
  for (let count = 1; names.has(name); count += 1) name = `${sid}${count}`;
  return name;
}
