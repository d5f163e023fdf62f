/**
 * Templates are written for Java: their strings, lists and maps have Java's methods. What isn't listed falls
 * to the engine's own (`get`, `size`, `keySet`, `entrySet`, `put`, …).
 */

import { javaRegex } from '../javaRegex.ts';

interface Call {
  property: string;
  context: unknown;
  params: unknown[];
}

type Method = (self: never, ...params: never[]) => unknown;

function regular(pattern: string, flags = '', whole = false): RegExp {
  const expression = javaRegex(String(pattern), whole, flags);
  if (!expression) throw new Error(`not a regular expression: ${pattern}`);
  expression.lastIndex = 0;
  return expression;
}

const stringMethods: Record<string, Method> = {
  length: (self: string) => self.length,
  isEmpty: (self: string) => self.length === 0,
  equals: (self: string, other: unknown) => self === other,
  equalsIgnoreCase: (self: string, other: string) => self.toLowerCase() === String(other).toLowerCase(),
  contains: (self: string, part: string) => self.includes(part),
  matches: (self: string, pattern: string) => regular(pattern, '', true).test(self),
  replaceAll: (self: string, pattern: string, by: string) => self.replace(regular(pattern, 'g'), by),
  replaceFirst: (self: string, pattern: string, by: string) => self.replace(regular(pattern), by),
  replace: (self: string, part: string, by: string) => self.replaceAll(part, by),
  split: (self: string, pattern: string, limit?: number) => {
    const parts = self.split(regular(pattern));
    // Java drops empty strings at the end, unless a limit is given.
    if (limit === undefined) while (parts.length > 1 && parts.at(-1) === '') parts.pop();
    return limit === undefined || limit <= 0
      ? parts
      : [...parts.slice(0, limit - 1), ...(parts.length >= limit ? [parts.slice(limit - 1).join('')] : [])];
  },
  toString: (self: string) => self,
  concat: (self: string, other: unknown) => self + String(other),
  compareTo: (self: string, other: string) => (self < other ? -1 : self > other ? 1 : 0),
};

/** As Java's collections print themselves. */
function javaText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(javaText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).map(([key, entry]) => `${key}=${javaText(entry)}`);
  return `{${entries.join(', ')}}`;
}

const listMethods: Record<string, Method> = {
  toString: javaText,
  size: (self: unknown[]) => self.length,
  length: (self: unknown[]) => self.length,
  isEmpty: (self: unknown[]) => self.length === 0,
  get: (self: unknown[], index: number) => self[Number(index)],
  contains: (self: unknown[], value: unknown) => self.includes(value),
  add: (self: unknown[], value: unknown) => {
    self.push(value);
    return '';
  },
  addAll: (self: unknown[], values: unknown[]) => {
    self.push(...values);
    return '';
  },
};

const mapMethods: Record<string, Method> = {
  toString: javaText,
  isEmpty: (self: object) => Object.keys(self).length === 0,
  size: (self: object) => Object.keys(self).length,
  containsKey: (self: object, key: string) => Object.hasOwn(self, String(key)),
  containsValue: (self: object, value: unknown) => Object.values(self).includes(value),
  get: (self: Record<string, unknown>, key: string) =>
    Object.hasOwn(self, String(key)) ? self[String(key)] : undefined,
  getOrDefault: (self: Record<string, unknown>, key: string, other: unknown) =>
    Object.hasOwn(self, String(key)) ? self[String(key)] : other,
  keySet: (self: object) => Object.keys(self),
  values: (self: object) => Object.values(self),
  entrySet: (self: object) => Object.entries(self).map(([key, value]) => ({ key, value })),
  put: (self: Record<string, unknown>, key: string, value: unknown) => {
    if (key !== '__proto__') self[key] = value;
    return '';
  },
  remove: (self: Record<string, unknown>, key: string) => {
    const value = self[key];
    delete self[key];
    return value;
  },
};

function methodOf({ property, context }: Call): Method | undefined {
  const methods =
    typeof context === 'string'
      ? stringMethods
      : Array.isArray(context)
        ? listMethods
        : typeof context === 'object' && context !== null && typeof owned(context, property) !== 'function'
          ? mapMethods
          : undefined;
  return methods && Object.hasOwn(methods, property) ? methods[property] : undefined;
}

function owned(context: object, property: string): unknown {
  return Object.hasOwn(context, property) ? (context as Record<string, unknown>)[property] : undefined;
}

export const javaMethods = [
  {
    uid: 'java',
    match: (call: Call) => methodOf(call) !== undefined,
    resolve: (call: Call) => methodOf(call)?.(call.context as never, ...(call.params as never[])),
  },
];
