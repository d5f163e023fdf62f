/** Tags of resource types of HTTP APIs: a map, not a list. */
import type { ResourceContext } from '../../../platform/index.ts';
import { textsOf } from '../resources/properties.ts';
import { call } from './resourceCalls.ts';

/** The stack's tags with the resource's own over them. */
export function tagsOf(ctx: ResourceContext, value: unknown): Record<string, string> {
  return { ...ctx.stackTags, ...textsOf(value) };
}

/** @param path of the resource, as its ARN carries it: `/apis/a1b2c3`. */
export async function setTags(
  ctx: ResourceContext,
  path: string,
  now: unknown,
  before: unknown,
): Promise<void> {
  const ResourceArn = `arn:aws:apigateway:${ctx.region}::${path}`;
  const tags = tagsOf(ctx, now);
  const gone = Object.keys(tagsOf(ctx, before)).filter((name) => !(name in tags));
  if (gone.length > 0) await call(ctx, 'UntagResource', { ResourceArn, TagKeys: gone });
  if (Object.keys(tags).length > 0) await call(ctx, 'TagResource', { ResourceArn, Tags: tags });
}
