/** What each protocol's file gives to compile.ts. */
import type { AwsError, HttpRequest, HttpResponse } from '../kernel/index.ts';
import type { OperationModel, ServiceModel, StructureShape } from './model.ts';
import type { RequestHead } from './port.ts';

/** One operation on the wire of one protocol. Holds no state of a request. */
export interface Codec {
  readonly streamsInput: boolean;
  read(request: HttpRequest, body: Uint8Array | undefined): unknown;
  write(output: unknown, requestId: string): HttpResponse;
  /** In JSON, for clients of query services that ask for it; absent where the protocol has one form only. */
  writeJson?(output: unknown, requestId: string): HttpResponse;
}

export interface Protocol {
  readonly operationInBody: boolean;
  /** The operation's name, known to the model or not; undefined when the request names none in this protocol. */
  resolve(head: RequestHead, body: Uint8Array | undefined): string | undefined;
  codec(operation: OperationModel): Codec;
  /** @param operation absent when the request named none. */
  writeError(error: AwsError, requestId: string, operation?: OperationModel): HttpResponse;
  writeJsonError?(error: AwsError, requestId: string): HttpResponse;
}

/** A thrown error met with its shape: a service may throw it by its shape's name or by its wire code. */
export interface ErrorShape {
  name: string;
  shape: StructureShape;
}

export function errorShapes(model: ServiceModel): (error: AwsError) => ErrorShape | undefined {
  let byCode: Map<string, ErrorShape> | undefined;
  return (error) => {
    if (!byCode) {
      byCode = new Map();
      for (const [name, shape] of Object.entries(model.shapes)) {
        if (shape.type !== 'structure' || !(shape.exception || shape.error)) continue;
        const code = shape.error?.code;
        if (code !== undefined && !byCode.has(code)) byCode.set(code, { name, shape });
        byCode.set(name, { name, shape });
      }
    }
    return byCode.get(error.code);
  };
}

/** The model's status stands unless the error was given one of its own. */
export function errorStatus(error: AwsError, known: ErrorShape | undefined): number {
  const modelled = known?.shape.error?.httpStatusCode;
  if (modelled !== undefined && (error.status === 400 || error.status === 500)) return modelled;
  return error.status;
}

/**
 * The members of an error: what the service gave, the message under the name its shape has for it, and
 * `Type` where a shape has one (Lambda: `User` or `Service`).
 */
export function errorMembers(error: AwsError, known: ErrorShape | undefined): Record<string, unknown> {
  const members: Record<string, unknown> = { ...error.members };
  const modelled = known?.shape.members ?? {};
  const messageName = modelled.Message && !modelled.message ? 'Message' : 'message';
  if (members.message === undefined && members.Message === undefined && error.message !== '') {
    members[messageName] = error.message;
  }
  if (modelled.Type && members.Type === undefined) {
    members.Type = error.fault === 'server' ? 'Service' : 'User';
  }
  return members;
}
