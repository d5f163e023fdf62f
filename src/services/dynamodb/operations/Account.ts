/** What is asked of the account and the region rather than of a table. */
import { urlSuffixOf } from '../../../kernel/index.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeLimits.html */
export async function DescribeLimits(): Promise<object> {
  return {
    AccountMaxReadCapacityUnits: limits.capacityUnitsPerAccountMax,
    AccountMaxWriteCapacityUnits: limits.capacityUnitsPerAccountMax,
    TableMaxReadCapacityUnits: limits.capacityUnitsPerTableMax,
    TableMaxWriteCapacityUnits: limits.capacityUnitsPerTableMax,
  };
}

/**
 * Clients that asked talk to the address from then on, so it must be ours.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeEndpoints.html
 */
export async function DescribeEndpoints(ctx: Context): Promise<object> {
  const { endpoint } = ctx.room.platform.config;
  const address = endpoint
    ? endpoint.replace(/^https?:\/\//, '')
    : `dynamodb.${ctx.region}.${urlSuffixOf(ctx.region)}`;
  return { Endpoints: [{ Address: address, CachePeriodInMinutes: 1440 }] };
}
