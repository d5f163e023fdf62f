/** Addresses and networks, `203.0.113.0/24`, `2001:db8::/32`, for `IpAddress` conditions. */
import { BlockList, isIP } from 'node:net';

const networks = new Map<string, BlockList | undefined>();
const networksMax = 1_000;

/** @returns false when either isn't an address. */
export function isInNetwork(address: string, network: string): boolean {
  const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
  const kind = isIP(plain);
  if (kind === 0) return false;
  return networkOf(network)?.check(plain, kind === 4 ? 'ipv4' : 'ipv6') ?? false;
}

function networkOf(text: string): BlockList | undefined {
  if (networks.has(text)) return networks.get(text);
  if (networks.size >= networksMax) networks.clear();
  const list = readNetwork(text);
  networks.set(text, list);
  return list;
}

function readNetwork(text: string): BlockList | undefined {
  const [address = '', bits] = text.split('/');
  const kind = isIP(address);
  if (kind === 0) return undefined;
  const longest = kind === 4 ? 32 : 128;
  const length = bits === undefined ? longest : Number(bits);
  if (!Number.isInteger(length) || length < 0 || length > longest) return undefined;
  const list = new BlockList();
  list.addSubnet(address, length, kind === 4 ? 'ipv4' : 'ipv6');
  return list;
}
