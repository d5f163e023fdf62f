/** https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html */
import type { InvokeWithResponseStreamCommandInput } from '@aws-sdk/client-lambda';
import { checkInvocable } from '../domain/invocable.ts';
import { InvalidParameterValueException } from '../errors.ts';
import { syncPayloadBytesMax } from '../limits.ts';
import { resolveVersion } from '../resolve.ts';
import { type Streamed, stream } from '../streaming.ts';
import { type Context, named } from './context.ts';
import { checkedPayload, cognitoIdentityOf, readClientContext } from './Invoke.ts';

type Input = Omit<InvokeWithResponseStreamCommandInput, 'Payload'> & { Payload?: Uint8Array | undefined };

export async function InvokeWithResponseStream(ctx: Context, input: Input): Promise<object> {
  const { room } = ctx;
  const name = named(ctx, input.FunctionName, input.Qualifier);
  const { record, configuration } = await resolveVersion(room.store, name, room.platform.ids);
  checkInvocable(configuration, input.TenantId, ctx.now);
  if (configuration.durable) {
    throw new InvalidParameterValueException('Durable functions do not support response streaming.');
  }
  if (input.InvocationType === 'DryRun') return { StatusCode: 204, EventStream: none() };
  const streamed = await stream(room.executor, {
    place: name,
    configuration,
    qualifier: name.qualifier,
    requestId: ctx.requestId,
    payload: checkedPayload(input.Payload, syncPayloadBytesMax),
    clientContext: readClientContext(input.ClientContext),
    cognitoIdentity: cognitoIdentityOf(ctx.principal),
    traceId: ctx.request?.headers['x-amzn-trace-id'],
    reservedConcurrency: record.reservedConcurrency,
    recursiveLoop: record.recursiveLoop,
    tenantId: input.TenantId,
    tail: input.LogType === 'Tail',
  });
  return {
    StatusCode: 200,
    ExecutedVersion: configuration.version,
    EventStream: events(streamed, input.LogType === 'Tail'),
  };
}

async function* none(): AsyncGenerator<object> {}

async function* events({ parts }: Streamed, tail: boolean): AsyncGenerator<object> {
  for (;;) {
    const { done, value } = await parts.next();
    if (!done) {
      yield { PayloadChunk: { Payload: value } };
      continue;
    }
    const { result, tail: log } = value;
    // A function that doesn't stream answers in one chunk.
    if (result.ok && result.payload.length > 0) yield { PayloadChunk: { Payload: result.payload } };
    yield {
      InvokeComplete: {
        ...(result.ok
          ? {}
          : { ErrorCode: result.kind, ErrorDetails: Buffer.from(result.payload).toString('utf8') }),
        ...(tail ? { LogResult: log } : {}),
      },
    };
    return;
  }
}
