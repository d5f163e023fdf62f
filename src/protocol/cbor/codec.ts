/** Decoded CBOR checked against a shape, and outputs reduced to what their shape knows. */
import { type AwsError, SerializationException } from '../../kernel/index.ts';
import type { ShapeRef } from '../model.ts';
import { inRange, javaName } from '../scalars.ts';
import { isPlainObject, type Shapes, setKey, shapeOf } from '../shapes.ts';

type Convert = (value: unknown) => unknown;

export class CborCompiler {
  readonly #readers = new Map<string, Convert>();
  readonly #writers = new Map<string, Convert>();
  readonly #shapes: Shapes;

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
  }

  reader(ref: ShapeRef): Convert {
    return this.#convert(ref, this.#readers, (inner) => this.reader(inner), readScalar);
  }

  writer(ref: ShapeRef): Convert {
    return this.#convert(ref, this.#writers, (inner) => this.writer(inner), writeScalar);
  }

  #convert(
    ref: ShapeRef,
    cache: Map<string, Convert>,
    of: (ref: ShapeRef) => Convert,
    scalar: (type: string, value: unknown) => unknown,
  ): Convert {
    const known = cache.get(ref.shape);
    if (known) return known;
    let compiled: Convert | undefined;
    cache.set(ref.shape, (value) => (compiled as Convert)(value));
    compiled = this.#compile(ref, of, scalar);
    cache.set(ref.shape, compiled);
    return compiled;
  }

  #compile(
    ref: ShapeRef,
    of: (ref: ShapeRef) => Convert,
    scalar: (type: string, value: unknown) => unknown,
  ): Convert {
    const shape = shapeOf(this.#shapes, ref);
    switch (shape.type) {
      case 'structure': {
        const members = Object.entries(shape.members).map(([name, member]) => [name, of(member)] as const);
        return (value) => {
          if (!isPlainObject(value)) throw mismatch('structure');
          const read: Record<string, unknown> = {};
          for (const [name, convert] of members) {
            const item = Object.hasOwn(value, name) ? value[name] : undefined;
            if (item !== undefined && item !== null) read[name] = convert(item);
          }
          return read;
        };
      }
      case 'list': {
        const convert = of(shape.member);
        return (value) => {
          if (!Array.isArray(value)) throw mismatch('list');
          return value.map((item: unknown) => (item === null || item === undefined ? null : convert(item)));
        };
      }
      case 'map': {
        const convert = of(shape.value);
        return (value) => {
          if (!isPlainObject(value)) throw mismatch('map');
          const read: Record<string, unknown> = {};
          for (const key of Object.keys(value)) {
            const item = value[key];
            setKey(read, key, item === null || item === undefined ? null : convert(item));
          }
          return read;
        };
      }
      default:
        return (value) => scalar(shape.type, value);
    }
  }
}

function readScalar(type: string, value: unknown): unknown {
  switch (type) {
    case 'string':
    case 'character':
      if (typeof value === 'string') return value;
      break;
    case 'boolean':
      if (typeof value === 'boolean') return value;
      break;
    case 'blob':
      if (value instanceof Uint8Array) return value;
      break;
    case 'timestamp':
      if (value instanceof Date) return value;
      if (typeof value === 'number' && Math.abs(value) <= 8.64e12) return new Date(Math.round(value * 1000));
      break;
    case 'bigInteger':
      if (typeof value === 'bigint' || Number.isInteger(value)) return value;
      break;
    case 'float':
    case 'double':
    case 'bigDecimal':
      if (typeof value === 'number') return value;
      if (typeof value === 'bigint') return Number(value);
      break;
    default: {
      const number = Number(value);
      const integral = typeof value === 'bigint' || Number.isInteger(value);
      if (integral && inRange(number, type as 'integer')) return number;
    }
  }
  throw mismatch(javaName(type as 'string'));
}

function writeScalar(type: string, value: unknown): unknown {
  if (type === 'timestamp' && typeof value === 'number') return new Date(value * 1000);
  if (type === 'blob' && typeof value === 'string') return Buffer.from(value);
  return value;
}

function mismatch(wanted: string): AwsError {
  return new SerializationException(`The CBOR body has a value of another type where ${wanted} was expected`);
}
