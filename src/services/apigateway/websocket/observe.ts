/**
 * What is told of an event: metrics, usage, the stage's access log.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-monitor.html
 */
import { accessLogLine, logGroupOf } from '../domain/accessLog.ts';
import type { Refusal } from '../domain/gatewayResponses.ts';
import type { Room } from '../room.ts';
import type { Connection } from './connections.ts';
import type { SocketExchange } from './exchange.ts';
import { writeExecutionLog } from './executionLog.ts';
import { statusOf } from './refusals.ts';
import type { Passed } from './route.ts';

/** "Messages and connection minutes" are what AWS bills: a message is metered in steps of 32 KB. */
const meteredBytes = 32 * 1024;

/** @param sent bytes that the client got. */
export function observe(exchange: SocketExchange, passed: Passed, sent: number): void {
  const refusal = 'refusal' in passed ? passed.refusal : undefined;
  const status = 'refusal' in passed ? statusOf(passed.refusal) : passed.answer.status;
  const answer = { status, bytes: sent };
  const { room, connection, served, context, seen, route } = exchange;
  const { eventType } = context;
  const mock = route.integration?.IntegrationType === 'MOCK';
  const told: [name: string, value: number, unit: string][] = [];
  // "Messages sent to the $connect route integration": who was refused before it isn't among them.
  if (eventType === 'CONNECT' && (seen || !refusal)) told.push(['ConnectCount', 1, 'Count']);
  if (eventType === 'MESSAGE') told.push(['MessageCount', 1, 'Count']);
  if (seen && !mock) told.push(['IntegrationLatency', seen.latency, 'Milliseconds']);
  // Before the integration was asked it is the client's fault; then the backend's answer, or that there was none.
  if (refusal && !seen && answer.status < 500) told.push(['ClientError', 1, 'Count']);
  else if (refusal) told.push(['ExecutionError', 1, 'Count']);
  else if (seen && seen.status >= 400) told.push(['IntegrationError', 1, 'Count']);
  const detail = served.stage.RouteSettings[context.routeKey] ?? served.stage.DefaultRouteSettings;
  tellMetrics(room, connection, told, detail.DetailedMetricsEnabled ? context.routeKey : undefined);
  if (eventType === 'MESSAGE') meter(room, connection, exchange.body.length);
  writeExecutionLog(exchange, passed);
  writeAccessLog(exchange, answer, refusal);
}

/** A message that went to the client: by a route response or `@connections`. */
export function observeSent(room: Room, connection: Connection, bytes: number): void {
  tellMetrics(room, connection, [['MessageCount', 1, 'Count']], undefined);
  meter(room, connection, bytes);
}

function tellMetrics(
  room: Room,
  { address: { account, region }, apiId, stage }: Connection,
  told: readonly [name: string, value: number, unit: string][],
  routeKey: string | undefined,
): void {
  const { telemetry, clock } = room.platform;
  const time = clock.now();
  const ofStage = { ApiId: apiId, Stage: stage };
  for (const [name, value, unit] of told) {
    const datum = { account, region, namespace: 'AWS/ApiGateway', name, value, unit, time };
    telemetry.metric({ ...datum, dimensions: ofStage });
    if (routeKey !== undefined) telemetry.metric({ ...datum, dimensions: { ...ofStage, Route: routeKey } });
  }
}

function meter(room: Room, { address: { account, region } }: Connection, bytes: number): void {
  room.platform.telemetry.usage({
    account,
    region,
    service: 'apigateway',
    unit: 'WebSocketMessages',
    quantity: Math.max(1, Math.ceil(bytes / meteredBytes)),
  });
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html */
function writeAccessLog(
  { room, connection, served, context, seen, now }: SocketExchange,
  answer: { status: number; bytes: number },
  refusal: Refusal | undefined,
): void {
  const { DestinationArn, Format } = served.stage.AccessLogSettings ?? {};
  const logGroup = logGroupOf(DestinationArn);
  if (!logGroup || !Format) return;
  const { telemetry, clock } = room.platform;
  const time = clock.now();
  const { account, region } = connection.address;
  const message = accessLogLine(Format, {
    ...context,
    accountId: account,
    status: answer.status,
    responseLength: answer.bytes,
    responseLatency: time - now,
    integrationLatency: seen?.latency,
    integrationStatus: seen?.status,
    integrationErrorMessage: seen?.error,
    integration: {
      latency: seen?.latency,
      status: seen?.status,
      integrationStatus: seen?.status,
      error: seen?.error,
    },
    error: refusal && {
      message: refusal.text,
      messageString: JSON.stringify(refusal.text),
      responseType: refusal.type,
      validationErrorString: refusal.validationErrors,
    },
  });
  telemetry.cloudLog({
    account,
    region,
    logGroup,
    logStream: `${new Date(time).toISOString().slice(0, 10).replaceAll('-', '/')}/${connection.stage}`,
    events: [{ timestamp: time, message }],
  });
}
