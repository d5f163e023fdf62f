/** The RSA key under which this cloud's identity pools sign their tokens. Made when it is first needed. */
import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { assert, type Ids } from '../../../kernel/index.ts';
import type { Store } from '../../../store/index.ts';
import type { Vault } from '../../../store/vault.ts';
import { records, type SigningKey } from '../store.ts';

export interface Signer {
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** JWK of the public part. */
  readonly publicJwk: Record<string, string>;
}

export interface Signers {
  signer(): Promise<Signer>;
}

const generate = promisify(generateKeyPair);
const purpose = 'cognitoidentity.signingKey';

export function createSigners({ store, vault, ids }: { store: Store; vault: Vault; ids: Ids }): Signers {
  let opened: Promise<Signer> | undefined;

  async function make(): Promise<SigningKey> {
    const { privateKey, publicKey } = await generate('rsa', { modulusLength: 2048 });
    const { n, e } = publicKey.export({ format: 'jwk' });
    assert(n !== undefined && e !== undefined, 'an RSA key has a modulus and an exponent');
    const kid = Buffer.from(ids.bytes(32)).toString('base64');
    const made: SigningKey = {
      kid,
      // AWS's identity pools sign with RS512, its user pools with RS256.
      publicJwk: { alg: 'RS512', e, kid, kty: 'RSA', n, use: 'sig' },
      privateKey: vault.seal(purpose, privateKey.export({ format: 'der', type: 'pkcs8' })),
    };
    await store.transact(async (tx) => records.signingKeys.put(tx, ['token'], made));
    return made;
  }

  async function load(): Promise<Signer> {
    const { kid, publicJwk, privateKey } = (await records.signingKeys.get(store, 'token')) ?? (await make());
    const der = vault.open(purpose, privateKey);
    return { kid, publicJwk, privateKey: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }) };
  }

  return {
    signer() {
      // One process, one cloud: two first calls at once share the promise, and so the key.
      if (!opened) {
        opened = load();
        opened.catch(() => {
          opened = undefined;
        });
      }
      return opened;
    },
  };
}
