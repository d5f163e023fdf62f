/**
 * The checksums of S3: CRC-32, CRC-32C and CRC-64/NVME, computed piece by piece.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256';

export interface Checksum {
  update(bytes: Uint8Array): void;
  /** As the `x-amz-checksum-…` headers carry it. Call it once. */
  base64(): string;
}

const makers: Readonly<Record<ChecksumAlgorithm, () => Checksum>> = {
  CRC32: () => {
    let value = 0;
    return {
      update: (bytes) => {
        value = crc32(bytes, value);
      },
      base64: () => base64Of32(value),
    };
  },
  CRC32C: () => {
    let value = 0xffffffff;
    return {
      update: (bytes) => {
        value = crc32cOver(value, bytes);
      },
      base64: () => base64Of32(~value >>> 0),
    };
  },
  CRC64NVME: () => {
    const state = { high: 0xffffffff, low: 0xffffffff };
    return {
      update: (bytes) => crc64Over(state, bytes),
      base64: () => {
        const bytes = Buffer.alloc(8);
        bytes.writeUInt32BE(~state.high >>> 0, 0);
        bytes.writeUInt32BE(~state.low >>> 0, 4);
        return bytes.toString('base64');
      },
    };
  },
  SHA1: () => digest('sha1'),
  SHA256: () => digest('sha256'),
};

export function createChecksum(algorithm: ChecksumAlgorithm): Checksum {
  return makers[algorithm]();
}

/** The algorithm of a header or trailer name such as `x-amz-checksum-crc32c`. */
export function checksumOfHeader(name: string): ChecksumAlgorithm | undefined {
  const prefix = 'x-amz-checksum-';
  if (!name.startsWith(prefix)) return undefined;
  const algorithm = name.slice(prefix.length).toUpperCase();
  return Object.hasOwn(makers, algorithm) ? (algorithm as ChecksumAlgorithm) : undefined;
}

function digest(name: string): Checksum {
  const hash = createHash(name);
  return { update: (bytes) => void hash.update(bytes), base64: () => hash.digest('base64') };
}

function base64Of32(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value, 0);
  return bytes.toString('base64');
}

/** Castagnoli's polynomial, reflected. */
let crc32cTables: Uint32Array[] | undefined;

function crc32cOver(start: number, bytes: Uint8Array): number {
  // Eight tables take eight bytes at a step; they are made when first needed.
  crc32cTables ??= makeTables32(0x82f63b78);
  const [t0, t1, t2, t3, t4, t5, t6, t7] = crc32cTables as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  let crc = start;
  let at = 0;
  const byte = (index: number) => bytes[index] as number;
  for (const end = bytes.length - 7; at < end; at += 8) {
    crc ^= byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24);
    crc =
      (t7[crc & 255] as number) ^
      (t6[(crc >>> 8) & 255] as number) ^
      (t5[(crc >>> 16) & 255] as number) ^
      (t4[crc >>> 24] as number) ^
      (t3[byte(at + 4)] as number) ^
      (t2[byte(at + 5)] as number) ^
      (t1[byte(at + 6)] as number) ^
      (t0[byte(at + 7)] as number);
  }
  for (; at < bytes.length; at++) crc = (t0[(crc ^ byte(at)) & 255] as number) ^ (crc >>> 8);
  return crc >>> 0;
}

function makeTables32(polynomial: number): Uint32Array[] {
  const tables = Array.from({ length: 8 }, () => new Uint32Array(256));
  const first = tables[0] as Uint32Array;
  for (let n = 0; n < 256; n++) {
    let value = n;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? polynomial ^ (value >>> 1) : value >>> 1;
    first[n] = value;
  }
  for (let k = 1; k < 8; k++) {
    const [table, previous] = [tables[k] as Uint32Array, tables[k - 1] as Uint32Array];
    for (let n = 0; n < 256; n++) {
      const value = previous[n] as number;
      table[n] = (first[value & 255] as number) ^ (value >>> 8);
    }
  }
  return tables;
}

/** The NVMe polynomial 0xad93d23594c93659, reflected to 0x9a6c9329ac4bc9b5, in two halves. */
let crc64Tables: { high: Uint32Array; low: Uint32Array }[] | undefined;

function crc64Over(state: { high: number; low: number }, bytes: Uint8Array): void {
  crc64Tables ??= makeTables64(0x9a6c9329, 0xac4bc9b5);
  const tables = crc64Tables;
  let { high, low } = state;
  let at = 0;
  const byte = (index: number) => bytes[index] as number;
  for (const end = bytes.length - 7; at < end; at += 8) {
    low ^= byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24);
    high ^= byte(at + 4) | (byte(at + 5) << 8) | (byte(at + 6) << 16) | (byte(at + 7) << 24);
    let [nextHigh, nextLow] = [0, 0];
    for (let k = 0; k < 8; k++) {
      const index = ((k < 4 ? low >>> (8 * k) : high >>> (8 * (k - 4))) & 255) >>> 0;
      const table = tables[7 - k] as { high: Uint32Array; low: Uint32Array };
      nextHigh ^= table.high[index] as number;
      nextLow ^= table.low[index] as number;
    }
    high = nextHigh;
    low = nextLow;
  }
  const first = tables[0] as { high: Uint32Array; low: Uint32Array };
  for (; at < bytes.length; at++) {
    const index = (low ^ byte(at)) & 255;
    low = ((low >>> 8) | (high << 24)) ^ (first.low[index] as number);
    high = (high >>> 8) ^ (first.high[index] as number);
  }
  state.high = high >>> 0;
  state.low = low >>> 0;
}

function makeTables64(
  polynomialHigh: number,
  polynomialLow: number,
): { high: Uint32Array; low: Uint32Array }[] {
  const tables = Array.from({ length: 8 }, () => ({ high: new Uint32Array(256), low: new Uint32Array(256) }));
  const first = tables[0] as { high: Uint32Array; low: Uint32Array };
  for (let n = 0; n < 256; n++) {
    let [high, low] = [0, n];
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (isOdd) {
        low ^= polynomialLow;
        high ^= polynomialHigh;
      }
    }
    first.high[n] = high;
    first.low[n] = low;
  }
  for (let k = 1; k < 8; k++) {
    const [table, previous] = [tables[k], tables[k - 1]] as [typeof first, typeof first];
    for (let n = 0; n < 256; n++) {
      const [high, low] = [previous.high[n] as number, previous.low[n] as number];
      const index = low & 255;
      table.low[n] = ((low >>> 8) | (high << 24)) ^ (first.low[index] as number);
      table.high[n] = (high >>> 8) ^ (first.high[index] as number);
    }
  }
  return tables;
}
