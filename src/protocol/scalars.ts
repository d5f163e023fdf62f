/** Scalars as text: what headers, query strings, forms and XML share. */
import { SerializationException } from '../kernel/index.ts';
import type { NumberShape, Shape, TimestampFormat } from './model.ts';

/** @throws SerializationException when `text` isn't a time in `format`. */
export function parseTimestamp(text: string, format: TimestampFormat): Date {
  const trimmed = text.trim();
  const time =
    format === 'unixTimestamp'
      ? numberPattern.test(trimmed)
        ? Number(trimmed) * 1000
        : Number.NaN
      : format === 'iso8601'
        ? isoPattern.test(trimmed)
          ? Date.parse(trimmed)
          : Number.NaN
        : httpDate(trimmed);
  const date = new Date(Math.round(time));
  if (Number.isNaN(date.getTime()))
    throw new SerializationException(`'${clip(text)}' is not a valid timestamp`);
  return date;
}

/** The three formats of RFC 9110, the last of which has no zone and means GMT. */
function httpDate(text: string): number {
  if (!httpDatePattern.test(text)) return Number.NaN;
  return Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
}

const numberPattern = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const isoPattern = /^\d{4}-\d\d-\d\d([Tt]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?)?$/;
const httpDatePattern =
  /^(\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d(\.\d+)? GMT|\w{6,9}, \d\d-\w{3}-\d\d \d\d:\d\d:\d\d GMT|\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})$/;

/** Epoch seconds with milliseconds as a fraction only when there are some, as AWS writes them. */
export function epochSeconds(value: unknown): number {
  return dateOf(value).getTime() / 1000;
}

export function formatTimestamp(value: unknown, format: TimestampFormat): string {
  const date = dateOf(value);
  switch (format) {
    case 'unixTimestamp':
      return String(date.getTime() / 1000);
    case 'iso8601': {
      const text = date.toISOString();
      return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text;
    }
    case 'rfc822':
      return date.toUTCString();
  }
}

/** Handlers give a Date; epoch milliseconds would be ambiguous, so a number is epoch seconds. */
function dateOf(value: unknown): Date {
  const date =
    value instanceof Date ? value : new Date(typeof value === 'number' ? value * 1000 : String(value));
  if (Number.isNaN(date.getTime())) throw new TypeError(`not a time: ${String(value)}`);
  return date;
}

/** @throws SerializationException when `text` isn't the number that `type` asks for. */
export function parseNumber(text: string, type: NumberShape['type']): number {
  const trimmed = text.trim();
  switch (type) {
    case 'float':
    case 'double':
    case 'bigDecimal': {
      if (trimmed === 'NaN') return Number.NaN;
      if (trimmed === 'Infinity') return Number.POSITIVE_INFINITY;
      if (trimmed === '-Infinity') return Number.NEGATIVE_INFINITY;
      if (!numberPattern.test(trimmed)) break;
      return Number(trimmed);
    }
    default: {
      if (!/^[+-]?\d+$/.test(trimmed)) break;
      const value = Number(trimmed);
      if (!inRange(value, type)) break;
      return value;
    }
  }
  throw new SerializationException(`'${clip(text)}' can not be converted to ${javaName(type)}`);
}

const bits: Partial<Record<NumberShape['type'], number>> = { byte: 8, short: 16, integer: 32, long: 64 };

export function inRange(value: number, type: NumberShape['type']): boolean {
  const width = bits[type];
  if (width === undefined) return true;
  const bound = 2 ** (width - 1);
  return value >= -bound && value < bound;
}

/** How AWS's messages name a type. */
export function javaName(type: Shape['type']): string {
  return javaNames[type] ?? type;
}

const javaNames: Partial<Record<Shape['type'], string>> = {
  string: 'String',
  character: 'Character',
  boolean: 'Boolean',
  byte: 'Byte',
  short: 'Short',
  integer: 'Integer',
  long: 'Long',
  float: 'Float',
  double: 'Double',
  bigInteger: 'BigInteger',
  bigDecimal: 'BigDecimal',
};

export function formatNumber(value: unknown): string {
  return String(value);
}

/** @throws SerializationException for anything but `true` and `false`. */
export function parseBoolean(text: string): boolean {
  const lower = text.trim().toLowerCase();
  if (lower === 'true') return true;
  if (lower === 'false') return false;
  throw new SerializationException(`'${clip(text)}' can not be converted to Boolean`);
}

const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** @throws SerializationException for anything but padded base 64. */
export function parseBlob(text: string): Uint8Array {
  if (text.length % 4 !== 0) {
    throw new SerializationException(
      `Base64 encoded length is expected a multiple of 4 bytes but found: ${text.length}`,
    );
  }
  // Checking what came out is several times cheaper than a pattern over the text, and exact.
  const bytes = Buffer.from(text, 'base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (
    bytes.length !== (text.length / 4) * 3 - padding ||
    (text.length < 64 && !base64Pattern.test(text)) ||
    // Bits that the padding leaves over must be zero.
    (padding > 0 && !text.endsWith(bytes.toString('base64', bytes.length - 3 + padding)))
  ) {
    // The spelling is AWS's.
    throw new SerializationException('Invalid last non-pad Base64 character dectected');
  }
  return bytes;
}

/** Strings are taken as UTF-8 text. */
export function formatBlob(value: unknown): string {
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  }
  return Buffer.from(String(value)).toString('base64');
}

function clip(text: string): string {
  return text.length > 64 ? `${text.slice(0, 64)}…` : text;
}
