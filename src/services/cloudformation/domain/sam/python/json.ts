import { type Dict, isMap, isText, text } from '../values.ts';
import { keysOf } from './py27.ts';

export interface JsonStyle {
  readonly compact?: boolean;
  readonly sortKeys?: boolean;
}

/**
 * Python's `json.dumps`, byte for byte: logical ids are SHA-1 over this text. Non-ASCII characters are
 * escaped, keys are sorted by code point when asked, separators are `, ` and `: ` unless compact.
 */
export function pythonJson(value: unknown, style: JsonStyle = {}): string {
  const comma = style.compact ? ',' : ', ';
  const colon = style.compact ? ':' : ': ';
  const write = (item: unknown): string => {
    if (item === null || item === undefined) return 'null';
    if (isText(item)) return quote(text(item));
    if (Array.isArray(item)) return `[${item.map(write).join(comma)}]`;
    if (isMap(item)) {
      const pairs = orderedKeys(item, style).map((key) => `${quote(key)}${colon}${write(item[key])}`);
      return `{${pairs.join(comma)}}`;
    }
    return String(item);
  };
  return write(value);
}

function orderedKeys(map: Dict, style: JsonStyle): string[] {
  return style.sortKeys ? Object.keys(map).sort(byCodePoint) : keysOf(map);
}

/** Python compares strings by code point, JavaScript by UTF-16 unit. */
export function byCodePoint(left: string, right: string): number {
  const a = Array.from(left);
  const b = Array.from(right);
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const difference = (a[index]?.codePointAt(0) ?? 0) - (b[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

const short: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
};

function quote(value: string): string {
  let quoted = '"';
  for (let index = 0; index < value.length; index += 1) {
    const character = value.charAt(index);
    const unit = value.charCodeAt(index);
    quoted +=
      short[character] ??
      (unit < 0x20 || unit > 0x7e ? `\\u${unit.toString(16).padStart(4, '0')}` : character);
  }
  return `${quoted}"`;
}
