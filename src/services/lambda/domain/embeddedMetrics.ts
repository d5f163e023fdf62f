/**
 * Metrics that a function writes into its log, as JSON of the embedded metric format.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */

export interface EmbeddedMetric {
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
  value: number;
  unit: string;
  /** Milliseconds since the epoch. */
  time: number;
}

/** “A DimensionSet MUST NOT contain more than 30 dimension keys”, “at most 100 metric definitions”, values likewise. */
const dimensionsMax = 30;
const metricsMax = 100;
/** What the Node.js runtime puts before a message in the Text format: time, request id, level. */
const prefix = /^\d{4}-\d\d-\d\dT[\d:.]+Z\t[^\t]*\t[A-Z]+\t/;

/** A quick look that lets nearly every other line pass. */
export function mayHoldMetrics(message: string): boolean {
  return message.includes('"CloudWatchMetrics"');
}

/** @returns nothing for what doesn't keep to the format: CloudWatch drops it silently too. */
export function embeddedMetrics(message: string): EmbeddedMetric[] {
  const document = parse(message.replace(prefix, ''));
  const metadata = objectOf(document?._aws);
  if (!document || !metadata || typeof metadata.Timestamp !== 'number') return [];
  const found: EmbeddedMetric[] = [];
  for (const directive of listOf(metadata.CloudWatchMetrics)) {
    const { Namespace: namespace, Dimensions, Metrics } = objectOf(directive) ?? {};
    if (typeof namespace !== 'string') continue;
    const sets = listOf(Dimensions).map((keys) => dimensionsOf(document, listOf(keys)));
    for (const definition of listOf(Metrics).slice(0, metricsMax)) {
      const { Name: name, Unit: unit } = objectOf(definition) ?? {};
      if (typeof name !== 'string') continue;
      for (const value of valuesOf(document[name])) {
        for (const dimensions of sets.length > 0 ? sets : [{}]) {
          if (!dimensions) continue;
          const time = metadata.Timestamp;
          found.push({
            namespace,
            name,
            dimensions,
            value,
            unit: typeof unit === 'string' ? unit : 'None',
            time,
          });
        }
      }
    }
  }
  return found;
}

/** @returns undefined when the document doesn't have all of them as text. */
function dimensionsOf(
  document: Record<string, unknown>,
  keys: readonly unknown[],
): Record<string, string> | undefined {
  if (keys.length > dimensionsMax) return undefined;
  const dimensions: Record<string, string> = {};
  for (const key of keys) {
    const value = typeof key === 'string' ? document[key] : undefined;
    if (typeof key !== 'string' || typeof value !== 'string') return undefined;
    dimensions[key] = value;
  }
  return dimensions;
}

function valuesOf(value: unknown): number[] {
  const values = Array.isArray(value) ? value.slice(0, metricsMax) : [value];
  return values.filter((one): one is number => typeof one === 'number');
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
