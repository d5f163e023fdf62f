import { decodeKey } from './keys.ts';
import type { Entry, Key } from './port.ts';

/** An entry that decodes its key only when asked: most readers of a range want the values. */
export class EncodedEntry implements Entry {
  readonly keyBytes: Uint8Array;
  readonly value: Uint8Array;
  #key: Key | undefined;

  constructor(keyBytes: Uint8Array, value: Uint8Array) {
    this.keyBytes = keyBytes;
    this.value = value;
  }

  get key(): Key {
    this.#key ??= decodeKey(this.keyBytes);
    return this.#key;
  }
}
