/** Answers made of items as they are stored: their JSON is the wire's, so nothing is parsed and nothing is written. */
import { WireJson } from '../../../kernel/index.ts';
import type { Item } from '../domain/attributeValues.ts';
import { storedJson, storedJsonBytes } from '../domain/itemCodec.ts';
import { pick } from '../domain/projection.ts';

const comma = 0x2c;

/** Text before items, items, text after them: any number of times. */
export class WireItems {
  readonly #parts: (Uint8Array | string)[] = [];
  #bytes = 0;

  text(text: string): this {
    this.#parts.push(text);
    this.#bytes += Buffer.byteLength(text);
    return this;
  }

  /** A JSON list of items. */
  items(stored: readonly Uint8Array[]): this {
    this.text('[');
    for (let at = 0; at < stored.length; at++) {
      if (at > 0) this.text(',');
      const json = storedJsonBytes(stored[at] as Uint8Array);
      this.#parts.push(json);
      this.#bytes += json.byteLength;
    }
    return this.text(']');
  }

  answer(): WireJson {
    const body = Buffer.allocUnsafe(this.#bytes);
    let at = 0;
    for (const part of this.#parts) {
      if (part === ',') body[at++] = comma;
      else if (typeof part === 'string') at += body.write(part, at);
      else {
        body.set(part, at);
        at += part.byteLength;
      }
    }
    return new WireJson(body);
  }
}

/** Some attributes of a stored item, as the wire has them. */
export function wirePick(stored: Uint8Array, names: Iterable<string>): string {
  return JSON.stringify(pick(JSON.parse(storedJson(stored)) as Item, names));
}
