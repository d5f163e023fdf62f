/**
 * Answers from a stage's cache instead of the integration.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
 */
import { AwsError } from '../../../kernel/index.ts';
import { Refusal } from '../domain/gatewayResponses.ts';
import { mappedValue } from '../domain/mapping/expressions.ts';
import type { EffectiveSetting } from '../domain/methodSettings.ts';
import { headerOf } from '../domain/parameters.ts';
import { type Exchange, executeApiArn, type IntegrationAnswer, mappingSource } from './exchange.ts';
import { readBody } from './readBody.ts';

/** What the console calls "Ignore cache control header; add a warning in response header". */
const ignoredWarning = '199 Cache-control headers were ignored because the caller was unauthorized';

/** The cached answer, or the integration's, which is then kept if it may be. */
export async function throughCache(
  exchange: Exchange,
  integrate: (exchange: Exchange) => Promise<IntegrationAnswer>,
): Promise<IntegrationAnswer> {
  const { served, target, ctx, request } = exchange;
  const setting = served.setting(target);
  if (!setting?.cached || (setting.key === '*' && request.method !== 'GET')) return integrate(exchange);
  const invalidation = await invalidationOf(exchange, setting);
  const cluster = clusterOf(exchange);
  const key = keyOf(exchange);
  const { responses } = ctx.room;
  const kept = invalidation === 'allowed' ? undefined : responses.get(cluster, key, ctx.now);
  exchange.cache = kept ? 'hit' : 'miss';
  const answer = kept
    ? { status: kept.status, headers: { ...kept.headers }, body: kept.body }
    : await integrate(exchange);
  // Whatever its status: users of AWS report that a backend's 429 stays for the time to live.
  if (!kept && isWhole(answer.body)) {
    const until = ctx.now + setting.cacheTtlInSeconds * 1000;
    const size = served.stage.cacheClusterSize ?? '0.5';
    const response = { status: answer.status, headers: { ...answer.headers }, body: answer.body };
    responses.set(cluster, key, size, until, response);
  }
  if (invalidation === 'warned') answer.headers.warning = ignoredWarning;
  return answer;
}

function isWhole(body: IntegrationAnswer['body']): body is string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array;
}

function clusterOf({ apiId, served }: Exchange): string {
  const { stage, isCanary } = served;
  const own = isCanary && stage.canarySettings?.useStageCache === false;
  return `${apiId}/${stage.stageName}${own ? '/Canary' : ''}`;
}

/** Requests with equal values of the key parameters share an answer, whatever else they ask. */
function keyOf(exchange: Exchange): string {
  const { integration, resourceId } = exchange.target;
  const source = mappingSource(exchange);
  const namespace = integration.cacheNamespace || resourceId;
  const parts: (string | null)[] = [namespace, exchange.request.method];
  for (const parameter of integration.cacheKeyParameters) {
    // `integration.request.querystring.page` stands for what is mapped to it.
    const expression = integration.requestParameters?.[parameter] ?? parameter;
    parts.push(parameter, mappedValue(expression, source) ?? null);
  }
  return JSON.stringify(parts);
}

/** What a request that asks to renew its entry (`Cache-Control: max-age=0`) is granted. */
async function invalidationOf(
  exchange: Exchange,
  setting: EffectiveSetting,
): Promise<'none' | 'allowed' | 'ignored' | 'warned'> {
  const control = headerOf(exchange.headers, 'cache-control');
  if (!control || !/(?:^|,)\s*max-age\s*=\s*0\s*(?:,|$)/i.test(control)) return 'none';
  if (!setting.requireAuthorizationForCacheControl) return 'allowed';
  if (await mayInvalidate(exchange)) return 'allowed';
  switch (setting.unauthorizedCacheControlHeaderStrategy) {
    case 'FAIL_WITH_403':
      throw new Refusal('ACCESS_DENIED', 'Unauthorized', {
        why: 'the caller has no permission execute-api:InvalidateCache',
      });
    case 'SUCCEED_WITHOUT_RESPONSE_HEADER':
      return 'ignored';
    default:
      return 'warned';
  }
}

/** "execute-api:InvalidateCache": asked of who signed the request; an unsigned one has no permission. */
async function mayInvalidate(exchange: Exchange): Promise<boolean> {
  const { ctx, request, address } = exchange;
  if (!request.headers.authorization?.startsWith('AWS4-') || !ctx.authorize) return false;
  await readBody(exchange);
  try {
    const { allowed } = await ctx.authorize(request, {
      body: exchange.body,
      account: address.account,
      region: address.region,
      signingName: 'execute-api',
      action: 'execute-api:InvalidateCache',
      resources: [executeApiArn(exchange, exchange.path)],
    });
    return allowed;
  } catch (error) {
    if (error instanceof AwsError) return false;
    throw error;
  }
}
