/** UpdateTimeToLive, DescribeTimeToLive. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html */
import { checkChangeable } from '../domain/states.ts';
import type { Table } from '../domain/table.ts';
import { ValidationException } from '../errors.ts';
import { updateWithReplicas } from '../globalTables/changeReplicas.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { controlTable } from './Tables.ts';

interface TimeToLiveSpecification {
  Enabled: boolean;
  AttributeName: string;
}

export async function UpdateTimeToLive(
  ctx: Context,
  input: { TableName: string; TimeToLiveSpecification: TimeToLiveSpecification },
): Promise<object> {
  const { room, now } = ctx;
  const { Enabled: enabled, AttributeName: attribute } = input.TimeToLiveSpecification;
  const table = await controlTable(ctx, input.TableName);
  checkChangeable(table, 'settings');
  const { timeToLive: current, ...rest } = table;
  if (enabled && current) throw new ValidationException('TimeToLive is already enabled');
  if (!enabled && !current) throw new ValidationException('TimeToLive is already disabled');
  if (!enabled && current?.attribute !== attribute) {
    throw new ValidationException(
      `TimeToLive is active on a different AttributeName: current AttributeName is ${current?.attribute}`,
    );
  }
  const place = { account: table.account, region: table.region, table: table.name };
  const changed: Table = enabled ? { ...rest, timeToLive: { attribute, enabledAt: now } } : rest;
  await updateWithReplicas(ctx, table, changed, undefined, async (tx) => {
    if (!enabled) {
      await room.queues.purges.enqueue(tx, { kind: 'expiry', id: table.id });
      return;
    }
    await room.queues.backfills.enqueue(tx, place);
    await room.queues.sweeps.enqueue(
      tx,
      { ...place, tableId: table.id },
      { dueAt: now + limits.timeToLiveSweepMs, id: `${table.id}/${now}` },
    );
  });
  return { TimeToLiveSpecification: { Enabled: enabled, AttributeName: attribute } };
}

export async function DescribeTimeToLive(ctx: Context, input: { TableName: string }): Promise<object> {
  const { timeToLive } = await controlTable(ctx, input.TableName);
  return {
    TimeToLiveDescription: timeToLive
      ? { TimeToLiveStatus: 'ENABLED', AttributeName: timeToLive.attribute }
      : { TimeToLiveStatus: 'DISABLED' },
  };
}
