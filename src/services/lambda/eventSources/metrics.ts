/** What mappings say of themselves: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
import type { Platform } from '../../../platform/index.ts';
import type { MappingRecord } from './records.ts';

export type EventCount =
  | 'PolledEventCount'
  | 'FilteredOutEventCount'
  | 'InvokedEventCount'
  | 'FailedInvokeEventCount'
  | 'DroppedEventCount'
  | 'DeletedEventCount';

/** “Event source mapping metrics”, of mappings that ask for them by MetricsConfig. */
export function countEvents(
  platform: Platform,
  mapping: MappingRecord,
  name: EventCount,
  count: number,
): void {
  if (count === 0 || !mapping.settings.metrics.includes('EventCount')) return;
  emit(platform, mapping, name, { EventSourceMappingUUID: mapping.uuid }, count, 'Count');
}

/** `IteratorAge`: how old the newest record of a batch is. */
export function measureAge(platform: Platform, mapping: MappingRecord, ms: number): void {
  emit(platform, mapping, 'IteratorAge', { FunctionName: mapping.function.name }, ms, 'Milliseconds');
}

function emit(
  { telemetry, clock }: Platform,
  { account, region }: MappingRecord,
  name: string,
  dimensions: Record<string, string>,
  value: number,
  unit: string,
): void {
  const time = clock.now();
  telemetry.metric({ account, region, namespace: 'AWS/Lambda', name, dimensions, value, unit, time });
}
