/**
 * A small strict XML reader: elements, attributes, text, CDATA, comments. No document types, hence no entities
 * but the five of XML and numeric ones: nothing expands. Our own, because request bodies need document order,
 * repeated elements and clear errors, and nothing else of what a general parser brings.
 */
import { type AwsError, SerializationException } from './errors.ts';

export interface XmlElement {
  /** Without its namespace prefix. */
  name: string;
  /** By name, prefix included (`xsi:type`); undefined when there are none. */
  attributes: Record<string, string> | undefined;
  children: XmlElement[];
  /** All text directly inside, concatenated. */
  text: string;
}

/** Deeper than any API's documents; a reader that recurses per level stays far from its stack's end. */
const depthMax = 128;

const name = /[A-Za-z_\u00c0-\uffff][\w.\-\u00b7-\uffff]*(?::[A-Za-z_\u00c0-\uffff][\w.\-\u00b7-\uffff]*)?/y;
const space = /[ \t\r\n]*/y;

/** @throws SerializationException when `source` isn't one well-formed element. */
export function readXml(source: string): XmlElement {
  const scanner = new Scanner(source);
  return scanner.document();
}

class Scanner {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source.charCodeAt(0) === 0xfeff ? source.slice(1) : source;
  }

  document(): XmlElement {
    this.#misc();
    if (this.#source[this.#at] !== '<') throw this.#malformed('an element is missing');
    const root = this.#element();
    this.#misc();
    if (this.#at < this.#source.length) throw this.#malformed('something follows the document element');
    return root;
  }

  /** White space, comments and processing instructions around the document element. */
  #misc(): void {
    for (;;) {
      this.#skipSpace();
      if (this.#source.startsWith('<?', this.#at)) this.#until('?>', 2);
      else if (this.#source.startsWith('<!--', this.#at)) this.#until('-->', 4);
      else if (this.#source.startsWith('<!', this.#at))
        throw this.#malformed('document types are not allowed');
      else return;
    }
  }

  #element(): XmlElement {
    const stack: { element: XmlElement; qualifiedName: string }[] = [];
    for (;;) {
      const { element, qualifiedName, closed } = this.#startTag();
      stack.at(-1)?.element.children.push(element);
      if (closed) {
        if (stack.length === 0) return element;
      } else {
        stack.push({ element, qualifiedName });
        if (stack.length > depthMax) throw this.#malformed('it is nested too deeply');
      }
      // Everything up to the next start tag: text, and the ends of elements.
      for (;;) {
        const open = stack.at(-1) as { element: XmlElement; qualifiedName: string };
        open.element.text += this.#text();
        if (!this.#source.startsWith('</', this.#at)) break;
        this.#at += 2;
        if (this.#name() !== open.qualifiedName)
          throw this.#malformed('an end tag does not match its start tag');
        this.#skipSpace();
        this.#expect('>');
        stack.pop();
        if (stack.length === 0) return open.element;
      }
    }
  }

  #startTag(): { element: XmlElement; qualifiedName: string; closed: boolean } {
    this.#expect('<');
    const qualifiedName = this.#name();
    const colon = qualifiedName.indexOf(':');
    const element: XmlElement = {
      name: colon < 0 ? qualifiedName : qualifiedName.slice(colon + 1),
      attributes: undefined,
      children: [],
      text: '',
    };
    for (;;) {
      const before = this.#at;
      this.#skipSpace();
      if (this.#source.startsWith('/>', this.#at)) {
        this.#at += 2;
        return { element, qualifiedName, closed: true };
      }
      if (this.#source[this.#at] === '>') {
        this.#at++;
        return { element, qualifiedName, closed: false };
      }
      if (this.#at === before) throw this.#malformed('a tag is malformed');
      this.#attribute(element);
    }
  }

  #attribute(element: XmlElement): void {
    const attribute = this.#name();
    this.#skipSpace();
    this.#expect('=');
    this.#skipSpace();
    const quote = this.#source[this.#at];
    if (quote !== '"' && quote !== "'") throw this.#malformed('an attribute has no quotes');
    const end = this.#source.indexOf(quote, this.#at + 1);
    if (end < 0) throw this.#malformed('an attribute does not end');
    const value = this.#source.slice(this.#at + 1, end);
    if (value.includes('<')) throw this.#malformed('an attribute holds a tag');
    this.#at = end + 1;
    element.attributes ??= Object.create(null) as Record<string, string>;
    if (attribute in element.attributes) throw this.#malformed('an attribute is given twice');
    element.attributes[attribute] = this.#decode(value);
  }

  /** Text and CDATA up to the next tag, comments left out. */
  #text(): string {
    let text = '';
    for (;;) {
      const open = this.#source.indexOf('<', this.#at);
      if (open < 0) throw this.#malformed('an element does not end');
      if (open > this.#at) {
        text += this.#decode(this.#source.slice(this.#at, open));
        this.#at = open;
      }
      if (this.#source.startsWith('<![CDATA[', open)) {
        const start = open + 9;
        this.#until(']]>', 9);
        text += this.#source.slice(start, this.#at - 3);
      } else if (this.#source.startsWith('<!--', open)) {
        this.#until('-->', 4);
      } else if (this.#source.startsWith('<?', open)) {
        this.#until('?>', 2);
      } else {
        return text;
      }
    }
  }

  #until(end: string, skip: number): void {
    const found = this.#source.indexOf(end, this.#at + skip);
    if (found < 0) throw this.#malformed(`“${end}” is missing`);
    this.#at = found + end.length;
  }

  #name(): string {
    name.lastIndex = this.#at;
    const match = name.exec(this.#source);
    if (!match) throw this.#malformed('a name is missing');
    this.#at = name.lastIndex;
    return match[0];
  }

  #skipSpace(): void {
    space.lastIndex = this.#at;
    space.exec(this.#source);
    this.#at = space.lastIndex;
  }

  #expect(character: string): void {
    if (this.#source[this.#at] !== character) throw this.#malformed(`“${character}” is missing`);
    this.#at++;
  }

  #decode(text: string): string {
    const plain = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
    if (!plain.includes('&')) return plain;
    return plain.replace(/&([^;&]{0,12});?/g, (whole, entity: string) => {
      const value = whole.endsWith(';') ? entityValue(entity) : undefined;
      if (value === undefined) throw this.#malformed('an entity is unknown');
      return value;
    });
  }

  #malformed(why: string): AwsError {
    return new SerializationException(`The XML is malformed at character ${this.#at}: ${why}`);
  }
}

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function entityValue(entity: string): string | undefined {
  if (entity.startsWith('#')) {
    const hex = entity[1] === 'x' || entity[1] === 'X';
    const digits = entity.slice(hex ? 2 : 1);
    if (!(hex ? /^[0-9a-fA-F]{1,6}$/ : /^[0-9]{1,7}$/).test(digits)) return undefined;
    const code = Number.parseInt(digits, hex ? 16 : 10);
    if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
    return String.fromCodePoint(code);
  }
  return Object.hasOwn(entities, entity) ? entities[entity] : undefined;
}
