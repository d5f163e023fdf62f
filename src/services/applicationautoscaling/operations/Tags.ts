/** TagResource, UntagResource, ListTagsForResource of scalable targets. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TagResource.html */
import { parseArn } from '../../../kernel/index.ts';
import type { Reader } from '../../../store/port.ts';
import { ResourceNotFoundException, TooManyTagsException, ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import type { Target } from '../store.ts';

/** @throws ValidationException, TooManyTagsException */
export function checkTags(tags: Record<string, string>): void {
  const keys = Object.keys(tags);
  if (keys.length > limits.tagsMax) throw tooMany();
  if (keys.some((key) => key.toLowerCase().startsWith('aws:'))) {
    throw new ValidationException('Tag keys starting with aws: are reserved for internal use');
  }
}

function tooMany(): Error {
  return new TooManyTagsException(`The number of tags exceeds the maximum of ${limits.tagsMax}`);
}

async function targetOf(ctx: Context, reader: Reader, arnText: string): Promise<Target> {
  const arn = parseArn(arnText);
  const id = /^scalable-target\/(.+)$/.exec(arn?.resource ?? '')?.[1];
  const found = id === undefined ? undefined : await ctx.room.store.targetById(reader, ctx, id);
  if (!found || arn?.service !== 'application-autoscaling' || arn.account !== ctx.account) {
    throw new ResourceNotFoundException(`The resource ${arnText} was not found`, { ResourceName: arnText });
  }
  return found;
}

function change(
  ctx: Context,
  arn: string,
  tagsAfter: (tags: Record<string, string>) => Record<string, string>,
): Promise<object> {
  const { store } = ctx.room;
  return store.store.transact(async (tx) => {
    const target = await targetOf(ctx, tx, arn);
    const tags = tagsAfter(target.tags);
    if (Object.keys(tags).length > limits.tagsMax) throw tooMany();
    store.putTarget(tx, { ...target, tags });
    return {};
  });
}

export async function TagResource(
  ctx: Context,
  input: { ResourceARN: string; Tags: Record<string, string> },
): Promise<object> {
  checkTags(input.Tags);
  return change(ctx, input.ResourceARN, (tags) => ({ ...tags, ...input.Tags }));
}

export async function UntagResource(
  ctx: Context,
  input: { ResourceARN: string; TagKeys: string[] },
): Promise<object> {
  const gone = new Set(input.TagKeys);
  return change(ctx, input.ResourceARN, (tags) =>
    Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))),
  );
}

export async function ListTagsForResource(ctx: Context, input: { ResourceARN: string }): Promise<object> {
  const target = await targetOf(ctx, ctx.room.store.store, input.ResourceARN);
  return { Tags: target.tags };
}
