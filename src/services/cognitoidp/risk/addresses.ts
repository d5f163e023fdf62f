/** Addresses that sign-ins come from. */
import { BlockList, isIP } from 'node:net';

/** A range as AWS writes them, `203.0.113.0/24`; an address alone is a range of one. */
export function isRange(text: string): boolean {
  return parse(text) !== undefined;
}

/** Whether an address is in one of the ranges; those that are none hold nothing. */
export function isIn(address: string | undefined, ranges: readonly string[] = []): boolean {
  const kind = address === undefined ? 0 : isIP(address);
  if (address === undefined || kind === 0 || ranges.length === 0) return false;
  const list = new BlockList();
  for (const range of ranges) {
    const parsed = parse(range);
    if (parsed) list.addSubnet(parsed.network, parsed.bits, parsed.family);
  }
  return list.check(address, kind === 4 ? 'ipv4' : 'ipv6');
}

/** The neighbourhood of an address: 24 bits of IPv4, 48 of IPv6. Who moves within it hasn't moved. */
export function isNear(one: string, other: string): boolean {
  const kind = isIP(other);
  return kind !== 0 && isIn(one, [`${other}/${kind === 4 ? 24 : 48}`]);
}

function parse(range: string) {
  const [network = '', bits, ...rest] = range.split('/');
  const kind = isIP(network);
  const max = kind === 4 ? 32 : 128;
  const size = bits === undefined ? max : Number(bits);
  if (kind === 0 || rest.length > 0 || bits === '' || !Number.isInteger(size) || size < 0 || size > max) {
    return undefined;
  }
  return { network, bits: size, family: kind === 4 ? ('ipv4' as const) : ('ipv6' as const) };
}
