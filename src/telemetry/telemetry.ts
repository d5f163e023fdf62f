/** The one interface of `port.ts`, over bounded memory and the server log. Nothing leaves the machine. */
import type { Clock } from '../kernel/index.ts';
import { CloudLogShipper, type CloudLogSink } from './cloudLogs.ts';
import type {
  AuditRecord,
  CloudLogEvents,
  LogLevel,
  MetricDatum,
  Span,
  Telemetry,
  UsageRecord,
} from './port.ts';
import { Ring } from './ring.ts';
import { createServerLog, type ServerLog } from './serverLog.ts';

export interface TelemetryOptions {
  clock: Clock;
  /** Receives whole lines of the server log. */
  write(line: string): void;
  format: 'pretty' | 'json';
  level: LogLevel;
}

/** Newest records kept in memory. */
const auditRecordsMax = 10_000;
const spansMax = 5_000;
const metricDataMax = 20_000;
/** Namespaces whose metrics are kept; the embedded metric format lets functions name any. */
const namespacesMax = 50;
/** Distinct usage counters; past that the usage of new resources counts under the service as a whole. */
const usageCountersMax = 10_000;

export class LocalTelemetry implements Telemetry {
  readonly log: ServerLog;
  readonly auditTrail = new Ring<AuditRecord>(auditRecordsMax);
  readonly spans = new Ring<Span>(spansMax);
  /** By namespace: what one service measures thousands of times a second must not push out another's. */
  readonly #metrics = new Map<string, Ring<MetricDatum>>();
  readonly #usage = new Map<string, UsageRecord>();
  readonly #shipper: CloudLogShipper;
  #onAudit: ((record: AuditRecord) => void) | undefined;

  constructor(options: TelemetryOptions) {
    this.log = createServerLog({
      write: options.write,
      format: options.format,
      level: options.level,
      now: () => options.clock.now(),
    });
    this.#shipper = new CloudLogShipper(options.clock, (error, logGroup) =>
      this.log('error', 'Log events could not be stored', { logGroup, error }),
    );
  }

  audit(record: AuditRecord): void {
    this.auditTrail.push(record);
    this.#onAudit?.(record);
  }

  /** @param onAudit hears of every audit record from now on; undefined: nobody does. */
  connectAudit(onAudit: ((record: AuditRecord) => void) | undefined): void {
    this.#onAudit = onAudit;
  }

  metric(datum: MetricDatum): void {
    let ring = this.#metrics.get(datum.namespace);
    if (!ring) {
      if (this.#metrics.size >= namespacesMax) return;
      ring = new Ring(metricDataMax);
      this.#metrics.set(datum.namespace, ring);
    }
    ring.push(datum);
  }

  /** Newest first within each namespace. @param namespace of all when absent. */
  metrics(namespace?: string): MetricDatum[] {
    if (namespace !== undefined) return this.#metrics.get(namespace)?.newest() ?? [];
    return [...this.#metrics.values()].flatMap((ring) => ring.newest());
  }

  recentMetrics(namespace: string, name: string, time: number): MetricDatum[] {
    return this.metrics(namespace).filter((datum) => datum.time >= time && datum.name === name);
  }

  span(span: Span): void {
    this.spans.push(span);
  }

  usage(record: UsageRecord): void {
    const whole = `${record.account}\0${record.region}\0${record.service}\0${record.unit}`;
    const key = record.resource === undefined ? whole : `${whole}\0${record.resource}`;
    const counter = this.#usage.get(key);
    if (counter) {
      counter.quantity += record.quantity;
    } else if (this.#usage.size < usageCountersMax || record.resource === undefined) {
      this.#usage.set(key, { ...record });
    } else {
      const { resource: _resource, ...rest } = record;
      this.usage(rest);
    }
  }

  /** Totals since start (or the last `clear`). */
  usageTotals(): UsageRecord[] {
    return [...this.#usage.values()];
  }

  cloudLog(events: CloudLogEvents, onFull?: (room: Promise<void>) => void): void {
    this.#shipper.add(events, onFull);
  }

  connectCloudLogs(sink: CloudLogSink): void {
    this.#shipper.connect(sink);
  }

  flush(): Promise<void> {
    return this.#shipper.flush();
  }

  /** Forgets everything kept in memory; `reset` of the cloud. */
  clear(): void {
    this.auditTrail.clear();
    this.spans.clear();
    this.#metrics.clear();
    this.#usage.clear();
  }
}
