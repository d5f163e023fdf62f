/** Properties of templates as inputs of operations. */
import { AwsError } from '../../../kernel/index.ts';
import type { Properties, PropertyRule, ResourceContext } from '../../../platform/index.ts';
import type { PatchOperation } from '../domain/patch.ts';

export type Rules = Readonly<Record<string, PropertyRule>>;

export const text: PropertyRule = { type: 'string' };
export const flag: PropertyRule = { type: 'boolean' };
export const number: PropertyRule = { type: 'number' };
export const list: PropertyRule = { type: 'array' };
export const json: PropertyRule = { type: 'json' };
export const map: PropertyRule = { type: 'object' };
export const required = (rule: PropertyRule): PropertyRule => ({ ...rule, required: true });
export const createOnly = (rule: PropertyRule): PropertyRule => ({ ...rule, createOnly: true });

/** A text, also of what templates write as a number or a boolean. */
export function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string'
    ? value
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
}

export function flagOf(value: unknown): boolean | undefined {
  return value === undefined ? undefined : String(value) === 'true';
}

export function numberOf(value: unknown): number | undefined {
  return value === undefined ? undefined : Number(value);
}

/** A map of texts. */
export function textsOf(value: unknown): Record<string, string> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, textOf(entry) ?? '']));
}

export function flagsOf(value: unknown): Record<string, boolean> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, flagOf(entry) ?? false]));
}

export function objectsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
}

export function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** The stack's tags with the resource's own over them. */
export function tagsOf(ctx: ResourceContext, value: unknown): Record<string, string> {
  const own = objectsOf(value).map((tag) => [String(tag.Key), textOf(tag.Value) ?? '']);
  return { ...ctx.stackTags, ...Object.fromEntries(own) };
}

/** Members without those that are undefined. */
export function given<T extends object>(input: T): T {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as T;
}

/** `replace` for every changed text; what is gone becomes empty. */
export function replacements(
  paths: Readonly<Record<string, string>>,
  properties: Properties,
  previous: Properties,
): PatchOperation[] {
  const operations: PatchOperation[] = [];
  for (const [property, path] of Object.entries(paths)) {
    const value = textOf(properties[property]);
    if (value !== textOf(previous[property])) operations.push({ op: 'replace', path, value: value ?? '' });
  }
  return operations;
}

/** `add` and `remove` that make the entries of a map or a list what they should be. */
export function entryPatches(
  prefix: string,
  now: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>>,
): PatchOperation[] {
  const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');
  const operations: PatchOperation[] = [];
  for (const name of Object.keys(before)) {
    if (!(name in now)) operations.push({ op: 'remove', path: `${prefix}/${escaped(name)}` });
  }
  for (const [name, value] of Object.entries(now)) {
    if (before[name] !== value) operations.push({ op: 'add', path: `${prefix}/${escaped(name)}`, value });
  }
  return operations;
}

/** Deletes what may be gone already: with its API, or by hand. */
export async function deleteIfThere(ctx: ResourceContext, operation: string, input: object): Promise<void> {
  try {
    await ctx.aws.call('apigateway', operation, input);
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'NotFoundException')) throw error;
  }
}

export async function setTags(
  ctx: ResourceContext,
  path: string,
  now: Record<string, string>,
  before: Record<string, string>,
): Promise<void> {
  const resourceArn = `arn:aws:apigateway:${ctx.region}::${path}`;
  const gone = Object.keys(before).filter((name) => !(name in now));
  if (gone.length > 0) await ctx.aws.call('apigateway', 'UntagResource', { resourceArn, tagKeys: gone });
  if (Object.entries(now).some(([name, value]) => before[name] !== value)) {
    await ctx.aws.call('apigateway', 'TagResource', { resourceArn, tags: now });
  }
}
