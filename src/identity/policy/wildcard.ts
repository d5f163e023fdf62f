/** IAM's wildcards: `*` for any characters, `?` for one; and policy variables, whose values are literal. */

/** Reads a policy variable; undefined when the request has no such value. */
export type Variables = (name: string) => string | undefined;

/** Wildcards become characters that no policy contains, so that substituted values stay literal. */
const any = '\uE000';
const one = '\uE001';
const variable = /\$\{([^}]*)\}/;
const variables = /\$\{([^}]*)\}/g;

export interface Pattern {
  /** @returns false also when a variable of the pattern has no value. */
  matches(text: string, read: Variables): boolean;
}

const everything: Pattern = { matches: () => true };

/** @param hasVariables policies before version 2012-10-17 take `${…}` literally. */
export function compilePattern(
  text: string,
  options: { ignoreCase?: boolean; hasVariables?: boolean } = {},
): Pattern {
  if (text === '*') return everything;
  const fold = (given: string) => (options.ignoreCase ? given.toLowerCase() : given);
  if (options.hasVariables && variable.test(text)) {
    return {
      matches: (given, read) => {
        const resolved = substitute(text, read);
        return resolved !== undefined && globMatches(fold(resolved), fold(given));
      },
    };
  }
  const glob = fold(marked(text));
  const star = glob.indexOf(any);
  const isLiteral = star < 0 && !glob.includes(one);
  if (isLiteral) return { matches: (given) => fold(given) === glob };
  if (star === glob.length - 1 && !glob.includes(one)) {
    const prefix = glob.slice(0, -1);
    return { matches: (given) => fold(given).startsWith(prefix) };
  }
  return { matches: (given) => globMatches(glob, fold(given)) };
}

/** The value of a condition with its variables filled in, wildcards still plain; for operators without patterns. */
export function resolveVariables(text: string, read: Variables): string | undefined {
  const resolved = substitute(text, read);
  return resolved?.replaceAll(any, '*').replaceAll(one, '?');
}

function marked(text: string): string {
  return text.replaceAll('*', any).replaceAll('?', one);
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html */
function substitute(text: string, read: Variables): string | undefined {
  let isKnown = true;
  let result = '';
  let at = 0;
  for (const found of text.matchAll(variables)) {
    const [whole, inside = ''] = found;
    result += marked(text.slice(at, found.index));
    at = found.index + whole.length;
    if (inside === '*' || inside === '?' || inside === '$') {
      result += inside;
      continue;
    }
    const withDefault = /^([^,]*),\s*'(.*)'$/.exec(inside.trim());
    const value = read((withDefault?.[1] ?? inside).trim()) ?? withDefault?.[2];
    if (value === undefined) isKnown = false;
    else result += value;
  }
  return isKnown ? result + marked(text.slice(at)) : undefined;
}

/** Linear in practice, quadratic at worst: on a mismatch only the last `*` is tried again, one character further. */
export function globMatches(glob: string, text: string): boolean {
  let g = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const wanted = glob[g];
    if (wanted === any) {
      star = g++;
      resume = t;
    } else if (wanted !== undefined && (wanted === one || wanted === text[t])) {
      g++;
      t++;
    } else if (star >= 0) {
      g = star + 1;
      t = ++resume;
    } else return false;
  }
  while (glob[g] === any) g++;
  return g === glob.length;
}
