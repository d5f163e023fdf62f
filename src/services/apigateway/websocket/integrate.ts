/** Hands an event to its route's integration, and makes of the answer what the client may get. */
import type { Refusal } from '../domain/gatewayResponses.ts';
import type { HttpIntegration } from '../v2/domain/types.ts';
import { callFunction, callServer, callService, mock } from './backends.ts';
import type { BackendAnswer, SocketAnswer, SocketExchange } from './exchange.ts';
import { statusOf } from './refusals.ts';
import { mapResponse } from './templates.ts';

type Backend = (exchange: SocketExchange, integration: HttpIntegration) => Promise<BackendAnswer>;

const backends: Record<HttpIntegration['IntegrationType'], Backend> = {
  AWS_PROXY: callFunction,
  AWS: callService,
  HTTP_PROXY: callServer,
  HTTP: callServer,
  MOCK: mock,
};

/** @throws Refusal when there is no answer. */
export async function integrate(exchange: SocketExchange): Promise<SocketAnswer> {
  const { route, room } = exchange;
  const { integration } = route;
  // A route without an integration: nothing happens, and that well.
  if (!integration) return { status: 200, headers: {}, body: '' };
  const { clock } = room.platform;
  const startedAt = clock.now();
  try {
    const answer = await backends[integration.IntegrationType](exchange, integration);
    exchange.seen = { status: answer.status, latency: clock.now() - startedAt };
    if (integration.IntegrationType.endsWith('_PROXY')) return answer;
    return mapResponse(exchange, integration, answer);
  } catch (error) {
    const { why } = error as Refusal;
    const status = error instanceof Error && 'type' in error ? statusOf(error as Refusal) : 500;
    exchange.seen = { status, latency: clock.now() - startedAt, ...(why ? { error: why } : {}) };
    throw error;
  }
}
