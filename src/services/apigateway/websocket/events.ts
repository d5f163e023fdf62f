/**
 * The events that functions get from a WebSocket API.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
 */
import { lastOf, type MultiValues } from '../domain/parameters.ts';
import type { SocketExchange } from './exchange.ts';

/** What is empty is left out. */
export function proxyEvent(exchange: SocketExchange): Record<string, unknown> {
  const { context, headers, query, served, body } = exchange;
  const event: Record<string, unknown> = {};
  if (hasAny(headers)) {
    event.headers = lastOf(headers);
    event.multiValueHeaders = headers;
  }
  if (hasAny(query)) {
    event.queryStringParameters = lastOf(query);
    event.multiValueQueryStringParameters = query;
  }
  event.requestContext = context;
  const variables = served.stage.StageVariables;
  if (variables && hasAny(variables)) event.stageVariables = variables;
  if (context.eventType === 'MESSAGE') event.body = body;
  const { integration } = exchange.route;
  // The client sent base64: the function gets it as what it says it is.
  event.isBase64Encoded =
    context.eventType === 'MESSAGE' && integration?.ContentHandlingStrategy === 'CONVERT_TO_BINARY';
  return event;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html */
export function authorizerEvent(exchange: SocketExchange, methodArn: string): Record<string, unknown> {
  const { headers, query, served, context } = exchange;
  return {
    type: 'REQUEST',
    methodArn,
    headers: lastOf(headers),
    multiValueHeaders: headers,
    queryStringParameters: lastOf(query),
    multiValueQueryStringParameters: query,
    stageVariables: served.stage.StageVariables ?? {},
    requestContext: context,
  };
}

function hasAny(values: MultiValues | Record<string, string>): boolean {
  for (const _ in values) return true;
  return false;
}
