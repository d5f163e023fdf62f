/** Tags of keys. https://docs.aws.amazon.com/kms/latest/developerguide/tagging-keys.html */
import { LimitExceededException, TagException } from '../errors.ts';
import { limits } from '../limits.ts';

export interface Tag {
  TagKey: string;
  TagValue: string;
}

/** @throws TagException, LimitExceededException */
export function withTags(
  known: Readonly<Record<string, string>>,
  given: readonly Tag[],
): Record<string, string> {
  if (given.some(({ TagKey }) => TagKey.toLowerCase().startsWith('aws:'))) {
    throw new TagException('Tags beginning with aws: are reserved');
  }
  if (new Set(given.map(({ TagKey }) => TagKey)).size < given.length) {
    throw new TagException('Duplicate tag keys found.');
  }
  const tags = { ...known, ...Object.fromEntries(given.map(({ TagKey, TagValue }) => [TagKey, TagValue])) };
  if (Object.keys(tags).length > limits.tagsMax) {
    throw new LimitExceededException(`A key can have at most ${limits.tagsMax} tags.`);
  }
  return tags;
}
