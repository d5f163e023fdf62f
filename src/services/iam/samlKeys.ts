/** The private keys of SAML providers: sealed here, and opened for sts alone, through the platform. */
import { createPrivateKey } from 'node:crypto';
import { parseArn } from '../../kernel/index.ts';
import type { SamlKeySource } from '../../platform/index.ts';
import type { Vault } from '../../store/vault.ts';
import type { IamRoom } from './room.ts';
import { samlProviders } from './store/providers.ts';

const purpose = (providerArn: string, keyId: string) => `iam.samlPrivateKey/${providerArn}/${keyId}`;

/** @param pem as it was given. @throws Error unless it is an RSA key without a passphrase. */
export function sealSamlKey(vault: Vault, providerArn: string, keyId: string, pem: string): Uint8Array {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'rsa') throw new Error('an RSA key is asked for');
  return vault.seal(purpose(providerArn, keyId), key.export({ type: 'pkcs8', format: 'pem' }));
}

export function samlKeySource({ store, vault }: IamRoom): SamlKeySource {
  return {
    async keysOf(providerArn) {
      const { account = '' } = parseArn(providerArn) ?? {};
      const provider = await samlProviders.get(store.reader, account, providerArn);
      const newestFirst = [...(provider?.privateKeys ?? [])].reverse();
      return newestFirst.map(({ id, pem }) => vault.open(purpose(providerArn, id), pem).toString());
    },
  };
}
