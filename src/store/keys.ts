/**
 * Tuple keys: an encoding whose byte order is the order of values, kind by kind as `port.ts` states it.
 *
 * - null `10`; false `60`; true `61`.
 * - bytes `20`, then groups of eight, each followed by how many of them count (9: eight and more to come).
 *   Groups, not escapes, so that a key of zeros grows by an eighth and not by double: DynamoDB's binary keys
 *   of 2,048 + 1,024 bytes must fit LMDB's 4,026.
 * - string `30`, UTF-8 with `00` written `00 ff`, then `00`. UTF-8 order is code point order.
 * - tuple `40`, its parts, then `00`, which is less than any kind.
 * - number `50`, then two bytes of sign and exponent, then two decimal digits a byte. Negative numbers are
 *   written complemented. Equal numbers encode equal, however they were given.
 *
 * Every part ends where its own bytes say and every kind is below `ff`, so all keys that extend a tuple, and
 * no other, lie between its encoding and its encoding followed by `ff`.
 */
import type { DecimalPart, Key, KeyPart } from './port.ts';

const kind = { null: 0x10, bytes: 0x20, string: 0x30, tuple: 0x40, number: 0x50, false: 0x60, true: 0x61 };
const tupleEnd = 0x00;
const numberZero = 0x8000;
const numberBias = 0xc000;
/** Decimal exponents a key can hold; DynamoDB needs ±130, doubles ±324. */
const exponentMax = 0x3ffe;
const groupBytes = 8;
const groupContinues = 9;

let scratch: Buffer = Buffer.allocUnsafe(8192);

/** @throws TypeError for what has no place in the order: NaN, infinities, lone surrogates, other objects. */
export function encodeKey(key: Key): Buffer {
  const end = encodeToScratch(key);
  return Buffer.from(scratch.subarray(0, end));
}

/** An encoded key as text, a character a byte: cheap to hash and to compare, and its order is that of the bytes. */
export type KeyText = string;

export function keyText(key: Key): KeyText {
  const end = encodeToScratch(key);
  // What `toString('latin1', 0, end)` calls; this is on the path of every read.
  return (scratch as Latin1Buffer).latin1Slice(0, end);
}

export function keyBytes(text: KeyText): Buffer {
  return Buffer.from(text, 'latin1');
}

export interface Latin1Buffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number): number;
}

function encodeToScratch(key: Key): number {
  for (;;) {
    const end = writeParts(key, 0);
    if (end <= scratch.length) return end;
    scratch = Buffer.allocUnsafe(end * 2);
  }
}

/**
 * Numbers come back as `number` when that holds them exactly as they are written, else as `{ decimal }`;
 * byte strings as `Buffer`.
 */
export function decodeKey(bytes: Uint8Array): Key {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cursor = { at: 0 };
  const parts: KeyPart[] = [];
  while (cursor.at < buffer.length) parts.push(readPart(buffer, cursor));
  return parts;
}

// Writers return where they end, even past the end of `scratch`: then nothing was kept and the caller grows it.

function writeParts(parts: readonly KeyPart[], from: number): number {
  let at = from;
  for (const part of parts) at = writePart(part, at);
  return at;
}

function writePart(part: KeyPart, at: number): number {
  switch (typeof part) {
    case 'string':
      return writeString(part, at);
    case 'number':
      if (!Number.isFinite(part)) throw new TypeError(`${part} can't be part of a key`);
      return writeDecimal(String(part), at);
    case 'bigint':
      return writeDecimal(String(part), at);
    case 'boolean':
      scratch[at] = part ? kind.true : kind.false;
      return at + 1;
    default:
  }
  if (part === null) {
    scratch[at] = kind.null;
    return at + 1;
  }
  if (part instanceof Uint8Array) return writeBytes(part, at);
  if (Array.isArray(part)) {
    scratch[at] = kind.tuple;
    const end = writeParts(part as readonly KeyPart[], at + 1);
    scratch[end] = tupleEnd;
    return end + 1;
  }
  const { decimal } = part as DecimalPart;
  if (typeof decimal !== 'string') throw new TypeError("an object can't be part of a key");
  return writeDecimal(decimal, at);
}

function writeString(text: string, at: number): number {
  // A lone surrogate has no UTF-8; two different ones would fall on one key.
  if (!text.isWellFormed()) throw new TypeError('text with a lone surrogate cannot be part of a key');
  scratch[at] = kind.string;
  if (at + 2 + text.length * 3 > scratch.length) {
    const room = at + 2 + Buffer.byteLength(text) * 2;
    if (room > scratch.length) return room;
  }
  let end = at + 1 + scratch.write(text, at + 1, 'utf8');
  if (text.includes('\0')) end = escapeZeros(at + 1, end);
  scratch[end] = 0;
  return end + 1;
}

function escapeZeros(start: number, end: number): number {
  const plain = Buffer.from(scratch.subarray(start, end));
  let at = start;
  for (const byte of plain) {
    scratch[at++] = byte;
    if (byte === 0) scratch[at++] = 0xff;
  }
  return at;
}

function writeBytes(bytes: Uint8Array, from: number): number {
  let at = from;
  scratch[at++] = kind.bytes;
  let start = 0;
  do {
    const count = Math.min(groupBytes, bytes.length - start);
    for (let i = 0; i < groupBytes; i++) scratch[at++] = i < count ? (bytes[start + i] as number) : 0;
    start += count;
    scratch[at++] = start < bytes.length ? groupContinues : count;
  } while (start < bytes.length);
  return at;
}

const decimalText = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

function writeDecimal(text: string, from: number): number {
  const match = decimalText.exec(text);
  if (!match || !(match[2] || match[3])) throw new TypeError(`${text} is not a decimal number`);
  const whole = match[2] ?? '';
  let digits = match[3] ? whole + match[3] : whole;
  let exponent = whole.length + (match[4] ? Number(match[4]) : 0);
  let first = 0;
  while (first < digits.length && digits.charCodeAt(first) === 48) first++;
  let last = digits.length;
  while (last > first && digits.charCodeAt(last - 1) === 48) last--;
  let at = from;
  scratch[at++] = kind.number;
  if (first === last) {
    scratch[at++] = numberZero >> 8;
    scratch[at++] = numberZero & 0xff;
    return at;
  }
  digits = digits.slice(first, last);
  exponent -= first;
  if (Math.abs(exponent) > exponentMax) throw new TypeError(`${text} is out of the range of keys`);
  const flip = match[1] === '-' ? 0xff : 0;
  const head = numberBias + exponent;
  scratch[at++] = (head >> 8) ^ flip;
  scratch[at++] = (head & 0xff) ^ flip;
  for (let i = 0; i < digits.length; i += 2) {
    const tens = digits.charCodeAt(i) - 48;
    const ones = i + 1 < digits.length ? digits.charCodeAt(i + 1) - 48 : 0;
    scratch[at++] = (tens * 10 + ones + 1) ^ flip;
  }
  scratch[at++] = flip;
  return at;
}

interface Cursor {
  at: number;
}

function readPart(buffer: Buffer, cursor: Cursor): KeyPart {
  switch (buffer[cursor.at++]) {
    case kind.null:
      return null;
    case kind.false:
      return false;
    case kind.true:
      return true;
    case kind.string:
      return readString(buffer, cursor);
    case kind.bytes:
      return readBytes(buffer, cursor);
    case kind.number:
      return readNumber(buffer, cursor);
    case kind.tuple: {
      const parts: KeyPart[] = [];
      while (buffer[cursor.at] !== tupleEnd) parts.push(readPart(buffer, cursor));
      cursor.at++;
      return parts;
    }
    default:
      throw new Error(`not a tuple key: ${buffer.toString('hex')} at ${cursor.at - 1}`);
  }
}

function readString(buffer: Buffer, cursor: Cursor): string {
  let end = buffer.indexOf(0, cursor.at);
  if (end < 0) throw new Error(`not a tuple key: ${buffer.toString('hex')}`);
  if (buffer[end + 1] !== 0xff) {
    const text = buffer.toString('utf8', cursor.at, end);
    cursor.at = end + 1;
    return text;
  }
  let text = '';
  while (buffer[end + 1] === 0xff) {
    text += buffer.toString('utf8', cursor.at, end + 1);
    cursor.at = end + 2;
    end = buffer.indexOf(0, cursor.at);
  }
  text += buffer.toString('utf8', cursor.at, end);
  cursor.at = end + 1;
  return text;
}

function readBytes(buffer: Buffer, cursor: Cursor): Buffer {
  const groups: Buffer[] = [];
  for (;;) {
    const count = buffer[cursor.at + groupBytes] as number;
    groups.push(buffer.subarray(cursor.at, cursor.at + Math.min(count, groupBytes)));
    cursor.at += groupBytes + 1;
    if (count !== groupContinues) return Buffer.concat(groups);
  }
}

function readNumber(buffer: Buffer, cursor: Cursor): number | DecimalPart {
  let head = buffer.readUInt16BE(cursor.at);
  cursor.at += 2;
  if (head === numberZero) return 0;
  const flip = head < numberZero ? 0xff : 0;
  if (flip) head = 0xffff - head;
  let digits = '';
  for (;;) {
    const byte = (buffer[cursor.at++] as number) ^ flip;
    if (byte === 0) break;
    digits += String(byte - 1).padStart(2, '0');
  }
  if (digits.endsWith('0')) digits = digits.slice(0, -1);
  return plainNumber(flip ? '-' : '', digits, head - numberBias);
}

/** The value `sign 0.digits × 10^exponent`. */
function plainNumber(sign: string, digits: string, exponent: number): number | DecimalPart {
  let text: string;
  if (exponent <= 0)
    text = exponent > -20 ? `0.${'0'.repeat(-exponent)}${digits}` : `${digits}e${exponent - digits.length}`;
  else if (exponent < digits.length) text = `${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
  else if (exponent <= 60) text = digits.padEnd(exponent, '0');
  else text = `${digits}e${exponent - digits.length}`;
  text = sign + text;
  const number = Number(text);
  if (!Number.isFinite(number) || number === 0) return { decimal: text };
  // Up to 15 digits a double is exact in both directions; with more, it is when it prints the same digits.
  return digits.length <= 15 || digitsOf(number) === digits ? number : { decimal: text };
}

function digitsOf(number: number): string {
  return String(number)
    .replace(/e.*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '');
}
