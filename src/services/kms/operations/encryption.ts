/** Encrypt, Decrypt, ReEncrypt. https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html and its neighbours. */
import { NotImplemented, ValidationException } from '../../../kernel/index.ts';
import {
  type BlobHeader,
  decryptBlob,
  type EncryptionContext,
  encryptBlob,
  invalidCiphertext,
  readBlob,
} from '../domain/cipher.ts';
import { checkEnabled, keyArn } from '../domain/keys.ts';
import {
  AccessDeniedException,
  IncorrectKeyException,
  InvalidKeyUsageException,
  NotFoundException,
  wouldHaveSucceeded,
} from '../errors.ts';
import { findKey, keyOf } from '../find.ts';
import { openMaterial } from '../material.ts';
import type { Context } from '../room.ts';
import type { Key } from '../store.ts';

const algorithm = 'SYMMETRIC_DEFAULT';
const nonceBytes = 16;

interface EncryptInput {
  KeyId: string;
  Plaintext: Uint8Array;
  EncryptionContext?: EncryptionContext;
  EncryptionAlgorithm?: string;
  DryRun?: boolean;
}

export async function Encrypt(ctx: Context, input: EncryptInput) {
  const key = await encryptionKey(ctx, input.KeyId, 'Encrypt');
  checkAlgorithm(key, input.EncryptionAlgorithm);
  if (input.DryRun) throw wouldHaveSucceeded();
  return {
    CiphertextBlob: encryptWith(ctx, key, input.Plaintext, input.EncryptionContext),
    KeyId: keyArn(key),
    EncryptionAlgorithm: algorithm,
  };
}

interface DecryptInput {
  CiphertextBlob?: Uint8Array;
  KeyId?: string;
  EncryptionContext?: EncryptionContext;
  EncryptionAlgorithm?: string;
  Recipient?: object;
  DryRun?: boolean;
  DryRunModifiers?: string[];
}

export async function Decrypt(ctx: Context, input: DecryptInput) {
  if (input.Recipient) throw new NotImplemented('The member Recipient of KMS, which answers to enclaves');
  const { key, plain, materialId } = await open(ctx, {
    operation: 'Decrypt',
    blob: input.CiphertextBlob,
    keyId: input.KeyId,
    context: input.EncryptionContext,
    algorithm: input.EncryptionAlgorithm,
    isKeyEnough: isKeyEnough(input),
  });
  if (input.DryRun) throw wouldHaveSucceeded();
  return {
    KeyId: keyArn(key),
    Plaintext: plain,
    EncryptionAlgorithm: algorithm,
    KeyMaterialId: materialId,
  };
}

interface ReEncryptInput {
  CiphertextBlob?: Uint8Array;
  SourceKeyId?: string;
  SourceEncryptionContext?: EncryptionContext;
  SourceEncryptionAlgorithm?: string;
  DestinationKeyId: string;
  DestinationEncryptionContext?: EncryptionContext;
  DestinationEncryptionAlgorithm?: string;
  DryRun?: boolean;
  DryRunModifiers?: string[];
}

export async function ReEncrypt(ctx: Context, input: ReEncryptInput) {
  const { key, plain, materialId } = await open(ctx, {
    operation: 'ReEncrypt',
    blob: input.CiphertextBlob,
    keyId: input.SourceKeyId,
    context: input.SourceEncryptionContext,
    algorithm: input.SourceEncryptionAlgorithm,
    isKeyEnough: isKeyEnough(input),
  });
  const destination = await encryptionKey(ctx, input.DestinationKeyId, 'ReEncrypt');
  checkAlgorithm(destination, input.DestinationEncryptionAlgorithm);
  if (input.DryRun) throw wouldHaveSucceeded();
  return {
    CiphertextBlob: encryptWith(ctx, destination, plain, input.DestinationEncryptionContext),
    SourceKeyId: keyArn(key),
    KeyId: keyArn(destination),
    SourceEncryptionAlgorithm: algorithm,
    DestinationEncryptionAlgorithm: algorithm,
    SourceKeyMaterialId: materialId,
    DestinationKeyMaterialId: destination.materials.at(-1)?.id,
  };
}

/** A key for something that encrypts. @throws NotFoundException, DisabledException, KMSInvalidStateException, InvalidKeyUsageException */
export async function encryptionKey(ctx: Context, keyId: string, operation: string): Promise<Key> {
  const key = await findKey(ctx, keyId);
  checkEnabled(key);
  if (key.usage !== 'ENCRYPT_DECRYPT') {
    throw new InvalidKeyUsageException(
      `${keyArn(key)} key usage is ${key.usage} which is not valid for ${operation}.`,
    );
  }
  return key;
}

/** Under the newest material of a key. */
export function encryptWith(
  { room }: Context,
  key: Key,
  plain: Uint8Array,
  context: EncryptionContext | undefined,
): Uint8Array {
  const { bytes, position } = openMaterial(room, key);
  const header = { account: key.account, keyId: key.id, material: position };
  return encryptBlob(bytes, header, room.ids.bytes(nonceBytes), plain, context);
}

interface Opening {
  operation: string;
  blob: Uint8Array | undefined;
  keyId: string | undefined;
  context: EncryptionContext | undefined;
  algorithm: string | undefined;
  /** A dry run that is about the key only. */
  isKeyEnough: boolean;
}

async function open(
  ctx: Context,
  { operation, blob, keyId, context, algorithm: wanted, isKeyEnough: byKey }: Opening,
): Promise<{ key: Key; plain: Buffer; materialId: string | undefined }> {
  if (byKey && keyId !== undefined) {
    const key = await encryptionKey(ctx, keyId, operation);
    return { key, plain: Buffer.alloc(0), materialId: undefined };
  }
  const sent = needed(blob);
  const key = await keyOfBlob(ctx, sent, keyId);
  checkEnabled(key);
  checkAlgorithm(key, wanted);
  const header = readBlob(sent);
  if (header.keyId !== key.id || header.account !== key.account) throw wrongKey();
  const { bytes, id } = openMaterial(ctx.room, key, header.material);
  return { key, plain: decryptBlob(bytes, sent, context), materialId: id };
}

/**
 * The key that something is to be decrypted with: the one the request names, or the one of the ciphertext.
 * @throws InvalidCiphertextException, NotFoundException, IncorrectKeyException, AccessDeniedException
 */
export async function keyOfBlob(
  ctx: Context,
  blob: Uint8Array | undefined,
  keyId: string | undefined,
): Promise<Key> {
  if (keyId !== undefined) {
    const named = await findKey(ctx, keyId);
    if (named.usage !== 'ENCRYPT_DECRYPT') throw wrongKey();
    return named;
  }
  const header: BlobHeader = readBlob(needed(blob));
  try {
    return await keyOf(ctx, { account: header.account, region: ctx.region }, header.keyId);
  } catch (error) {
    if (error instanceof NotFoundException) throw new AccessDeniedException(unknownKeyOfBlob);
    throw error;
  }
}

/** AWS tells nobody whether another account's key is there. */
export const unknownKeyOfBlob =
  'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.';

const wrongKey = () =>
  new IncorrectKeyException(
    'The key ID in the request does not identify a CMK that can perform this operation.',
  );

export const isKeyEnough = (input: { DryRun?: boolean; DryRunModifiers?: string[] }): boolean =>
  input.DryRun === true && input.DryRunModifiers?.includes('IGNORE_CIPHERTEXT') === true;

function needed(blob: Uint8Array | undefined): Uint8Array {
  if (blob === undefined) {
    throw new ValidationException(
      "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
    );
  }
  if (blob.length === 0) throw invalidCiphertext();
  return blob;
}

function checkAlgorithm(key: Key, wanted: string = algorithm): void {
  if (wanted === algorithm) return;
  throw new InvalidKeyUsageException(`Algorithm ${wanted} is incompatible with key spec ${key.spec}.`);
}
