/**
 * API keys and what their usage plans allow.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
 */
import { masked } from '../domain/executionLog.ts';
import { Refusal } from '../domain/gatewayResponses.ts';
import { headerOf } from '../domain/parameters.ts';
import { dayOf, periodOf } from '../domain/quota.ts';
import type { ApiKey, UsagePlan } from '../domain/types.ts';
import type { Exchange } from './exchange.ts';

export async function checkApiKey(exchange: Exchange): Promise<void> {
  if (exchange.target.method.apiKeyRequired) return checkRequired(exchange);
  const { log, apiId, served, request, target, ctx } = exchange;
  if (!log) return;
  const stage = `${apiId}/${served.stage.stageName}`;
  log.info(`Verifying Usage Plan for request: ${ctx.requestId}. API Key:  API Stage: ${stage}`);
  log.info(
    `API Key  authorized because method '${request.method} ${target.resourcePath}' does not require API Key. Request will not contribute to throttle or quota limits`,
  );
  log.info(`Usage Plan check succeeded for API Key  and API Stage ${stage}`);
}

async function checkRequired(exchange: Exchange): Promise<void> {
  const { ctx, served, address, context, apiId, log, request, target } = exchange;
  const fromAuthorizer = served.api.api.apiKeySource === 'AUTHORIZER';
  const value = fromAuthorizer ? exchange.usageKey : headerOf(exchange.headers, 'x-api-key');
  const stage = `${apiId}/${served.stage.stageName}`;
  const shown = masked(value ?? '');
  log?.info(`Verifying Usage Plan for request: ${ctx.requestId}. API Key: ${shown} API Stage: ${stage}`);
  const key = value ? await ctx.room.store.apiKeyByValue(address, value) : undefined;
  const method = `${request.method} ${target.resourcePath}`;
  const refuse = (reason: string) =>
    new Refusal('INVALID_API_KEY', 'Forbidden', {
      note: `API Key ${shown} not authorized because method '${method}' requires API Key and API Key is not associated with a Usage Plan for API Stage ${stage}: ${reason}`,
    });
  if (!key) throw refuse('API Key was not found');
  if (!key.enabled) throw refuse('API Key is disabled');
  context.identity.apiKey = key.value;
  context.identity.apiKeyId = key.id;
  const plan = await planOf(exchange, key);
  if (!plan && !key.stageKeys.includes(stage)) throw refuse('No Usage Plan found for key and API Stage');
  if (plan) {
    throttle(exchange, plan, key);
    if (plan.quota) await countUse(exchange, plan.id, plan.quota, key);
  }
  log?.info(`Usage Plan check succeeded for API Key ${shown} and API Stage ${stage}`);
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

/** The key's rate over all that the plan covers, or over one method where the plan has a limit for it. */
function throttle(exchange: Exchange, plan: UsagePlan, key: ApiKey): void {
  const { ctx, apiId, served, target } = exchange;
  const { stageName } = served.stage;
  const { httpMethod } = target.method;
  const stage = plan.apiStages.find((entry) => entry.apiId === apiId && entry.stage === stageName);
  const own = stage?.throttle?.[`${target.resourcePath}/${httpMethod}`];
  const limit = own ?? plan.throttle;
  if (limit?.rateLimit === undefined && limit?.burstLimit === undefined) return;
  const bucket = `plan/${plan.id}/${key.id}${own ? `/${apiId}/${stageName}/${target.resourceId}/${httpMethod}` : ''}`;
  const rate = limit.rateLimit ?? Number.POSITIVE_INFINITY;
  const burst = limit.burstLimit ?? rate;
  if (!ctx.room.buckets.take(bucket, rate, burst, ctx.now)) {
    throw new Refusal('THROTTLED', 'Too Many Requests', {
      note: `Key throttle limit exceeded for Usage Plan ID ${plan.id}, RestApi ${apiId}, Stage ${stageName}. Limit: ${rate} Burst: ${burst}`,
    });
  }
}

async function countUse(
  { ctx, address }: Exchange,
  planId: string,
  quota: NonNullable<UsagePlan['quota']>,
  key: ApiKey,
): Promise<void> {
  const period = periodOf(quota, ctx.now);
  const today = dayOf(ctx.now);
  await ctx.room.store.transact(async (tx) => {
    const { used, granted } = await tx.usage(address, planId, key.id, period);
    const remaining = quota.limit + (granted ?? 0) - used;
    if (remaining <= 0) {
      throw new Refusal('QUOTA_EXCEEDED', 'Limit Exceeded', {
        note: `Key quota limit exceeded for Usage Plan ID ${planId}. Limit: ${quota.limit}`,
      });
    }
    const day = await tx.usageDay(address, planId, key.id, today);
    tx.putUsage(address, planId, key.id, period, { used: used + 1, granted });
    tx.putUsageDay(address, planId, key.id, today, { used: (day?.used ?? 0) + 1, remaining: remaining - 1 });
  });
}
