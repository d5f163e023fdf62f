/**
 * The vocabulary of template values: what YAML or JSON gives, and the few intrinsic functions that SAM
 * itself writes. A template value is never a class of ours, so that it serialises as it stands.
 */

export type Dict = { [key: string]: unknown };

export const noValue = (): Dict => ({ Ref: 'AWS::NoValue' });

/** A JSON object; boxed strings (see python/py27.ts) and lists are not maps. */
export function isMap(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isBoxed(value);
}

function isBoxed(value: object): boolean {
  return value instanceof String || value instanceof Number;
}

/** A number, boxed or not (see python/repr.ts). */
export function isNumber(value: unknown): boolean {
  return typeof value === 'number' || value instanceof Number;
}

/** A string, boxed or not. Compare through {@link text}, because a boxed string is equal only to itself. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' || value instanceof String;
}

export function text(value: unknown): string {
  return String(value);
}

/** Falsy as Python sees it: also empty strings, lists and maps. SAM's optional properties are tested so. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0) return true;
  if (isText(value)) return value.length === 0;
  if (Array.isArray(value)) return value.length === 0;
  return isMap(value) && Object.keys(value).length === 0;
}

export const isPresent = (value: unknown): boolean => !isEmpty(value);

/** The value itself when it is a map, an empty map otherwise: for reading what has been validated before. */
export function asMap(value: unknown): Dict {
  return isMap(value) ? value : {};
}

export function asList(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

export function onlyKey(value: unknown): string | undefined {
  if (!isMap(value)) return undefined;
  const keys = Object.keys(value);
  return keys.length === 1 ? keys[0] : undefined;
}

export function isIntrinsic(value: unknown): value is Dict {
  const key = onlyKey(value);
  return key !== undefined && (key === 'Ref' || key === 'Condition' || key.startsWith('Fn::'));
}

export function isIf(value: unknown): value is { 'Fn::If': unknown } {
  return onlyKey(value) === 'Fn::If';
}

export function isNoValue(value: unknown): boolean {
  return onlyKey(value) === 'Ref' && text((value as Dict).Ref) === 'AWS::NoValue';
}

/** The three members of a well-formed Fn::If, or undefined. */
export function ifBranches(value: unknown): [unknown, unknown, unknown] | undefined {
  if (!isIf(value)) return undefined;
  const items = value['Fn::If'];
  return Array.isArray(items) && items.length === 3 ? [items[0], items[1], items[2]] : undefined;
}

/** What a Ref or a Fn::GetAtt points to; undefined when it points nowhere we can name. */
export function referencedId(value: unknown): string | undefined {
  if (!isIntrinsic(value)) return undefined;
  if (isText(value.Ref)) return text(value.Ref);
  const path = value['Fn::GetAtt'];
  if (Array.isArray(path) && path.length === 2 && isText(path[0])) return text(path[0]);
  if (isText(path)) {
    const parts = text(path).split('.');
    if (parts.length === 2) return parts[0];
  }
  return undefined;
}

export const ref = (logicalId: unknown): Dict => ({ Ref: logicalId });
export const getAtt = (logicalId: string, attribute: string): Dict => ({
  'Fn::GetAtt': [logicalId, attribute],
});
export const sub = (template: unknown, variables?: Dict): Dict => ({
  'Fn::Sub': variables ? [template, variables] : template,
});
export const conditional = (condition: unknown, whenTrue: unknown, otherwise: unknown = noValue()): Dict => ({
  'Fn::If': [condition, whenTrue, otherwise],
});

/** Structural equality of template values; key order is of no account. */
export function sameValue(left: unknown, right: unknown): boolean {
  if (isText(left) && isText(right)) return text(left) === text(right);
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => sameValue(item, right[index]));
  }
  if (isMap(left) && isMap(right)) {
    const keys = Object.keys(left);
    return (
      keys.length === Object.keys(right).length &&
      keys.every((key) => key in right && sameValue(left[key], right[key]))
    );
  }
  return left === right;
}

/** The tag list of CloudFormation from the tag map of SAM. */
export function tagList(tags: unknown): Dict[] {
  return Object.entries(asMap(tags)).map(([key, value]) => ({ Key: key, Value: value ?? '' }));
}
