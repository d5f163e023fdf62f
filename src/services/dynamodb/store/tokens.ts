/**
 * What TransactWriteItems answered to a ClientRequestToken, for ten minutes. Key table:
 *
 *     ['dynamodb.token', account, region, token]                  → digest of the request, when
 *     ['dynamodb.tokenExpiry', expiresAt, account, region, token] → '' (so that old ones are found)
 */
import { rawBytes, recordSet, type Transaction } from '../../../store/index.ts';
import { limits } from '../limits.ts';

const tokens = recordSet<[account: string, region: string, token: string], { digest: string; at: number }>(
  'dynamodb.token',
);
const expiries = recordSet<[expiresAt: number, account: string, region: string, token: string], Uint8Array>(
  'dynamodb.tokenExpiry',
  rawBytes,
);

/** Old tokens forgotten with each new one; more than one, so that they never pile up. */
const forgottenAtOnce = 4;

export async function findToken(
  tx: Transaction,
  place: { account: string; region: string },
  token: string,
  now: number,
): Promise<string | undefined> {
  const found = await tokens.get(tx, place.account, place.region, token);
  return found && found.at + limits.transactTokenMs > now ? found.digest : undefined;
}

export async function rememberToken(
  tx: Transaction,
  place: { account: string; region: string },
  token: string,
  digest: string,
  now: number,
): Promise<void> {
  for (const { key } of await expiries.range(tx, { lt: [now], limit: forgottenAtOnce })) {
    expiries.delete(tx, ...key);
    const [, account, region, old] = key;
    const record = await tokens.get(tx, account, region, old);
    if (record && record.at + limits.transactTokenMs <= now) tokens.delete(tx, account, region, old);
  }
  tokens.put(tx, [place.account, place.region, token], { digest, at: now });
  expiries.put(tx, [now + limits.transactTokenMs, place.account, place.region, token], new Uint8Array(0));
}
