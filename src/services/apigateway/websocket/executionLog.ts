/**
 * The execution log of a WebSocket API's stage, where its routes ask for one.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
 */
import { ExecutionLog } from '../domain/executionLog.ts';
import type { SocketExchange } from './exchange.ts';
import { statusOf } from './refusals.ts';
import type { Passed } from './route.ts';
import { textOf } from './templates.ts';

/** AWS names a group's streams by hashes of shard numbers; one shard is enough here: the hash of 0. */
const logStream = 'cfcd208495d565ef66e7dff9f98764da';

/** INFO tells of every event, ERROR of those that went wrong; payloads are there with data tracing only. */
export function writeExecutionLog(exchange: SocketExchange, passed: Passed): void {
  const { room, connection, served, context } = exchange;
  const { RouteSettings, DefaultRouteSettings } = served.stage;
  const settings = { ...DefaultRouteSettings, ...RouteSettings[context.routeKey] };
  const level = settings.LoggingLevel ?? 'OFF';
  if (level === 'OFF') return;
  const { clock, telemetry } = room.platform;
  const isInfo = level === 'INFO';
  const data = settings.DataTraceEnabled === true;
  const log = new ExecutionLog(() => clock.now(), `(${context.requestId}) `, { info: isInfo, data });
  tellEvent(log, exchange);
  tellIntegration(log, exchange);
  tellEnd(log, exchange, passed);
  if (log.lines.length === 0) return;
  const { account, region } = connection.address;
  const logGroup = `/aws/apigateway/${connection.apiId}/${connection.stage}`;
  telemetry.cloudLog({ account, region, logGroup, logStream, events: log.lines });
}

function tellEvent(log: ExecutionLog, { context, connection, headers, query, body }: SocketExchange): void {
  const { userAgent, sourceIp } = connection.identity;
  log.info(`Extended Request Id: ${context.extendedRequestId}`);
  log.info(`Starting execution for request: ${context.requestId}`);
  log.info(`WebSocket Request Route: [${context.routeKey}]`);
  switch (context.eventType) {
    case 'CONNECT':
      log.info(
        `Client [UserAgent: ${userAgent ?? 'null'}, SourceIp: ${sourceIp}] is connecting to WebSocket API [${context.apiId}].`,
      );
      log.values('Route request query string', query);
      log.values('Route request headers', headers);
      return;
    case 'MESSAGE':
      log.info(
        `WebSocket API [${context.apiId}] received message from client [Connection Id: ${context.connectionId}].`,
      );
      log.data('Route request body before transformations', body);
      return;
    case 'DISCONNECT':
      log.info(
        `Client [Connection Id: ${context.connectionId}] disconnected from WebSocket API [${context.apiId}] with status ${context.disconnectStatusCode}: ${context.disconnectReason}`,
      );
  }
}

function tellIntegration(log: ExecutionLog, { seen, route }: SocketExchange): void {
  if (!seen || !route.integration) return;
  const { IntegrationUri } = route.integration;
  if (IntegrationUri) log.info(`Endpoint request URI: ${IntegrationUri}`);
  log.info(`Received response. Status: ${seen.status}, Integration latency: ${seen.latency} ms`);
}

function tellEnd(log: ExecutionLog, { context, route }: SocketExchange, passed: Passed): void {
  if ('refusal' in passed) {
    const { refusal } = passed;
    log.error(
      refusal.type === 'INTEGRATION_TIMEOUT'
        ? 'Execution failed due to a timeout error'
        : refusal.why
          ? `Execution failed due to configuration error: ${refusal.why}`
          : (refusal.text ?? 'Internal server error'),
    );
    log.info(`Gateway response type: ${refusal.type} with status code: ${statusOf(refusal)}`);
    return;
  }
  const { status, body } = passed.answer;
  if (route.answers) log.data('Route response body after transformations', textOf(body));
  if (context.eventType === 'CONNECT' && status >= 200 && status < 300) {
    log.info(
      `Client [Connection Id: ${context.connectionId}] connected to API [${context.apiId}] successfully.`,
    );
  }
  log.info(`Route completed with status: ${status}`);
}
