import { ValidationError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { ResourceRecord, StackRecord } from '../records.ts';
import { type Context, placeOf } from '../room.ts';
import { findStack } from './stacks.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackEvents.html */
export async function DescribeStackEvents(ctx: Context, input: { StackName: string; NextToken?: string }) {
  const stack = await findByName(ctx, input.StackName);
  const page = await ctx.room.store.at(placeOf(ctx)).events(stack.stackId, limits.pageSize, input.NextToken);
  const events = page.items.map((event) => ({
    StackId: stack.stackId,
    StackName: stack.stackName,
    EventId: event.eventId,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId ?? '',
    ResourceType: event.type,
    Timestamp: new Date(event.time),
    ResourceStatus: event.status,
    ResourceStatusReason: event.reason,
    ResourceProperties: event.properties,
    ClientRequestToken: event.clientRequestToken,
  }));
  return { StackEvents: events, NextToken: page.next };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResource.html */
export async function DescribeStackResource(
  ctx: Context,
  input: { StackName: string; LogicalResourceId: string },
) {
  const stack = await findStack(ctx, input.StackName);
  const resource = await ctx.room.store.at(placeOf(ctx)).resource(stack.stackId, input.LogicalResourceId);
  if (!resource) throw noResource(input.LogicalResourceId, stack.stackName);
  const { metadata } = resource;
  return {
    StackResourceDetail: {
      StackName: stack.stackName,
      StackId: stack.stackId,
      ...commonOf(resource),
      LastUpdatedTimestamp: new Date(resource.updatedAt),
      Metadata: metadata === undefined ? '{}' : JSON.stringify(metadata),
    },
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html */
export async function DescribeStackResources(
  ctx: Context,
  input: { StackName?: string; LogicalResourceId?: string; PhysicalResourceId?: string },
) {
  const { StackName, LogicalResourceId, PhysicalResourceId } = input;
  if ((StackName === undefined) === (PhysicalResourceId === undefined)) {
    throw new ValidationError(
      StackName === undefined
        ? 'One of StackName or PhysicalResourceId must be specified'
        : 'Only one of StackName or PhysicalResourceId may be specified',
    );
  }
  const found =
    StackName === undefined
      ? await stackOf(ctx, PhysicalResourceId ?? '')
      : await withResources(ctx, StackName);
  const shown = found.resources.filter(
    ({ logicalId }) => !LogicalResourceId || logicalId === LogicalResourceId,
  );
  if (LogicalResourceId && shown.length === 0) throw noResource(LogicalResourceId, found.stack.stackName);
  return {
    StackResources: shown.slice(0, limits.describeResourcesMax).map((resource) => ({
      StackName: found.stack.stackName,
      StackId: found.stack.stackId,
      ...commonOf(resource),
      Timestamp: new Date(resource.updatedAt),
    })),
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html */
export async function ListStackResources(ctx: Context, input: { StackName: string; NextToken?: string }) {
  const { resources } = await withResources(ctx, input.StackName);
  const start = Number(input.NextToken ?? 0);
  const end = start + limits.pageSize;
  return {
    StackResourceSummaries: resources.slice(start, end).map((resource) => ({
      ...commonOf(resource),
      LastUpdatedTimestamp: new Date(resource.updatedAt),
    })),
    NextToken: end < resources.length ? String(end) : undefined,
  };
}

function commonOf(resource: ResourceRecord) {
  return {
    LogicalResourceId: resource.logicalId,
    PhysicalResourceId: resource.current?.physicalId,
    ResourceType: resource.type,
    ResourceStatus: resource.status,
    ResourceStatusReason: resource.reason,
    DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
  };
}

async function withResources(ctx: Context, nameOrId: string) {
  const stack = await findStack(ctx, nameOrId);
  return { stack, resources: await ctx.room.store.at(placeOf(ctx)).resources(stack.stackId) };
}

/** Looks through all stacks: nothing else asks this way, so no index is kept for it. */
async function stackOf(
  ctx: Context,
  physicalId: string,
): Promise<{ stack: StackRecord; resources: ResourceRecord[] }> {
  const reader = ctx.room.store.at(placeOf(ctx));
  for (let token: string | undefined; ; ) {
    const page = await reader.stacks(limits.pageSize, token);
    for (const stack of page.items) {
      if (stack.status === 'DELETE_COMPLETE') continue;
      const resources = await reader.resources(stack.stackId);
      if (resources.some(({ current }) => current?.physicalId === physicalId)) return { stack, resources };
    }
    if (page.next === undefined) throw new ValidationError(`Stack for ${physicalId} does not exist`);
    token = page.next;
  }
}

async function findByName(ctx: Context, name: string): Promise<StackRecord> {
  const stack = await ctx.room.store.at(placeOf(ctx)).find(name);
  if (!stack) throw new ValidationError(`Stack [${name}] does not exist`);
  return stack;
}

function noResource(logicalId: string, stackName: string) {
  return new ValidationError(`Resource ${logicalId} does not exist for stack ${stackName}`);
}
