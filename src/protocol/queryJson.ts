/**
 * The JSON that services of the query protocols answer to `Accept: application/json`, as API Gateway asks them: the
 * XML's elements as members, absent ones null, times in seconds.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/getting-started-aws-proxy.html shows SNS's.
 */
import type { AwsError, HttpResponse } from '../kernel/index.ts';
import type { OperationModel, ShapeRef } from './model.ts';
import { epochSeconds } from './scalars.ts';
import { isPlainObject, type Shapes, shapeOf } from './shapes.ts';

export function writeQueryJson(
  shapes: Shapes,
  operation: OperationModel,
  output: unknown,
  requestId: string,
): HttpResponse {
  const { name } = operation;
  const wrapper = operation.output?.resultWrapper ?? `${name}Result`;
  const result = operation.output
    ? { [wrapper]: jsonOf(shapes, operation.output, isPlainObject(output) ? output : {}) }
    : {};
  return answer(200, requestId, {
    [`${name}Response`]: { ...result, ResponseMetadata: { RequestId: requestId } },
  });
}

export function writeQueryJsonError(
  error: AwsError,
  code: string,
  status: number,
  requestId: string,
): HttpResponse {
  const Type = error.fault === 'server' ? 'Receiver' : 'Sender';
  return answer(status, requestId, {
    Error: { Code: code, Message: error.message, Type },
    RequestId: requestId,
  });
}

function answer(status: number, requestId: string, body: object): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId },
    body: JSON.stringify(body),
  };
}

function jsonOf(shapes: Shapes, ref: ShapeRef, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  const shape = shapeOf(shapes, ref);
  switch (shape.type) {
    case 'structure': {
      const source = value as Record<string, unknown>;
      return Object.fromEntries(
        Object.entries(shape.members).map(([name, member]) => [name, jsonOf(shapes, member, source[name])]),
      );
    }
    case 'list':
      return [...(value as Iterable<unknown>)].map((element) => jsonOf(shapes, shape.member, element));
    case 'map':
      return Object.fromEntries(
        Object.entries(value).map(([key, entry]) => [key, jsonOf(shapes, shape.value, entry)]),
      );
    case 'timestamp':
      return epochSeconds(value);
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64');
    default:
      return value;
  }
}
