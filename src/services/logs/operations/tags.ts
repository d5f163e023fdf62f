/** Tags of log groups, by ARN and by the older operations that take a name. */
import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  ListTagsLogGroupRequest,
  ListTagsLogGroupResponse,
  TagLogGroupRequest,
  TagResourceRequest,
  UntagLogGroupRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-cloudwatch-logs';
import { defineError } from '../../../kernel/index.ts';
import type { Operation, OperationContext } from '../../../platform/index.ts';
import { tagsMax } from '../limits.ts';
import type { LogsRoom } from '../store.ts';
import { nameOfIdentifier, noSuchGroup } from './groups.ts';

const TooManyTagsException = defineError('TooManyTagsException');

export const TagResource: Operation<LogsRoom, TagResourceRequest> = (ctx, input) =>
  change(ctx, input.resourceArn as string, (tags) => ({ ...tags, ...input.tags }));

export const UntagResource: Operation<LogsRoom, UntagResourceRequest> = (ctx, input) =>
  change(ctx, input.resourceArn as string, (tags) => without(tags, input.tagKeys ?? []));

export const TagLogGroup: Operation<LogsRoom, TagLogGroupRequest> = (ctx, input) =>
  change(ctx, input.logGroupName as string, (tags) => ({ ...tags, ...input.tags }));

export const UntagLogGroup: Operation<LogsRoom, UntagLogGroupRequest> = (ctx, input) =>
  change(ctx, input.logGroupName as string, (tags) => without(tags, input.tags ?? []));

export const ListTagsForResource: Operation<
  LogsRoom,
  ListTagsForResourceRequest,
  ListTagsForResourceResponse
> = async (ctx, input) => ({ tags: await read(ctx, input.resourceArn as string) });

export const ListTagsLogGroup: Operation<
  LogsRoom,
  ListTagsLogGroupRequest,
  ListTagsLogGroupResponse
> = async (ctx, input) => ({ tags: await read(ctx, input.logGroupName as string) });

async function read({ room, account, region }: OperationContext<LogsRoom>, identifier: string) {
  const group = await room.store.group(room.store.reader, { account, region }, nameOfIdentifier(identifier));
  if (!group) throw noSuchGroup();
  return group.tags;
}

async function change(
  { room, account, region }: OperationContext<LogsRoom>,
  identifier: string,
  edit: (tags: Record<string, string>) => Record<string, string>,
) {
  await room.store.transact(async (tx) => {
    const group = await room.store.group(tx, { account, region }, nameOfIdentifier(identifier));
    if (!group) throw noSuchGroup();
    const tags = edit(group.tags);
    if (Object.keys(tags).length > tagsMax)
      throw new TooManyTagsException('A resource can have no more than 50 tags.');
    room.store.putGroup(tx, { account, region }, { ...group, tags });
  });
  return {};
}

function without(tags: Record<string, string>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));
}
