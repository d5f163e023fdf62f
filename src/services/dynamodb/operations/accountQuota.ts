/** The sum of what is provisioned in an account and region. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
import type { Table, Throughput } from '../domain/table.ts';
import { LimitExceededException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';

const kinds = [
  ['ReadCapacityUnits', 'readCapacityUnits'],
  ['WriteCapacityUnits', 'writeCapacityUnits'],
] as const;

/** @param before the table as it is; undefined when it is new. @throws LimitExceededException */
export async function checkAccountQuota(
  { room, account, region }: Context,
  before: Table | undefined,
  after: Table,
): Promise<void> {
  const grown = kinds.filter(([, kind]) => unitsOf(after, kind) > (before ? unitsOf(before, kind) : 0));
  if (grown.length === 0) return;
  const tables = await room.tables.list({ account, region }, undefined, limits.tablesMax);
  for (const [member, kind] of grown) {
    const reserved = tables.reduce((sum, table) => sum + unitsOf(table, kind), 0);
    const wanted = unitsOf(after, kind);
    const sum = reserved - (before ? unitsOf(before, kind) : 0) + wanted;
    if (sum <= limits.capacityUnitsPerAccountMax) continue;
    throw new LimitExceededException(
      `This request would have caused the ${member} limit to be exceeded for the account in ${region}. Current ${member} reserved by the account: ${reserved}. Limit: ${limits.capacityUnitsPerAccountMax}. Requested: ${wanted}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.`,
    );
  }
}

/** Of a table and its global indexes. */
function unitsOf(
  { billingMode, throughput, indexes }: Table,
  kind: keyof Pick<Throughput, 'readCapacityUnits' | 'writeCapacityUnits'>,
): number {
  if (billingMode !== 'PROVISIONED') return 0;
  return indexes.reduce((sum, index) => sum + (index.throughput?.[kind] ?? 0), throughput[kind]);
}
