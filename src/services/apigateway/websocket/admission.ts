/** What an event must pass before its integration is asked: API keys, rates, models. */
import { Refusal } from '../domain/gatewayResponses.ts';
import { headerOf } from '../domain/parameters.ts';
import { dayOf, periodOf } from '../domain/quota.ts';
import type { ApiKey, UsagePlan } from '../domain/types.ts';
import { validateBody } from '../domain/validation.ts';
import { withinAccount } from '../endpoints/throttle.ts';
import type { SocketExchange } from './exchange.ts';
import { select } from './expressions.ts';
import { requestLookUp } from './templates.ts';

/** Route settings first, then the stage's default ones, then what the account may. @throws Refusal 429 */
export function throttleRoute(exchange: SocketExchange): void {
  const { room, connection, now } = exchange;
  if (!withinStage(exchange) || !withinAccount(room, connection.address, now)) {
    throw new Refusal('THROTTLED', 'Too Many Requests');
  }
}

function withinStage({ room, connection, served, route, now }: SocketExchange): boolean {
  const { RouteSettings, DefaultRouteSettings, StageName } = served.stage;
  const { RouteKey } = route.route;
  const own = RouteSettings[RouteKey];
  const rate = own?.ThrottlingRateLimit ?? DefaultRouteSettings.ThrottlingRateLimit;
  const burst = own?.ThrottlingBurstLimit ?? DefaultRouteSettings.ThrottlingBurstLimit;
  if (rate === undefined && burst === undefined) return true;
  const bucket = `stage/${connection.apiId}/${StageName}/${own ? RouteKey : '*'}`;
  return room.buckets.take(bucket, rate ?? Number.MAX_SAFE_INTEGER, burst ?? rate ?? 0, now);
}

/**
 * The key of the handshake counts for the whole connection.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
 * @throws Refusal 403 without a key that a usage plan of this stage has, 429 past its rate or quota.
 */
export async function checkKey(exchange: SocketExchange): Promise<void> {
  const { route, served, connection, room } = exchange;
  if (!route.route.ApiKeyRequired) return;
  const fromAuthorizer = served.api.api.ApiKeySelectionExpression.includes('usageIdentifierKey');
  if (!fromAuthorizer) connection.apiKey ??= headerOf(exchange.headers, 'x-api-key');
  const { apiKey, address, apiId, stage } = connection;
  const key = apiKey ? await room.store.apiKeyByValue(address, apiKey) : undefined;
  if (!key?.enabled) throw new Refusal('INVALID_API_KEY', 'Forbidden');
  const plan = await planOf(exchange, key);
  if (!plan && !key.stageKeys.includes(`${apiId}/${stage}`))
    throw new Refusal('INVALID_API_KEY', 'Forbidden');
  connection.identity.apiKey = key.value;
  connection.identity.apiKeyId = key.id;
  if (plan) {
    throttleKey(exchange, plan, key);
    if (plan.quota) await countUse(exchange, plan.id, plan.quota, key);
  }
}

async function planOf({ room, connection }: SocketExchange, key: ApiKey): Promise<UsagePlan | undefined> {
  const { address, apiId, stage } = connection;
  for (const plan of await room.store.list('usagePlan', address, '')) {
    const covers = plan.apiStages.some((entry) => entry.apiId === apiId && entry.stage === stage);
    if (covers && (await room.store.get('usagePlanKey', address, plan.id, key.id))) return plan;
  }
  return undefined;
}

function throttleKey({ room, now }: SocketExchange, plan: UsagePlan, key: ApiKey): void {
  const { rateLimit, burstLimit } = plan.throttle ?? {};
  if (rateLimit === undefined && burstLimit === undefined) return;
  const rate = rateLimit ?? Number.POSITIVE_INFINITY;
  if (!room.buckets.take(`plan/${plan.id}/${key.id}`, rate, burstLimit ?? rate, now)) {
    throw new Refusal('THROTTLED', 'Too Many Requests');
  }
}

async function countUse(
  { room, connection, now }: SocketExchange,
  planId: string,
  quota: NonNullable<UsagePlan['quota']>,
  key: ApiKey,
): Promise<void> {
  const { address } = connection;
  const period = periodOf(quota, now);
  const today = dayOf(now);
  await room.store.transact(async (tx) => {
    const { used, granted } = await tx.usage(address, planId, key.id, period);
    const remaining = quota.limit + (granted ?? 0) - used;
    if (remaining <= 0) throw new Refusal('QUOTA_EXCEEDED', 'Limit Exceeded');
    const day = await tx.usageDay(address, planId, key.id, today);
    tx.putUsage(address, planId, key.id, period, { used: used + 1, granted });
    tx.putUsageDay(address, planId, key.id, today, { used: (day?.used ?? 0) + 1, remaining: remaining - 1 });
  });
}

/** The model that the route's selection expression names must fit the message. @throws Refusal 400 */
export function validateMessage(exchange: SocketExchange): void {
  const { route, served, body } = exchange;
  const { RequestModels: models, ModelSelectionExpression: expression } = route.route;
  if (!models || served.api.api.DisableSchemaValidation) return;
  const key = expression === undefined ? '$default' : select(expression, requestLookUp(exchange));
  const name = models[key] ?? models.$default;
  if (name === undefined) return;
  const requestModels = { $default: name };
  validateBody({ requestModels }, served.api.models, undefined, body);
}

/** Parameters that the `$connect` route requires of handshakes. @throws Refusal 400 */
export function requireParameters({ route, headers, query }: SocketExchange): void {
  const missing: string[] = [];
  for (const [parameter, { Required }] of Object.entries(route.route.RequestParameters ?? {})) {
    const [, place = '', name = ''] =
      /^route\.request\.(?:multivalue)?(header|querystring)\.(.+)$/.exec(parameter) ?? [];
    if (!Required) continue;
    if (!(place === 'header' ? headerOf(headers, name) : query[name]?.at(-1))) missing.push(name);
  }
  if (missing.length > 0) {
    throw new Refusal(
      'BAD_REQUEST_PARAMETERS',
      `Missing required request parameters: [${missing.join(', ')}]`,
    );
  }
}
