/**
 * What KMS keeps. Key table:
 *
 *   kms.key      [account, region, keyId]           → Key      metadata, policy, tags, sealed key material
 *   kms.alias    [account, region, name]            → Alias    `alias/…`
 *   kms.aliasOf  [account, region, keyId, name]     → null     the same by key
 *   kms.grant    [keyId, grantId]                   → Grant
 *   kms.grantTo  [keyId, grantee, grantId]          → null     what a principal was granted
 *   kms.retirable [account, region, principal, grantId] → key id   whose retiring principal it is
 *
 * Key material is sealed by the vault before it comes here.
 */
import { recordSet } from '../../store/index.ts';
import type { KeySpec, KeyState, KeyUsage } from './domain/keys.ts';

export interface Material {
  /** 64 hexadecimal digits. */
  id: string;
  /** Sealed for `kms.material/KEY ID/MATERIAL ID`. */
  sealed: Uint8Array;
  /** Absent in the first. */
  rotation?: { at: number; type: 'AUTOMATIC' | 'ON_DEMAND' };
}

export interface Key {
  account: string;
  region: string;
  /** A UUID. */
  id: string;
  description: string;
  spec: KeySpec;
  usage: KeyUsage;
  state: KeyState;
  /** While the state is PendingDeletion: from then on the key isn't there any more. */
  deletionAt?: number;
  createdAt: number;
  manager: 'CUSTOMER' | 'AWS';
  /** The document as it was sent. */
  policy: string;
  tags: Record<string, string>;
  /** Oldest first; the last one encrypts. */
  materials: Material[];
  /** Automatic rotation. */
  rotation?: { days: number; nextAt: number };
}

export interface Alias {
  account: string;
  region: string;
  /** With its prefix, `alias/…`. */
  name: string;
  keyId: string;
  createdAt: number;
  updatedAt: number;
}

export interface Grant {
  id: string;
  keyId: string;
  name?: string;
  grantee: string;
  retiring?: string;
  /** Who asked for it. */
  issuer: string;
  operations: string[];
  constraints?: GrantConstraints;
  createdAt: number;
}

export interface GrantConstraints {
  EncryptionContextSubset?: Record<string, string>;
  EncryptionContextEquals?: Record<string, string>;
}

export const records = {
  keys: recordSet<[account: string, region: string, keyId: string], Key>('kms.key'),
  aliases: recordSet<[account: string, region: string, name: string], Alias>('kms.alias'),
  aliasesOf: recordSet<[account: string, region: string, keyId: string, name: string], null>('kms.aliasOf'),
  grants: recordSet<[keyId: string, grantId: string], Grant>('kms.grant'),
  grantsTo: recordSet<[keyId: string, grantee: string, grantId: string], null>('kms.grantTo'),
  retirable: recordSet<[account: string, region: string, principal: string, grantId: string], string>(
    'kms.retirable',
  ),
};
