/** TagResource, UntagResource, ListTags: https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html */
import type {
  ListTagsCommandInput,
  TagResourceCommandInput,
  UntagResourceCommandInput,
} from '@aws-sdk/client-lambda';
import { parseCodeSigningArn } from '../domain/codeSigning.ts';
import type { FunctionName } from '../domain/names.ts';
import { InvalidParameterValueException, ResourceNotFoundException } from '../errors.ts';
import { parseMappingArn } from '../eventSources/settings.ts';
import { tagsMax } from '../limits.ts';
import { type Context, loadFunction, named } from './context.ts';

export async function TagResource(ctx: Context, input: TagResourceCommandInput): Promise<object> {
  await change(ctx, input.Resource, (tags) => ({ ...tags, ...input.Tags }));
  return {};
}

export async function UntagResource(ctx: Context, input: UntagResourceCommandInput): Promise<object> {
  const gone = new Set(input.TagKeys ?? []);
  await change(ctx, input.Resource, (tags) =>
    Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))),
  );
  return {};
}

export async function ListTags(
  ctx: Context,
  input: ListTagsCommandInput,
): Promise<{ Tags: Record<string, string> }> {
  const signing = parseCodeSigningArn(input.Resource ?? '');
  if (signing) {
    const config = await ctx.room.store.codeSigning(signing, signing.id);
    if (!config) throw notFound();
    return { Tags: config.tags };
  }
  const mapping = parseMappingArn(input.Resource ?? '');
  if (!mapping) return { Tags: (await loadFunction(ctx, taggedFunction(ctx, input.Resource))).tags };
  const found = await ctx.room.mappings.get(mapping);
  if (!found) throw notFound();
  return { Tags: found.tags };
}

/** @throws InvalidParameterValueException past AWS's bounds. */
export function checkTags(tags: Record<string, string>): void {
  const keys = Object.keys(tags);
  if (keys.length > tagsMax) {
    throw new InvalidParameterValueException('Number of tags exceeds resource tag limit.');
  }
  const reserved = keys.find((key) => key.toLowerCase().startsWith('aws:'));
  if (reserved !== undefined && !reserved.startsWith('aws:cloudformation:')) {
    throw new InvalidParameterValueException('System tags cannot be added/updated by requester.');
  }
}

async function change(
  ctx: Context,
  resource: string | undefined,
  by: (tags: Record<string, string>) => Record<string, string>,
): Promise<void> {
  const mapping = parseMappingArn(resource ?? '');
  if (mapping) return changeMapping(ctx, mapping, by);
  const signing = parseCodeSigningArn(resource ?? '');
  if (signing) return changeCodeSigning(ctx, signing, by);
  const name = taggedFunction(ctx, resource);
  await ctx.room.store.transact(async (tx) => {
    const record = await loadFunction(ctx, name, tx);
    const tags = by(record.tags);
    checkTags(tags);
    ctx.room.store.putFunction(tx, name, { ...record, tags });
  });
}

function taggedFunction(ctx: Context, resource: string | undefined): FunctionName {
  const name = named(ctx, resource);
  if (name.qualifier === undefined) return name;
  throw new InvalidParameterValueException(
    'Tags on function aliases and versions are not supported. Please specify a function ARN.',
  );
}

async function changeMapping(
  ctx: Context,
  key: { account: string; region: string; uuid: string },
  by: (tags: Record<string, string>) => Record<string, string>,
): Promise<void> {
  const { mappings } = ctx.room;
  await mappings.transact(async (tx) => {
    const record = await mappings.get(key, tx);
    if (!record) throw notFound();
    const tags = by(record.tags);
    checkTags(tags);
    mappings.put(tx, { ...record, tags });
  });
}

async function changeCodeSigning(
  ctx: Context,
  key: { account: string; region: string; id: string },
  by: (tags: Record<string, string>) => Record<string, string>,
): Promise<void> {
  const { store } = ctx.room;
  await store.transact(async (tx) => {
    const record = await store.codeSigning(key, key.id, tx);
    if (!record) throw notFound();
    const tags = by(record.tags);
    checkTags(tags);
    store.putCodeSigning(tx, key, { ...record, tags });
  });
}

function notFound(): Error {
  return new ResourceNotFoundException('The resource you requested does not exist.');
}
