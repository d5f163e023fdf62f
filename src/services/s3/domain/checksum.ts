/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
import { type ChecksumAlgorithm, checksumOfHeader, createChecksum } from '../../../kernel/index.ts';

export interface StoredChecksum {
  algorithm: ChecksumAlgorithm;
  /** Base64; of a composite, the checksum of the parts' checksums, `-`, and how many there are. */
  value: string;
  type: 'COMPOSITE' | 'FULL_OBJECT';
}

export const algorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;

/** The members `ChecksumCRC32` … of inputs and outputs. */
export type ChecksumMembers = { [Name in `Checksum${ChecksumAlgorithm}`]?: string | undefined };

export function memberOf(algorithm: ChecksumAlgorithm): keyof ChecksumMembers {
  return `Checksum${algorithm}`;
}

export function isAlgorithm(name: string): name is ChecksumAlgorithm {
  return (algorithms as readonly string[]).includes(name);
}

export function given(members: ChecksumMembers): { algorithm: ChecksumAlgorithm; value: string }[] {
  return algorithms.flatMap((algorithm) => {
    const value = members[memberOf(algorithm)];
    return value === undefined ? [] : [{ algorithm, value }];
  });
}

/** The algorithm of the checksum that `x-amz-trailer` announces. */
export function announced(trailer: string | undefined): ChecksumAlgorithm | undefined {
  for (const name of (trailer ?? '').split(',')) {
    const algorithm = checksumOfHeader(name.trim().toLowerCase());
    if (algorithm) return algorithm;
  }
  return undefined;
}

export function checksumOutput(checksum: StoredChecksum | undefined): ChecksumMembers & {
  ChecksumType?: StoredChecksum['type'];
} {
  return checksum ? { [memberOf(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type } : {};
}

/** Of parts, in their order. */
export function compositeOf(algorithm: ChecksumAlgorithm, values: readonly string[]): StoredChecksum {
  const checksum = createChecksum(algorithm);
  for (const value of values) checksum.update(Buffer.from(value, 'base64'));
  return { algorithm, value: `${checksum.base64()}-${values.length}`, type: 'COMPOSITE' };
}

/** What an upload gets when it names no type: CRC-64 has no composite, the SHAs have no full-object form. */
export function defaultType(algorithm: ChecksumAlgorithm): StoredChecksum['type'] {
  return algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
}

export function allowsType(algorithm: ChecksumAlgorithm, type: string): boolean {
  if (algorithm === 'CRC64NVME') return type === 'FULL_OBJECT';
  return algorithm.startsWith('SHA') ? type === 'COMPOSITE' : true;
}
