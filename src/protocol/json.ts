/**
 * JSON bodies: compiles a shape into one closure that checks types and converts in place, and one that
 * writes. Neither allocates where the wire form already is the value.
 */
import { SerializationException } from '../kernel/index.ts';
import { collectionMismatch, mismatch } from './jsonMismatch.ts';
import type { ShapeRef, TimestampFormat } from './model.ts';
import { epochSeconds, formatBlob, formatTimestamp, javaName, parseBlob, parseTimestamp } from './scalars.ts';
import {
  isBoundInRequest,
  isBoundInResponse,
  isPlainObject,
  type Shapes,
  shapeOf,
  timestampFormatOf,
} from './shapes.ts';

/** @param isElement the value stands in a list or map, not in a member of a structure. */
export type JsonReader = (value: unknown, isElement?: boolean) => unknown;
export type JsonWriter = (value: unknown) => unknown;

export interface JsonOptions {
  /** restJson1 honours `jsonName` and leaves out what is bound to HTTP; awsJson knows neither. */
  bound: boolean;
  timestampFormat: TimestampFormat;
  /** Where the service's own parser has its classes: `com.amazonaws.dynamodb.v20120810`. */
  javaPackage?: string | undefined;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** @throws SerializationException on malformed JSON or UTF-8. */
export function parseJson(body: Uint8Array): unknown {
  try {
    // Buffer's decoding is twice as fast as TextDecoder's, and the body is nearly always well formed.
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
    return JSON.parse(text.includes('\ufffd') ? decoder.decode(body) : text);
  } catch {
    throw new SerializationException('Could not parse the request body as JSON');
  }
}

/** A compiler for one service's shapes; readers and writers are shared by all operations. */
export class JsonCompiler {
  readonly #readers = new Map<string, JsonReader>();
  readonly #writers = new Map<string, JsonWriter>();
  readonly #shapes: Shapes;
  readonly #options: JsonOptions;

  constructor(shapes: Shapes, options: JsonOptions) {
    this.#shapes = shapes;
    this.#options = options;
  }

  reader(ref: ShapeRef): JsonReader {
    const shape = shapeOf(this.#shapes, ref);
    if (ref.jsonvalue || ('jsonvalue' in shape && shape.jsonvalue)) return readString;
    switch (shape.type) {
      case 'structure':
        return shape.document
          ? identity
          : this.#cached(this.#readers, ref.shape, () => this.#structureReader(ref));
      case 'list':
        return this.#cached(this.#readers, ref.shape, () => this.#listReader(ref));
      case 'map':
        return this.#cached(this.#readers, ref.shape, () => this.#mapReader(ref));
      case 'string':
      case 'character':
        return readString;
      case 'boolean':
        return readBoolean;
      case 'blob':
        return readBlob;
      case 'timestamp': {
        const format = timestampFormatOf(ref, shape, this.#options.timestampFormat);
        return format === 'unixTimestamp' ? readEpoch : (value) => readTextTime(value, format);
      }
      case 'float':
      case 'double':
      case 'bigDecimal':
        return readFloat;
      case 'integer':
      case 'long':
      case 'short':
      case 'byte':
      case 'bigInteger':
        return integerReaders[shape.type];
    }
  }

  writer(ref: ShapeRef): JsonWriter {
    const shape = shapeOf(this.#shapes, ref);
    if (ref.jsonvalue || ('jsonvalue' in shape && shape.jsonvalue)) return writeJsonValue;
    switch (shape.type) {
      case 'structure':
        return shape.document
          ? identity
          : this.#cached(this.#writers, ref.shape, () => this.#structureWriter(ref));
      case 'list':
        return this.#cached(this.#writers, ref.shape, () => this.#listWriter(ref));
      case 'map':
        return this.#cached(this.#writers, ref.shape, () => this.#mapWriter(ref));
      case 'blob':
        return formatBlob;
      case 'timestamp': {
        const format = timestampFormatOf(ref, shape, this.#options.timestampFormat);
        return format === 'unixTimestamp' ? epochSeconds : (value) => formatTimestamp(value, format);
      }
      case 'float':
      case 'double':
        return writeFloat;
      default:
        return identity;
    }
  }

  /** Recursive shapes meet themselves while they are compiled: they get a closure that looks again when it runs. */
  #cached<Closure extends JsonReader>(
    cache: Map<string, Closure>,
    name: string,
    compile: () => Closure,
  ): Closure {
    const known = cache.get(name);
    if (known) return known;
    let compiled: Closure | undefined;
    cache.set(name, ((value, isElement) => (compiled as Closure)(value, isElement)) as Closure);
    compiled = compile();
    cache.set(name, compiled);
    return compiled;
  }

  #structureReader(ref: ShapeRef): JsonReader {
    const shape = shapeOf(this.#shapes, ref);
    if (shape.type !== 'structure') return identity;
    const members = new Map<string, { name: string; read: JsonReader }>();
    for (const [name, member] of Object.entries(shape.members)) {
      if (this.#options.bound && isBoundInRequest(member)) continue;
      const wireName = this.#wireName(name, member);
      members.set(wireName, { name, read: this.reader(member) });
    }
    return (value, isElement) => {
      if (!isPlainObject(value)) throw this.#mismatch(value, ref, isElement);
      for (const key in value) {
        const member = members.get(key);
        const wire = value[key];
        if (member === undefined) {
          // Unknown members are ignored on AWS; the handler must not see them.
          delete value[key];
        } else if (wire === null) {
          delete value[key];
        } else {
          const read = member.read(wire);
          if (member.name !== key) {
            delete value[key];
            value[member.name] = read;
          } else if (read !== wire) {
            value[key] = read;
          }
        }
      }
      return value;
    };
  }

  #listReader(ref: ShapeRef): JsonReader {
    const shape = shapeOf(this.#shapes, ref);
    if (shape.type !== 'list') return identity;
    const read = this.reader(shape.member);
    return (value, isElement) => {
      if (!Array.isArray(value)) throw this.#mismatch(value, ref, isElement);
      for (let index = 0; index < value.length; index++) {
        const wire: unknown = value[index];
        if (wire === null) continue;
        const item = read(wire, true);
        if (item !== wire) value[index] = item;
      }
      return value;
    };
  }

  #mapReader(ref: ShapeRef): JsonReader {
    const shape = shapeOf(this.#shapes, ref);
    if (shape.type !== 'map') return identity;
    const read = this.reader(shape.value);
    return (value, isElement) => {
      if (!isPlainObject(value)) throw this.#mismatch(value, ref, isElement);
      for (const key in value) {
        const wire = value[key];
        if (wire === null) continue;
        const item = read(wire, true);
        // JSON.parse made an own property even of `__proto__`, so that this never reaches a prototype.
        if (item !== wire) value[key] = item;
      }
      return value;
    };
  }

  #structureWriter(ref: ShapeRef): JsonWriter {
    const shape = shapeOf(this.#shapes, ref);
    if (shape.type !== 'structure') return identity;
    const members = new Map<string, { wireName: string; write: JsonWriter }>();
    for (const [name, member] of Object.entries(shape.members)) {
      if (this.#options.bound && isBoundInResponse(member)) continue;
      members.set(name, { wireName: this.#wireName(name, member), write: this.writer(member) });
    }
    return (value) => {
      if (!isPlainObject(value)) return {};
      let copy: Record<string, unknown> | undefined;
      for (const key in value) {
        const item = value[key];
        const member = members.get(key);
        if (member !== undefined && item !== undefined && item !== null) {
          const wire = member.write === identity ? item : member.write(item);
          if (wire === item && member.wireName === key) {
            if (copy) copy[key] = item;
            continue;
          }
          copy ??= upTo(value, key, members);
          copy[member.wireName] = wire;
        } else {
          copy ??= upTo(value, key, members);
        }
      }
      return copy ?? value;
    };
  }

  #listWriter(ref: ShapeRef): JsonWriter {
    const shape = shapeOf(this.#shapes, ref);
    if (shape.type !== 'list') return identity;
    const write = this.writer(shape.member);
    return (value) => {
      const items = Array.isArray(value) ? value : Array.from(value as Iterable<unknown>);
      if (write === identity) return items;
      let copy: unknown[] | undefined;
      for (let index = 0; index < items.length; index++) {
        const item: unknown = items[index];
        const wire = item === null || item === undefined ? null : write(item);
        if (wire !== item) copy ??= items.slice();
        if (copy) copy[index] = wire;
      }
      return copy ?? items;
    };
  }

  #mapWriter(ref: ShapeRef): JsonWriter {
    const shape = shapeOf(this.#shapes, ref);
    if (shape.type !== 'map') return identity;
    const write = this.writer(shape.value);
    return (value) => {
      if (write === identity || !isPlainObject(value)) return value;
      let copy: Record<string, unknown> | undefined;
      for (const key in value) {
        const item = value[key];
        if (item === null || item === undefined) continue;
        const wire = write(item);
        // A spread defines own properties, `__proto__` included; the assignment then finds them.
        if (wire !== item) {
          copy ??= { ...value };
          copy[key] = wire;
        }
      }
      return copy ?? value;
    };
  }

  #mismatch(value: unknown, ref: ShapeRef, isElement = false): Error {
    return collectionMismatch(value, ref, isElement, this.#shapes, this.#options.javaPackage);
  }

  #wireName(name: string, member: ShapeRef): string {
    return this.#options.bound ? (member.locationName ?? name) : name;
  }
}

/** The members before `stop`, which needed no conversion. */
function upTo(
  value: Record<string, unknown>,
  stop: string,
  members: Map<string, { wireName: string }>,
): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    if (key === stop) break;
    const member = members.get(key);
    if (member && value[key] !== undefined && value[key] !== null) copy[member.wireName] = value[key];
  }
  return copy;
}

function identity(value: unknown): unknown {
  return value;
}

function readString(value: unknown): unknown {
  if (typeof value === 'string') return value;
  throw mismatch(value, 'string');
}

function readBoolean(value: unknown): unknown {
  if (typeof value === 'boolean') return value;
  // Coral's parser takes a few words for booleans, whatever their case.
  if (typeof value === 'string') {
    const word = value.toLowerCase();
    if (word === 'true' || word === '1' || word === 'yes') return true;
    if (word === 'false' || word === '0' || word === 'no') return false;
    throw new SerializationException('Unexpected token received from parser');
  }
  throw mismatch(value, 'boolean');
}

function readBlob(value: unknown): unknown {
  if (typeof value === 'string') return parseBlob(value);
  if (typeof value === 'object') throw mismatch(value, 'blob');
  throw new SerializationException('only base-64-encoded strings are convertible to bytes');
}

function readEpoch(value: unknown): unknown {
  if (typeof value === 'number') {
    const date = new Date(Math.round(value * 1000));
    if (!Number.isNaN(date.getTime())) return date;
    throw new SerializationException(`${value} is not a valid timestamp`);
  }
  // Coral services take any of the three formats.
  if (typeof value === 'string') return parseTimestamp(value, formatOf(value));
  throw mismatch(value, 'timestamp');
}

function readTextTime(value: unknown, format: TimestampFormat): unknown {
  if (typeof value === 'string') return parseTimestamp(value, format);
  if (typeof value === 'number') return readEpoch(value);
  throw mismatch(value, 'timestamp');
}

function formatOf(text: string): TimestampFormat {
  if (/^[A-Za-z]/.test(text)) return 'rfc822';
  return /^\d{4}-/.test(text) ? 'iso8601' : 'unixTimestamp';
}

function readFloat(value: unknown): unknown {
  if (typeof value === 'number') return value;
  if (value === 'NaN') return Number.NaN;
  if (value === 'Infinity') return Number.POSITIVE_INFINITY;
  if (value === '-Infinity') return Number.NEGATIVE_INFINITY;
  throw mismatch(value, 'double');
}

const integerReaders = {
  byte: integerReader('byte', 2 ** 7),
  short: integerReader('short', 2 ** 15),
  integer: integerReader('integer', 2 ** 31),
  long: integerReader('long', 2 ** 63),
  bigInteger: integerReader('bigInteger', Number.POSITIVE_INFINITY),
};

function integerReader(
  type: 'byte' | 'short' | 'integer' | 'long' | 'bigInteger',
  bound: number,
): JsonReader {
  return (value) => {
    if (typeof value !== 'number') throw mismatch(value, type);
    if (value >= bound || value < -bound) {
      throw new SerializationException(`NUMBER_VALUE cannot be converted to ${javaName(type)}`);
    }
    // A fraction is cut off, as AWS's own parser does (seen on DynamoDB's Limit).
    return Math.trunc(value);
  };
}

function writeJsonValue(value: unknown): unknown {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function writeFloat(value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
