/**
 * Each pool's RSA keys, as on AWS: one for id tokens, one for access tokens, made when they are first needed. Keys that
 * were replaced sign nothing any more; they verify until the last token that they signed has expired.
 */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { assert, type Ids } from '../../../kernel/index.ts';
import type { Store } from '../../../store/index.ts';
import type { Vault } from '../../../store/vault.ts';
import { limits } from '../limits.ts';
import { type RetiredKey, records, type SigningKey } from '../store.ts';

export type Use = 'id' | 'access';

export interface Signer {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** JWK of the public part. */
  publicJwk: Record<string, string>;
}

export interface Signers {
  /** What tokens are signed with now. @param poolId of a pool that exists. */
  signers(poolId: string): Promise<Record<Use, Signer>>;
  /** The public keys of all tokens that may still be out there, today's first. @param now milliseconds. */
  published(poolId: string, now: number): Promise<Record<string, string>[]>;
  /** The key that a token of this `kid` is verified by; undefined when the pool has none for this use. */
  verifier(poolId: string, use: Use, kid: string | undefined, now: number): Promise<KeyObject | undefined>;
  /** Signs with new keys from now on. @returns their ids. */
  rotate(poolId: string, now: number): Promise<Record<Use, string>>;
  forget(poolId: string): void;
}

interface PoolKeys {
  current: Record<Use, Signer>;
  retired: (RetiredKey & { publicKey: KeyObject })[];
}

/** Pools whose keys are kept opened. */
const openedMax = 200;
/** Retired keys of a pool that are kept; older ones go first. */
const retiredMax = 100;
const generate = promisify(generateKeyPair);
const uses: readonly Use[] = ['id', 'access'];

export function createSigners({ store, vault, ids }: { store: Store; vault: Vault; ids: Ids }): Signers {
  const opened = new Map<string, Promise<PoolKeys>>();
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

  async function load(poolId: string): Promise<PoolKeys> {
    const [id, access, retired] = await Promise.all([
      records.signingKeys.get(store, poolId, 'id'),
      records.signingKeys.get(store, poolId, 'access'),
      records.retiredKeys.values(store, { under: [poolId], reverse: true, limit: retiredMax }),
    ]);
    const stored = id && access ? { id, access } : await makeFirst(poolId);
    return {
      current: { id: open(poolId, stored.id), access: open(poolId, stored.access) },
      retired: retired.map((key) => ({
        ...key,
        publicKey: createPublicKey({ key: key.publicJwk, format: 'jwk' }),
      })),
    };
  }

  async function makeFirst(poolId: string): Promise<Record<Use, SigningKey>> {
    const made = { id: await make(poolId), access: await make(poolId) };
    await store.transact(async (tx) => {
      for (const use of uses) records.signingKeys.put(tx, [poolId, use], made[use]);
    });
    return made;
  }

  function keysOf(poolId: string): Promise<PoolKeys> {
    const known = opened.get(poolId);
    if (known) return known;
    // One process, one cloud: two first sign-ins at once share the promise, and so the keys.
    const loading = load(poolId);
    loading.catch(() => opened.delete(poolId));
    if (opened.size >= openedMax) opened.clear();
    opened.set(poolId, loading);
    return loading;
  }

  return {
    signers: async (poolId) => (await keysOf(poolId)).current,
    async published(poolId, now) {
      const { current, retired } = await keysOf(poolId);
      const still = retired.filter(({ until }) => until > now);
      return [...uses.map((use) => current[use].publicJwk), ...still.map(({ publicJwk }) => publicJwk)];
    },
    async verifier(poolId, use, kid, now) {
      const { current, retired } = await keysOf(poolId);
      if (current[use].kid === kid) return current[use].publicKey;
      return retired.find((key) => key.use === use && key.publicJwk.kid === kid && key.until > now)
        ?.publicKey;
    },
    async rotate(poolId, now) {
      await keysOf(poolId);
      const made = { id: await make(poolId), access: await make(poolId) };
      await store.transact(async (tx) => {
        for (const use of uses) {
          const old = await records.signingKeys.get(tx, poolId, use);
          // Whoever is signing at this moment still does so with the old key.
          const until = now + limits.tokenMsMax + limits.rotationMarginMs;
          if (old) {
            const { kid, publicJwk } = old;
            records.retiredKeys.put(tx, [poolId, until, kid], { use, publicJwk, until });
          }
          records.signingKeys.put(tx, [poolId, use], made[use]);
        }
        for (const { until, publicJwk } of await records.retiredKeys.values(tx, {
          under: [poolId],
          lt: [poolId, now],
          limit: retiredMax,
        })) {
          records.retiredKeys.delete(tx, poolId, until, publicJwk.kid ?? '');
        }
      });
      opened.delete(poolId);
      return { id: made.id.kid, access: made.access.kid };
    },
    forget: (poolId) => opened.delete(poolId),
  };
}
