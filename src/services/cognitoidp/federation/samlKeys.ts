/** The key and certificate by which a pool signs SAML requests and opens encrypted assertions. Made when first needed. */
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { Context } from '../room.ts';
import { type Pool, records } from '../store.ts';

const generate = promisify(generateKeyPair);
const purpose = (pool: Pool) => `cognitoidp.samlKey/${pool.id}`;
const yearMs = 365 * 86_400_000;

export interface SamlKey {
  /** PKCS #8, PEM. */
  privateKey: string;
  /** PEM without its first and last line, as GetSigningCertificate shows it. */
  certificate: string;
}

export async function samlKeyOf({ room, now }: Context, pool: Pool): Promise<SamlKey> {
  const known = await records.samlKeys.get(room.store, pool.id);
  if (known) {
    const { certificate, privateKey } = known;
    return { certificate, privateKey: room.vault.open(purpose(pool), privateKey).toString() };
  }
  const { default: selfsigned } = await import('selfsigned');
  const keyPair = await generate('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
    publicKeyEncoding: { format: 'pem', type: 'spki' },
  });
  const { cert } = await selfsigned.generate([{ name: 'commonName', value: pool.id }], {
    algorithm: 'sha256',
    keyPair,
    notBeforeDate: new Date(now),
    // "Issued certificates are valid for 10 years from the date of issue."
    notAfterDate: new Date(now + 10 * yearMs),
  });
  const made = {
    certificate: cert.replace(/-----[^-]+-----|\s/g, ''),
    privateKey: room.vault.seal(purpose(pool), keyPair.privateKey),
  };
  const kept = await room.store.transact(async (tx) => {
    const meanwhile = await records.samlKeys.get(tx, pool.id);
    if (meanwhile) return meanwhile;
    records.samlKeys.put(tx, [pool.id], made);
    return made;
  });
  return {
    certificate: kept.certificate,
    privateKey: room.vault.open(purpose(pool), kept.privateKey).toString(),
  };
}

export async function activeCertificate(ctx: Context, pool: Pool): Promise<string> {
  return (await samlKeyOf(ctx, pool)).certificate;
}
