/**
 * Warm throughput: what a table or index can serve at once. It grows with what is provisioned, and on demand; it never
 * shrinks. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html
 */
import { LimitExceededException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Index, Table, Throughput } from './table.ts';
import { invalid, type ProvisionedThroughput } from './throughput.ts';

export interface WarmInput {
  ReadUnitsPerSecond?: number;
  WriteUnitsPerSecond?: number;
}

interface Units {
  readonly read: number;
  readonly write: number;
}

/** As it is kept, once it is more than the mode of the table gives by itself. */
export interface Warm extends Units {
  /** What it is being raised to. */
  readonly next?: Units;
}

type Mode = Table['billingMode'];
type Warmable = { readonly throughput?: Throughput; readonly warm?: Warm };

/** Sourced as in `limits.ts` [W]: what an on-demand table begins with. */
const onDemand: Units = { read: limits.warmReadUnitsMin, write: limits.warmWriteUnitsMin };

export function warmOf(mode: Mode, { throughput, warm }: Warmable): Units {
  const given =
    mode === 'PAY_PER_REQUEST'
      ? onDemand
      : { read: throughput?.readCapacityUnits ?? 0, write: throughput?.writeCapacityUnits ?? 0 };
  return { read: Math.max(given.read, warm?.read ?? 0), write: Math.max(given.write, warm?.write ?? 0) };
}

export function describeWarm(mode: Mode, of: Warmable): object {
  const { read, write } = warmOf(mode, of);
  return {
    WarmThroughput: {
      ReadUnitsPerSecond: read,
      WriteUnitsPerSecond: write,
      Status: of.warm?.next ? 'UPDATING' : 'ACTIVE',
    },
  };
}

const members = [
  ['ReadUnitsPerSecond', 'ReadCapacityUnits', 'read'],
  ['WriteUnitsPerSecond', 'WriteCapacityUnits', 'write'],
] as const;

/** Of a new table or index. @param index its name; absent: the table. @throws ValidationException */
export function checkNewWarm(
  given: WarmInput | undefined,
  mode: string | undefined,
  throughput: ProvisionedThroughput | undefined,
  index?: string,
): void {
  for (const [member, units, kind] of members) {
    const wanted = given?.[member];
    if (wanted === undefined) continue;
    const what = `Requested ${member} for WarmThroughput for ${index === undefined ? 'table' : `index ${index}`}`;
    if (mode === 'PAY_PER_REQUEST') {
      if (wanted >= onDemand[kind]) continue;
      throw invalid(
        `${what} is lower than initial throughput for OnDemand. See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html#on-demand-capacity-mode-initial`,
      );
    }
    if (wanted < (throughput?.[units] ?? 0)) {
      throw invalid(`${what} is lower than ${units} of ProvisionedThroughput`);
    }
  }
}

/** @throws LimitExceededException */
export function checkWarmQuota(given: WarmInput | undefined, region: string, index?: string): void {
  for (const [member, units] of members) {
    if ((given?.[member] ?? 0) <= limits.capacityUnitsPerTableMax) continue;
    throw new LimitExceededException(
      `Subscriber limit exceeded: Requested ${member} for WarmThroughput for ${index === undefined ? 'table' : `index ${index}`} exceeds TableMax${units} of the account in region ${region}`,
    );
  }
}

/** @returns what is kept for a new table or index, if anything. */
export function newWarm(given: WarmInput | undefined): { warm?: Warm } {
  const { ReadUnitsPerSecond: read = 0, WriteUnitsPerSecond: write = 0 } = given ?? {};
  return read + write > 0 ? { warm: { read, write } } : {};
}

/**
 * A table or index on its way to more. @param index its name; absent: the table.
 * @throws ValidationException when that would be less, LimitExceededException
 */
export function warming<Kind extends Warmable>(
  of: Kind,
  mode: Mode,
  given: WarmInput,
  region: string,
  index?: string,
): Kind {
  if (given.ReadUnitsPerSecond === undefined && given.WriteUnitsPerSecond === undefined) {
    throw noUnits(index);
  }
  const current = warmOf(mode, of);
  for (const [member, , kind] of members) {
    if ((given[member] ?? current[kind]) >= current[kind]) continue;
    throw invalid(
      `Requested ${member} for WarmThroughput for ${index === undefined ? 'table' : `index ${index}`} is lower than current WarmThroughput, decreasing WarmThroughput is not supported`,
    );
  }
  checkWarmQuota(given, region, index);
  const next = {
    read: given.ReadUnitsPerSecond ?? current.read,
    write: given.WriteUnitsPerSecond ?? current.write,
  };
  return { ...of, warm: { ...current, next } };
}

export function noUnits(index?: string): Error {
  return invalid(
    `WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified${index === undefined ? '' : ` for index: ${index}`}`,
  );
}

/** What was being raised is raised. */
export function warmed(table: Table): Table {
  if (!isWarming(table)) return table;
  const done = <Kind extends Warmable>(of: Kind): Kind =>
    of.warm?.next ? { ...of, warm: of.warm.next } : of;
  return done({ ...table, indexes: table.indexes.map(done) });
}

export function isWarming(table: Table): boolean {
  return table.warm?.next !== undefined || table.indexes.some(({ warm }) => warm?.next !== undefined);
}

/** After a change of mode or of provisioned units: what was warm before it stays so. */
export function keepWarm(before: Table, after: Table): Table {
  const kept = <Kind extends Warmable>(was: Warmable | undefined, is: Kind): Kind => {
    if (!was) return is;
    const [old, now] = [warmOf(before.billingMode, was), warmOf(after.billingMode, is)];
    if (old.read <= now.read && old.write <= now.write) return is;
    return {
      ...is,
      warm: { ...is.warm, read: Math.max(old.read, now.read), write: Math.max(old.write, now.write) },
    };
  };
  return kept(before, {
    ...after,
    indexes: after.indexes.map(
      (index): Index =>
        kept(
          before.indexes.find(({ id }) => id === index.id),
          index,
        ),
    ),
  });
}
