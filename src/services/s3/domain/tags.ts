/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
import { AwsError } from '../../../kernel/index.ts';
import { InvalidArgument, InvalidTag } from '../errors.ts';
import { tagKeyCharactersMax, tagValueCharactersMax } from '../limits.ts';

export interface Tag {
  Key?: string | undefined;
  Value?: string | undefined;
}

const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** @throws AwsError InvalidTag, BadRequest when there are too many. */
export function tagsFrom(list: readonly Tag[], countMax: number): Record<string, string> {
  if (list.length > countMax) {
    throw new AwsError('BadRequest', `Object tags cannot be greater than ${countMax}`, { status: 400 });
  }
  const tags: Record<string, string> = {};
  for (const { Key = '', Value = '' } of list) {
    if (Key === '' || Key.length > tagKeyCharactersMax || !allowed.test(Key)) {
      throw new InvalidTag('The TagKey you have provided is invalid', { TagKey: Key });
    }
    if (Value.length > tagValueCharactersMax || !allowed.test(Value)) {
      throw new InvalidTag('The TagValue you have provided is invalid', { TagValue: Value });
    }
    if (Key.toLowerCase().startsWith('aws:')) {
      throw new InvalidTag('System tags cannot be added/updated by requester');
    }
    if (Key in tags) throw new InvalidTag('Cannot provide multiple Tags with the same key', { TagKey: Key });
    tags[Key] = Value;
  }
  return tags;
}

/** `x-amz-tagging`: `key=value&…`, as a query string. */
export function tagsFromHeader(text: string, countMax: number): Record<string, string> {
  try {
    const list = text
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const [key = '', ...value] = pair.split('=');
        return { Key: decode(key), Value: decode(value.join('=')) };
      });
    return tagsFrom(list, countMax);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw new InvalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      {
        ArgumentName: 'x-amz-tagging',
        ArgumentValue: text,
      },
    );
  }
}

export function tagSet(tags: Record<string, string>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
