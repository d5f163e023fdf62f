/**
 * Reads CBOR (RFC 8949) as far as rpcv2Cbor needs it: no tags but times and big numbers, so that nothing in a
 * body can name a type of ours. Lengths are checked against what is there before anything is allocated.
 */
import { type AwsError, SerializationException } from '../../kernel/index.ts';
import { setKey } from '../shapes.ts';

const depthMax = 256;
const text = new TextDecoder('utf-8', { fatal: true });

/** The sentinel that ends what has no length. */
const stop = Symbol('break');

/** @throws SerializationException when the bytes aren't one well-formed item. */
export function decodeCbor(bytes: Uint8Array): unknown {
  const decoder = new Decoder(bytes);
  const value = decoder.item(0);
  if (value === stop) throw malformed('a break stands outside of a list or map');
  if (!decoder.atEnd) throw malformed('bytes follow the item');
  return value;
}

class Decoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  item(depth: number): unknown {
    if (depth > depthMax) throw malformed('it is nested too deeply');
    const head = this.#byte();
    const major = head >> 5;
    const info = head & 31;
    switch (major) {
      case 0:
        return this.#argument(info);
      case 1: {
        const value = this.#argument(info);
        return typeof value === 'bigint' ? -1n - value : -1 - value;
      }
      case 2:
        return info === 31 ? this.#chunks(2) : this.#take(this.#length(info));
      case 3:
        return info === 31 ? this.#string(this.#chunks(3)) : this.#string(this.#take(this.#length(info)));
      case 4:
        return this.#list(info, depth);
      case 5:
        return this.#map(info, depth);
      case 6:
        return this.#tagged(Number(this.#argument(info)), depth);
      default:
        return this.#simple(info);
    }
  }

  #list(info: number, depth: number): unknown[] {
    const items: unknown[] = [];
    if (info === 31) {
      for (;;) {
        const item = this.item(depth + 1);
        if (item === stop) return items;
        items.push(item);
      }
    }
    const length = this.#length(info);
    for (let index = 0; index < length; index++) items.push(this.#value(depth));
    return items;
  }

  #map(info: number, depth: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const length = info === 31 ? Number.POSITIVE_INFINITY : this.#length(info);
    for (let index = 0; index < length; index++) {
      const key = this.item(depth + 1);
      if (key === stop && info === 31) return map;
      if (typeof key !== 'string') throw malformed('a key is no text');
      setKey(map, key, this.#value(depth));
    }
    return map;
  }

  #value(depth: number): unknown {
    const value = this.item(depth + 1);
    if (value === stop) throw malformed('a break stands where a value was expected');
    return value;
  }

  #tagged(tag: number, depth: number): unknown {
    const value = this.#value(depth);
    if (tag === 1) {
      const date = new Date(Math.round(Number(value) * 1000));
      if (typeof value !== 'number' || Number.isNaN(date.getTime())) throw malformed('a time is no number');
      return date;
    }
    if ((tag === 2 || tag === 3) && value instanceof Uint8Array) {
      if (value.length > 1024) throw malformed('a number is too long');
      const magnitude = value.length === 0 ? 0n : BigInt(`0x${Buffer.from(value).toString('hex')}`);
      return tag === 2 ? magnitude : -1n - magnitude;
    }
    return value;
  }

  #simple(info: number): unknown {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
      case 23:
        return null;
      case 25:
        return halfFloat(this.#view.getUint16(this.#advance(2)));
      case 26:
        return this.#view.getFloat32(this.#advance(4));
      case 27:
        return this.#view.getFloat64(this.#advance(8));
      case 31:
        return stop;
      default:
        throw malformed('a simple value is unknown');
    }
  }

  #argument(info: number): number | bigint {
    if (info < 24) return info;
    switch (info) {
      case 24:
        return this.#byte();
      case 25:
        return this.#view.getUint16(this.#advance(2));
      case 26:
        return this.#view.getUint32(this.#advance(4));
      case 27: {
        const value = this.#view.getBigUint64(this.#advance(8));
        return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
      }
      default:
        throw malformed('an argument is reserved');
    }
  }

  /** Nothing can be longer than the bytes that are left: each item takes at least one. */
  #length(info: number): number {
    const length = Number(this.#argument(info));
    if (length > this.#bytes.length - this.#at) throw malformed('it is cut off');
    return length;
  }

  #chunks(major: number): Uint8Array {
    const chunks: Uint8Array[] = [];
    for (;;) {
      const head = this.#byte();
      if (head === 0xff) return Buffer.concat(chunks);
      if (head >> 5 !== major || (head & 31) === 31) throw malformed('a chunk is of another type');
      chunks.push(this.#take(this.#length(head & 31)));
    }
  }

  #string(bytes: Uint8Array): string {
    try {
      return text.decode(bytes);
    } catch {
      throw malformed('a text is no UTF-8');
    }
  }

  #byte(): number {
    return this.#bytes[this.#advance(1)] as number;
  }

  #take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  #advance(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw malformed('it is cut off');
    this.#at = start + length;
    return start;
  }
}

function halfFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * 2 ** (exponent - 25) * (1024 + fraction);
}

function malformed(why: string): AwsError {
  return new SerializationException(`The CBOR body is malformed: ${why}`);
}
