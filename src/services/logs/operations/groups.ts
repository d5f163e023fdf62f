/** Log groups: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html and its neighbours. */
import type {
  CreateLogGroupRequest,
  DeleteLogGroupRequest,
  DeleteRetentionPolicyRequest,
  DescribeLogGroupsRequest,
  DescribeLogGroupsResponse,
  PutRetentionPolicyRequest,
} from '@aws-sdk/client-cloudwatch-logs';
import { formatArn, NotImplemented } from '../../../kernel/index.ts';
import type { Operation, OperationContext } from '../../../platform/index.ts';
import {
  InvalidParameterException,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from '../errors.ts';
import { retentionDaysAllowed } from '../limits.ts';
import type { LogGroup, LogsRoom, Scope } from '../store.ts';

type Logs<Input, Output = Record<string, never>> = Operation<LogsRoom, Input, Output>;

export const CreateLogGroup: Logs<CreateLogGroupRequest> = async ({ room, account, region, now }, input) => {
  const name = input.logGroupName as string;
  if (input.deletionProtectionEnabled) throw new NotImplemented('Deletion protection of log groups');
  await room.store.transact(async (tx) => {
    if (await room.store.group(tx, { account, region }, name)) {
      throw new ResourceAlreadyExistsException('The specified log group already exists');
    }
    room.store.putGroup(
      tx,
      { account, region },
      {
        id: room.newId(),
        name,
        createdAt: now,
        retentionDays: undefined,
        logGroupClass: input.logGroupClass ?? 'STANDARD',
        kmsKeyId: input.kmsKeyId,
        tags: { ...input.tags },
        storedBytes: 0,
      },
    );
  });
  return {};
};

export const DeleteLogGroup: Logs<DeleteLogGroupRequest> = async ({ room, account, region }, input) => {
  const name = input.logGroupName as string;
  await room.store.transact(async (tx) => {
    const group = await room.store.group(tx, { account, region }, name);
    if (!group) throw noSuchGroup();
    room.store.deleteGroup(tx, { account, region }, group);
    await room.retention.cancel(tx, group.id);
    await room.purge.enqueue(tx, { groupId: group.id }, { id: group.id });
  });
  return {};
};

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html: 50 in a page. */
const groupsPageMax = 50;

export const DescribeLogGroups: Logs<DescribeLogGroupsRequest, DescribeLogGroupsResponse> = async (
  { room, account, region },
  input,
) => {
  if (input.logGroupNamePrefix !== undefined && input.logGroupNamePattern !== undefined) {
    throw new InvalidParameterException(
      'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
    );
  }
  const limit = input.limit ?? groupsPageMax;
  const wanted = new Set(input.logGroupIdentifiers?.map(nameOfIdentifier));
  const pattern = input.logGroupNamePattern?.toLowerCase();
  const matches = (group: LogGroup) =>
    (wanted.size === 0 || wanted.has(group.name)) &&
    (pattern === undefined || group.name.toLowerCase().includes(pattern)) &&
    (input.logGroupClass === undefined || group.logGroupClass === input.logGroupClass);
  const found: LogGroup[] = [];
  let afterName =
    input.nextToken === undefined ? undefined : Buffer.from(input.nextToken, 'base64url').toString();
  for (;;) {
    const page = await room.store.groups(
      { account, region },
      {
        namePrefix: input.logGroupNamePrefix ?? '',
        afterName,
        limit: limit + 1,
      },
    );
    for (const group of page) {
      if (!matches(group)) continue;
      if (found.length === limit) {
        return {
          logGroups: found.map(describe),
          nextToken: Buffer.from(found.at(-1)?.name ?? '').toString('base64url'),
        };
      }
      found.push(group);
    }
    if (page.length <= limit) break;
    afterName = page.at(-1)?.name;
  }
  return { logGroups: found.map(describe) };

  function describe(group: LogGroup) {
    const arn = groupArn({ account, region }, group.name);
    return {
      logGroupName: group.name,
      creationTime: group.createdAt,
      ...(group.retentionDays === undefined ? {} : { retentionInDays: group.retentionDays }),
      metricFilterCount: 0,
      arn: `${arn}:*`,
      storedBytes: group.storedBytes,
      ...(group.kmsKeyId === undefined ? {} : { kmsKeyId: group.kmsKeyId }),
      logGroupClass: group.logGroupClass as 'STANDARD',
      logGroupArn: arn,
    };
  }
};

export const PutRetentionPolicy: Logs<PutRetentionPolicyRequest> = async (ctx, input) => {
  const days = input.retentionInDays as number;
  if (!retentionDaysAllowed.includes(days)) {
    throw new InvalidParameterException(
      `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${retentionDaysAllowed.join(', ')}]`,
    );
  }
  await setRetention(ctx, input.logGroupName as string, days);
  return {};
};

export const DeleteRetentionPolicy: Logs<DeleteRetentionPolicyRequest> = async (ctx, input) => {
  await setRetention(ctx, input.logGroupName as string, undefined);
  return {};
};

async function setRetention(
  { room, account, region }: OperationContext<LogsRoom>,
  name: string,
  days: number | undefined,
) {
  await room.store.transact(async (tx) => {
    const group = await room.store.group(tx, { account, region }, name);
    if (!group) throw noSuchGroup();
    room.store.putGroup(tx, { account, region }, { ...group, retentionDays: days });
    if (days === undefined) await room.retention.cancel(tx, group.id);
    else await room.retention.enqueue(tx, { account, region, group: name }, { id: group.id });
  });
}

export function noSuchGroup() {
  return new ResourceNotFoundException('The specified log group does not exist.');
}

export function groupArn({ account, region }: Scope, name: string): string {
  return formatArn({ service: 'logs', region, account, resource: `log-group:${name}` });
}

/** A log group is named by its name or its ARN, with or without the trailing `:*`. */
export function nameOfIdentifier(identifier: string): string {
  return /^arn:[^:]+:logs:[^:]*:[^:]*:log-group:([^:]+)/.exec(identifier)?.[1] ?? identifier;
}
