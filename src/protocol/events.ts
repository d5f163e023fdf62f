/** Event streams of a model: which member is one, and how its events become framed messages. */
import { AwsError } from '../kernel/index.ts';
import { type EventHeaderValue, encodeEvent } from './eventStream.ts';
import type { JsonCompiler } from './json.ts';
import type { ShapeRef, StructureShape } from './model.ts';
import { isEventStream, type Shapes, shapeOf } from './shapes.ts';

export function eventStreamMember(
  shapes: Shapes,
  structure: StructureShape,
): { name: string; shape: StructureShape } | undefined {
  for (const [name, ref] of Object.entries(structure.members)) {
    const shape = shapeOf(shapes, ref);
    if (isEventStream(shape)) return { name, shape };
  }
  return undefined;
}

/** How one kind of event is written. */
export type EventWriter = (event: unknown) => Uint8Array;

/** Writes the members of an event that have no place of their own. */
export type EventBody = (ref: ShapeRef, value: unknown) => { contentType: string; bytes: Uint8Array };

export function jsonEvents(
  shapes: Shapes,
  stream: StructureShape,
  compiler: JsonCompiler,
): Map<string, EventWriter> {
  return eventWriters(shapes, stream, (ref, value) => ({
    contentType: 'application/json',
    bytes: Buffer.from(JSON.stringify(compiler.writer(ref)(value))),
  }));
}

export function eventWriters(
  shapes: Shapes,
  stream: StructureShape,
  body: EventBody,
): Map<string, EventWriter> {
  return new Map(
    Object.entries(stream.members).map(
      ([name, ref]) => [name, eventWriter(shapes, name, ref, body)] as const,
    ),
  );
}

function eventWriter(shapes: Shapes, name: string, ref: ShapeRef, body: EventBody): EventWriter {
  const shape = shapeOf(shapes, ref) as StructureShape;
  const payload = Object.entries(shape.members).find(([, member]) => member.eventpayload);
  const inHeaders = Object.entries(shape.members).filter(([, member]) => member.eventheader);
  const kind = shape.exception ? 'exception' : 'event';
  return (event) => {
    const value = (event ?? {}) as Record<string, unknown>;
    const headers: Record<string, EventHeaderValue> = {
      ':message-type': { type: 'string', value: kind },
      [`:${kind}-type`]: { type: 'string', value: name },
    };
    for (const [member, memberRef] of inHeaders) {
      if (value[member] !== undefined) headers[member] = headerValue(shapes, memberRef, value[member]);
    }
    const { contentType, bytes } = eventBody(shapes, ref, value, payload, inHeaders, body);
    if (contentType) headers[':content-type'] = { type: 'string', value: contentType };
    return encodeEvent({ headers, payload: bytes });
  };
}

function eventBody(
  shapes: Shapes,
  ref: ShapeRef,
  value: Record<string, unknown>,
  payload: [string, ShapeRef] | undefined,
  inHeaders: [string, ShapeRef][],
  body: EventBody,
): { contentType: string; bytes: Uint8Array } {
  if (payload) {
    const [name, payloadRef] = payload;
    const content = value[name];
    const type = shapeOf(shapes, payloadRef).type;
    if (type === 'blob') {
      const bytes = content instanceof Uint8Array ? content : Buffer.from(String(content ?? ''));
      return { contentType: 'application/octet-stream', bytes };
    }
    if (type === 'string') return { contentType: 'text/plain', bytes: Buffer.from(String(content ?? '')) };
    return body(payloadRef, content ?? {});
  }
  const rest = { ...value };
  for (const [name] of inHeaders) delete rest[name];
  const structure = shapeOf(shapes, ref) as StructureShape;
  if (Object.keys(structure.members).length === inHeaders.length)
    return { contentType: '', bytes: Buffer.alloc(0) };
  return body(ref, rest);
}

function headerValue(shapes: Shapes, ref: ShapeRef, value: unknown): EventHeaderValue {
  const { type } = shapeOf(shapes, ref);
  switch (type) {
    case 'boolean':
      return { type, value: value === true };
    case 'byte':
    case 'short':
    case 'integer':
      return { type, value: Number(value) };
    case 'long':
      return { type, value: BigInt(value as number) };
    case 'blob':
      return { type, value: value as Uint8Array };
    case 'timestamp':
      return { type, value: value as Date };
    default:
      return { type: 'string', value: String(value) };
  }
}

/**
 * @param source events as the SDK types them: `{ PayloadChunk: { Payload } }`. An AwsError that it throws becomes the
 * stream's exception (or error) message, since the status has long been sent.
 * @param initial JSON of the `initial-response` that RPC protocols send first.
 */
export async function* writeEvents(
  source: AsyncIterable<unknown>,
  writers: Map<string, EventWriter>,
  initial?: string,
): AsyncGenerator<Uint8Array> {
  if (initial !== undefined) {
    yield encodeEvent({
      headers: {
        ':message-type': { type: 'string', value: 'event' },
        ':event-type': { type: 'string', value: 'initial-response' },
        ':content-type': { type: 'string', value: 'application/json' },
      },
      payload: Buffer.from(initial),
    });
  }
  try {
    for await (const event of source) {
      for (const [name, value] of Object.entries(event as object)) {
        const write = writers.get(name);
        if (write && value !== undefined) yield write(value);
      }
    }
  } catch (cause) {
    if (!(cause instanceof AwsError)) throw cause;
    const write = writers.get(cause.code);
    if (write) {
      yield write({ ...cause.members, message: cause.message });
    } else {
      yield encodeEvent({
        headers: {
          ':message-type': { type: 'string', value: 'error' },
          ':error-code': { type: 'string', value: cause.code },
          ':error-message': { type: 'string', value: cause.message },
        },
        payload: Buffer.alloc(0),
      });
    }
  }
}
