/** What is told of a request that was answered: metrics, usage, the stage's access log. */
import type { EndpointContext } from '../../../platform/index.ts';
import { accessLogLine, logGroupOf } from '../domain/accessLog.ts';
import type { Room } from '../room.ts';
import type { Address } from '../store.ts';

export interface Observed {
  address: Address;
  /** Dimensions of the metrics: `ApiName` for REST APIs, `ApiId` for HTTP APIs. */
  api: { ApiName: string } | { ApiId: string };
  stage: string;
  status: number;
  accessLog: { format?: string | undefined; destinationArn?: string | undefined } | undefined;
  /** `$context`; read only when there is an access log. */
  context: () => object;
}

export function observe(ctx: EndpointContext<Room>, observed: Observed): void {
  const { telemetry, clock } = ctx.room.platform;
  const { account, region } = observed.address;
  const time = clock.now();
  const latency = time - ctx.now;
  const dimensions = { ...observed.api, Stage: observed.stage };
  const http = 'ApiId' in observed.api;
  const metric = (name: string, value: number, unit: string) =>
    telemetry.metric({ account, region, namespace: 'AWS/ApiGateway', name, dimensions, value, unit, time });
  metric('Count', 1, 'Count');
  metric('Latency', latency, 'Milliseconds');
  if (observed.status >= 500) metric(http ? '5xx' : '5XXError', 1, 'Count');
  else if (observed.status >= 400) metric(http ? '4xx' : '4XXError', 1, 'Count');
  telemetry.usage({
    account,
    region,
    service: 'apigateway',
    unit: http ? 'HttpRequests' : 'Requests',
    quantity: 1,
  });
  const logGroup = logGroupOf(observed.accessLog?.destinationArn);
  const format = observed.accessLog?.format;
  if (!logGroup || !format) return;
  const context = { ...observed.context(), status: observed.status, responseLatency: latency };
  telemetry.cloudLog({
    account,
    region,
    logGroup,
    logStream: `${new Date(time).toISOString().slice(0, 10).replaceAll('-', '/')}/${observed.stage}`,
    events: [{ timestamp: time, message: accessLogLine(format, context) }],
  });
}
