/**
 * `$context` as access logs see it: what templates see, and how the request went.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
 */
import type { Refusal } from '../domain/gatewayResponses.ts';
import type { Exchange, IntegrationAnswer } from './exchange.ts';

export function accessContext(
  exchange: Exchange,
  answer: IntegrationAnswer,
  failed: Refusal | undefined,
): object {
  const { context, integrationSeen, authorizerSeen, target } = exchange;
  const { method } = target ?? {};
  return {
    ...context,
    responseLength: lengthOf(answer.body),
    xrayTraceId: exchange.traceId,
    ...(exchange.via ? { customDomain: { basePathMatched: exchange.via.basePath } } : {}),
    ...(failed
      ? {
          error: {
            message: failed.text,
            messageString: JSON.stringify(failed.text),
            responseType: failed.type,
            validationErrorString: failed.validationErrors,
          },
        }
      : {}),
    ...(integrationSeen
      ? {
          awsEndpointRequestId: integrationSeen.requestId,
          integrationErrorMessage: integrationSeen.error,
          integrationLatency: integrationSeen.latency,
          integrationStatus: integrationSeen.status,
          integration: {
            error: integrationSeen.error,
            integrationStatus: integrationSeen.status,
            latency: integrationSeen.latency,
            requestId: integrationSeen.requestId,
            status: integrationSeen.status,
          },
        }
      : {}),
    ...(context.authorizer || authorizerSeen
      ? {
          authorizer: {
            error: authorizerSeen?.error,
            integrationLatency: authorizerSeen?.latency,
            integrationStatus: authorizerSeen?.status,
            latency: authorizerSeen?.latency,
            requestId: authorizerSeen?.requestId,
            status: authorizerSeen?.status,
            ...context.authorizer,
          },
        }
      : {}),
    ...(method && method.authorizationType !== 'NONE' ? attempt(failed) : {}),
  };
}

/** Who signed is authenticated, who may is authorized; here both are one step. */
function attempt(failed: Refusal | undefined): object {
  const refused = failed !== undefined && authorizationTypes.has(failed.type);
  const outcome = {
    status: refused ? (failed.status ?? 403) : 200,
    error: refused ? failed.text : undefined,
  };
  return { authorize: outcome, authenticate: outcome };
}

const authorizationTypes = new Set([
  'ACCESS_DENIED',
  'AUTHORIZER_CONFIGURATION_ERROR',
  'AUTHORIZER_FAILURE',
  'EXPIRED_TOKEN',
  'INVALID_SIGNATURE',
  'MISSING_AUTHENTICATION_TOKEN',
  'UNAUTHORIZED',
]);

/** A stream's length isn't known before its end. */
function lengthOf(body: IntegrationAnswer['body']): number | undefined {
  return typeof body === 'string' || body instanceof Uint8Array ? Buffer.byteLength(body) : undefined;
}
