/**
 * Names in use, whatever their case: "names are not distinguished by case. For example, you cannot create resources named
 * both "MyResource" and "myresource"." https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 *
 *   iam.nameInUse [account, kind, name in lower case] → name
 *
 * What was made before there were these records has none, and is found by its exact name only.
 */
import { type RecordSet, recordSet, type Transaction } from '../../../store/index.ts';

export type NameKind = 'user' | 'group' | 'role' | 'policy' | 'instance-profile' | 'server-certificate';

const namesInUse: RecordSet<[account: string, kind: NameKind, folded: string], string> =
  recordSet('iam.nameInUse');

/**
 * Takes a name for something that is made or renamed.
 * @param formerly the name of what is renamed: it may change the case of its own.
 * @returns whether it was free.
 */
export async function claimName(
  tx: Transaction,
  account: string,
  kind: NameKind,
  name: string,
  formerly?: string,
): Promise<boolean> {
  const holder = await namesInUse.get(tx, account, kind, name.toLowerCase());
  if (holder !== undefined && holder !== formerly) return false;
  if (formerly !== undefined) releaseName(tx, account, kind, formerly);
  namesInUse.put(tx, [account, kind, name.toLowerCase()], name);
  return true;
}

export function releaseName(tx: Transaction, account: string, kind: NameKind, name: string): void {
  namesInUse.delete(tx, account, kind, name.toLowerCase());
}
