/**
 * Secrets at rest: AES-256-GCM under a key of this cloud. The key lies in a file of mode 0600 beside the data, made on
 * first use; a cloud that keeps no data keeps its key in memory. Whoever has the data without that file has no secrets.
 * A snapshot carries its keys along: those of others that were loaded lie beside the cloud's own, and open only.
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** The vault as its cloud has it: with the keys. */
export interface KeyedVault extends Vault {
  /** The own one first. */
  readonly keys: readonly Uint8Array[];
  /** Opens from now on what was sealed under these as well. They are on disk when it returns. */
  admit(keys: readonly Uint8Array[]): void;
}

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/**
 * @param options.folder of the data; absent: the keys live as long as the process.
 * @param options.ids chance, for keys and nonces.
 */
export function openVault({ folder, ids }: { folder?: string | undefined; ids: Ids }): KeyedVault {
  const own = folder === undefined ? ids.bytes(keyBytes) : keyOf(join(folder, 'vault.key'), folder, ids);
  const keys = [own, ...(folder === undefined ? [] : admittedKeys(folder))];
  return {
    keys,
    admit(others) {
      for (const key of others) {
        if (key.length !== keyBytes || keys.some((known) => Buffer.compare(known, key) === 0)) continue;
        if (folder !== undefined) keyOf(join(folder, admittedName(key)), folder, ids, key);
        keys.push(key);
      }
    },
    seal(purpose, plain) {
      const nonce = ids.bytes(nonceBytes);
      const cipher = createCipheriv(algorithm, own, nonce).setAAD(Buffer.from(purpose));
      const text = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), text]);
    },
    open(purpose, sealed) {
      if (sealed.length < nonceBytes + tagBytes) throw new Error('What is to be opened was never sealed');
      if (keys.length === 1) return openUnder(own, purpose, sealed);
      for (const key of keys) {
        try {
          return openUnder(key, purpose, sealed);
        } catch {
          // Perhaps the next one's.
        }
      }
      throw new Error('No key of this cloud opens it');
    },
  };
}

function openUnder(key: Uint8Array, purpose: string, sealed: Uint8Array): Buffer {
  const nonce = sealed.subarray(0, nonceBytes);
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(purpose));
  decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]);
}

const admittedForm = /^vault\.[0-9a-f]{16}\.key$/;

/** A file a key, named by its hash: admitting one twice makes one file. */
const admittedName = (key: Uint8Array): string =>
  `vault.${createHash('sha256').update(key).digest('hex').slice(0, 16)}.key`;

function admittedKeys(folder: string): Uint8Array[] {
  return readdirSync(folder)
    .filter((name) => admittedForm.test(name))
    .flatMap((name) => read(join(folder, name)) ?? []);
}

/** The key in a file; whoever makes it first has made it. */
function keyOf(file: string, folder: string, ids: Ids, made: Uint8Array = ids.bytes(keyBytes)): Uint8Array {
  const known = read(file);
  if (known) return known;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Written whole before it has its name: a crash leaves no half of a key.
  const draft = `${file}.${ids.token(8)}`;
  writeFileSync(draft, made, { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const kept = read(file);
  if (!kept) throw new Error(`The key file ${file} is gone`);
  return kept;
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
