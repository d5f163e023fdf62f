/** Which user a provider's word stands for: by the provider's own id of somebody, or by an attribute that it tells. */
import type { Reader, Transaction } from '../../../store/index.ts';
import { records } from '../store.ts';

/** Instead of an attribute: the provider's own id. */
export const subjectAttribute = 'Cognito_Subject';

export interface Link {
  provider: string;
  attribute: string;
  value: string;
}

/** @returns the key of the user. */
export function linkedTo(reader: Reader, poolId: string, link: Link): Promise<string | undefined> {
  return records.providerLinks.get(reader, poolId, link.provider, link.attribute, link.value);
}

export function putLink(tx: Transaction, poolId: string, key: string, link: Link): void {
  const { provider, attribute, value } = link;
  records.providerLinks.put(tx, [poolId, provider, attribute, value], key);
  records.linksOf.put(tx, [poolId, key, provider, attribute, value], null);
}

export function dropLink(tx: Transaction, poolId: string, key: string, link: Link): void {
  const { provider, attribute, value } = link;
  records.providerLinks.delete(tx, poolId, provider, attribute, value);
  records.linksOf.delete(tx, poolId, key, provider, attribute, value);
}

/** More than a user can have: five identities, each by its id and by each of its attributes. */
const linksMax = 1_000;

export async function dropLinksOf(tx: Transaction, poolId: string, key: string): Promise<void> {
  const found = await records.linksOf.range(tx, { under: [poolId, key], limit: linksMax });
  for (const { key: parts } of found) {
    dropLink(tx, poolId, key, { provider: parts[2], attribute: parts[3], value: parts[4] });
  }
}
