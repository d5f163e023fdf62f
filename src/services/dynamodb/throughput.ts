/**
 * Throughput, enforced when the cloud was told so: one bucket of read and one of write units for each table and
 * global index, by the cloud's clock. In memory only: a restart forgets debts, and unused capacity counts from a
 * table's creation. What was consumed becomes AWS's CloudWatch metrics, a datum a minute.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/provisioned-capacity-mode.html
 */
import { AwsError, type Clock } from '../../kernel/index.ts';
import type { Telemetry } from '../../telemetry/port.ts';
import { Bucket } from './domain/bucket.ts';
import type { Consumption } from './domain/capacity.ts';
import type { Index, Table } from './domain/table.ts';
import { throttled } from './errors.ts';
import { limits } from './limits.ts';

export type UnitKind = 'read' | 'write';

/** Why a request is refused, in the words of ThrottlingReason. */
export type ThrottlingLimit =
  | 'ProvisionedThroughputExceeded'
  | 'MaxOnDemandThroughputExceeded'
  | 'AccountLimitExceeded';

/** A table or a global index: what has throughput of its own. */
interface Resource {
  table: Table;
  index: Index | undefined;
}

interface Meter {
  bucket: Bucket;
  /** Units consumed in the minute that `telemetry` hasn't heard of yet. */
  consumed: number;
}

const minuteMs = 60_000;

export class ThroughputMeter {
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #meters = new Map<string, Meter>();
  /** Resources that consumed something in this minute, by the key of their meter. */
  readonly #active = new Map<string, Resource & { kind: UnitKind }>();

  constructor(clock: Clock, telemetry: Telemetry) {
    this.#clock = clock;
    this.#telemetry = telemetry;
  }

  /**
   * Takes what a request consumes from the buckets of its table and global indexes (whose lack of write capacity
   * holds back writes to the table).
   * @throws ProvisionedThroughputExceededException, ThrottlingException, RequestLimitExceeded; then nothing is taken.
   */
  admit(table: Table, kind: UnitKind, consumption: Consumption): void {
    const now = this.#clock.now();
    const taken: { meter: Meter; units: number; resource: Resource }[] = [];
    const exhausted: Resource[] = [];
    for (const [used, units] of consumption.parts()) {
      const index = used?.kind === 'global' ? used : undefined;
      const resource = { table, index };
      const meter = this.#meterOf(resource, kind, now);
      if (meter.bucket.isEmpty) exhausted.push(resource);
      taken.push({ meter, units, resource });
    }
    if (exhausted.length > 0) throw refusal(exhausted, kind);
    for (const { meter, units, resource } of taken) {
      meter.bucket.take(units);
      this.#count(meter, units, resource, kind, now);
    }
  }

  #meterOf({ table, index }: Resource, kind: UnitKind, now: number): Meter {
    const key = keyOf({ table, index }, kind);
    const { rate } = rateOf({ table, index }, kind);
    let meter = this.#meters.get(key);
    if (meter) {
      meter.bucket.refill(rate, now);
      return meter;
    }
    if (this.#meters.size >= limits.throughputMeters) this.#forgetOldest();
    meter = { bucket: new Bucket(rate, (index ?? table).createdAt, now), consumed: 0 };
    this.#meters.set(key, meter);
    return meter;
  }

  #forgetOldest(): void {
    const [oldest] = this.#meters.keys();
    if (oldest !== undefined) this.#meters.delete(oldest);
  }

  #count(meter: Meter, units: number, resource: Resource, kind: UnitKind, now: number): void {
    if (this.#active.size === 0) {
      const end = (Math.floor(now / minuteMs) + 1) * minuteMs;
      this.#clock.at(end, () => this.#report(end - minuteMs));
    }
    meter.consumed += units;
    this.#active.set(keyOf(resource, kind), { ...resource, kind });
  }

  #report(minute: number): void {
    for (const [key, { table, index, kind }] of this.#active) {
      const meter = this.#meters.get(key);
      if (!meter) continue;
      this.#telemetry.metric({
        account: table.account,
        region: table.region,
        namespace: 'AWS/DynamoDB',
        name: kind === 'read' ? 'ConsumedReadCapacityUnits' : 'ConsumedWriteCapacityUnits',
        dimensions: {
          TableName: table.name,
          ...(index ? { GlobalSecondaryIndexName: index.name } : {}),
        },
        value: meter.consumed,
        unit: 'Count',
        time: minute,
      });
      meter.consumed = 0;
    }
    this.#active.clear();
  }
}

function keyOf({ table, index }: Resource, kind: UnitKind): string {
  return `${(index ?? table).id} ${kind}`;
}

/** Units a second that a table or index may consume, and which limit that is. */
function rateOf({ table, index }: Resource, kind: UnitKind): { rate: number; limit: ThrottlingLimit } {
  const { throughput, onDemandThroughput } = index ?? table;
  if (table.billingMode === 'PROVISIONED') {
    const units = kind === 'read' ? throughput?.readCapacityUnits : throughput?.writeCapacityUnits;
    return { rate: units ?? 0, limit: 'ProvisionedThroughputExceeded' };
  }
  const { MaxReadRequestUnits: reads, MaxWriteRequestUnits: writes } = onDemandThroughput ?? {};
  const max = kind === 'read' ? reads : writes;
  if (max !== undefined && max > 0) return { rate: max, limit: 'MaxOnDemandThroughputExceeded' };
  return { rate: limits.capacityUnitsPerTableMax, limit: 'AccountLimitExceeded' };
}

function refusal(exhausted: readonly Resource[], kind: UnitKind): AwsError {
  const [first] = exhausted as [Resource, ...Resource[]];
  const reasons = exhausted.map((resource) => ({
    reason: `${resource.index ? 'Index' : 'Table'}${kind === 'read' ? 'Read' : 'Write'}${rateOf(resource, kind).limit}`,
    resource: resource.index ? `${resource.table.arn}/index/${resource.index.name}` : resource.table.arn,
  }));
  return throttled(rateOf(first, kind).limit, first.index !== undefined, reasons);
}

const throttlingCodes = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
]);

/** Whether a request was refused for want of throughput. */
export function isThrottled(error: AwsError): boolean {
  return throttlingCodes.has(error.code);
}

/** The parts of a batch: what has no throughput is left for the client to send again, unless that is all of it. */
export class Throttled {
  #admitted = 0;
  #refusal: AwsError | undefined;

  /** Whether `part` is refused; it is done otherwise. @throws what else `part` throws. */
  refuses(part: () => void): boolean {
    try {
      part();
      this.#admitted++;
      return false;
    } catch (error) {
      if (!(error instanceof AwsError && isThrottled(error))) throw error;
      this.#refusal = error;
      return true;
    }
  }

  /** As `refuses`, for a part that takes its time. */
  async refusesAfter(part: Promise<unknown>): Promise<boolean> {
    let failed: unknown;
    await part.catch((error: unknown) => {
      failed = error;
    });
    return this.refuses(() => {
      if (failed !== undefined) throw failed;
    });
  }

  /** @throws the refusal, when nothing of the batch could be done. */
  checkSome(): void {
    if (this.#admitted === 0 && this.#refusal) throw this.#refusal;
  }
}

const scaling =
  'DynamoDB is automatically scaling your table or index so please try again shortly. If exceptions persist, check if you have a hot key: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html';

/** Why a part of a transaction cancelled it. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html#API_TransactWriteItems_Errors */
export function throttledReason(error: AwsError): { Code: string; Message: string } {
  if (error.code === 'ProvisionedThroughputExceededException') {
    return { Code: 'ProvisionedThroughputExceeded', Message: error.message };
  }
  return {
    Code: 'ThrottlingError',
    Message: `Throughput exceeds the current capacity of your table or index. ${scaling}`,
  };
}
