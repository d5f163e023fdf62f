/**
 * How an item is written in the store: five bytes of head (form, size as DynamoDB counts it), then JSON.
 * JSON because the engine's own parser is the fastest there is for small objects; bytes become base64 and the
 * form says that they must be turned back, so that items without any pay nothing.
 */
import { assert } from '../../../kernel/index.ts';
import { type AttributeValue, base64, type Item } from './attributeValues.ts';

const headBytes = 5;
const plainForm = 1;
const binaryForm = 2;

export function encodeItem(item: Item, size: number): Uint8Array {
  let binary = false;
  // JSON.stringify would call a replacer for every value; items with bytes are the rare case.
  for (const name in item) binary ||= holdsBytes(item[name] as AttributeValue);
  const text = JSON.stringify(binary ? mapBytes(item, base64) : item);
  const length = Buffer.byteLength(text, 'utf8');
  const bytes = Buffer.allocUnsafe(headBytes + length);
  bytes[0] = binary ? binaryForm : plainForm;
  bytes.writeUInt32BE(size, 1);
  bytes.write(text, headBytes, 'utf8');
  return bytes;
}

export function decodeItem(stored: Uint8Array): Item {
  const item = JSON.parse(storedJson(stored)) as Item;
  return stored[0] === plainForm ? item : (mapBytes(item, fromBase64) as Item);
}

/** The item as the wire has it: the text that is stored, bytes in base64. */
export function storedJson(stored: Uint8Array): string {
  const bytes = asBuffer(stored);
  const form = bytes[0];
  assert(form === plainForm || form === binaryForm, 'an item has a form that this version knows', { form });
  return bytes.toString('utf8', headBytes);
}

/** The same as bytes, of which nobody may change any. */
export function storedJsonBytes(stored: Uint8Array): Uint8Array {
  return stored.subarray(headBytes);
}

/** Bytes of the stored item as DynamoDB counts them, without decoding it. */
export function storedSize(stored: Uint8Array): number {
  return (
    (stored[1] as number) * 2 ** 24 +
    (stored[2] as number) * 2 ** 16 +
    (stored[3] as number) * 2 ** 8 +
    (stored[4] as number)
  );
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function fromBase64(text: unknown): Uint8Array {
  return Buffer.from(text as string, 'base64');
}

function holdsBytes(value: AttributeValue): boolean {
  if (value.B !== undefined || value.BS !== undefined) return true;
  if (value.L !== undefined) return value.L.some(holdsBytes);
  if (value.M !== undefined) return Object.values(value.M).some(holdsBytes);
  return false;
}

/** A copy of an item in which `change` has been applied to every B and every member of a BS. */
function mapBytes(item: Item, change: (value: never) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, mapValue(value, change)]));
}

function mapValue(value: AttributeValue, change: (value: never) => unknown): unknown {
  if (value.B !== undefined) return { B: change(value.B as never) };
  if (value.BS !== undefined) return { BS: value.BS.map((member) => change(member as never)) };
  if (value.L !== undefined) return { L: value.L.map((element) => mapValue(element, change)) };
  if (value.M !== undefined) return { M: mapBytes(value.M, change) };
  return value;
}
