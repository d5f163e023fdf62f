/** The way of one event through its route: the list of steps. */
import type { Refusal } from '../domain/gatewayResponses.ts';
import { checkKey, throttleRoute, validateMessage } from './admission.ts';
import type { SocketAnswer, SocketExchange } from './exchange.ts';
import { integrate } from './integrate.ts';
import { refusalOf } from './refusals.ts';

export type Passed = { answer: SocketAnswer } | { refusal: Refusal };

/** @param guard what else must let the event pass, before all others. Bugs are thrown, refusals returned. */
export async function pass(exchange: SocketExchange, guard?: () => Promise<void>): Promise<Passed> {
  try {
    if (guard) await guard();
    if (exchange.route.route.ApiKeyRequired) await checkKey(exchange);
    // Nobody is told that a connection ended because too many did.
    if (exchange.context.eventType !== 'DISCONNECT') throttleRoute(exchange);
    if (exchange.context.eventType === 'MESSAGE') validateMessage(exchange);
    return { answer: await integrate(exchange) };
  } catch (error) {
    const refusal = refusalOf(error);
    if (!refusal) throw error;
    if (refusal.why) {
      const { room, context } = exchange;
      room.platform.telemetry.log('warn', `API ${context.apiId}: ${refusal.message}`, {
        requestId: context.requestId,
        connectionId: context.connectionId,
        routeKey: context.routeKey,
        why: refusal.why,
      });
    }
    return { refusal };
  }
}
