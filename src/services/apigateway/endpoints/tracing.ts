/** What is noted of a call to an integration: for the execution log, access logs and metrics. */
import type { Exchange } from './exchange.ts';

export interface CallNote {
  uri: string;
  headers: Readonly<Record<string, string | readonly string[]>>;
  body: string | Uint8Array;
}

/** @returns when the call began, in milliseconds since the epoch. */
export function noteCall({ log, ctx }: Exchange, call: CallNote): number {
  if (log) {
    log.data('Endpoint request URI', call.uri);
    log.values('Endpoint request headers', call.headers);
    log.data('Endpoint request body after transformations', call.body);
    log.info(`Sending request to ${call.uri}`);
  }
  return ctx.room.platform.clock.now();
}

export interface AnswerNote {
  status: number;
  requestId?: string | undefined;
  headers: Readonly<Record<string, string | readonly string[]>>;
  body: string | Uint8Array;
}

export function noteAnswer(exchange: Exchange, startedAt: number, answer: AnswerNote): void {
  const { log, ctx } = exchange;
  const latency = ctx.room.platform.clock.now() - startedAt;
  exchange.integrationSeen = { status: answer.status, latency, requestId: answer.requestId };
  if (!log) return;
  log.info(`Received response. Status: ${answer.status}, Integration latency: ${latency} ms`);
  log.values('Endpoint response headers', answer.headers);
  log.data('Endpoint response body before transformations', answer.body);
}

/** A call that brought no answer. */
export function noteFailure(exchange: Exchange, startedAt: number, error: string): void {
  const latency = exchange.ctx.room.platform.clock.now() - startedAt;
  exchange.integrationSeen = { latency, error };
}
