/**
 * restJson1 and restXml: the same bindings around different bodies.
 * https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html, https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
 */
import { Readable } from 'node:stream';
import { AwsError, type HttpRequest, type HttpResponse, type ResponseBody } from '../kernel/index.ts';
import {
  type Codec,
  type ErrorShape,
  errorMembers,
  errorShapes,
  errorStatus,
  type Protocol,
} from './codec.ts';
import { type Dialect, dialectOf } from './dialects.ts';
import { eventWriters, writeEvents } from './events.ts';
import { bindingsReader, bindingsWriter } from './httpBindings.ts';
import { jsonBody } from './jsonBody.ts';
import type { OperationModel, ServiceModel, ShapeRef, StructureShape } from './model.ts';
import { Routes } from './routes.ts';
import {
  isBoundInResponse,
  isEventStream,
  isPlainObject,
  isStreaming,
  shapeOf,
  structureOf,
} from './shapes.ts';
import { xmlBody } from './xmlBody.ts';

/** How one of the two writes and reads what isn't bound elsewhere. */
export interface RestBody {
  readonly contentType: string;
  /** True when an output without members in the body still has a body (`{}`). */
  readonly writesEmpty: boolean;
  /** Members without a location, as one document. */
  reader(ref: ShapeRef): (body: Uint8Array) => Record<string, unknown>;
  writer(ref: ShapeRef, operation: OperationModel): (value: Record<string, unknown>) => string;
  /** A structure, list, map or document that is the payload. */
  payloadReader(ref: ShapeRef): (body: Uint8Array) => unknown;
  payloadWriter(ref: ShapeRef): (value: unknown) => string;
  /** Body and headers of an error. */
  error(
    error: AwsError,
    known: ErrorShape | undefined,
    members: Record<string, unknown>,
    requestId: string,
  ): { body: string; headers: Record<string, string> };
  /** Headers every answer carries. */
  headers(requestId: string): Record<string, string>;
}

export function restJson1(model: ServiceModel): Protocol {
  return rest(model, jsonBody(model));
}

export function restXml(model: ServiceModel): Protocol {
  return rest(model, xmlBody(model, dialectOf(model).s3));
}

function rest(model: ServiceModel, body: RestBody): Protocol {
  const routes = new Routes(model);
  const dialect = dialectOf(model);
  const errorShapeOf = errorShapes(model);
  const errorBindings = new Map<StructureShape, ReturnType<typeof bindingsWriter>>();

  return {
    operationInBody: false,
    resolve: (head) => routes.resolve(head),
    codec(operation) {
      const input = inputReader(model, operation, body, dialect);
      return { streamsInput: input.streams, read: input.read, write: outputWriter(model, operation, body) };
    },
    writeError(error, requestId, operation) {
      const known = errorShapeOf(error);
      const members = errorMembers(error, known);
      const content = body.error(error, known, members, requestId);
      const response: HttpResponse = {
        status: errorStatus(error, known),
        headers: { ...body.headers(requestId), 'content-type': body.contentType, ...content.headers },
      };
      if (operation?.http.method === 'HEAD') delete response.headers['content-type'];
      else response.body = content.body;
      if (known) {
        let bind = errorBindings.get(known.shape);
        if (!bind) {
          bind = bindingsWriter(model.shapes, known.shape);
          errorBindings.set(known.shape, bind);
        }
        bind(members, response);
      }
      return response;
    },
  };
}

function inputReader(
  model: ServiceModel,
  operation: OperationModel,
  body: RestBody,
  dialect: Dialect,
): { streams: boolean; read: Codec['read'] } {
  const shape = structureOf(model.shapes, operation.input);
  if (!shape || !operation.input) return { streams: false, read: () => ({}) };
  const bind = guarded(dialect, bindingsReader(model, shape, operation.http.requestUri, { s3: dialect.s3 }));
  const { payload } = shape;
  const payloadRef = payload === undefined ? undefined : shape.members[payload];
  if (payload !== undefined && payloadRef) {
    const payloadShape = shapeOf(model.shapes, payloadRef);
    if (isStreaming(payloadRef, payloadShape) || isEventStream(payloadShape)) {
      return {
        streams: true,
        read(request, bytes) {
          const input: Record<string, unknown> = {};
          bind(input, request);
          input[payload] = bytes === undefined ? request.body.stream() : Readable.from([bytes]);
          return input;
        },
      };
    }
    const readPayload = payloadReader(model, payloadRef, body);
    return {
      streams: false,
      read(request, bytes) {
        const input: Record<string, unknown> = {};
        bind(input, request);
        if (bytes !== undefined && bytes.length > 0) input[payload] = readPayload(bytes);
        return input;
      },
    };
  }
  const inBody = Object.values(shape.members).some((ref) => ref.location === undefined);
  const read = inBody ? body.reader(operation.input) : undefined;
  return {
    streams: false,
    read(request: HttpRequest, bytes) {
      const input = read && bytes !== undefined && bytes.length > 0 ? read(bytes) : {};
      bind(input, request);
      return input;
    },
  };
}

/** A parameter that can't be read has a code of its own in some services. */
function guarded<Arguments extends unknown[]>(
  dialect: Dialect,
  bind: (...values: Arguments) => void,
): (...values: Arguments) => void {
  if (dialect.bindingCode === 'SerializationException') return bind;
  return (...values) => {
    try {
      bind(...values);
    } catch (cause) {
      if (!(cause instanceof AwsError)) throw cause;
      throw new AwsError(dialect.bindingCode, cause.message, { cause });
    }
  };
}

function payloadReader(model: ServiceModel, ref: ShapeRef, body: RestBody): (bytes: Uint8Array) => unknown {
  const shape = shapeOf(model.shapes, ref);
  if (shape.type === 'blob') return (bytes) => bytes;
  if (shape.type === 'string') return (bytes) => Buffer.from(bytes).toString('utf8');
  return body.payloadReader(ref);
}

function outputWriter(model: ServiceModel, operation: OperationModel, body: RestBody): Codec['write'] {
  const status = operation.http.responseCode ?? 200;
  const shape = structureOf(model.shapes, operation.output);
  const ref = operation.output;
  const isHead = operation.http.method === 'HEAD';
  if (!shape || !ref) return (_output, requestId) => ({ status, headers: body.headers(requestId) });
  const bind = bindingsWriter(model.shapes, shape);
  const { payload } = shape;
  const payloadRef = payload === undefined ? undefined : shape.members[payload];
  const inBody = Object.entries(shape.members).filter(([, member]) => !isBoundInResponse(member));
  const stream = inBody.find(([, member]) => isEventStream(shapeOf(model.shapes, member)));
  const bare = inBody.length === 0 && !body.writesEmpty;
  const write = stream || payloadRef || bare || status === 204 ? undefined : body.writer(ref, operation);
  const writePayload = payloadRef && !stream ? payloadWriter(model, payloadRef, body) : undefined;
  const streamShape = stream && (shapeOf(model.shapes, stream[1]) as StructureShape);
  const events =
    streamShape &&
    eventWriters(model.shapes, streamShape, (eventRef, value) => ({
      contentType: body.contentType,
      bytes: Buffer.from(body.payloadWriter(eventRef)(value)),
    }));

  return (raw, requestId) => {
    const output = isPlainObject(raw) ? raw : {};
    const response: HttpResponse = { status, headers: body.headers(requestId) };
    if (stream && events) {
      response.headers['content-type'] = 'application/vnd.amazon.eventstream';
      response.body = writeEvents(output[stream[0]] as AsyncIterable<unknown>, events);
    } else if (payload !== undefined && writePayload) {
      const value = output[payload];
      if (value !== undefined && value !== null) {
        const written = writePayload(value);
        response.headers['content-type'] = written.contentType;
        response.body = written.body;
      }
    } else if (write) {
      response.headers['content-type'] = body.contentType;
      response.body = write(output);
    }
    bind(output, response);
    overrideStatus(output, response);
    if (isHead) delete response.body;
    return response;
  };
}

function payloadWriter(
  model: ServiceModel,
  ref: ShapeRef,
  body: RestBody,
): (value: unknown) => { contentType: string; body: ResponseBody } {
  const shape = shapeOf(model.shapes, ref);
  if (shape.type === 'blob') {
    return (value) => ({ contentType: 'application/octet-stream', body: value as ResponseBody });
  }
  if (shape.type === 'string') return (value) => ({ contentType: 'text/plain', body: String(value) });
  const write = body.payloadWriter(ref);
  return (value) => ({ contentType: body.contentType, body: write(value) });
}

/** A handler may answer another status than the model's: S3 says 206 to a range, 304 to a condition. */
function overrideStatus(output: Record<string, unknown>, response: HttpResponse): void {
  const metadata = output.$metadata;
  if (isPlainObject(metadata) && typeof metadata.httpStatusCode === 'number')
    response.status = metadata.httpStatusCode;
}
