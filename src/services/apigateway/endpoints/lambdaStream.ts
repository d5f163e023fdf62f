/**
 * AWS_PROXY with response transfer mode STREAM: what the function writes reaches the client while it runs.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
 */
import { AwsError, type Clock } from '../../../kernel/index.ts';
import { servicePrincipal } from '../../../platform/index.ts';
import { Refusal } from '../domain/gatewayResponses.ts';
import { responseHeader } from '../domain/headers.ts';
import { withStageVariables } from '../domain/stageVariables.ts';
import { readStreamHead, type StreamHead } from '../domain/streamedAnswer.ts';
import { streamIdleMs, streamIdleOfEdgeMs, streamingTimeoutMs } from '../limits.ts';
import { type Exchange, executeApiArn, type IntegrationAnswer } from './exchange.ts';
import { actingFor } from './invoke.ts';
import { failure, noteFunctionCall } from './lambdaCall.ts';
import { noteAnswer, noteFailure } from './tracing.ts';

interface StreamEvent {
  PayloadChunk?: { Payload?: Uint8Array };
  InvokeComplete?: { ErrorCode?: string; ErrorDetails?: string };
}

type Events = AsyncIterator<StreamEvent>;

export async function streamFunction(
  exchange: Exchange,
  functionArn: string,
  payload: string,
): Promise<IntegrationAnswer> {
  const { clock } = exchange.ctx.room.platform;
  const startedAt = noteFunctionCall(exchange, functionArn, payload);
  const until = startedAt + Math.min(exchange.target.integration.timeoutInMillis, streamingTimeoutMs);
  const events = await open(exchange, functionArn, payload, startedAt, until);
  const head = await readHead(clock, events, until).catch((error: unknown) => {
    noteFailure(exchange, startedAt, String(error));
    throw error;
  });
  noteAnswer(exchange, startedAt, { status: 200, headers: head.headers, body: '' });
  const headers: IntegrationAnswer['headers'] = { 'content-type': 'application/json' };
  for (const name in head.headers) {
    const values = head.headers[name] as string[];
    const leaving = responseHeader(name);
    if (leaving !== undefined) headers[leaving] = values.length === 1 ? (values[0] as string) : values;
  }
  const { types } = exchange.served.api.api.endpointConfiguration;
  const idleMs = types.includes('EDGE') ? streamIdleOfEdgeMs : streamIdleMs;
  return { status: head.status, headers, body: bodyOf(clock, events, head.body, until, idleMs) };
}

async function open(
  exchange: Exchange,
  functionArn: string,
  payload: string,
  startedAt: number,
  until: number,
): Promise<Events> {
  const { ctx, address, target, served } = exchange;
  const { integration } = target;
  const principal = servicePrincipal(
    'apigateway.amazonaws.com',
    address.account,
    executeApiArn(exchange, target.resourcePath),
  );
  const credentials =
    integration.credentials && withStageVariables(integration.credentials, served.stage.variables);
  try {
    const own = ctx.aws({ account: address.account, region: address.region, principal });
    const caller = await actingFor(own, { credentials, principal: exchange.principal });
    const call = caller.call<{ EventStream?: AsyncIterable<StreamEvent> }>(
      'lambda',
      'InvokeWithResponseStream',
      { FunctionName: functionArn, InvocationType: 'RequestResponse', Payload: Buffer.from(payload) },
    );
    const { EventStream } = await within(ctx.room.platform.clock, until, call);
    return (EventStream ?? none())[Symbol.asyncIterator]();
  } catch (error) {
    if (error instanceof Late) throw timedOut();
    if (!(error instanceof AwsError)) throw error;
    throw failure(exchange, startedAt, { code: error.code, why: `${error.code}: ${error.message}` });
  }
}

async function* none(): AsyncGenerator<StreamEvent> {}

/** @throws Refusal 502 without a head, 504 when it doesn't come in time. */
async function readHead(clock: Clock, events: Events, until: number): Promise<StreamHead> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const next = await within(clock, until, events.next()).catch((error: unknown) => {
      throw error instanceof Late ? timedOut() : error;
    });
    const failed = next.value?.InvokeComplete?.ErrorCode;
    if (next.done || failed) throw malformed(failed ?? 'the stream ended before its delimiter');
    const chunk = next.value.PayloadChunk?.Payload;
    if (!chunk) continue;
    bytes = Buffer.concat([bytes, chunk]);
    const head = readStreamHead(bytes);
    if (head === 'malformed') throw malformed('no metadata and delimiter at its beginning');
    if (head) return head;
  }
}

/** A function that fails, or stays silent too long, cuts the connection: the status is out already. */
async function* bodyOf(
  clock: Clock,
  events: Events,
  first: Uint8Array,
  until: number,
  idleMs: number,
): AsyncGenerator<Uint8Array> {
  try {
    if (first.length > 0) yield first;
    for (;;) {
      const next = await within(clock, Math.min(until, clock.now() + idleMs), events.next());
      if (next.done) return;
      const { PayloadChunk, InvokeComplete } = next.value;
      if (InvokeComplete?.ErrorCode) throw new Error(`the function failed: ${InvokeComplete.ErrorCode}`);
      if (PayloadChunk?.Payload && PayloadChunk.Payload.length > 0) yield PayloadChunk.Payload;
    }
  } finally {
    // "The Lambda function may continue executing": nobody waits for it.
    void events.return?.();
  }
}

class Late extends Error {}

function within<Result>(clock: Clock, dueAt: number, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = clock.at(dueAt, () => reject(new Late('too late')));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}

function timedOut(): Refusal {
  return new Refusal('INTEGRATION_TIMEOUT', 'Endpoint request timed out');
}

function malformed(why: string): Refusal {
  return new Refusal('INTEGRATION_FAILURE', 'Internal server error', {
    status: 502,
    why: `the function's response stream is malformed: ${why}`,
    note: 'Execution failed due to configuration error: Malformed Lambda proxy response',
  });
}
