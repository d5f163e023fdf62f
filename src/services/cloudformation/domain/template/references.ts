/** What an expression refers to, without evaluating it. */
export interface References {
  /** Names of `Ref` and `${Name}` of `Fn::Sub`: parameters, pseudo-parameters or resources. */
  readonly refs: Set<string>;
  readonly attributes: { readonly resource: string; readonly attribute: string | undefined }[];
  /** Names of conditions in `Fn::If` and `Condition`. */
  readonly conditions: Set<string>;
}

/** Collects the references of any part of a template, `Fn::Sub` included. */
export function referencesOf(...nodes: readonly unknown[]): References {
  const found: References = { refs: new Set(), attributes: [], conditions: new Set() };
  for (const node of nodes) visit(node, found);
  return found;
}

/** Logical ids that `node` depends on, among `resources`. */
export function dependenciesIn(node: unknown, isResource: (name: string) => boolean): Set<string> {
  const { refs, attributes } = referencesOf(node);
  const names = [...refs, ...attributes.map(({ resource }) => resource)];
  return new Set(names.filter(isResource));
}

function visit(node: unknown, found: References): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, found);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const entries = Object.entries(node);
  const [name, argument] = entries.length === 1 ? (entries[0] ?? []) : [];
  if (name === 'Ref' && typeof argument === 'string') {
    found.refs.add(argument);
  } else if (name === 'Condition' && typeof argument === 'string') {
    // `{ Condition: X }` is a reference only where a condition stands; elsewhere (an IAM statement with a single
    // key) the argument is an object, never a string.
    found.conditions.add(argument);
  } else if (name === 'Fn::GetAtt') {
    const { resource, attribute } = readAttribute(argument);
    if (resource !== undefined) found.attributes.push({ resource, attribute });
    if (Array.isArray(argument)) visit(argument[1], found);
  } else if (name === 'Fn::Sub') {
    visitSub(argument, found);
  } else {
    if (name === 'Fn::If' && Array.isArray(argument) && typeof argument[0] === 'string') {
      found.conditions.add(argument[0]);
    }
    for (const [, value] of entries) visit(value, found);
  }
}

function visitSub(argument: unknown, found: References): void {
  const [text, variables] = Array.isArray(argument) ? argument : [argument, undefined];
  visit(variables, found);
  if (typeof text !== 'string') return;
  for (const name of subVariables(text)) {
    if (isRecord(variables) && Object.hasOwn(variables, name)) continue;
    const dot = name.indexOf('.');
    if (dot < 0) found.refs.add(name);
    else found.attributes.push({ resource: name.slice(0, dot), attribute: name.slice(dot + 1) });
  }
}

/** `${Name}` and `${Name.Attribute}` of a text; `${!Literal}` is none. */
export function subVariables(text: string): string[] {
  return [...text.matchAll(/\$\{([^!}][^}]*)\}/g)].map((match) => (match[1] ?? '').trim());
}

/** Both ways to write `Fn::GetAtt`: a list of two, or `Name.Attribute` as a text. */
export function readAttribute(argument: unknown): {
  resource: string | undefined;
  attribute: string | undefined;
} {
  if (typeof argument === 'string') {
    const dot = argument.indexOf('.');
    if (dot < 0) return { resource: argument, attribute: undefined };
    return { resource: argument.slice(0, dot), attribute: argument.slice(dot + 1) };
  }
  if (!Array.isArray(argument)) return { resource: undefined, attribute: undefined };
  const [resource, ...rest] = argument;
  const attribute = rest.every((part) => typeof part === 'string') ? rest.join('.') : undefined;
  return { resource: typeof resource === 'string' ? resource : undefined, attribute };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
