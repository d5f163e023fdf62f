/** Questions every codec asks of a model. */
import type { ServiceModel, Shape, ShapeRef, StructureShape, TimestampFormat } from './model.ts';

export type Shapes = ServiceModel['shapes'];

export function shapeOf(shapes: Shapes, ref: ShapeRef): Shape {
  const shape = shapes[ref.shape];
  if (!shape) throw new Error(`the model has no shape ${ref.shape}`);
  return shape;
}

/** The structure behind `ref`, or undefined for operations without input or output. */
export function structureOf(shapes: Shapes, ref: ShapeRef | undefined): StructureShape | undefined {
  if (!ref) return undefined;
  const shape = shapeOf(shapes, ref);
  if (shape.type !== 'structure') throw new Error(`${ref.shape} is no structure`);
  return shape;
}

export function timestampFormatOf(ref: ShapeRef, shape: Shape, otherwise: TimestampFormat): TimestampFormat {
  return ref.timestampFormat ?? (shape.type === 'timestamp' ? shape.timestampFormat : undefined) ?? otherwise;
}

export function isFlattened(ref: ShapeRef, shape: Shape): boolean {
  return ref.flattened ?? ((shape.type === 'list' || shape.type === 'map') && shape.flattened === true);
}

export function isStreaming(ref: ShapeRef, shape: Shape): boolean {
  return ref.streaming === true || (shape.type === 'blob' && shape.streaming === true);
}

export function isEventStream(shape: Shape): shape is StructureShape {
  return shape.type === 'structure' && shape.eventstream === true;
}

/** True for members that a request carries outside of its body. */
export function isBoundInRequest(ref: ShapeRef): boolean {
  return ref.location !== undefined;
}

/** True for members that an answer carries outside of its body: path and query bind requests only. */
export function isBoundInResponse(ref: ShapeRef): boolean {
  return ref.location === 'header' || ref.location === 'headers' || ref.location === 'statusCode';
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets a key that came from outside: `__proto__` becomes a plain key, never a prototype. */
export function setKey(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}
