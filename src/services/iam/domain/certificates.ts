/**
 * X.509 certificates and keys as IAM takes them: PEM text, checked before it is kept.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_server-certs.html
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { KeyPairMismatch, MalformedCertificate } from '../errors.ts';

const pemBlock = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** @throws MalformedCertificate unless `pem` is one certificate and nothing else. */
export function readCertificate(pem: string): X509Certificate {
  const blocks = pem.match(pemBlock) ?? [];
  const [block] = blocks;
  const isAlone = blocks.length === 1 && pem.replace(pemBlock, '').trim() === '';
  const certificate = block === undefined || !isAlone ? undefined : parsed(block);
  if (!certificate) {
    throw new MalformedCertificate(
      'Unable to parse certificate. Please ensure the certificate is in PEM format.',
    );
  }
  return certificate;
}

/** @throws MalformedCertificate when the key can't be read, KeyPairMismatch when it is another certificate's. */
export function checkKeyPair(certificate: X509Certificate, pem: string): void {
  let key: KeyObject;
  try {
    // Without a passphrase: "The private key must be unencrypted".
    key = createPrivateKey(pem);
  } catch {
    throw new MalformedCertificate(
      'Unable to parse private key. Please ensure the key is unencrypted and in PEM format.',
    );
  }
  if (!certificate.checkPrivateKey(key)) {
    throw new KeyPairMismatch('The public key of the certificate does not match the private key.');
  }
}

/** Each certificate has to be signed by the next. @throws MalformedCertificate with the index of the first that isn't. */
export function checkChain(certificate: X509Certificate, chain: string): void {
  let signed = certificate;
  const blocks = chain.match(pemBlock) ?? [];
  if (blocks.length === 0 || chain.replace(pemBlock, '').trim() !== '') throw brokenAt(0);
  for (const [index, block] of blocks.entries()) {
    const signer = parsed(block);
    if (!signer || !signed.checkIssued(signer) || !signed.verify(signer.publicKey)) throw brokenAt(index);
    signed = signer;
  }
}

function brokenAt(index: number) {
  return new MalformedCertificate(
    `Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order. The index within the chain of the invalid certificate is: ${index}`,
  );
}

function parsed(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    return undefined;
  }
}
