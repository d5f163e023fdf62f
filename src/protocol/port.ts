/** What the edge asks of the protocol room: find the operation, read the input, write the answer. */
import type { AwsError, HttpRequest, HttpResponse } from '../kernel/index.ts';
import type { OperationModel } from './model.ts';

/** What identifies the operation of a request, before its body is parsed. */
export interface RequestHead {
  method: string;
  /** Raw path, as sent. */
  path: string;
  /** Raw query string, without `?`. */
  query: string;
  headers: Readonly<Record<string, string>>;
}

/** An operation with its codec, compiled once and shared by all requests; it holds no state of a request. */
export interface CompiledOperation {
  readonly name: string;
  readonly model: OperationModel;
  /** True when the body must be handed over as a stream, not read (S3 PutObject). */
  readonly streamsInput: boolean;
  /**
   * The input as the official SDK types it (blobs are Uint8Array, timestamps are Date, a streaming member is a
   * Readable), validated against the model's constraints.
   * @param body the whole body, or undefined when `streamsInput` (then the request's body is used).
   * @throws AwsError `SerializationException`, `ValidationException` and the protocol's like.
   */
  parse(request: HttpRequest, body: Uint8Array | undefined): unknown;
  /** Checks an input that came without a wire (the in-process client) against the same constraints. */
  validate(input: unknown): void;
  /**
   * Writes the output of a handler; members the model doesn't know are dropped. `$metadata.httpStatusCode` in the
   * output overrides the model's status (S3 answers 206 to a range).
   */
  serialize(output: unknown, requestId: string): HttpResponse;
  serializeError(error: AwsError, requestId: string): HttpResponse;
  /** `serialize` in JSON, where the protocol has that as a second form (query): `Accept: application/json` asks for it. */
  serializeJson?(output: unknown, requestId: string): HttpResponse;
  serializeJsonError?(error: AwsError, requestId: string): HttpResponse;
}

/** All of a service's operations over one protocol. */
export interface ServiceProtocol {
  /**
   * Finds the operation, by target header, path or form parameter. `body` is given for protocols that name the
   * operation there (query, ec2), as form text.
   * @returns undefined when there is none; the edge answers `UnknownOperationException`.
   */
  resolve(head: RequestHead, body?: Uint8Array): CompiledOperation | undefined;
  operation(name: string): CompiledOperation | undefined;
  /** For errors before an operation is known. */
  serializeError(error: AwsError, requestId: string): HttpResponse;
  /** True when `resolve` needs the body (query, ec2). */
  readonly operationInBody: boolean;
}
