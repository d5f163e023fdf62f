/** awsJson1.0 and 1.1. https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html */
import { crc32 } from 'node:zlib';
import { type AwsError, type HttpResponse, SerializationException, WireJson } from '../kernel/index.ts';
import { type Codec, errorMembers, errorShapes, errorStatus, type Protocol } from './codec.ts';
import { dialectOf } from './dialects.ts';
import { eventStreamMember, jsonEvents, writeEvents } from './events.ts';
import { JsonCompiler, parseJson } from './json.ts';
import type { OperationModel, ServiceModel } from './model.ts';
import { isPlainObject, structureOf } from './shapes.ts';

export function awsJson(model: ServiceModel): Protocol {
  const dialect = dialectOf(model);
  const compiler = new JsonCompiler(model.shapes, {
    bound: false,
    timestampFormat: 'unixTimestamp',
    javaPackage: dialect.errorTypePrefix?.slice(0, -1),
  });
  const contentType = `application/x-amz-json-${model.metadata.jsonVersion ?? '1.0'}`;
  const { targetPrefix, awsQueryCompatible } = model.metadata;
  const errorShapeOf = errorShapes(model);

  function respond(status: number, requestId: string, body: string | Uint8Array): HttpResponse {
    const headers: Record<string, string> = { 'content-type': contentType, 'x-amzn-requestid': requestId };
    if (dialect.crc32) headers['x-amz-crc32'] = String(crc32(body));
    return { status, headers, body };
  }

  return {
    operationInBody: false,

    resolve(head) {
      const target = head.headers['x-amz-target'];
      if (target === undefined) return undefined;
      const dot = target.lastIndexOf('.');
      return dot > 0 && target.slice(0, dot) === targetPrefix ? target.slice(dot + 1) : undefined;
    },

    codec(operation: OperationModel): Codec {
      const read = operation.input ? compiler.reader(operation.input) : undefined;
      const write = operation.output ? compiler.writer(operation.output) : undefined;
      const output = structureOf(model.shapes, operation.output);
      const stream = output && eventStreamMember(model.shapes, output);
      return {
        streamsInput: false,
        read(_request, body) {
          if (body === undefined || body.length === 0) return {};
          const value = parseJson(body);
          if (!isPlainObject(value)) throw new SerializationException('Unexpected value type in payload');
          return read ? read(value) : {};
        },
        write(value, requestId) {
          if (value instanceof WireJson) return respond(200, requestId, value.body);
          if (stream && operation.output) {
            const events = jsonEvents(model.shapes, stream.shape, compiler);
            const { [stream.name]: source, ...initial } = value as Record<string, unknown>;
            const first = write ? JSON.stringify(write(initial)) : '{}';
            return {
              status: 200,
              headers: {
                'content-type': 'application/vnd.amazon.eventstream',
                'x-amzn-requestid': requestId,
              },
              body: writeEvents(source as AsyncIterable<unknown>, events, first),
            };
          }
          return respond(200, requestId, write ? JSON.stringify(write(value ?? {})) : '{}');
        },
      };
    },

    writeError(error: AwsError, requestId): HttpResponse {
      const known = errorShapeOf(error);
      const members = errorMembers(error, known);
      const typed = known ? (compiler.writer({ shape: known.name })(members) as object) : members;
      const name = known?.name ?? error.code;
      const prefix = dialect.errorTypePrefixes?.[name] ?? (known ? (dialect.errorTypePrefix ?? '') : '');
      const message =
        'message' in typed || 'Message' in typed || error.message === '' ? {} : { message: error.message };
      const response = respond(
        errorStatus(error, known),
        requestId,
        JSON.stringify({ __type: prefix + name, ...typed, ...message }),
      );
      if (dialect.errorHeaders) {
        response.headers['x-amzn-errortype'] = `${name}:`;
        // Headers are one line of ASCII: what quotes other text is told in the body alone.
        const line = error.message.trim();
        if (/^[\x20-\x7e]+$/.test(line)) response.headers['x-amzn-errormessage'] = line;
      }
      if (awsQueryCompatible) {
        const sender = error.fault === 'server' ? 'Receiver' : 'Sender';
        response.headers['x-amzn-query-error'] = `${known?.shape.error?.code ?? name};${sender}`;
      }
      return response;
    },
  };
}
