/** What the operations of this service share: their context's type, finding functions, pages, revisions. */
import type { OperationContext } from '../../../platform/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { type FunctionName, functionNotFound, parseFunctionName } from '../domain/names.ts';
import { InvalidParameterValueException, PreconditionFailedException } from '../errors.ts';
import { pageItemsMax } from '../limits.ts';
import type { Configuration, FunctionRecord } from '../records.ts';
import type { LambdaRoom } from '../room.ts';

export type Context = OperationContext<LambdaRoom>;

export function named(ctx: Context, name: string | undefined, qualifier?: string): FunctionName {
  return parseFunctionName(name ?? '', qualifier, ctx);
}

/** @throws ResourceNotFoundException */
export async function loadFunction(
  ctx: Context,
  name: FunctionName,
  tx?: Transaction,
): Promise<FunctionRecord> {
  const record = await ctx.room.store.function(name, tx);
  if (!record) throw functionNotFound(name);
  return record;
}

/**
 * @param api the operation that tells the latest.
 * @throws PreconditionFailedException when the caller saw an older state.
 */
export function checkRevision(
  wanted: string | undefined,
  current: string | undefined,
  api = 'GetFunction/GetAlias',
): void {
  if (wanted === undefined || wanted === current) return;
  throw new PreconditionFailedException(
    `The Revision Id provided does not match the latest Revision Id. Call the ${api} API to retrieve the latest Revision Id`,
  );
}

export interface Page<Item> {
  items: Item[];
  nextMarker: string | undefined;
}

/** How many items a page holds; one more is read to know whether there is a next. */
export function pageSize(maxItems: number | undefined): number {
  return Math.min(maxItems ?? pageItemsMax, pageItemsMax);
}

/** Cuts a list that was read with one item too many. @param markerOf where the next page begins: after this item. */
export function pageOf<Item>(
  found: readonly Item[],
  size: number,
  markerOf: (item: Item) => string,
): Page<Item> {
  const items = found.slice(0, size);
  const last = items.at(-1);
  const more = found.length > size && last !== undefined;
  return { items, nextMarker: more ? Buffer.from(markerOf(last)).toString('base64') : undefined };
}

/** @throws InvalidParameterValueException for what no page ended with. */
export function readMarker(marker: string | undefined): string | undefined {
  if (marker === undefined || marker === '') return undefined;
  const text = Buffer.from(marker, 'base64').toString('utf8');
  if (Buffer.from(text).toString('base64') !== marker) {
    throw new InvalidParameterValueException('Invalid Marker');
  }
  return text;
}

/** Releases the archives of `gone` that no version in `kept` uses. */
export function releaseCode(
  ctx: Context,
  tx: Transaction,
  gone: readonly Configuration[],
  kept: readonly Configuration[],
): void {
  const used = new Set(kept.map(({ code }) => code.blobId));
  const released = new Set(gone.map(({ code }) => code.blobId).filter((id) => id !== '' && !used.has(id)));
  for (const id of released) ctx.room.platform.blobs.release(tx, id);
}
