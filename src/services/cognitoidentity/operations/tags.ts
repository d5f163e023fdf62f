/** Tags of pools. https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_TagResource.html and its neighbours. */
import { checkTags } from '../domain/poolSettings.ts';
import { InvalidParameterException } from '../errors.ts';
import { type Context, poolArn, poolOf, unknownPool } from '../room.ts';
import { changePool } from './identityPools.ts';

interface Tagged {
  ResourceArn: string;
}

export async function TagResource(ctx: Context, input: Tagged & { Tags: Record<string, string> }) {
  await changePool(ctx, poolIdOf(ctx, input), (pool) => {
    const tags = { ...pool.tags, ...input.Tags };
    checkTags(tags);
    return { ...pool, tags };
  });
  return {};
}

export async function UntagResource(ctx: Context, input: Tagged & { TagKeys: string[] }) {
  const gone = new Set(input.TagKeys);
  await changePool(ctx, poolIdOf(ctx, input), (pool) => ({
    ...pool,
    tags: Object.fromEntries(Object.entries(pool.tags).filter(([key]) => !gone.has(key))),
  }));
  return {};
}

export async function ListTagsForResource(ctx: Context, input: Tagged) {
  return { Tags: (await poolOf(ctx, poolIdOf(ctx, input))).tags };
}

/** @throws InvalidParameterException, ResourceNotFoundException */
function poolIdOf({ account, region }: Context, { ResourceArn: arn }: Tagged): string {
  const id = /^arn:[\w-]+:cognito-identity:[\w-]+:\d+:identitypool\/([\w-]+:[0-9a-f-]+)$/.exec(arn)?.[1];
  if (id === undefined) throw new InvalidParameterException(`Invalid identity pool ARN: ${arn}`);
  if (arn !== poolArn({ account, region, id })) throw unknownPool(id);
  return id;
}
