/** Regular expressions as API Gateway takes them: Java's, of which JavaScript's are nearly all. */

const compiled = new Map<string, RegExp | undefined>();
const compiledMax = 1000;

/**
 * @param whole the pattern must match the text from end to end, as Java's `matches` does.
 * @returns undefined when the pattern is none.
 */
export function javaRegex(pattern: string, whole: boolean, flags = ''): RegExp | undefined {
  const key = `${whole ? 'w' : 'p'}${flags} ${pattern}`;
  if (compiled.has(key)) return compiled.get(key);
  if (compiled.size >= compiledMax) compiled.clear();
  const expression = compile(pattern, whole, flags);
  compiled.set(key, expression);
  return expression;
}

function compile(pattern: string, whole: boolean, flags: string): RegExp | undefined {
  // Java sets flags for the rest of a pattern with `(?i)`; JavaScript knows them for the whole only.
  const [lead = '', set = ''] = /^\(\?([ism]+)\)/.exec(pattern) ?? [];
  const body = pattern.slice(lead.length).replaceAll('\\Q', '').replaceAll('\\E', '');
  try {
    return new RegExp(whole ? `^(?:${body})$` : body, [...new Set(`${flags}${set}`)].join(''));
  } catch {
    return undefined;
  }
}
