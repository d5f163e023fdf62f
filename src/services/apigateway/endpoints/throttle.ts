/** Step: the rate that the stage's method settings allow. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html */
import { Refusal } from '../domain/gatewayResponses.ts';
import type { Exchange } from './exchange.ts';

export function throttle(exchange: Exchange): void {
  const { served, target, apiId, ctx } = exchange;
  const { methodSettings, stageName } = served.stage;
  const key = `${target.resourcePath.slice(1)}/${target.method.httpMethod}`;
  const own = methodSettings[key];
  const setting = own ?? methodSettings['*/*'];
  if (!setting || setting.throttlingRateLimit < 0) return;
  const burst = setting.throttlingBurstLimit < 0 ? setting.throttlingRateLimit : setting.throttlingBurstLimit;
  const bucket = `stage/${apiId}/${stageName}/${own ? key : '*'}`;
  if (!ctx.room.buckets.take(bucket, setting.throttlingRateLimit, burst, ctx.now)) {
    throw new Refusal('THROTTLED', 'Too Many Requests');
  }
}
