/**
 * Filter patterns: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 * Unstructured terms (`ERROR "timed out" ?a ?b -noise %regex%`) and JSON selectors (`{ $.level = "error" && … }`).
 */
import { NotImplemented } from '../../../kernel/index.ts';
import { InvalidParameterException } from '../errors.ts';
import { compileJsonPattern } from './jsonPattern.ts';

export type Matches = (message: string) => boolean;

/** @throws InvalidParameterException when the pattern can't be parsed. */
export function compileFilterPattern(pattern: string): Matches {
  const text = pattern.trim();
  if (text === '' || text === '""' || text === '" "') return () => true;
  if (text.startsWith('{')) return compileJsonPattern(text);
  if (text.startsWith('[')) throw new NotImplemented('A space-delimited filter pattern ([a, b, …])');
  return compileTerms(text);
}

/** A term, with its sign: `?` any of these, `-` none of these, otherwise all of these; matching is case sensitive. */
function compileTerms(text: string): Matches {
  const all: Matches[] = [];
  const any: Matches[] = [];
  const none: Matches[] = [];
  const token = /([?-]?)(?:"((?:[^"\\]|\\.)*)"|%((?:[^%\\]|\\.)*)%|(\S+))(?=\s|$)/gy;
  for (let at = 0; at < text.length; ) {
    token.lastIndex = at;
    const match = token.exec(text);
    if (!match) throw new InvalidParameterException(`Invalid filter pattern`);
    const [whole, sign, quoted, regex, bare] = match;
    const term =
      regex === undefined ? contains(quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '') : expression(regex);
    (sign === '?' ? any : sign === '-' ? none : all).push(term);
    at += whole.length;
    while (text[at] === ' ' || text[at] === '\t') at++;
  }
  return (message) =>
    all.every((matches) => matches(message)) &&
    !none.some((matches) => matches(message)) &&
    // Optional terms matter only where no term is required.
    (any.length === 0 || all.length > 0 || any.some((matches) => matches(message)));
}

function contains(term: string): Matches {
  return (message) => message.includes(term);
}

/** The regular expressions AWS allows have no back references, groups or look-around: linear in practice. */
function expression(source: string): Matches {
  if (/[()\\][0-9?]|\(/.test(source))
    throw new InvalidParameterException('Invalid filter pattern: unsupported regular expression');
  try {
    const regex = new RegExp(source);
    return (message) => regex.test(message);
  } catch {
    throw new InvalidParameterException('Invalid filter pattern: malformed regular expression');
  }
}
