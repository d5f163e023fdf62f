/** Each pool's two RSA keys, as on AWS: one for id tokens, one for access tokens. Made when they are first needed. */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { assert, type Ids } from '../../../kernel/index.ts';
import type { Store } from '../../../store/index.ts';
import type { Vault } from '../../../store/vault.ts';
import { records, type SigningKey } from '../store.ts';

export type Use = 'id' | 'access';

export interface Signer {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** JWK of the public part. */
  publicJwk: Record<string, string>;
}

export interface Signers {
  /** @param poolId of a pool that exists. */
  signers(poolId: string): Promise<Record<Use, Signer>>;
  forget(poolId: string): void;
}

/** Pools whose keys are kept opened. */
const openedMax = 200;
const generate = promisify(generateKeyPair);

export function createSigners({ store, vault, ids }: { store: Store; vault: Vault; ids: Ids }): Signers {
  const opened = new Map<string, Promise<Record<Use, Signer>>>();
  const purpose = (poolId: string) => `cognitoidp.signingKey/${poolId}`;

  async function make(poolId: string): Promise<SigningKey> {
    const { privateKey, publicKey } = await generate('rsa', { modulusLength: 2048 });
    const { n, e } = publicKey.export({ format: 'jwk' });
    assert(n !== undefined && e !== undefined, 'an RSA key has a modulus and an exponent');
    const kid = Buffer.from(ids.bytes(32)).toString('base64');
    return {
      kid,
      publicJwk: { alg: 'RS256', e, kid, kty: 'RSA', n, use: 'sig' },
      privateKey: vault.seal(purpose(poolId), privateKey.export({ format: 'der', type: 'pkcs8' })),
    };
  }

  function open(poolId: string, { kid, publicJwk, privateKey }: SigningKey): Signer {
    const der = vault.open(purpose(poolId), privateKey);
    const opened = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    return { kid, publicJwk, privateKey: opened, publicKey: createPublicKey(opened) };
  }

  async function load(poolId: string): Promise<Record<Use, Signer>> {
    const [id, access] = await Promise.all([
      records.signingKeys.get(store, poolId, 'id'),
      records.signingKeys.get(store, poolId, 'access'),
    ]);
    if (id && access) return { id: open(poolId, id), access: open(poolId, access) };
    const made = { id: await make(poolId), access: await make(poolId) };
    await store.transact(async (tx) => {
      records.signingKeys.put(tx, [poolId, 'id'], made.id);
      records.signingKeys.put(tx, [poolId, 'access'], made.access);
    });
    return { id: open(poolId, made.id), access: open(poolId, made.access) };
  }

  return {
    signers(poolId) {
      const known = opened.get(poolId);
      if (known) return known;
      // One process, one cloud: two first sign-ins at once share the promise, and so the keys.
      const loading = load(poolId);
      loading.catch(() => opened.delete(poolId));
      if (opened.size >= openedMax) opened.clear();
      opened.set(poolId, loading);
      return loading;
    },
    forget: (poolId) => opened.delete(poolId),
  };
}
