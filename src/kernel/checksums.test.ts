import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChecksumAlgorithm, checksumOfHeader, createChecksum } from './checksums.ts';

const digits = Buffer.from('123456789');
const hex = (algorithm: ChecksumAlgorithm, bytes: Uint8Array) => {
  const checksum = createChecksum(algorithm);
  checksum.update(bytes);
  return Buffer.from(checksum.base64(), 'base64').toString('hex');
};

describe('checksums', () => {
  // The check values of the CRC catalogue (https://reveng.sourceforge.io/crc-catalogue/).
  it.each([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
    ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
    ['SHA256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
  ] as const)('%s of "123456789"', (algorithm, expected) => {
    expect(hex(algorithm, digits)).toBe(expected);
  });

  it('are the same in one piece and in many', () => {
    const algorithms = ['CRC32', 'CRC32C', 'CRC64NVME'] as const;
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), (pieces) => {
        for (const algorithm of algorithms) {
          const checksum = createChecksum(algorithm);
          for (const piece of pieces) checksum.update(piece);
          expect(Buffer.from(checksum.base64(), 'base64').toString('hex')).toBe(
            hex(algorithm, Buffer.concat(pieces)),
          );
        }
      }),
    );
  });

  it('are named by their headers', () => {
    expect(checksumOfHeader('x-amz-checksum-crc64nvme')).toBe('CRC64NVME');
    expect(checksumOfHeader('x-amz-checksum-constructor')).toBeUndefined();
    expect(checksumOfHeader('x-amz-checksum-type')).toBeUndefined();
  });
});
