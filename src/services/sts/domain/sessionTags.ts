/**
 * Tags of a session: those given with the request and those that a chain of sessions hands on.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
import { InvalidParameterValue } from '../errors.ts';
import { sessionTagsMax } from '../limits.ts';

export interface SessionTags {
  readonly given: Readonly<Record<string, string>>;
  /** From the session that asks. */
  readonly inherited: Readonly<Record<string, string>>;
  /** Keys, given and inherited, that the next session inherits. */
  readonly transitive: readonly string[];
}

export const noTags: SessionTags = { given: {}, inherited: {}, transitive: [] };

/** Tags and the keys of them that are to be handed on, in whatever form the request has them. */
export interface AskedTags {
  readonly tags: readonly { Key?: string | undefined; Value?: string | undefined }[];
  readonly transitiveKeys: readonly string[];
}

/** As the model has tagKeyType and tagValueType. */
const keyPattern = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const valuePattern = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

/**
 * @param from the session that asks: its transitive tags are inherited and can't be given again.
 * @throws InvalidParameterValue as AWS words it.
 */
export function sessionTagsOf(
  asked: AskedTags,
  from: { tags?: Readonly<Record<string, string>>; transitiveTagKeys?: readonly string[] } = {},
): SessionTags {
  const inherited: Record<string, string> = {};
  const handedOn = new Set((from.transitiveTagKeys ?? []).map(fold));
  for (const [key, value] of Object.entries(from.tags ?? {})) {
    if (handedOn.has(fold(key))) inherited[key] = value;
  }
  const given: Record<string, string> = {};
  const seen = new Set<string>();
  for (const { Key = '', Value = '' } of asked.tags) {
    // Tags of tokens and assertions have met no model before.
    if (!keyPattern.test(Key) || !valuePattern.test(Value)) {
      throw new InvalidParameterValue(`Tag keys and values must match their pattern: ${Key}`);
    }
    if (seen.has(fold(Key))) {
      throw new InvalidParameterValue(
        'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
      );
    }
    seen.add(fold(Key));
    if (fold(Key).startsWith('aws:')) {
      throw new InvalidParameterValue(`Tag keys can't start with the reserved prefix "aws:": ${Key}`);
    }
    if (handedOn.has(fold(Key))) {
      throw new InvalidParameterValue(
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
      );
    }
    given[Key] = Value;
  }
  if (asked.tags.length > sessionTagsMax) {
    throw new InvalidParameterValue(`Cannot exceed quota for TagsPerSession: ${sessionTagsMax}`);
  }
  for (const key of asked.transitiveKeys) {
    if (!seen.has(fold(key))) {
      throw new InvalidParameterValue(
        'The specified transitive tag key must be included in the requested tags.',
      );
    }
  }
  return { given, inherited, transitive: [...Object.keys(inherited), ...asked.transitiveKeys] };
}

/** A session's tags: its role's, over which go those handed on and those given. Keys are compared without case. */
export function mergedTags(own: Readonly<Record<string, string>>, tags: SessionTags): Record<string, string> {
  const merged = new Map<string, [key: string, value: string]>();
  for (const set of [own, tags.inherited, tags.given]) {
    for (const [key, value] of Object.entries(set)) merged.set(fold(key), [key, value]);
  }
  return Object.fromEntries(merged.values());
}

export function hasTags({ given, inherited }: SessionTags): boolean {
  return Object.keys(given).length > 0 || Object.keys(inherited).length > 0;
}

function fold(key: string): string {
  return key.toLowerCase();
}
