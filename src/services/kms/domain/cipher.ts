/**
 * Ciphertext blobs. What is in them is KMS's own business; they carry the key and the version of its material, so that
 * Decrypt needs no key id:
 *
 *   version (1) · account (12 digits) · key id (16) · number of the material (4) · nonce (16) · tag (16) · ciphertext
 *
 * Each message has a key of its own, derived from the material and the nonce: random nonces for one key of AES-GCM would
 * run out after 2^32 messages. All before the tag is authenticated, and the encryption context with it.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { InvalidCiphertextException } from '../errors.ts';

export type EncryptionContext = Readonly<Record<string, string>>;

/** What a blob says of itself. */
export interface BlobHeader {
  account: string;
  keyId: string;
  /** Position of the material, from 0. */
  material: number;
}

const version = 1;
const accountDigits = 12;
const nonceBytes = 16;
const tagBytes = 16;
const nonceAt = 1 + accountDigits + 16 + 4;
const tagAt = nonceAt + nonceBytes;
const textAt = tagAt + tagBytes;
const cipherName = 'aes-256-gcm';

/** @param nonce 16 random bytes. */
export function encryptBlob(
  material: Uint8Array,
  { account, keyId, material: number }: BlobHeader,
  nonce: Uint8Array,
  plain: Uint8Array,
  context: EncryptionContext = {},
): Uint8Array {
  const head = Buffer.alloc(tagAt);
  head[0] = version;
  head.write(account, 1, 'latin1');
  head.write(keyId.replaceAll('-', ''), 1 + accountDigits, 'hex');
  head.writeUInt32BE(number, 1 + accountDigits + 16);
  head.set(nonce, nonceAt);
  const { key, iv } = messageKey(material, nonce);
  const cipher = createCipheriv(cipherName, key, iv).setAAD(authenticated(head, context));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([head, cipher.getAuthTag(), text]);
}

/** @throws InvalidCiphertextException what is no blob of this cloud. */
export function readBlob(blob: Uint8Array): BlobHeader {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  const account = bytes.toString('latin1', 1, 1 + accountDigits);
  if (bytes[0] !== version || bytes.length < textAt || !/^\d{12}$/.test(account)) throw invalidCiphertext();
  const digits = bytes.toString('hex', 1 + accountDigits, 1 + accountDigits + 16);
  const keyId = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { account, keyId, material: bytes.readUInt32BE(1 + accountDigits + 16) };
}

/** @throws InvalidCiphertextException changed bytes, or another encryption context. */
export function decryptBlob(material: Uint8Array, blob: Uint8Array, context: EncryptionContext = {}): Buffer {
  const { key, iv } = messageKey(material, blob.subarray(nonceAt, tagAt));
  const decipher = createDecipheriv(cipherName, key, iv, { authTagLength: tagBytes });
  decipher.setAAD(authenticated(blob.subarray(0, tagAt), context));
  decipher.setAuthTag(blob.subarray(tagAt, textAt));
  try {
    return Buffer.concat([decipher.update(blob.subarray(textAt)), decipher.final()]);
  } catch {
    throw invalidCiphertext();
  }
}

/** AWS says no more than its name. */
export const invalidCiphertext = () => new InvalidCiphertextException('');

function messageKey(material: Uint8Array, nonce: Uint8Array): { key: Buffer; iv: Buffer } {
  const derived = Buffer.from(hkdfSync('sha256', material, nonce, 'brume kms', 32 + 12));
  return { key: derived.subarray(0, 32), iv: derived.subarray(32) };
}

/** The order in which a context is written doesn't count. */
function authenticated(head: Uint8Array, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).sort(([one], [other]) => (one < other ? -1 : 1));
  return Buffer.concat([head, Buffer.from(JSON.stringify(pairs))]);
}
