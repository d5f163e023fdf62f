/** rpcv2Cbor: `POST /service/{service}/operation/{operation}`. https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html */
import { type AwsError, type HttpResponse, SerializationException } from '../kernel/index.ts';
import { CborCompiler, decodeCbor, encodeCbor } from './cbor/index.ts';
import { type Codec, errorMembers, errorShapes, errorStatus, type Protocol } from './codec.ts';
import type { OperationModel, ServiceModel } from './model.ts';
import { isPlainObject } from './shapes.ts';

export function rpcv2Cbor(model: ServiceModel): Protocol {
  const compiler = new CborCompiler(model.shapes);
  const { targetPrefix, awsQueryCompatible } = model.metadata;
  const errorShapeOf = errorShapes(model);

  function respond(status: number, requestId: string, value?: unknown): HttpResponse {
    const headers: Record<string, string> = {
      'smithy-protocol': 'rpc-v2-cbor',
      'x-amzn-requestid': requestId,
    };
    if (value === undefined) return { status, headers };
    headers['content-type'] = 'application/cbor';
    return { status, headers, body: encodeCbor(value) };
  }

  return {
    operationInBody: false,

    resolve(head) {
      if (head.method !== 'POST') return undefined;
      const match = /\/service\/([A-Za-z0-9_.]+)\/operation\/([A-Za-z0-9_]+)$/.exec(head.path);
      if (!match || (targetPrefix !== undefined && match[1] !== targetPrefix)) return undefined;
      return match[2];
    },

    codec(operation: OperationModel): Codec {
      const read = operation.input ? compiler.reader(operation.input) : undefined;
      const write = operation.output ? compiler.writer(operation.output) : undefined;
      return {
        streamsInput: false,
        read(_request, body) {
          if (!read || body === undefined || body.length === 0) return {};
          const value = decodeCbor(body);
          if (!isPlainObject(value)) throw new SerializationException('The CBOR body is no map');
          return read(value);
        },
        write: (output, requestId) => respond(200, requestId, write ? write(output ?? {}) : undefined),
      };
    },

    writeError(error: AwsError, requestId): HttpResponse {
      const known = errorShapeOf(error);
      const members = errorMembers(error, known);
      const typed = known ? (compiler.writer({ shape: known.name })(members) as object) : members;
      const message =
        'message' in typed || 'Message' in typed || error.message === '' ? {} : { message: error.message };
      const name = known?.name ?? error.code;
      const response = respond(errorStatus(error, known), requestId, { __type: name, ...typed, ...message });
      if (awsQueryCompatible) {
        const sender = error.fault === 'server' ? 'Receiver' : 'Sender';
        response.headers['x-amzn-query-error'] = `${known?.shape.error?.code ?? name};${sender}`;
      }
      return response;
    },
  };
}
