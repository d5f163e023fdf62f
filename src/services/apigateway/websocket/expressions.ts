/**
 * Selection expressions: `$request.body.action`, `${request.body.a}-${stageVariables.b}`, `\$default`, `200`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
 */

/** Answers what a variable stands for: `request.body.action`; undefined when there is nothing. */
export type LookUp = (variable: string) => unknown;
export type Selection = (lookUp: LookUp) => string;

const compiled = new Map<string, Selection>();
/** Ours: expressions are written by people; the map starts anew past it. */
const compiledMax = 1000;

/** @returns the key that `expression` selects by what `lookUp` knows; evaluated once, never again within its result. */
export function select(expression: string, lookUp: LookUp): string {
  let selection = compiled.get(expression);
  if (!selection) {
    if (compiled.size >= compiledMax) compiled.clear();
    selection = compileSelection(expression);
    compiled.set(expression, selection);
  }
  return selection(lookUp);
}

export function compileSelection(expression: string): Selection {
  const parts: (string | { variable: string })[] = [];
  let at = 0;
  for (const match of expression.matchAll(/\\\$|\$\{([^}]*)\}|\$([A-Za-z][\w.[\]'"-]*)/g)) {
    const [whole, braced, bare] = match;
    if (match.index > at) parts.push(expression.slice(at, match.index));
    at = match.index + whole.length;
    const variable = braced ?? bare;
    // `$default` is a key's name, escaped or not: no variable is called so.
    if (variable === undefined) parts.push('$');
    else if (variable === 'default') parts.push('$default');
    else parts.push({ variable });
  }
  if (at < expression.length) parts.push(expression.slice(at));
  const [only] = parts;
  if (parts.length === 1 && typeof only === 'object') {
    const { variable } = only;
    return (lookUp) => textOf(lookUp(variable));
  }
  return (lookUp) =>
    parts.map((part) => (typeof part === 'string' ? part : textOf(lookUp(part.variable)))).join('');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
