import { isMap, isText, text } from '../values.ts';
import { isLiteralKey, keysOf } from './py27.ts';

/** Python 2.7's `str()` of a template value: see py27.ts for why this is needed. */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (isText(value))
    return (value as unknown) instanceof String ? quote(text(value)) : `u${quoteUnicode(text(value))}`;
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  if ((value as unknown) instanceof Number) return floatText(value);
  if (!isMap(value)) return String(value);
  const pairs = keysOf(value).map((key) => {
    const name = isLiteralKey(value, key) ? quote(key) : `u${quoteUnicode(key)}`;
    return `${name}: ${pythonRepr(value[key])}`;
  });
  return `{${pairs.join(', ')}}`;
}

/** `repr` of a byte string: double quotes only when that saves an escape. */
function quote(value: string): string {
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  if (value.includes("'") && !value.includes('"')) return `"${escaped}"`;
  return `'${escaped.replaceAll("'", "\\'")}'`;
}

/** `repr` of a unicode string: `unicode_escape` first, then the quotes. */
function quoteUnicode(value: string): string {
  let escaped = '';
  for (const character of value) {
    const point = character.codePointAt(0) ?? 0;
    if (character === '\\') escaped += '\\\\';
    else if (character === '\n') escaped += '\\n';
    else if (character === '\r') escaped += '\\r';
    else if (character === '\t') escaped += '\\t';
    else if (point < 0x20 || (point >= 0x7f && point <= 0xff)) escaped += `\\x${hex(point, 2)}`;
    else if (point > 0xffff) escaped += `\\U${hex(point, 8)}`;
    else if (point > 0xff) escaped += `\\u${hex(point, 4)}`;
    else escaped += character;
  }
  if (value.includes("'") && !value.includes('"')) return `"${escaped}"`;
  return `'${escaped.replaceAll("'", "\\'")}'`;
}

function hex(point: number, digits: number): string {
  return point.toString(16).padStart(digits, '0');
}

/**
 * A number as Python prints a float. YAML's `2.0` is a float in Python and an integer in JavaScript; who reads the
 * template may box such numbers to keep the difference, which shows in the hash of a deployment and nowhere else.
 */
export function floatText(value: unknown): string {
  const number = Number(value);
  return Number.isInteger(number) ? `${number}.0` : String(number);
}
