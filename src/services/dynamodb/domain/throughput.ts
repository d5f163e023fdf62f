/** Throughput as tables and indexes are given it. */
import { LimitExceededException, ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { OnDemandThroughput, Throughput } from './table.ts';

export interface ProvisionedThroughput {
  ReadCapacityUnits: number;
  WriteCapacityUnits: number;
}

/** A ValidationException with the words that most of them begin with. */
export const invalid = (what: string) =>
  new ValidationException(`One or more parameter values were invalid: ${what}`);

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ProvisionedThroughput.html; the bound is observed. */
const unitsMax = 1_000_000_000_000;

const members = ['ReadCapacityUnits', 'WriteCapacityUnits'] as const;

/** @throws ValidationException for what no account could ask for. */
export function checkUnits(throughput: ProvisionedThroughput): void {
  for (const member of members) {
    if (throughput[member] > unitsMax) {
      throw new ValidationException(`Given value ${throughput[member]} for ${member} is out of bounds`);
    }
  }
}

/** Tables and indexes have the same quota, each for itself. @param index its name; absent: the table. @throws LimitExceededException */
export function checkUnitsQuota(throughput: ProvisionedThroughput, region: string, index?: string): void {
  const most = limits.capacityUnitsPerTableMax;
  for (const member of members) {
    const wanted = throughput[member];
    if (wanted <= most) continue;
    throw new LimitExceededException(
      `The requested ${member}${index === undefined ? '' : ` for index ${index}`}, ${wanted}, is above the per ${index === undefined ? 'table' : 'index'} maximum for the account in ${region}. Per table maximum: ${most}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.`,
    );
  }
}

/**
 * @param index its name; absent: the table.
 * @param removable UpdateTable takes -1 for no maximum, CreateTable doesn't.
 * @throws ValidationException
 */
export function checkOnDemand(
  given: OnDemandThroughput | undefined,
  mode: string | undefined,
  removable: boolean,
  index?: string,
): void {
  for (const member of ['MaxReadRequestUnits', 'MaxWriteRequestUnits'] as const) {
    const units = given?.[member];
    if (units === undefined) continue;
    if (mode !== 'PAY_PER_REQUEST') {
      // Observed: the two operations word it differently.
      const what = `${member} for OnDemandThroughput`;
      throw invalid(
        removable
          ? `${what}${index === undefined ? '' : ` for index : ${index}`} cannot be specified when the table BillingMode is PROVISIONED`
          : `${what}${index === undefined ? '' : ` for index: ${index}`} cannot be specified when table BillingMode is PROVISIONED.`,
      );
    }
    if (units < 1 && !(removable && units === -1)) {
      throw invalid(
        `Requested ${member} for OnDemandThroughput for ${index === undefined ? 'table' : `index : ${index}`} is outside of valid range`,
      );
    }
  }
}

/** What UpdateTable leaves of the maxima: -1 takes one away, and nothing is kept of it. */
export function changedOnDemand(
  before: OnDemandThroughput | undefined,
  given: OnDemandThroughput,
): { onDemandThroughput?: OnDemandThroughput } {
  const left = Object.entries({ ...before, ...given }).filter(
    ([, units]) => units !== undefined && units !== -1,
  );
  return left.length > 0 ? { onDemandThroughput: Object.fromEntries(left) } : {};
}

/** @param index its name; absent: the table. @throws LimitExceededException */
export function checkOnDemandQuota(
  given: OnDemandThroughput | undefined,
  region: string,
  index?: string,
): void {
  for (const kind of ['Read', 'Write'] as const) {
    if ((given?.[`Max${kind}RequestUnits`] ?? 0) <= limits.capacityUnitsPerTableMax) continue;
    throw new LimitExceededException(
      `Subscriber limit exceeded: Requested Max${kind}RequestUnits for OnDemandThroughput for ${index === undefined ? 'table' : `index : ${index}`} exceeds TableMax${kind}CapacityUnits of the account in region ${region}`,
    );
  }
}

/** @param index its name; absent: the table. @throws ValidationException when a change would change nothing. */
export function checkUnitsChange(before: Throughput, wanted: ProvisionedThroughput, index?: string): void {
  const { readCapacityUnits: read, writeCapacityUnits: write } = before;
  if (read !== wanted.ReadCapacityUnits || write !== wanted.WriteCapacityUnits) return;
  const whose = index === undefined ? 'the table' : `the index ${index}`;
  const whoseUnits = index === undefined ? 'the table' : `index ${index}`;
  throw new ValidationException(
    `The provisioned throughput for ${whose} will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for ${whoseUnits}: ${read}. Requested ReadCapacityUnits: ${wanted.ReadCapacityUnits}. Current WriteCapacityUnits provisioned for ${whoseUnits}: ${write}. Requested WriteCapacityUnits: ${wanted.WriteCapacityUnits}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.`,
  );
}

/** @throws LimitExceededException for one decrease too many. */
export function changedThroughput(
  before: Throughput,
  wanted: ProvisionedThroughput,
  now: number,
): Throughput {
  const more =
    wanted.ReadCapacityUnits > before.readCapacityUnits ||
    wanted.WriteCapacityUnits > before.writeCapacityUnits;
  const less =
    wanted.ReadCapacityUnits < before.readCapacityUnits ||
    wanted.WriteCapacityUnits < before.writeCapacityUnits;
  if (less) checkDecrease(before, now);
  return {
    ...before,
    readCapacityUnits: wanted.ReadCapacityUnits,
    writeCapacityUnits: wanted.WriteCapacityUnits,
    ...(more ? { lastIncreaseAt: now } : {}),
    ...(less ? { lastDecreaseAt: now } : {}),
    decreasesToday: decreasesOn(before, now) + (less ? 1 : 0),
  };
}

/** Decreases in the UTC day of `now`. */
export function decreasesOn({ lastDecreaseAt, decreasesToday }: Throughput, now: number): number {
  return lastDecreaseAt !== undefined && dayOf(lastDecreaseAt) === dayOf(now) ? decreasesToday : 0;
}

const dayMs = 24 * 3600 * 1000;

function dayOf(time: number): number {
  return Math.floor(time / dayMs);
}

/** Four a day, and one an hour after that; a new day begins anew. @throws LimitExceededException */
function checkDecrease(before: Throughput, now: number): void {
  const count = decreasesOn(before, now);
  const last = before.lastDecreaseAt;
  if (last === undefined || count < limits.decreasesFree || last + limits.decreaseMs <= now) return;
  const next = Math.min(last + limits.decreaseMs, (dayOf(last) + 1) * dayMs);
  throw new LimitExceededException(
    `Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the first ${limits.decreasesFree} decreases, each subsequent decrease in the same UTC day can be performed at most once every ${limits.decreaseMs / 1000} seconds. Number of decreases today: ${count}. Last decrease at ${longTime(last)}. Next decrease can be made at ${longTime(next)}`,
  );
}

/** `Friday, October 9, 2026 at 12:21:34 AM Coordinated Universal Time`. */
function longTime(time: number): string {
  const text = new Intl.DateTimeFormat('en-US', {
    dateStyle: 'full',
    timeStyle: 'medium',
    timeZone: 'UTC',
  }).format(time);
  return `${text.replaceAll('\u202f', ' ')} Coordinated Universal Time`;
}

/** @throws LimitExceededException beyond four switches to on-demand mode in 24 hours. @returns those that count, and this one. */
export function switchToOnDemand(before: readonly number[] | undefined, now: number): readonly number[] {
  const recent = (before ?? []).filter((time) => time > now - limits.onDemandSwitchMs);
  const [oldest] = recent;
  const last = recent.at(-1);
  if (oldest !== undefined && last !== undefined && recent.length >= limits.onDemandSwitchesMax) {
    throw new LimitExceededException(
      `Subscriber limit exceeded: Update to PayPerRequest mode are limited to ${limits.onDemandSwitchesMax} times in 1 day(s). Last update at ${longTime(last)}. Next update can be made at ${longTime(oldest + limits.onDemandSwitchMs)}`,
    );
  }
  return [...recent, now];
}
