/**
 * Secrets at rest: AES-256-GCM under a key of this cloud. The key lies in a file of mode 0600 beside the data, made on
 * first use; a cloud that keeps no data keeps its key in memory. Whoever has the data without that file has no secrets.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ids } from '../kernel/index.ts';

export interface Vault {
  /**
   * @param purpose what the secret is for (`cognitoidp.signingKey/POOL`): bound to what is sealed, so that it opens
   * nowhere else. @returns nonce, tag and ciphertext.
   */
  seal(purpose: string, plain: Uint8Array | string): Uint8Array;
  /** @throws Error when the bytes were changed, or sealed for another purpose or under another key. */
  open(purpose: string, sealed: Uint8Array): Buffer;
}

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/**
 * @param options.folder of the data; absent: the key lives as long as the process.
 * @param options.ids chance, for keys and nonces.
 */
export function openVault({ folder, ids }: { folder?: string | undefined; ids: Ids }): Vault {
  const key = folder === undefined ? ids.bytes(keyBytes) : keyOf(folder, ids);
  return {
    seal(purpose, plain) {
      const nonce = ids.bytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(purpose));
      const text = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), text]);
    },
    open(purpose, sealed) {
      if (sealed.length < nonceBytes + tagBytes) throw new Error('What is to be opened was never sealed');
      const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(Buffer.from(purpose));
      decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
      return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]);
    },
  };
}

/** The folder's key; whoever makes it first has made it. */
function keyOf(folder: string, ids: Ids): Uint8Array {
  const file = join(folder, 'vault.key');
  const known = read(file);
  if (known) return known;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Written whole before it has its name: a crash leaves no half of a key.
  const draft = `${file}.${ids.token(8)}`;
  writeFileSync(draft, ids.bytes(keyBytes), { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const made = read(file);
  if (!made) throw new Error(`The key file ${file} is gone`);
  return made;
}

function read(file: string): Uint8Array | undefined {
  let key: Uint8Array;
  try {
    key = readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (key.length !== keyBytes)
    throw new Error(`${file} is no key: ${key.length} bytes instead of ${keyBytes}`);
  return key;
}
