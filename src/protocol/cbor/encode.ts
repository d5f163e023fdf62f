/** Writes CBOR (RFC 8949): definite lengths, the shortest integers, doubles unless a single holds the same. */
import { isPlainObject } from '../shapes.ts';

export function encodeCbor(value: unknown): Uint8Array {
  const writer = new Writer();
  writer.write(value);
  return writer.done();
}

class Writer {
  #bytes = Buffer.allocUnsafe(512);
  #at = 0;

  done(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  write(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.#text(value);
        return;
      case 'number':
        this.#number(value);
        return;
      case 'bigint':
        this.#bigint(value);
        return;
      case 'boolean':
        this.#byte(value ? 0xf5 : 0xf4);
        return;
      default:
    }
    if (value === null || value === undefined) this.#byte(0xf6);
    else if (value instanceof Uint8Array) this.#raw(2, value);
    else if (value instanceof Date) {
      this.#byte(0xc1);
      this.#number(value.getTime() / 1000);
    } else if (Array.isArray(value)) {
      this.#head(4, value.length);
      for (const item of value) this.write(item);
    } else if (isPlainObject(value)) {
      const entries = Object.entries(value).filter(([, item]) => item !== undefined);
      this.#head(5, entries.length);
      for (const [key, item] of entries) {
        this.#text(key);
        this.write(item);
      }
    } else {
      throw new TypeError(`no CBOR for ${typeof value}`);
    }
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      if (value >= 0) this.#head(0, value);
      else this.#head(1, -1 - value);
      return;
    }
    const start = this.#room(9);
    if (Math.fround(value) === value || Number.isNaN(value)) {
      this.#bytes[start] = 0xfa;
      this.#bytes.writeFloatBE(value, start + 1);
      this.#at += 5;
    } else {
      this.#bytes[start] = 0xfb;
      this.#bytes.writeDoubleBE(value, start + 1);
      this.#at += 9;
    }
  }

  #bigint(value: bigint): void {
    const magnitude = value < 0n ? -1n - value : value;
    if (magnitude < 1n << 64n) {
      this.#room(9);
      this.#bytes[this.#at] = (value < 0n ? 0x20 : 0) | 27;
      this.#bytes.writeBigUInt64BE(magnitude, this.#at + 1);
      this.#at += 9;
      return;
    }
    const hex = magnitude.toString(16);
    this.#byte(value < 0n ? 0xc3 : 0xc2);
    this.#raw(2, Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex'));
  }

  #text(value: string): void {
    this.#raw(3, Buffer.from(value));
  }

  #raw(major: number, bytes: Uint8Array): void {
    this.#head(major, bytes.length);
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #head(major: number, argument: number): void {
    this.#room(9);
    const top = major << 5;
    if (argument < 24) {
      this.#bytes[this.#at++] = top | argument;
    } else if (argument < 0x100) {
      this.#bytes[this.#at++] = top | 24;
      this.#bytes[this.#at++] = argument;
    } else if (argument < 0x10000) {
      this.#bytes[this.#at++] = top | 25;
      this.#at = this.#bytes.writeUInt16BE(argument, this.#at);
    } else if (argument < 0x100000000) {
      this.#bytes[this.#at++] = top | 26;
      this.#at = this.#bytes.writeUInt32BE(argument, this.#at);
    } else {
      this.#bytes[this.#at++] = top | 27;
      this.#at = this.#bytes.writeBigUInt64BE(BigInt(argument), this.#at);
    }
  }

  #byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  /** Makes room for `length` more bytes. @returns where they start. */
  #room(length: number): number {
    if (this.#at + length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + length));
      this.#bytes.copy(larger, 0, 0, this.#at);
      this.#bytes = larger;
    }
    return this.#at;
  }
}
