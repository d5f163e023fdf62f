export type { CloudLogSink } from './cloudLogs.ts';
export type {
  AuditRecord,
  CloudLogEvents,
  LogLevel,
  MetricDatum,
  Span,
  Telemetry,
  UsageRecord,
} from './port.ts';
export { LocalTelemetry, type TelemetryOptions } from './telemetry.ts';
