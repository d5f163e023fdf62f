/** Addresses and networks, `203.0.113.0/24`, `2001:db8::/32`, for `IpAddress` conditions. */
import { BlockList, isIP } from 'node:net';

interface Address {
  readonly text: string;
  readonly family: 'ipv4' | 'ipv6';
}

/** An IPv4 address that came over an IPv6 socket (`::ffff:203.0.113.5`) is the IPv4 address; undefined when it is none. */
export function readAddress(address: string): Address | undefined {
  const text = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
  const kind = isIP(text);
  return kind === 0 ? undefined : { text, family: kind === 4 ? 'ipv4' : 'ipv6' };
}

/** @returns undefined for what is neither an address nor a network. */
export function networkOf(text: string): BlockList | undefined {
  const [, address = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const kind = isIP(address);
  if (kind === 0) return undefined;
  const longest = kind === 4 ? 32 : 128;
  const length = bits === undefined ? longest : Number(bits);
  if (length > longest) return undefined;
  const list = new BlockList();
  list.addSubnet(address, length, kind === 4 ? 'ipv4' : 'ipv6');
  return list;
}
