import { TemplateError } from './templateError.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-cidr.html: 1 to 256. */
const blocksMax = 256;

/**
 * `Fn::Cidr`: the first `count` blocks of `bits` host bits inside `block`.
 * @param bits host bits, the inverse of the mask; 8 for IPv4 and 64 for IPv6 when absent.
 */
export function cidrBlocks(block: string, count: number, bits?: number): string[] {
  const [address = '', maskText = ''] = block.split('/');
  const isV6 = address.includes(':');
  const width = isV6 ? 128 : 32;
  const mask = Number(maskText);
  const hostBits = bits ?? (isV6 ? 64 : 8);
  const base = isV6 ? parseV6(address) : parseV4(address);
  if (base === undefined || maskText === '' || !(mask >= 0 && mask <= width)) {
    throw new TemplateError(`Template error: Fn::Cidr: ${block} is not a valid CIDR block`);
  }
  if (!Number.isInteger(count) || count < 1 || count > blocksMax) {
    throw new TemplateError(`Template error: Fn::Cidr count must be between 1 and ${blocksMax}`);
  }
  const room = width - mask - hostBits;
  if (!Number.isInteger(hostBits) || hostBits < 1 || room < 0 || BigInt(count) > 1n << BigInt(room)) {
    throw new TemplateError(
      `Template error: Fn::Cidr cannot take ${count} blocks of ${hostBits} bits out of ${block}`,
    );
  }
  const start = (base >> BigInt(width - mask)) << BigInt(width - mask);
  const write = isV6 ? formatV6 : formatV4;
  return Array.from(
    { length: count },
    (_, index) => `${write(start + (BigInt(index) << BigInt(hostBits)))}/${width - hostBits}`,
  );
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255))
    return undefined;
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function formatV4(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((address >> shift) & 255n)).join('.');
}

function parseV6(text: string): bigint | undefined {
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = 8 - left.length - right.length;
  if (tail === undefined ? gap !== 0 : gap < 0) return undefined;
  const groups = [...left, ...Array.from({ length: gap }, () => '0'), ...right];
  if (groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

function formatV6(address: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((address >> BigInt(112 - index * 16)) & 0xffffn).toString(16),
  );
  const text = groups.join(':');
  const zeros = [...text.matchAll(/(^|:)(0(:0)+)(:|$)/g)].sort((a, b) => b[0].length - a[0].length)[0];
  return zeros ? text.replace(zeros[0], '::') : text;
}
