/** `Action=…&Tags.member.1.Key=a`: the bodies of awsQuery and ec2Query, read along the input's shape. */
import { SerializationException } from '../kernel/index.ts';
import type { MapShape, ShapeRef, StructureShape } from './model.ts';
import { parseBlob, parseBoolean, parseNumber, parseTimestamp } from './scalars.ts';
import { isFlattened, type Shapes, setKey, shapeOf, timestampFormatOf } from './shapes.ts';

/** Parameters as a tree over the dots of their names. */
export interface FormNode {
  value: string | undefined;
  children: Map<string, FormNode> | undefined;
}

/** More than any API nests; names deeper than this are refused. */
const depthMax = 100;

/** @throws SerializationException when a name or value isn't valid percent-encoding. */
export function readForm(text: string): FormNode {
  const root: FormNode = { value: undefined, children: undefined };
  if (text === '') return root;
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodeFormText(equals < 0 ? pair : pair.slice(0, equals));
    let node = root;
    let depth = 0;
    for (const part of name.split('.')) {
      if (++depth > depthMax) throw new SerializationException('A parameter is nested too deeply');
      node.children ??= new Map();
      let child = node.children.get(part);
      if (!child) {
        child = { value: undefined, children: undefined };
        node.children.set(part, child);
      }
      node = child;
    }
    node.value = equals < 0 ? '' : decodeFormText(pair.slice(equals + 1));
  }
  return root;
}

export function decodeFormText(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw new SerializationException('A parameter is not valid percent-encoded UTF-8');
  }
}

type FormReader = (node: FormNode) => unknown;

export class FormCompiler {
  readonly #readers = new Map<string, FormReader>();
  readonly #shapes: Shapes;
  readonly #ec2: boolean;

  constructor(shapes: Shapes, ec2: boolean) {
    this.#shapes = shapes;
    this.#ec2 = ec2;
  }

  reader(ref: ShapeRef): FormReader {
    const shape = shapeOf(this.#shapes, ref);
    switch (shape.type) {
      case 'structure':
        return this.#recursive(ref.shape, () => this.#structureReader(shape));
      case 'list': {
        const flattened = this.#ec2 || isFlattened(ref, shape);
        return this.#recursive(`${flattened ? 'flat ' : ''}${ref.shape}`, () => {
          const read = this.reader(shape.member);
          const name = shape.member.locationName ?? 'member';
          return (node) => {
            const items = flattened ? node : node.children?.get(name);
            // `Tags=` is an empty list; items without the middle name are what old clients send.
            return this.#numbered(items ?? (hasNumbers(node) ? node : undefined)).map(read);
          };
        });
      }
      case 'map': {
        const flattened = isFlattened(ref, shape);
        return this.#recursive(`${flattened ? 'flat ' : ''}${ref.shape}`, () =>
          this.#mapReader(shape, flattened),
        );
      }
      case 'string':
      case 'character':
        return text;
      case 'boolean':
        return (node) => parseBoolean(text(node));
      case 'blob':
        return (node) => parseBlob(text(node));
      case 'timestamp': {
        const format = timestampFormatOf(ref, shape, 'iso8601');
        return (node) => parseTimestamp(text(node), format);
      }
      default:
        return (node) => parseNumber(text(node), shape.type);
    }
  }

  #recursive(name: string, compile: () => FormReader): FormReader {
    const known = this.#readers.get(name);
    if (known) return known;
    let compiled: FormReader | undefined;
    this.#readers.set(name, (node) => (compiled as FormReader)(node));
    compiled = compile();
    this.#readers.set(name, compiled);
    return compiled;
  }

  #structureReader(shape: StructureShape): FormReader {
    const members = new Map<string, { name: string; read: FormReader }>();
    for (const [name, ref] of Object.entries(shape.members)) {
      members.set(this.#wireName(name, ref), { name, read: this.reader(ref) });
    }
    return (node) => {
      const value: Record<string, unknown> = {};
      if (!node.children) return value;
      for (const [key, child] of node.children) {
        const member = members.get(key);
        if (member) value[member.name] = member.read(child);
      }
      return value;
    };
  }

  #mapReader(shape: MapShape, flattened: boolean): FormReader {
    const keyName = shape.key.locationName ?? 'key';
    const valueName = shape.value.locationName ?? 'value';
    const read = this.reader(shape.value);
    return (node) => {
      const map: Record<string, unknown> = {};
      for (const entry of this.#numbered(flattened ? node : node.children?.get('entry'))) {
        const key = entry.children?.get(keyName);
        const value = entry.children?.get(valueName);
        if (key) setKey(map, text(key), value ? read(value) : null);
      }
      return map;
    };
  }

  #wireName(name: string, ref: ShapeRef): string {
    if (this.#ec2) return ref.queryName ?? capitalised(ref.locationName ?? name);
    return ref.locationName ?? name;
  }

  /** The children named 1, 2, 3 … in numeric order, gaps allowed. */
  #numbered(node: FormNode | undefined): FormNode[] {
    if (!node?.children) return [];
    const items: [number, FormNode][] = [];
    for (const [key, child] of node.children) if (/^\d{1,9}$/.test(key)) items.push([Number(key), child]);
    return items.sort(([a], [b]) => a - b).map(([, child]) => child);
  }
}

function hasNumbers(node: FormNode): boolean {
  return node.children?.has('1') ?? false;
}

function text(node: FormNode): string {
  if (node.value === undefined)
    throw new SerializationException('A parameter has members where a value was expected');
  return node.value;
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
