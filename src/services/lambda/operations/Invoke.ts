/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
import type { Readable } from 'node:stream';
import type { InvocationResponse, InvokeCommandInput } from '@aws-sdk/client-lambda';
import { WireJson } from '../../../kernel/index.ts';
import { cognitoCallerOf, type Principal } from '../../../platform/index.ts';
import { checkQualified } from '../domain/durable.ts';
import { checkInvocable } from '../domain/invocable.ts';
import type { FunctionName } from '../domain/names.ts';
import {
  InvalidParameterValueException,
  InvalidRequestContentException,
  RequestEntityTooLargeException,
} from '../errors.ts';
import { asyncPayloadBytesMax, legacyPayloadBytesMax, syncPayloadBytesMax } from '../limits.ts';
import { type Resolved, resolveVersion } from '../resolve.ts';
import { type Context, named } from './context.ts';

/** What a function gets when the caller sends nothing. */
const emptyEvent = Buffer.from('{}');

/** A payload has been read from whatever wire it came by. */
type Input = Omit<InvokeCommandInput, 'Payload'> & { Payload?: Uint8Array | string | WireJson | undefined };

export async function Invoke(ctx: Context, input: Input): Promise<InvocationResponse> {
  const { room } = ctx;
  const name = named(ctx, input.FunctionName, input.Qualifier);
  const resolved = await resolveVersion(room.store, name, room.platform.ids);
  checkInvocable(resolved.configuration, input.TenantId, ctx.now);
  const isDurable = resolved.configuration.durable !== undefined;
  if (isDurable) checkQualified(name.qualifier);
  if (input.InvocationType === 'DryRun') return { StatusCode: 204 };
  const asynchronous = input.InvocationType === 'Event';
  const payload = checkedPayload(input.Payload, asynchronous ? asyncPayloadBytesMax : syncPayloadBytesMax);
  const clientContext = readClientContext(input.ClientContext);
  if (asynchronous && isDurable) return begin(ctx, input, name, resolved, payload);
  return asynchronous
    ? enqueue(ctx, name, payload, clientContext, input.TenantId)
    : run(ctx, input, name, resolved, payload, clientContext);
}

async function run(
  ctx: Context,
  input: Input,
  name: FunctionName,
  { record, configuration }: Resolved,
  payload: Uint8Array,
  clientContext: string | undefined,
): Promise<InvocationResponse> {
  const tail = input.LogType === 'Tail';
  const executed = await ctx.room.durable.run(
    {
      place: name,
      configuration,
      qualifier: name.qualifier,
      requestId: ctx.requestId,
      payload,
      clientContext,
      cognitoIdentity: cognitoIdentityOf(ctx.principal),
      traceId: ctx.request?.headers['x-amzn-trace-id'],
      reservedConcurrency: record.reservedConcurrency,
      recursiveLoop: record.recursiveLoop,
      tenantId: input.TenantId,
      tail,
    },
    input.DurableExecutionName,
  );
  const { result, durableExecutionArn } = executed;
  return {
    StatusCode: 200,
    ExecutedVersion: configuration.version,
    Payload: result.payload as NonNullable<InvocationResponse['Payload']>,
    ...(result.ok ? {} : { FunctionError: result.kind }),
    ...(tail ? { LogResult: executed.tail } : {}),
    ...(durableExecutionArn === undefined ? {} : { DurableExecutionArn: durableExecutionArn }),
  };
}

/** The execution has begun for good when the caller hears 202; its retries are its own. */
async function begin(
  ctx: Context,
  input: Input,
  name: FunctionName,
  { configuration }: Resolved,
  payload: Uint8Array,
): Promise<InvocationResponse> {
  const DurableExecutionArn = await ctx.room.durable.accept({
    ...{ place: name, configuration, qualifier: name.qualifier, payload },
    traceId: ctx.request?.headers['x-amzn-trace-id'],
    tenantId: input.TenantId,
    executionName: input.DurableExecutionName,
  });
  return { StatusCode: 202, DurableExecutionArn };
}

/**
 * The legacy operation: https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html
 * “It doesn't support the use of X-Ray active tracing”; chains are followed all the same.
 */
export async function InvokeAsync(
  ctx: Context,
  input: { FunctionName?: string | undefined; InvokeArgs?: Readable | Uint8Array | undefined },
): Promise<{ Status: number }> {
  const { room } = ctx;
  const args = await gathered(input.InvokeArgs ?? emptyEvent, legacyPayloadBytesMax);
  const name = named(ctx, input.FunctionName);
  const { configuration } = await resolveVersion(room.store, name, room.platform.ids);
  checkInvocable(configuration, undefined, ctx.now);
  await enqueue(ctx, name, checkedPayload(args, legacyPayloadBytesMax), undefined);
  return { Status: 202 };
}

/** A little more than `bytesMax` when it is longer. */
async function gathered(body: Readable | Uint8Array, bytesMax: number): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    if (length > bytesMax) continue;
    parts.push(part as Uint8Array);
    length += (part as Uint8Array).length;
  }
  return Buffer.concat(parts);
}

/** What `context.identity` is made of. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
export function cognitoIdentityOf(principal: Principal): string | undefined {
  const cognito = cognitoCallerOf(principal);
  if (!cognito) return undefined;
  const { identityId: cognitoIdentityId, identityPoolId: cognitoIdentityPoolId } = cognito;
  return JSON.stringify({ cognitoIdentityId, cognitoIdentityPoolId });
}

/** The event is durable before the caller hears 202. */
async function enqueue(
  ctx: Context,
  name: FunctionName,
  payload: Uint8Array,
  clientContext: string | undefined,
  tenantId?: string,
): Promise<InvocationResponse> {
  const { account, region, qualifier } = name;
  await ctx.room.asynchronous.accept({
    place: { account, region, name: name.name },
    qualifier,
    requestId: ctx.requestId,
    payload,
    clientContext,
    traceId: ctx.request?.headers['x-amzn-trace-id'],
    tenantId,
  });
  return { StatusCode: 202 };
}

export function checkedPayload(payload: Input['Payload'], bytesMax: number): Uint8Array {
  const given = payload instanceof WireJson ? payload.body : payload;
  if (given === undefined || given.length === 0) return emptyEvent;
  const bytes = typeof given === 'string' ? Buffer.from(given) : given;
  if (bytes.length > bytesMax) {
    throw new RequestEntityTooLargeException(
      `${bytes.length} byte payload is too large for the ${bytesMax === syncPayloadBytesMax ? 'RequestResponse' : 'Event'} invocation type (limit ${bytesMax} bytes)`,
    );
  }
  if (payload instanceof WireJson) return bytes;
  try {
    JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch (error) {
    throw new InvalidRequestContentException(
      `Could not parse request body into json: Could not parse payload into json: ${(error as Error).message}`,
    );
  }
  return bytes;
}

/** Up to 3,583 bytes of base64 JSON. */
const clientContextLengthMax = 3583;

export function readClientContext(encoded: string | undefined): string | undefined {
  if (encoded === undefined || encoded === '') return undefined;
  if (encoded.length > clientContextLengthMax) {
    throw new InvalidParameterValueException('Client context must be no more than 3583 bytes in length');
  }
  const json = Buffer.from(encoded, 'base64').toString('utf8');
  try {
    JSON.parse(json);
  } catch {
    throw new InvalidRequestContentException('Client context must be a valid Base64-encoded JSON object.');
  }
  return json;
}
