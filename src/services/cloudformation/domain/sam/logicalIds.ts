import { createHash } from 'node:crypto';
import { pythonJson } from './python/json.ts';
import { isEmpty, isText, text } from './values.ts';

const hashLength = 10;

/** A prefix and the first ten digits of the SHA-1 of the data; the prefix alone when there is no data. */
export function hashedId(prefix: string, data: unknown): string {
  return prefix + dataHash(data).slice(0, hashLength);
}

/** A prefix and the first ten digits of a hash that the template's author gave. */
export function givenHashId(prefix: string, hash: string): string {
  return prefix + hash.slice(0, hashLength);
}

/** SHA-1 (40 hexadecimal digits) over the text itself, or over its compact, key-sorted JSON; '' for no data. */
export function dataHash(data: unknown): string {
  if (isEmpty(data)) return '';
  const bytes = isText(data) ? text(data) : pythonJson(data, { compact: true, sortKeys: true });
  return createHash('sha1').update(bytes, 'utf8').digest('hex');
}
