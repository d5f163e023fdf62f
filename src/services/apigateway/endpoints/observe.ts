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
  /** Milliseconds that the integration took; absent when it wasn't called. */
  integrationLatency?: number | undefined;
  cache?: 'hit' | 'miss' | undefined;
  /** Dimensions of the method or route, where its metrics are wanted by themselves. */
  detail?: Record<string, string> | undefined;
  /** A canary's requests are told once more, in logs of its own. */
  isCanary?: boolean | undefined;
}

export function observe(ctx: EndpointContext<Room>, observed: Observed): void {
  const { telemetry, clock } = ctx.room.platform;
  const { account, region } = observed.address;
  const { integrationLatency, cache, detail } = observed;
  const time = clock.now();
  const latency = time - ctx.now;
  const stage = { ...observed.api, Stage: observed.stage };
  const http = 'ApiId' in observed.api;
  const tell = (name: string, value: number, unit: string, dimensions: Record<string, string>) =>
    telemetry.metric({ account, region, namespace: 'AWS/ApiGateway', name, dimensions, value, unit, time });
  for (const dimensions of detail ? [stage, { ...stage, ...detail }] : [stage]) {
    tell('Count', 1, 'Count', dimensions);
    tell('Latency', latency, 'Milliseconds', dimensions);
    if (integrationLatency !== undefined)
      tell('IntegrationLatency', integrationLatency, 'Milliseconds', dimensions);
    if (observed.status >= 500) tell(http ? '5xx' : '5XXError', 1, 'Count', dimensions);
    else if (observed.status >= 400) tell(http ? '4xx' : '4XXError', 1, 'Count', dimensions);
    if (cache) tell(cache === 'hit' ? 'CacheHitCount' : 'CacheMissCount', 1, 'Count', dimensions);
  }
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
  const logStream = `${new Date(time).toISOString().slice(0, 10).replaceAll('-', '/')}/${observed.stage}`;
  const events = [{ timestamp: time, message: accessLogLine(format, context) }];
  telemetry.cloudLog({ account, region, logGroup, logStream, events });
  if (observed.isCanary) {
    telemetry.cloudLog({ account, region, logGroup: `${logGroup}/Canary`, logStream, events });
  }
}
