import type { ResourceType } from '../../../platform/index.ts';
import { isRecord } from '../domain/template/references.ts';
import type { ResourceVersion } from '../records.ts';

/**
 * What a resource had before an update, the tags among it that it had from its stack: a handler takes away what is no
 * longer wanted, and a tag that the stack gave up is known by nobody else.
 */
export function formerProperties(
  type: Pick<ResourceType, 'properties'>,
  properties: Readonly<Record<string, unknown>>,
  { stackTags }: Pick<ResourceVersion, 'stackTags'>,
): Record<string, unknown> {
  const former = { ...properties };
  if (stackTags.length === 0) return former;
  for (const [name, rule] of Object.entries(type.properties)) {
    if (rule.type !== 'tags') continue;
    const own = former[name];
    if (own === undefined) former[name] = [...stackTags];
    else if (Array.isArray(own)) {
      const keys = new Set(own.map((tag: { Key?: unknown }) => tag.Key));
      former[name] = [...stackTags.filter(({ Key }) => !keys.has(Key)), ...own];
    } else if (isRecord(own)) {
      former[name] = { ...Object.fromEntries(stackTags.map(({ Key, Value }) => [Key, Value])), ...own };
    }
  }
  return former;
}
