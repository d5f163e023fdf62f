/** What creating, changing and deleting the AWS::IAM types have in common: calls of IAM that bring an entity to its properties. */
import { AwsError } from '../../kernel/index.ts';
import type { Properties, ResourceContext } from '../../platform/index.ts';

interface InlinePolicy {
  PolicyName: string;
  PolicyDocument: unknown;
}

export type Kind = 'Role' | 'User' | 'Group';

/** Brings inline policies and attachments of a role, user or group to what `properties` say. */
export async function setPolicies(
  ctx: ResourceContext,
  kind: Kind,
  name: string,
  properties: Properties,
  previous: Properties,
): Promise<void> {
  const entity = { [`${kind}Name`]: name };
  const [inline, inlineBefore] = [inlineOf(properties), inlineOf(previous)];
  for (const { PolicyName, PolicyDocument } of inline) {
    await ctx.aws.call('iam', `Put${kind}Policy`, {
      ...entity,
      PolicyName,
      PolicyDocument: text(PolicyDocument),
    });
  }
  for (const { PolicyName } of inlineBefore.filter(
    (old) => !inline.some((one) => one.PolicyName === old.PolicyName),
  )) {
    await unlessMissing(ctx.aws.call('iam', `Delete${kind}Policy`, { ...entity, PolicyName }));
  }
  const [attached, attachedBefore] = [
    strings(properties.ManagedPolicyArns),
    strings(previous.ManagedPolicyArns),
  ];
  for (const PolicyArn of attached)
    await ctx.aws.call('iam', `Attach${kind}Policy`, { ...entity, PolicyArn });
  for (const PolicyArn of attachedBefore.filter((arn) => !attached.includes(arn))) {
    await unlessMissing(ctx.aws.call('iam', `Detach${kind}Policy`, { ...entity, PolicyArn }));
  }
}

export async function deleteWithPolicies(
  ctx: ResourceContext,
  kind: Kind,
  name: string,
  properties: Properties,
): Promise<void> {
  const entity = { [`${kind}Name`]: name };
  for (const { PolicyName } of inlineOf(properties))
    await unlessMissing(ctx.aws.call('iam', `Delete${kind}Policy`, { ...entity, PolicyName }));
  for (const PolicyArn of strings(properties.ManagedPolicyArns))
    await unlessMissing(ctx.aws.call('iam', `Detach${kind}Policy`, { ...entity, PolicyArn }));
  await unlessMissing(ctx.aws.call('iam', `Delete${kind}`, entity));
}

/** Brings the tags of a role or a user to what `properties` say. */
export function setTags(
  ctx: ResourceContext,
  kind: 'Role' | 'User',
  name: string,
  properties: Properties,
  previous: Properties,
): Promise<void> {
  return retag(ctx, kind, { [`${kind}Name`]: name }, properties, previous);
}

/** @param noun as the operations call it, `SAMLProvider`. @param entity the member that names it. */
export async function retag(
  ctx: ResourceContext,
  noun: string,
  entity: Readonly<Record<string, string>>,
  properties: Properties,
  previous: Properties,
): Promise<void> {
  const { Tags: after = [] } = tagsOf(ctx, properties);
  const { Tags: before = [] } = tagsOf(ctx, previous);
  const gone = before.map(({ Key }) => Key).filter((key) => !after.some(({ Key }) => Key === key));
  if (gone.length > 0) await ctx.aws.call('iam', `Untag${noun}`, { ...entity, TagKeys: gone });
  if (after.length > 0) await ctx.aws.call('iam', `Tag${noun}`, { ...entity, Tags: after });
}

export function tagsOf(
  ctx: ResourceContext,
  properties: Properties,
): { Tags?: { Key: string; Value: string }[] } {
  const own = (properties.Tags ?? []) as { Key: string; Value: string }[];
  const merged = { ...ctx.stackTags, ...Object.fromEntries(own.map(({ Key, Value }) => [Key, Value])) };
  const Tags = Object.entries(merged).map(([Key, Value]) => ({ Key, Value }));
  return Tags.length === 0 ? {} : { Tags };
}

/** Documents are objects in templates and text in the API. */
export function text(document: unknown): string {
  return typeof document === 'string' ? document : JSON.stringify(document);
}

export function pick(properties: Properties, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.flatMap((name) => (properties[name] === undefined ? [] : [[name, properties[name]]])),
  );
}

export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function inlineOf(properties: Properties): InlinePolicy[] {
  return (properties.Policies ?? []) as InlinePolicy[];
}

export async function unlessMissing(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'NoSuchEntity')) throw error;
  }
}
