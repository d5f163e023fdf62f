/** What the AWS::Lambda types have in common: from a template's properties to calls of Lambda. */
import { AwsError } from '../../../kernel/index.ts';
import type { Properties, ResourceContext } from '../../../platform/index.ts';

export const call = <Output = Record<string, unknown>>(
  ctx: ResourceContext,
  operation: string,
  input: object,
) => ctx.aws.call<Output>('lambda', operation, input);

/** Takes what is named and present from the properties. */
export function pick(properties: Properties, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.filter((name) => properties[name] !== undefined).map((name) => [name, properties[name]]),
  );
}

/** What is gone already needn't be deleted. */
export async function unlessMissing(deleting: Promise<unknown>): Promise<void> {
  try {
    await deleting;
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'ResourceNotFoundException')) throw error;
  }
}

/** Changes what differs between two states of a template. */
export async function setTags(
  ctx: ResourceContext,
  Resource: string,
  properties: Properties,
  previous: Properties,
) {
  const [before, after] = [tagsOf(ctx, previous), tagsOf(ctx, properties)];
  const TagKeys = Object.keys(before).filter((key) => !(key in after));
  if (TagKeys.length > 0) await call(ctx, 'UntagResource', { Resource, TagKeys });
  if (Object.keys(after).length > 0) await call(ctx, 'TagResource', { Resource, Tags: after });
}

interface Tag {
  Key: string;
  Value: string;
}

/** The resource's own tags over the stack's. */
export function tagsOf(ctx: ResourceContext, properties: Properties): Record<string, string> {
  const own = (properties.Tags as Tag[] | undefined) ?? [];
  return { ...ctx.stackTags, ...Object.fromEntries(own.map(({ Key, Value }) => [Key, String(Value)])) };
}
