import { decodeKey, type KeyText, keyBytes } from './keys.ts';
import type { Entry, Key } from './port.ts';

/** An entry that decodes its key only when asked: most readers of a range want the values. */
export class EncodedEntry implements Entry {
  readonly text: KeyText;
  readonly value: Uint8Array;
  #key: Key | undefined;

  constructor(text: KeyText, value: Uint8Array) {
    this.text = text;
    this.value = value;
  }

  get key(): Key {
    this.#key ??= decodeKey(keyBytes(this.text));
    return this.#key;
  }
}
