/** The keys under which STS signs tokens for services outside AWS, one for each algorithm. Made when they are first needed. */
import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Ids } from '../../../kernel/index.ts';
import type { Jwk } from '../../../platform/index.ts';
import type { Vault } from '../../../store/vault.ts';
import type { TokenKey, TokenKeyStore } from '../store.ts';

export type OutboundAlgorithm = 'RS256' | 'ES384';

export interface Signer {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: Jwk;
}

const generate = promisify(generateKeyPair);

export class OutboundSigners {
  readonly #store: TokenKeyStore;
  readonly #vault: Vault;
  readonly #ids: Ids;
  readonly #opened = new Map<OutboundAlgorithm, Promise<Signer>>();

  constructor(store: TokenKeyStore, vault: Vault, ids: Ids) {
    this.#store = store;
    this.#vault = vault;
    this.#ids = ids;
  }

  signer(algorithm: OutboundAlgorithm): Promise<Signer> {
    // One process, one cloud: two first calls at once share the promise, and so the key.
    const known = this.#opened.get(algorithm) ?? this.#load(algorithm);
    this.#opened.set(algorithm, known);
    known.catch(() => this.#opened.delete(algorithm));
    return known;
  }

  async publicKeys(): Promise<Jwk[]> {
    const signers = await Promise.all([this.signer('RS256'), this.signer('ES384')]);
    return signers.map(({ publicJwk }) => publicJwk);
  }

  async #load(algorithm: OutboundAlgorithm): Promise<Signer> {
    const { kid, publicJwk, sealed } = (await this.#store.get(algorithm)) ?? (await this.#make(algorithm));
    const key = this.#vault.open(purposeOf(algorithm), sealed);
    return { kid, publicJwk, privateKey: createPrivateKey({ key, format: 'der', type: 'pkcs8' }) };
  }

  async #make(algorithm: OutboundAlgorithm): Promise<TokenKey> {
    const { privateKey, publicKey } =
      algorithm === 'RS256'
        ? await generate('rsa', { modulusLength: 2048 })
        : await generate('ec', { namedCurve: 'P-384' });
    const kid = this.#ids.uuid();
    const made: TokenKey = {
      kid,
      publicJwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: algorithm },
      sealed: this.#vault.seal(purposeOf(algorithm), privateKey.export({ format: 'der', type: 'pkcs8' })),
    };
    await this.#store.put(algorithm, made);
    return made;
  }
}

function purposeOf(algorithm: OutboundAlgorithm): string {
  return `sts.tokenKey/${algorithm}`;
}
