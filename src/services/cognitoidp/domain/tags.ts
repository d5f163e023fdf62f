/** https://docs.aws.amazon.com/cognito/latest/developerguide/tagging.html */
import { InvalidParameterException } from '../errors.ts';
import { limits } from '../limits.ts';

export type Tags = Readonly<Record<string, string>>;

/** @param tags all that a pool would have. Lengths are the model's. @throws InvalidParameterException */
export function checkTags(tags: Tags): void {
  const keys = Object.keys(tags);
  if (keys.length > limits.tagsMax) {
    throw new InvalidParameterException(`The number of tags must not exceed ${limits.tagsMax}.`);
  }
  const reserved = keys.find((key) => key.toLowerCase().startsWith('aws:'));
  if (reserved !== undefined) {
    throw new InvalidParameterException('Tag keys must not start with the reserved prefix aws:');
  }
}
