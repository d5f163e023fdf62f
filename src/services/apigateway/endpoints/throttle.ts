/**
 * Step: the rate that the stage allows the method, then the account's in its region.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
 */
import { Refusal } from '../domain/gatewayResponses.ts';
import { accountBurstLimit, accountRateLimit } from '../limits.ts';
import type { Room } from '../room.ts';
import type { Scope } from '../store.ts';
import type { Exchange } from './exchange.ts';

export function throttle(exchange: Exchange): void {
  const { served, target, apiId, ctx, address } = exchange;
  const setting = served.setting(target);
  if (setting && setting.throttlingRateLimit >= 0) {
    const { throttlingRateLimit: rate, throttlingBurstLimit } = setting;
    const burst = throttlingBurstLimit < 0 ? rate : throttlingBurstLimit;
    const { stageName } = served.stage;
    // "Each method in this stage will respect these rate and burst settings." New settings fill a new bucket.
    const method = `${target.resourceId}/${target.method.httpMethod}/${rate}/${burst}`;
    if (!ctx.room.buckets.take(`stage/${apiId}/${stageName}/${method}`, rate, burst, ctx.now)) {
      throw new Refusal('THROTTLED', 'Too Many Requests', {
        note: `Method throttle limit exceeded for RestApi ${apiId}, Stage ${stageName}, Resource ${target.resourceId}, HttpMethod ${target.method.httpMethod}. Limit: ${rate.toFixed(2)} Burst: ${burst}`,
      });
    }
  }
  if (!withinAccount(ctx.room, address, ctx.now)) {
    throw new Refusal('THROTTLED', 'Too Many Requests', { note: 'Account throttle limit exceeded' });
  }
}

/** "Throttle quota per account, per Region across HTTP APIs, REST APIs, WebSocket APIs": all draw on one bucket. */
export function withinAccount(room: Room, { account, region }: Scope, now: number): boolean {
  return room.buckets.take(`account/${account}/${region}`, accountRateLimit, accountBurstLimit, now);
}
