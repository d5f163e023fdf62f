/**
 * What contributor insights counted. Key table:
 *
 *     ['dynamodb.insight', tableId, indexId, rule kind, minute] → the top keys of a minute; the index's id is empty
 *                                                                 for the table
 */
import { type Reader, recordSet, type Transaction } from '../../../store/index.ts';
import type { RuleKind } from '../domain/insights.ts';
import { mergeTop, type TopKey } from '../domain/topKeys.ts';
import { limits } from '../limits.ts';
import { purgeUnder } from './purge.ts';

/** One rule of a table or index. */
export interface Rule {
  readonly tableId: string;
  readonly indexId: string;
  readonly kind: RuleKind;
}

const minutes = recordSet<
  [tableId: string, indexId: string, kind: RuleKind, minute: number],
  readonly TopKey[]
>('dynamodb.insight');

/** @param minute its beginning, in milliseconds of the epoch. */
export async function putMinute(
  tx: Transaction,
  { tableId, indexId, kind }: Rule,
  minute: number,
  top: readonly TopKey[],
): Promise<void> {
  // A process that stopped in the middle of the minute left its part.
  const before = await minutes.get(tx, tableId, indexId, kind, minute);
  const sum = before ? mergeTop([before, top], limits.insightsContributors) : top;
  minutes.put(tx, [tableId, indexId, kind, minute], sum);
  const old = await minutes.range(tx, {
    under: [tableId, indexId, kind],
    lt: [tableId, indexId, kind, minute - limits.insightsKeptMs],
    limit: limits.sweepItems,
  });
  for (const { key } of old) minutes.delete(tx, ...key);
}

/** What was counted in the minutes that began from `from` on and before `to`. */
export function listMinutes(
  reader: Reader,
  { tableId, indexId, kind }: Rule,
  from: number,
  to: number,
): Promise<(readonly TopKey[])[]> {
  const under = [tableId, indexId, kind] as const;
  return minutes.values(reader, {
    under,
    gte: [...under, from],
    lt: [...under, to],
    limit: limits.insightsKeptMs / 60_000,
  });
}

/** Deletes some records of a table that is gone. @returns true when there are none. */
export function purgeInsights(tx: Transaction, tableId: string): Promise<boolean> {
  return purgeUnder(tx, minutes.key(tableId));
}
