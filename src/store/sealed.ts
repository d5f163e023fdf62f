/** Records that the vault seals as a whole. */
import { type Codec, packed } from './records.ts';
import type { Vault } from './vault.ts';

/** Begins no packed value: MessagePack leaves it unused. https://github.com/msgpack/msgpack/blob/master/spec.md */
const mark = 0xc1;

/**
 * Plain data, sealed. What was written before it was sealed is still read.
 * @param purpose the prefix of its record set: a value opens in its own set only.
 */
export function sealed<Value>(vault: Vault, purpose: string): Codec<Value> {
  const { encode, decode } = packed<Value>();
  return {
    encode: (value) => Buffer.concat([Buffer.of(mark), vault.seal(purpose, encode(value))]),
    decode: (bytes) => decode(bytes[0] === mark ? vault.open(purpose, bytes.subarray(1)) : bytes),
  };
}
