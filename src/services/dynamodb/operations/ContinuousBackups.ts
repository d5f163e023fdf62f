/** UpdateContinuousBackups, DescribeContinuousBackups. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html */
import { recoveryReason, type Table } from '../domain/table.ts';
import { ContinuousBackupsUnavailableException, ValidationException } from '../errors.ts';
import { referenceTo } from '../lifecycle.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { keepHistory, releaseHistory } from '../store/history.ts';
import { backedUpTable } from './Backups.ts';

interface UpdateContinuousBackupsInput {
  TableName: string;
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: boolean; RecoveryPeriodInDays?: number };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html */
export async function UpdateContinuousBackups(
  ctx: Context,
  input: UpdateContinuousBackupsInput,
): Promise<object> {
  const { room, now } = ctx;
  const wanted = input.PointInTimeRecoverySpecification;
  if (!wanted.PointInTimeRecoveryEnabled && wanted.RecoveryPeriodInDays !== undefined) {
    throw new ValidationException(
      'Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.',
    );
  }
  const table = await backedUpTable(ctx, input.TableName);
  if (table.status === 'CREATING' || table.status === 'DELETING') {
    throw new ContinuousBackupsUnavailableException(
      `Backups are being enabled for the table: ${table.name}. Please retry later`,
    );
  }
  const { PointInTimeRecoveryEnabled: enabled, RecoveryPeriodInDays: days = limits.recoveryDaysMax } = wanted;
  if (enabled) {
    await keepHistory(room, table, recoveryReason, {
      // Another period doesn't change since when there is something to recover.
      change: (known) => ({ ...known, recovery: { enabledAt: known.recovery?.enabledAt ?? now, days } }),
      also: async (tx, { historyId }) => {
        const trim = { ...referenceTo(table), historyId };
        await room.queues.historyTrims.enqueue(tx, trim, {
          dueAt: now + limits.historyTrimMs,
          id: historyId,
        });
      },
    });
  } else if (table.recovery) {
    await releaseHistory(room, table, recoveryReason, {
      change: ({ recovery: _, ...rest }) => rest,
    });
  }
  return { ContinuousBackupsDescription: describe(await backedUpTable(ctx, input.TableName), now) };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html */
export async function DescribeContinuousBackups(ctx: Context, input: { TableName: string }): Promise<object> {
  return { ContinuousBackupsDescription: describe(await backedUpTable(ctx, input.TableName), ctx.now) };
}

/** AWS calls continuous backups themselves ENABLED on every table. */
function describe(table: Table, now: number): object {
  const { recovery } = table;
  return {
    ContinuousBackupsStatus: 'ENABLED',
    PointInTimeRecoveryDescription: recovery
      ? {
          PointInTimeRecoveryStatus: 'ENABLED',
          RecoveryPeriodInDays: recovery.days,
          EarliestRestorableDateTime: new Date(earliestRestorable(recovery, now)),
          LatestRestorableDateTime: new Date(now),
        }
      : { PointInTimeRecoveryStatus: 'DISABLED' },
  };
}

/** Milliseconds since the epoch. */
export function earliestRestorable({ enabledAt, days }: NonNullable<Table['recovery']>, now: number): number {
  return Math.max(enabledAt, now - days * limits.dayMs);
}
