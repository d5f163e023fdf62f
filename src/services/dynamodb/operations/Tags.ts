/** TagResource, UntagResource, ListTagsOfResource. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html */
import type { Table } from '../domain/table.ts';
import { ResourceNotFoundException, ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { tableOfArn } from './request.ts';

export interface Tag {
  Key: string;
  Value: string;
}

/** @throws ValidationException for duplicates, reserved prefixes and too many. */
export function checkTags(tags: readonly Tag[]): void {
  const keys = new Set<string>();
  for (const { Key: key } of tags) {
    if (keys.has(key)) {
      throw new ValidationException(
        `One or more parameter values were invalid: Duplicate tag key found: ${key}`,
      );
    }
    if (key.toLowerCase().startsWith('aws:')) {
      throw new ValidationException(
        `One or more parameter values were invalid: Tag keys starting with aws: are reserved: ${key}`,
      );
    }
    keys.add(key);
  }
  checkCount(keys.size);
}

function checkCount(count: number): void {
  if (count > limits.tagsMax) {
    throw new ValidationException(
      `One or more parameter values were invalid: Too many tags: a resource can have at most ${limits.tagsMax}`,
    );
  }
}

export function tagRecord(tags: readonly Tag[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

/** @throws ValidationException for an ARN that isn't a table's, ResourceNotFoundException when there is no such table. */
export async function taggedTable(ctx: Context, arnText: string): Promise<Table> {
  const place = tableOfArn(arnText);
  if (!place) {
    throw new ValidationException(`Invalid TableArn: Invalid ResourceArn provided as input ${arnText}`);
  }
  const table = place.region === ctx.region ? await ctx.room.tables.find(place, place.name) : undefined;
  if (!table) {
    throw new ResourceNotFoundException(`Requested resource not found: ResourcArn: ${arnText} not found`);
  }
  return table;
}

export async function TagResource(
  ctx: Context,
  input: { ResourceArn: string; Tags: Tag[] },
): Promise<object> {
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
  const table = await taggedTable(ctx, input.ResourceArn);
  await ctx.room.tables.changeTags(table, (tags) =>
    Object.fromEntries(Object.entries(tags).filter(([key]) => !input.TagKeys.includes(key))),
  );
  return {};
}

/** AWS pages by ten. */
const pageTags = 10;

export async function ListTagsOfResource(
  ctx: Context,
  input: { ResourceArn: string; NextToken?: string },
): Promise<object> {
  const table = await taggedTable(ctx, input.ResourceArn);
  const tags = Object.entries(await ctx.room.tables.tags(table)).sort(([a], [b]) => (a < b ? -1 : 1));
  const after = input.NextToken;
  const rest = after === undefined ? tags : tags.filter(([key]) => key > after);
  const page = rest.slice(0, pageTags);
  return {
    Tags: page.map(([Key, Value]) => ({ Key, Value })),
    ...(rest.length > pageTags ? { NextToken: page.at(-1)?.[0] } : {}),
  };
}
