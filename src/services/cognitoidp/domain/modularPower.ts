/**
 * Powers modulo SRP's prime, by the Diffie-Hellman of OpenSSL: for secret exponents it takes the same time whatever their
 * bits are, and it is several times as fast as `BigInt`.
 */
import { createPrivateKey, createPublicKey, diffieHellman, getDiffieHellman } from 'node:crypto';

/** RFC 3526's group 15 is RFC 5054's of 3072 bits. */
const primeBytes = getDiffieHellman('modp15').getPrime();
export const prime = toNumber(primeBytes);
export const generator = 2n;

/** Distinguished encoding: what keys are handed over in. https://www.rfc-editor.org/rfc/rfc2631#section-2.2 */
const algorithm = tlv(
  0x30,
  tlv(0x06, Buffer.from('2a864886f70d010301', 'hex')),
  tlv(0x30, integer(primeBytes), integer(Buffer.of(2))),
);

/** `generator ** exponent % prime`. @param exponent positive, below the prime. */
export function powerOfGenerator(exponent: bigint): bigint {
  const spki = createPublicKey(privateKey(exponent)).export({ format: 'der', type: 'spki' });
  // The number is what stands last: INTEGER within BIT STRING; 3072 bits and perhaps a sign byte.
  const at = spki.length - integerLength(spki);
  return toNumber(spki.subarray(at));
}

/**
 * `base ** exponent % prime`.
 * @throws Error for a base of 0, 1 or the prime less 1: no honest number is one of them.
 */
export function power(base: bigint, exponent: bigint): bigint {
  const bits = tlv(0x03, Buffer.of(0), integer(toBytes(base % prime)));
  const key = createPublicKey({ key: tlv(0x30, algorithm, bits), format: 'der', type: 'spki' });
  return toNumber(diffieHellman({ privateKey: privateKey(exponent), publicKey: key }));
}

function privateKey(exponent: bigint) {
  const key = tlv(0x30, integer(Buffer.of(0)), algorithm, tlv(0x04, integer(toBytes(exponent))));
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

/** Length of the INTEGER's content at the end of a key: read from the header of the BIT STRING around it. */
function integerLength(spki: Buffer): number {
  // SEQUENCE { algorithm, BIT STRING { 00, INTEGER { … } } }
  let at = 4 + algorithm.length + 1;
  at += lengthBytes(spki, at) + 1 + 1;
  return spki.length - at - lengthBytes(spki, at);
}

const lengthBytes = (der: Buffer, at: number): number => {
  const first = der[at] ?? 0;
  return first < 0x80 ? 1 : 1 + (first & 0x7f);
};

function tlv(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const header =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...header]), content]);
}

function integer(bytes: Buffer): Buffer {
  return tlv(0x02, (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

function toBytes(value: bigint): Buffer {
  const text = value.toString(16);
  return Buffer.from(text.length % 2 === 1 ? `0${text}` : text, 'hex');
}

export function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
}
