/**
 * Tags of IAM's entities, whose keys "are not case sensitive, but case is preserved".
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
 */
import { InvalidInput, LimitExceeded } from '../errors.ts';
import { tagsMax } from '../limits.ts';

export type Tags = Record<string, string>;

/** As requests carry them. */
export type TagInput = readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined;

const fold = (key: string) => key.toLowerCase();

/** The tags that something is made with. @throws InvalidInput @throws LimitExceeded */
export function newTags(tags: TagInput): Tags {
  return withTags({}, tags);
}

/** A key in another case takes the place of the one that is there. @throws InvalidInput @throws LimitExceeded */
export function withTags(before: Readonly<Tags>, given: TagInput): Tags {
  const added = (given ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const);
  const keys = new Set(added.map(([key]) => fold(key)));
  if (keys.size < added.length) {
    throw new InvalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  const reserved = added.find(([key]) => /^aws:/i.test(key));
  if (reserved)
    throw new InvalidInput(`The tag key ${reserved[0]} starts with aws:, which is reserved for AWS.`);
  const kept = Object.entries(before).filter(([key]) => !keys.has(fold(key)));
  const tags = Object.fromEntries([...kept, ...added]);
  if (Object.keys(tags).length > tagsMax) {
    throw new LimitExceeded('The number of tags has reached the maximum limit.');
  }
  return tags;
}

export function withoutTags(before: Readonly<Tags>, keys: readonly string[] | undefined): Tags {
  const gone = new Set((keys ?? []).map(fold));
  return Object.fromEntries(Object.entries(before).filter(([key]) => !gone.has(fold(key))));
}

/** "The returned list of tags is sorted by tag key": https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html */
export function sortedTags(tags: Readonly<Tags>) {
  return tagList(tags).sort((a, b) => (a.Key < b.Key ? -1 : 1));
}

export function tagList(tags: Readonly<Tags>) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** As descriptions show them: not at all when there are none. */
export function tagsShown({ tags }: { tags: Readonly<Tags> }) {
  return Object.keys(tags).length === 0 ? {} : { Tags: tagList(tags) };
}
