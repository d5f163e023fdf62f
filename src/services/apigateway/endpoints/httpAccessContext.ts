/**
 * `$context` as access logs of HTTP APIs see it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
import type { HttpRequest } from '../../../kernel/index.ts';
import type { Seen } from './exchange.ts';
import type { HttpAnswer } from './httpApi.ts';
import type { HttpRefusal } from './httpAuthorizers.ts';

/** What the way through the API leaves behind. */
export interface HttpProgress {
  /** Set once a route is found. */
  routeKey?: string;
  /** What `requestContext.authorizer` holds. */
  authorizer?: Record<string, unknown> | undefined;
  integration?: Seen;
  refusal?: HttpRefusal;
}

export function httpAccessContext(
  { routeKey, authorizer, integration, refusal }: HttpProgress,
  request: HttpRequest,
  answer: HttpAnswer,
): object {
  const context = (authorizer?.lambda ?? authorizer?.jwt) as Record<string, unknown> | undefined;
  const iam = authorizer?.iam as Record<string, unknown> | undefined;
  const responseLength = Buffer.byteLength(answer.body);
  return {
    routeKey,
    ...(context ? { authorizer: context } : {}),
    dataProcessed: responseLength + (request.body.length ?? 0),
    domainName: request.headers.host,
    domainPrefix: request.headers.host?.split('.')[0],
    identity: {
      accountId: iam?.accountId,
      caller: iam?.callerId,
      sourceIp: request.remoteAddress.replace(/^::ffff:/, ''),
      user: iam?.callerId,
      userAgent: request.headers['user-agent'],
      userArn: iam?.userArn,
    },
    responseLength,
    ...(integration
      ? {
          awsEndpointRequestId: integration.requestId,
          integrationErrorMessage: integration.error,
          integrationLatency: integration.latency,
          integrationStatus: integration.status,
          integration: {
            error: integration.error,
            integrationStatus: integration.status,
            latency: integration.latency,
            requestId: integration.requestId,
            status: integration.status,
          },
        }
      : {}),
    ...(refusal
      ? {
          error: {
            message: refusal.message,
            messageString: JSON.stringify(refusal.message),
            responseType: responseTypes[refusal.status] ?? 'DEFAULT_5XX',
          },
        }
      : {}),
  };
}

const responseTypes: Readonly<Record<number, string>> = {
  401: 'UNAUTHORIZED',
  403: 'ACCESS_DENIED',
  404: 'RESOURCE_NOT_FOUND',
  413: 'REQUEST_TOO_LARGE',
  429: 'THROTTLED',
  500: 'INTEGRATION_FAILURE',
  503: 'INTEGRATION_TIMEOUT',
};
