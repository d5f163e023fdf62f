/** IAM's wildcards: `*` for any characters, `?` for one; and policy variables, whose values are literal. */

/** Reads a policy variable by its name in lower case; undefined when the request has no such value. */
export type Variables = (name: string) => string | undefined;

export interface Pattern {
  /** @returns false also when a variable of the pattern has no value. */
  matches(text: string, read: Variables): boolean;
}

export interface PatternOptions {
  /** Policies before version 2012-10-17 take `${…}` literally. */
  readonly hasVariables?: boolean;
  /** A `Resource`: wildcards mind the colons between the parts of an ARN, and missing parts are any. */
  readonly isArn?: boolean;
}

/**
 * A glob is a list of UTF-16 code units and, below zero, wildcards: nothing that a variable holds can become one.
 * `anyInPart` and `oneInPart` don't match a colon.
 */
export type Glob = readonly number[];
const any = -1;
const one = -2;
const anyInPart = -3;
const oneInPart = -4;

/** A variable, with what it stands for when the request has no value. */
interface Variable {
  readonly name: string;
  readonly otherwise: string | undefined;
}

const everything: Pattern = { matches: () => true };
const colon = 0x3a;
/** Colons before the last part of an ARN, which may have more of its own. */
const arnColons = 5;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html */
export function compilePattern(text: string, options: PatternOptions = {}): Pattern {
  if (text === '*') return everything;
  const pieces = piecesOf(text, options);
  const [glob] = pieces;
  if (pieces.length > 1 || !Array.isArray(glob)) {
    const plain = plainText(pieces);
    if (plain) return plain;
    return {
      matches: (given, read) => {
        const resolved = resolve(pieces, read);
        return resolved !== undefined && globMatches(resolved, given);
      },
    };
  }
  const firstWildcard = glob.findIndex((unit) => unit < 0);
  if (firstWildcard < 0) {
    const literal = String.fromCharCode(...glob);
    return { matches: (given) => given === literal };
  }
  const prefix = String.fromCharCode(...glob.slice(0, firstWildcard));
  if (firstWildcard === glob.length - 1 && glob[firstWildcard] === any) {
    return { matches: (given) => given.startsWith(prefix) };
  }
  return { matches: (given) => given.startsWith(prefix) && globMatches(glob, given) };
}

/** Variables and text without wildcards but for one at the end, as most policies have them: no glob is made of the values. */
function plainText(pieces: readonly (number[] | Variable)[]): Pattern | undefined {
  const last = pieces.at(-1);
  const isPrefix = Array.isArray(last) && last.at(-1) === any;
  const parts: (string | Variable)[] = [];
  for (const piece of pieces) {
    if (!Array.isArray(piece)) {
      parts.push(piece);
      continue;
    }
    const units = isPrefix && piece === last ? piece.slice(0, -1) : piece;
    if (units.some((unit) => unit < 0)) return undefined;
    parts.push(String.fromCharCode(...units));
  }
  return {
    matches: (given, read) => {
      let wanted = '';
      for (const part of parts) {
        const text = typeof part === 'string' ? part : readVariable(part, read);
        if (text === undefined) return false;
        wanted += text;
      }
      return isPrefix ? given.startsWith(wanted) : given === wanted;
    },
  };
}

/** A value without wildcards, for operators that compare: `*` and `?` stand for themselves. */
export function compileText(text: string, hasVariables: boolean): (read: Variables) => string | undefined {
  const pieces = splitVariables(text, hasVariables);
  if (pieces.every((piece) => typeof piece === 'string')) {
    const joined = pieces.map(literalOf).join('');
    return () => joined;
  }
  return (read) => {
    let result = '';
    for (const piece of pieces) {
      const value = typeof piece === 'string' ? literalOf(piece) : readVariable(piece, read);
      if (value === undefined) return undefined;
      result += value;
    }
    return result;
  };
}

/** `${*}`, `${?}` and `${$}`: the character itself. */
const escapes: Readonly<Record<string, string>> = { '${*}': '*', '${?}': '?', '${$}': '$' };
const literalOf = (piece: string) => escapes[piece] ?? piece;

/**
 * Text, escapes and variables in their order.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
function splitVariables(text: string, hasVariables: boolean): (string | Variable)[] {
  if (!hasVariables) return [text];
  return text
    .split(/(\$\{[^}]*\})/)
    .filter((piece) => piece !== '')
    .map((piece) => {
      const inside = /^\$\{([^}]*)\}$/.exec(piece)?.[1];
      if (inside === undefined || Object.hasOwn(escapes, piece)) return piece;
      const [, name = inside, otherwise] = /^([^,]*),\s*'(.*)'\s*$/.exec(inside) ?? [];
      return { name: name.trim().toLowerCase(), otherwise };
    });
}

function readVariable({ name, otherwise }: Variable, read: Variables): string | undefined {
  return read(name) ?? otherwise;
}

/** Globs and variables in their order; neighbouring texts are one glob. */
function piecesOf(
  text: string,
  { hasVariables = false, isArn = false }: PatternOptions,
): (number[] | Variable)[] {
  const pieces: (number[] | Variable)[] = [];
  let colons = isArn && text.startsWith('arn:') ? 0 : arnColons;
  const isWhole = colons === arnColons;
  const glob = () => {
    const last = pieces.at(-1);
    if (Array.isArray(last)) return last;
    const fresh: number[] = [];
    pieces.push(fresh);
    return fresh;
  };
  for (const piece of splitVariables(text, hasVariables)) {
    if (typeof piece !== 'string') {
      pieces.push(piece);
      continue;
    }
    const units = glob();
    if (hasVariables && Object.hasOwn(escapes, piece)) {
      units.push(literalOf(piece).charCodeAt(0));
      continue;
    }
    for (let i = 0; i < piece.length; i++) {
      const unit = piece.charCodeAt(i);
      if (unit === colon) colons++;
      const isInPart = colons < arnColons;
      // At the end of a part `*` reaches over the colon, says the page; elsewhere it keeps within its part.
      if (piece[i] === '*') units.push(isInPart && piece[i + 1] !== ':' ? anyInPart : any);
      else if (piece[i] === '?') units.push(isInPart ? oneInPart : one);
      else units.push(unit);
    }
  }
  if (isWhole) return pieces;
  for (; colons < arnColons; colons++) glob().push(colon, any);
  return pieces;
}

function resolve(pieces: readonly (number[] | Variable)[], read: Variables): Glob | undefined {
  const glob: number[] = [];
  for (const piece of pieces) {
    if (Array.isArray(piece)) {
      for (const unit of piece) glob.push(unit);
      continue;
    }
    const value = readVariable(piece, read);
    if (value === undefined) return undefined;
    for (let i = 0; i < value.length; i++) glob.push(value.charCodeAt(i));
  }
  return glob;
}

/**
 * Linear in practice, quadratic at worst: on a mismatch only the last `*` is tried again, one character further. One that
 * meets a colon it may not match gives way to the last that may; those between are held by the same colon.
 */
export function globMatches(glob: Glob, text: string): boolean {
  let g = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  let freeStar = -1;
  let freeResume = 0;
  while (t < text.length) {
    const wanted = glob[g];
    const unit = text.charCodeAt(t);
    if (wanted === any) {
      freeStar = star = g++;
      freeResume = resume = t;
    } else if (wanted === anyInPart) {
      star = g++;
      resume = t;
    } else if (wanted === unit || wanted === one || (wanted === oneInPart && unit !== colon)) {
      g++;
      t++;
    } else {
      if (star !== freeStar && text.charCodeAt(resume) === colon) {
        star = freeStar;
        resume = freeResume;
      }
      if (star < 0) return false;
      g = star + 1;
      t = ++resume;
      if (star === freeStar) freeResume = resume;
    }
  }
  while (glob[g] === any || glob[g] === anyInPart) g++;
  return g === glob.length;
}
