/** Secret access keys at rest: sealed, under the id of the key they belong to. */
import type { Vault } from '../../store/vault.ts';
import type { AccessKey } from './store.ts';

const purpose = (accessKeyId: string) => `iam.accessKey/${accessKeyId}`;

export function sealSecret(vault: Vault, accessKeyId: string, secret: string): Uint8Array {
  return vault.seal(purpose(accessKeyId), secret);
}

/** @returns undefined when this cloud's vault didn't seal it: the data were brought here without their key. */
export function secretOf(vault: Vault, key: AccessKey): string | undefined {
  if (typeof key.secret === 'string') return key.secret;
  try {
    return vault.open(purpose(key.id), key.secret).toString();
  } catch {
    return undefined;
  }
}
