/**
 * SSH public keys, as OpenSSH writes them and as PEM does.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSSHPublicKey.html
 */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { InvalidPublicKey, UnrecognizedPublicKeyEncoding } from '../errors.ts';

/** "The minimum bit-length of the public key is 2048 bits." */
const bitsMin = 2048;
const algorithm = 'ssh-rsa';

export interface SshKey {
  /** MD5 of the key, in pairs of digits with colons between. */
  fingerprint: string;
  /** `ssh-rsa AAAA…`, without a comment. */
  ssh: string;
  pem: string;
}

/** @throws UnrecognizedPublicKeyEncoding, InvalidPublicKey */
export function readSshKey(body: string): SshKey {
  const text = body.trim();
  const isSsh = text.startsWith('ssh-');
  if (!isSsh && !text.startsWith('-----BEGIN ')) {
    throw new UnrecognizedPublicKeyEncoding('Invalid public key uploaded.');
  }
  let key: KeyObject;
  try {
    key = isSsh ? fromSsh(text) : createPublicKey(text);
  } catch {
    throw new InvalidPublicKey('The public key is malformed or otherwise invalid.');
  }
  if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < bitsMin) {
    throw new InvalidPublicKey(`The public key must be an RSA key of at least ${bitsMin} bits.`);
  }
  const blob = blobOf(key);
  const digest = createHash('md5').update(blob).digest('hex');
  return {
    fingerprint: (digest.match(/../g) ?? []).join(':'),
    ssh: `${algorithm} ${blob.toString('base64')}`,
    pem: key.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** RFC 4253: the algorithm's name, the exponent and the modulus, each with its length before it. */
function fromSsh(text: string): KeyObject {
  const blob = Buffer.from(text.split(/\s+/)[1] ?? '', 'base64');
  const parts: Buffer[] = [];
  for (let at = 0; at < blob.length; ) {
    const length = blob.readUInt32BE(at);
    if (at + 4 + length > blob.length) throw new Error('the key ends before it should');
    parts.push(blob.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  const [name, e, n] = parts;
  if (parts.length !== 3 || name?.toString() !== algorithm || !e || !n) throw new Error('this is no RSA key');
  const jwk = { kty: 'RSA', e: e.toString('base64url'), n: withoutSign(n).toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

function blobOf(key: KeyObject): Buffer {
  const { e = '', n = '' } = key.export({ format: 'jwk' });
  const parts = [Buffer.from(algorithm), withSign(e), withSign(n)];
  return Buffer.concat(parts.flatMap((part) => [lengthOf(part), part]));
}

/** Numbers are signed in SSH: a leading zero keeps a high bit from saying "negative". */
function withSign(base64url: string): Buffer {
  const bytes = Buffer.from(base64url, 'base64url');
  return (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}

function withoutSign(bytes: Buffer): Buffer {
  return bytes[0] === 0 ? bytes.subarray(1) : bytes;
}

function lengthOf(part: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return length;
}
