/** What every room emits, in one place: server log, audit, metrics, traces, usage, and the log events of the cloud's own services. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface AuditRecord {
  time: number;
  requestId: string;
  account: string;
  region: string;
  /** ARN of the principal. */
  principal: string;
  /** IAM action, `dynamodb:GetItem`. */
  action: string;
  resources: readonly string[];
  decision: 'allow' | 'implicit-deny' | 'explicit-deny' | 'not-evaluated';
  /** True when the mode let a denied request pass. */
  overridden: boolean;
  /** Everything that IAM was asked, where it is more than one action. */
  asked?: readonly { readonly action: string; readonly resources: readonly string[] }[];
  /** What was denied first, and AWS's words for it. */
  denied?: { readonly action: string; readonly resource: string; readonly reason: string };
  /** Error code of the answer, when it failed. */
  error?: string;
  /** What else was seen: a signature that `enforce` would have refused, `policy#statement`s that decided. */
  notes?: readonly string[];
  durationMs: number;
}

export interface CloudLogEvents {
  account: string;
  region: string;
  logGroup: string;
  logStream: string;
  events: { timestamp: number; message: string }[];
}

export interface MetricDatum {
  account: string;
  region: string;
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
  value: number;
  unit: string;
  time: number;
}

export interface Span {
  traceId: string;
  id: string;
  parentId?: string;
  name: string;
  startedAt: number;
  endedAt: number;
  attributes: Record<string, string | number | boolean>;
}

/** Usage in the units AWS bills by, e.g. (`dynamodb`, `ReadRequestUnits`, 0.5). */
export interface UsageRecord {
  account: string;
  region: string;
  service: string;
  unit: string;
  quantity: number;
  resource?: string;
}

export interface Telemetry {
  /** The server's own log, to standard error. Never a secret: fields are names and ids, not payloads. */
  log(level: LogLevel, message: string, fields?: Record<string, unknown>): void;
  audit(record: AuditRecord): void;
  metric(datum: MetricDatum): void;
  /** What is remembered of a metric since `time` (milliseconds since the epoch), newest first; memory is bounded. */
  recentMetrics(namespace: string, name: string, time: number): MetricDatum[];
  span(span: Span): void;
  usage(record: UsageRecord): void;
  /**
   * Log events for CloudWatch Logs (group and stream are made when missing); batched, in order per stream.
   * @param onFull for writers that can wait: called when more of this stream wait than should, with a promise that resolves
   * once there is room.
   */
  cloudLog(events: CloudLogEvents, onFull?: (room: Promise<void>) => void): void;
  /** Resolves when everything emitted so far has reached its sink. */
  flush(): Promise<void>;
}
