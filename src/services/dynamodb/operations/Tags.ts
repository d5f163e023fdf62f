/** TagResource, UntagResource, ListTagsOfResource. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html */
import { parseArn } from '../../../kernel/index.ts';
import type { Table } from '../domain/table.ts';
import { ResourceNotFoundException, ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { checkAccount, tableOfArn } from './request.ts';

export interface Tag {
  Key: string;
  Value: string;
}

// Letters of any script, spaces, digits and these signs.
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The model lets a tag lack what it must have: DynamoDB words that itself. @throws ValidationException */
export function checkTags(tags: readonly Partial<Tag>[]): void {
  const keys = new Set<string>();
  for (const { Key: key, Value: value } of tags) {
    checkTagKey(key);
    if (value === undefined || value.length > limits.tagValueCharactersMax || !allowed.test(value)) {
      throw new ValidationException(`The Tag Value provided is invalid, Value: ${value ?? null}`);
    }
    if (keys.has(key as string)) {
      throw new ValidationException(`Duplicate Tag Keys provided as input: Duplicate Tag Key found ${key}`);
    }
    keys.add(key as string);
  }
  checkCount(keys.size);
}

function checkTagKey(key: string | undefined): void {
  if (!key || key.length > limits.tagKeyCharactersMax || !allowed.test(key)) {
    throw new ValidationException(`The Tag Key provided is invalid, Key: ${key ?? null}`);
  }
  if (key.toLowerCase().startsWith('aws:')) {
    throw new ValidationException(`Tag Key cannot be prefixed with aws:, Key: ${key}`);
  }
}

function checkCount(count: number): void {
  if (count > limits.tagsMax) {
    throw new ValidationException('Number of Tags exceed the current limit for the provided ResourceArn');
  }
}

export function tagRecord(tags: readonly Tag[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

/** @throws ValidationException for an ARN that isn't a table's, ResourceNotFoundException when there is no such table. */
export async function taggedTable(ctx: Context, arnText: string): Promise<Table> {
  const place = placeOfTags(ctx, arnText);
  const table = place && (await ctx.room.tables.find(place, place.name));
  // A table that is on its way has no tags that could be asked for, only those it was created with.
  if (!table || table.status === 'CREATING') {
    if (place) checkAccount(ctx, place);
    throw new ResourceNotFoundException(`Requested resource not found: ResourceArn: ${arnText} not found`);
  }
  return table;
}

/** @returns undefined for a stream: it has no tags of its own. */
function placeOfTags(ctx: Context, arnText: string): ReturnType<typeof tableOfArn> {
  const invalid = (what: string) =>
    new ValidationException(`One or more parameter values were invalid: ${what}`);
  if (!arnText.startsWith('arn:')) throw invalid(`ARNs must start with 'arn:': ${arnText}`);
  const arn = parseArn(arnText);
  const [kind, , part] = arn?.resource.split('/') ?? [];
  if (arn?.service !== 'dynamodb' || kind !== 'table' || part === 'backup') {
    throw invalid(`Provided Arn is not a DynamoDB resource arn: ${arnText}`);
  }
  if (part !== undefined && part !== 'stream') {
    throw invalid(
      `Invalid resource arn provided, only table or stream is accepted. Provided resource arn: ${arnText}`,
    );
  }
  if (arn.region !== ctx.region) {
    throw new ValidationException(`Invalid TableArn: Invalid ResourceArn provided as input ${arnText}`);
  }
  return tableOfArn(arnText);
}

export async function TagResource(
  ctx: Context,
  input: { ResourceArn: string; Tags: Tag[] },
): Promise<object> {
  if (input.Tags.length === 0) {
    throw new ValidationException('Atleast one Tag needs to be provided as Input.');
  }
  checkTags(input.Tags);
  const table = await taggedTable(ctx, input.ResourceArn);
  await ctx.room.tables.changeTags(table, (tags) => {
    const changed = { ...tags, ...tagRecord(input.Tags) };
    checkCount(Object.keys(changed).length);
    return changed;
  });
  return {};
}

export async function UntagResource(
  ctx: Context,
  input: { ResourceArn: string; TagKeys: string[] },
): Promise<object> {
  if (input.TagKeys.length === 0) {
    throw new ValidationException('Atleast one Tag Key needs to be provided as Input.');
  }
  for (const key of input.TagKeys) checkTagKey(key);
  checkCount(input.TagKeys.length);
  const table = await taggedTable(ctx, input.ResourceArn);
  await ctx.room.tables.changeTags(table, (tags) =>
    Object.fromEntries(Object.entries(tags).filter(([key]) => !input.TagKeys.includes(key))),
  );
  return {};
}

/** All fifty tags fit one page: a token is never given, and none is looked at. */
export async function ListTagsOfResource(ctx: Context, input: { ResourceArn: string }): Promise<object> {
  const table = await taggedTable(ctx, input.ResourceArn);
  const tags = Object.entries(await ctx.room.tables.tags(table)).sort(([a], [b]) => (a < b ? -1 : 1));
  return { Tags: tags.map(([Key, Value]) => ({ Key, Value })) };
}
