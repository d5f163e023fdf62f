/**
 * API keys and what their usage plans allow.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
 */
import { Refusal } from '../domain/gatewayResponses.ts';
import { headerOf } from '../domain/parameters.ts';
import { periodOf } from '../domain/quota.ts';
import type { ApiKey, UsagePlan } from '../domain/types.ts';
import type { Exchange } from './exchange.ts';

export async function checkApiKey(exchange: Exchange): Promise<void> {
  if (!exchange.target.method.apiKeyRequired) return;
  const { ctx, served, address, context } = exchange;
  const fromAuthorizer = served.api.api.apiKeySource === 'AUTHORIZER';
  const value = fromAuthorizer ? exchange.usageKey : headerOf(exchange.headers, 'x-api-key');
  const key = value ? await ctx.room.store.apiKeyByValue(address, value) : undefined;
  if (!key?.enabled) throw new Refusal('INVALID_API_KEY', 'Forbidden');
  context.identity.apiKey = key.value;
  context.identity.apiKeyId = key.id;
  const plan = await planOf(exchange, key);
  if (plan) {
    throttle(exchange, plan, key);
    await countUse(exchange, plan, key);
  } else if (!key.stageKeys.includes(`${exchange.apiId}/${served.stage.stageName}`)) {
    throw new Refusal('INVALID_API_KEY', 'Forbidden');
  }
}

async function planOf(
  { ctx, address, apiId, served }: Exchange,
  key: ApiKey,
): Promise<UsagePlan | undefined> {
  const { store } = ctx.room;
  for (const plan of await store.list('usagePlan', address, '')) {
    const covers = plan.apiStages.some(
      (stage) => stage.apiId === apiId && stage.stage === served.stage.stageName,
    );
    if (covers && (await store.get('usagePlanKey', address, plan.id, key.id))) return plan;
  }
  return undefined;
}

function throttle(exchange: Exchange, plan: UsagePlan, key: ApiKey): void {
  const { ctx, apiId, served, target } = exchange;
  const stage = plan.apiStages.find(
    (entry) => entry.apiId === apiId && entry.stage === served.stage.stageName,
  );
  const own = stage?.throttle?.[`${target.resourcePath}/${target.method.httpMethod}`];
  const limit = own ?? plan.throttle;
  if (!limit?.rateLimit && !limit?.burstLimit) return;
  const bucket = `plan/${plan.id}/${key.id}${own ? `/${target.resourceId}/${target.method.httpMethod}` : ''}`;
  const rate = limit.rateLimit ?? Number.POSITIVE_INFINITY;
  if (!ctx.room.buckets.take(bucket, rate, limit.burstLimit ?? rate, ctx.now)) {
    throw new Refusal('THROTTLED', 'Too Many Requests');
  }
}

async function countUse(exchange: Exchange, plan: UsagePlan, key: ApiKey): Promise<void> {
  const { quota } = plan;
  if (!quota) return;
  const period = periodOf(quota, exchange.ctx.now);
  await exchange.ctx.room.store.transact(async (tx) => {
    const used = await tx.usage(exchange.address, plan.id, key.id, period);
    if (used >= quota.limit) throw new Refusal('QUOTA_EXCEEDED', 'Limit Exceeded');
    tx.putUsage(exchange.address, plan.id, key.id, period, used + 1);
  });
}
