/** XML bodies: shapes to and from elements, for restXml and the answers of the query protocols. */
import { SerializationException, type XmlElement } from '../../kernel/index.ts';
import type { ListShape, MapShape, ShapeRef, StructureShape } from '../model.ts';
import {
  epochSeconds,
  formatBlob,
  formatNumber,
  formatTimestamp,
  parseBlob,
  parseBoolean,
  parseNumber,
  parseTimestamp,
} from '../scalars.ts';
import {
  isBoundInRequest,
  isBoundInResponse,
  isFlattened,
  isPlainObject,
  type Shapes,
  setKey,
  shapeOf,
  timestampFormatOf,
} from '../shapes.ts';

export type XmlReader = (element: XmlElement) => unknown;
/** @param attributes text that goes into the start tag, each with a leading space. */
export type XmlWriter = (value: unknown, tag: string, attributes: string) => string;

/** A member of a structure takes elements itself, since a flattened list is several of them. */
type MemberReader = (target: Record<string, unknown>, element: XmlElement) => void;

export class XmlCompiler {
  readonly #readers = new Map<string, XmlReader>();
  readonly #writers = new Map<
    string,
    (value: Record<string, unknown>) => { attributes: string; content: string }
  >();
  readonly #shapes: Shapes;
  readonly #wholeSeconds: boolean;

  /** @param wholeSeconds times are written without their fraction of a second, as some services do. */
  constructor(shapes: Shapes, wholeSeconds = false) {
    this.#shapes = shapes;
    this.#wholeSeconds = wholeSeconds;
  }

  reader(ref: ShapeRef): XmlReader {
    const shape = shapeOf(this.#shapes, ref);
    switch (shape.type) {
      case 'structure':
        return this.#recursive(ref.shape, () => this.#structureReader(shape));
      case 'list': {
        return this.#recursive(ref.shape, () => {
          const read = this.reader(shape.member);
          const name = shape.member.locationName ?? 'member';
          return (element) =>
            element.children.filter((child) => child.name === name).map((child) => read(child));
        });
      }
      case 'map':
        return this.#recursive(ref.shape, () => {
          const entry = this.#entryReader(shape);
          return (element) => {
            const map: Record<string, unknown> = {};
            for (const child of element.children) if (child.name === 'entry') entry(map, child);
            return map;
          };
        });
      case 'string':
      case 'character':
        return textOf;
      case 'boolean':
        return (element) => parseBoolean(textOf(element));
      case 'blob':
        return (element) => parseBlob(textOf(element).replace(/\s/g, ''));
      case 'timestamp': {
        const format = timestampFormatOf(ref, shape, 'iso8601');
        return (element) => parseTimestamp(textOf(element), format);
      }
      default:
        return (element) => parseNumber(textOf(element), shape.type);
    }
  }

  #recursive(name: string, compile: () => XmlReader): XmlReader {
    const known = this.#readers.get(name);
    if (known) return known;
    let compiled: XmlReader | undefined;
    this.#readers.set(name, (element) => (compiled as XmlReader)(element));
    compiled = compile();
    this.#readers.set(name, compiled);
    return compiled;
  }

  #structureReader(shape: StructureShape): XmlReader {
    const elements = new Map<string, MemberReader>();
    const attributes: { attribute: string; name: string; ref: ShapeRef }[] = [];
    for (const [name, ref] of Object.entries(shape.members)) {
      if (isBoundInRequest(ref)) continue;
      if (ref.xmlAttribute) attributes.push({ attribute: ref.locationName ?? name, name, ref });
      else elements.set(localName(ref.locationName ?? name), this.#memberReader(name, ref));
    }
    return (element) => {
      const value: Record<string, unknown> = {};
      for (const { attribute, name, ref } of attributes) {
        const text = attributeOf(element, attribute);
        if (text !== undefined)
          value[name] = this.reader(ref)({ name, attributes: undefined, children: [], text });
      }
      for (const child of element.children) elements.get(child.name)?.(value, child);
      return value;
    };
  }

  #memberReader(name: string, ref: ShapeRef): MemberReader {
    const shape = shapeOf(this.#shapes, ref);
    if (isFlattened(ref, shape) && shape.type === 'list') {
      const read = this.reader(shape.member);
      return (target, element) => {
        target[name] ??= [];
        (target[name] as unknown[]).push(read(element));
      };
    }
    if (isFlattened(ref, shape) && shape.type === 'map') {
      const entry = this.#entryReader(shape);
      return (target, element) => {
        target[name] ??= {};
        entry(target[name] as Record<string, unknown>, element);
      };
    }
    const read = this.reader(ref);
    return (target, element) => {
      target[name] = read(element);
    };
  }

  #entryReader(shape: MapShape): (target: Record<string, unknown>, entry: XmlElement) => void {
    const keyName = shape.key.locationName ?? 'key';
    const valueName = shape.value.locationName ?? 'value';
    const read = this.reader(shape.value);
    return (target, entry) => {
      const key = entry.children.find((child) => child.name === keyName);
      const value = entry.children.find((child) => child.name === valueName);
      if (!key) throw new SerializationException('A map entry has no key');
      if (value) setKey(target, textOf(key), read(value));
    };
  }

  writer(ref: ShapeRef): XmlWriter {
    const shape = shapeOf(this.#shapes, ref);
    const namespace = namespaceAttribute(ref.xmlNamespace ?? shape.xmlNamespace);
    switch (shape.type) {
      case 'structure': {
        const write = this.#structureWriter(ref.shape, shape);
        return (value, tag, attributes) => {
          const { attributes: own, content } = write(isPlainObject(value) ? value : {});
          return element(tag, attributes + namespace + own, content);
        };
      }
      case 'list': {
        const items = this.#itemsWriter(shape, shape.member.locationName ?? 'member');
        return (value, tag, attributes) => element(tag, attributes + namespace, items(value));
      }
      case 'map': {
        const entries = this.#entriesWriter(shape, 'entry');
        return (value, tag, attributes) => element(tag, attributes + namespace, entries(value));
      }
      default: {
        const text = this.textWriter(ref);
        return (value, tag, attributes) => element(tag, attributes + namespace, text(value));
      }
    }
  }

  /** A scalar as escaped text. */
  textWriter(ref: ShapeRef): (value: unknown) => string {
    const shape = shapeOf(this.#shapes, ref);
    switch (shape.type) {
      case 'blob':
        return formatBlob;
      case 'timestamp': {
        const format = timestampFormatOf(ref, shape, 'iso8601');
        if (!this.#wholeSeconds) return (value) => formatTimestamp(value, format);
        return (value) => formatTimestamp(Math.floor(epochSeconds(value)), format);
      }
      case 'boolean':
        return (value) => (value ? 'true' : 'false');
      case 'string':
      case 'character':
        return (value) => escapeText(String(value));
      default:
        return formatNumber;
    }
  }

  /** The members of a structure, without an element around them. */
  content(ref: ShapeRef): (value: Record<string, unknown>) => string {
    const shape = shapeOf(this.#shapes, ref);
    if (shape.type !== 'structure') throw new Error(`${ref.shape} is no structure`);
    const write = this.#structureWriter(ref.shape, shape);
    return (value) => write(value).content;
  }

  #structureWriter(
    name: string,
    shape: StructureShape,
  ): (value: Record<string, unknown>) => { attributes: string; content: string } {
    const known = this.#writers.get(name);
    if (known) return known;
    type Write = (value: Record<string, unknown>) => { attributes: string; content: string };
    let compiled: Write | undefined;
    this.#writers.set(name, (value) => (compiled as Write)(value));
    const elements: [string, (value: unknown) => string][] = [];
    const attributes: [string, (value: unknown) => string][] = [];
    for (const [member, ref] of Object.entries(shape.members)) {
      if (isBoundInResponse(ref)) continue;
      if (ref.xmlAttribute) {
        const label = ref.locationName ?? member;
        attributes.push([member, (value) => ` ${label}="${escapeAttribute(String(value))}"`]);
      } else {
        elements.push([member, this.#memberWriter(member, ref)]);
      }
    }
    compiled = (value) => {
      let content = '';
      for (const [member, write] of elements) {
        const item = value[member];
        if (item !== undefined && item !== null) content += write(item);
      }
      let own = '';
      for (const [member, write] of attributes) {
        const item = value[member];
        if (item !== undefined && item !== null) own += write(item);
      }
      return { attributes: own, content };
    };
    this.#writers.set(name, compiled);
    return compiled;
  }

  #memberWriter(name: string, ref: ShapeRef): (value: unknown) => string {
    const shape = shapeOf(this.#shapes, ref);
    const tag = ref.locationName ?? name;
    if (isFlattened(ref, shape)) {
      if (shape.type === 'list') return this.#itemsWriter(shape, tag);
      const namespace = namespaceAttribute(ref.xmlNamespace ?? shape.xmlNamespace);
      if (shape.type === 'map') return this.#entriesWriter(shape, tag, namespace);
    }
    const write = this.writer(ref);
    return (value) => write(value, tag, '');
  }

  #itemsWriter(shape: ListShape, tag: string): (value: unknown) => string {
    let write: XmlWriter | undefined;
    return (value) => {
      write ??= this.writer(shape.member);
      let content = '';
      for (const item of value as Iterable<unknown>) {
        if (item !== undefined && item !== null) content += write(item, tag, '');
      }
      return content;
    };
  }

  #entriesWriter(shape: MapShape, tag: string, namespace = ''): (value: unknown) => string {
    const keyName = shape.key.locationName ?? 'key';
    const valueName = shape.value.locationName ?? 'value';
    const keyNamespace = namespaceAttribute(shape.key.xmlNamespace);
    let write: XmlWriter | undefined;
    return (value) => {
      write ??= this.writer(shape.value);
      let content = '';
      for (const [key, item] of Object.entries(value as object)) {
        if (item === undefined || item === null) continue;
        content += element(
          tag,
          namespace,
          element(keyName, keyNamespace, escapeText(key)) + write(item, valueName, ''),
        );
      }
      return content;
    };
  }
}

export function element(tag: string, attributes: string, content: string): string {
  return content === '' ? `<${tag}${attributes}/>` : `<${tag}${attributes}>${content}</${tag}>`;
}

export function namespaceAttribute(namespace: ShapeRef['xmlNamespace']): string {
  if (namespace === undefined) return '';
  if (typeof namespace === 'string') return ` xmlns="${escapeAttribute(namespace)}"`;
  const { uri, prefix } = namespace;
  return prefix ? ` xmlns:${prefix}="${escapeAttribute(uri)}"` : ` xmlns="${escapeAttribute(uri)}"`;
}

const textSpecials = /[&<>\r\u0085\u2028]/g;
const attributeSpecials = /[&<>"\r\n\t\u0085\u2028]/g;
/** XML 1.0 has no way to write these; a reader would refuse the whole document for one of them. */
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

export function escapeText(text: string): string {
  return text.replace(unwritable, '').replace(textSpecials, escapeCharacter);
}

function escapeAttribute(text: string): string {
  return text.replace(unwritable, '').replace(attributeSpecials, escapeCharacter);
}

function escapeCharacter(character: string): string {
  switch (character) {
    case '&':
      return '&amp;';
    case '<':
      return '&lt;';
    case '>':
      return '&gt;';
    case '"':
      return '&quot;';
    default:
      return `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`;
  }
}

function textOf(element: XmlElement): string {
  if (element.children.length > 0) {
    throw new SerializationException(`The element ${element.name} holds elements where text was expected`);
  }
  return element.text;
}

function attributeOf(element: XmlElement, name: string): string | undefined {
  const exact = element.attributes?.[name];
  if (exact !== undefined || element.attributes === undefined) return exact;
  // The sender may have bound the namespace to another prefix.
  const local = localName(name);
  const other = Object.keys(element.attributes).find(
    (key) => !key.startsWith('xmlns') && localName(key) === local,
  );
  return other === undefined ? undefined : element.attributes[other];
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
