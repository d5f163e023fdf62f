/** UpdateTimeToLive, DescribeTimeToLive. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html */
import { busy, checkRestored } from '../domain/states.ts';
import type { Table } from '../domain/table.ts';
import { ValidationException } from '../errors.ts';
import { updateWithReplicas } from '../globalTables/changeReplicas.ts';
import type { Context } from '../room.ts';
import { followTimeToLive } from './settings.ts';
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
  checkRestored(table);
  // AWS's words for this operation alone; a table that is UPDATING takes it.
  if (table.status === 'CREATING') throw busy(`Table ${table.name} is being created`);
  if (table.status === 'DELETING') throw busy(`Table ${table.name} is being deleted`);
  const { timeToLive: current, ...rest } = table;
  if (!enabled && !current) throw new ValidationException('TimeToLive is already disabled');
  if (current && current.attribute !== attribute) {
    throw new ValidationException(
      `TimeToLive is active on a different AttributeName: current AttributeName is ${current.attribute}`,
    );
  }
  if (enabled && current) throw new ValidationException('TimeToLive is already enabled');
  const changed: Table = enabled
    ? { ...rest, timeToLive: { attribute, enabledAt: now, id: room.ids.token(10) } }
    : rest;
  await updateWithReplicas(ctx, table, changed, undefined, (tx) => followTimeToLive(tx, ctx, table, changed));
  return { TimeToLiveSpecification: { Enabled: enabled, AttributeName: attribute } };
}

export async function DescribeTimeToLive(ctx: Context, input: { TableName: string }): Promise<object> {
  const table = await controlTable(ctx, input.TableName);
  checkRestored(table);
  const { status, timeToLive } = table;
  if (status === 'CREATING' || status === 'DELETING') {
    throw new ValidationException(
      `Cannot describe time to live while table is in ${status} state: Current table state is ${status}`,
    );
  }
  return {
    TimeToLiveDescription: timeToLive
      ? { TimeToLiveStatus: 'ENABLED', AttributeName: timeToLive.attribute }
      : { TimeToLiveStatus: 'DISABLED' },
  };
}
