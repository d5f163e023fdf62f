/** Kinds and states of keys. https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html */
import { formatArn } from '../../../kernel/index.ts';
import { DisabledException, KMSInvalidStateException } from '../errors.ts';
import type { Key } from '../store.ts';

export type KeySpec = 'SYMMETRIC_DEFAULT' | MacSpec;
export type MacSpec = 'HMAC_224' | 'HMAC_256' | 'HMAC_384' | 'HMAC_512';
export type KeyUsage = 'ENCRYPT_DECRYPT' | 'GENERATE_VERIFY_MAC';
export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

export interface SpecFacts {
  usage: KeyUsage;
  /** Of the key material. */
  bytes: number;
  /** `MacAlgorithms`, and what node:crypto calls the one. */
  mac?: { algorithm: string; hash: string };
}

/** What each kind of key is; kinds that aren't here aren't implemented. */
export const specs: Readonly<Record<KeySpec, SpecFacts>> = {
  SYMMETRIC_DEFAULT: { usage: 'ENCRYPT_DECRYPT', bytes: 32 },
  HMAC_224: {
    usage: 'GENERATE_VERIFY_MAC',
    bytes: 28,
    mac: { algorithm: 'HMAC_SHA_224', hash: 'sha224' },
  },
  HMAC_256: {
    usage: 'GENERATE_VERIFY_MAC',
    bytes: 32,
    mac: { algorithm: 'HMAC_SHA_256', hash: 'sha256' },
  },
  HMAC_384: {
    usage: 'GENERATE_VERIFY_MAC',
    bytes: 48,
    mac: { algorithm: 'HMAC_SHA_384', hash: 'sha384' },
  },
  HMAC_512: {
    usage: 'GENERATE_VERIFY_MAC',
    bytes: 64,
    mac: { algorithm: 'HMAC_SHA_512', hash: 'sha512' },
  },
};

export const isSpec = (name: string): name is KeySpec => Object.hasOwn(specs, name);

export const keyArn = ({ account, region, id }: Pick<Key, 'account' | 'region' | 'id'>): string =>
  formatArn({ service: 'kms', region, account, resource: `key/${id}` });

/** @param name with its prefix, `alias/…`. */
export const aliasArn = ({ account, region }: Pick<Key, 'account' | 'region'>, name: string): string =>
  formatArn({ service: 'kms', region, account, resource: name });

/** What works on keys that are enabled only. @throws DisabledException, KMSInvalidStateException */
export function checkEnabled(key: Key): void {
  checkNotPending(key);
  if (key.state === 'Disabled') throw new DisabledException(`${keyArn(key)} is disabled.`);
}

/** What works on disabled keys as well. @throws KMSInvalidStateException */
export function checkNotPending(key: Key): void {
  if (key.state === 'PendingDeletion')
    throw new KMSInvalidStateException(`${keyArn(key)} is pending deletion.`);
}

/** A key whose waiting period is over is gone, whether or not it was cleared away yet. */
export const isGone = ({ deletionAt }: Key, now: number): boolean =>
  deletionAt !== undefined && deletionAt <= now;

/** KeyMetadata. https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html */
export function describeKey(key: Key): object {
  const { mac } = specs[key.spec];
  return {
    AWSAccountId: key.account,
    KeyId: key.id,
    Arn: keyArn(key),
    CreationDate: new Date(key.createdAt),
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: key.state,
    ...(key.deletionAt === undefined ? {} : { DeletionDate: new Date(key.deletionAt) }),
    Origin: 'AWS_KMS',
    KeyManager: key.manager,
    CustomerMasterKeySpec: key.spec,
    KeySpec: key.spec,
    ...(mac === undefined
      ? { EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'], CurrentKeyMaterialId: key.materials.at(-1)?.id }
      : { MacAlgorithms: [mac.algorithm] }),
    MultiRegion: false,
  };
}
