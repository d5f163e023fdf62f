/** Addresses and networks, `203.0.113.0/24`, `2001:db8::/32`, for `IpAddress` conditions. */
import { isIPv4, isIPv6 } from 'node:net';

/** 4 or 16 bytes. */
type Address = readonly number[];

interface Network {
  readonly address: Address;
  /** How many leading bits count. */
  readonly bits: number;
}

/** @returns undefined for what is neither an address nor a network. */
export function readNetwork(text: string): Network | undefined {
  const [, host = '', length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = readAddress(host);
  if (!address) return undefined;
  const longest = address.length * 8;
  const bits = length === undefined ? longest : Number(length);
  return bits > longest ? undefined : { address, bits };
}

/** @returns false when it isn't an address, or one of the other family. */
export function isInNetwork(text: string, { address, bits }: Network): boolean {
  const given = readAddress(text);
  if (given?.length !== address.length) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (given[i] !== address[i]) return false;
  const rest = 8 - (bits & 7);
  return rest === 8 || (given[whole] ?? 0) >> rest === (address[whole] ?? 0) >> rest;
}

let lastText = '';
let lastAddress: Address | undefined;

/** Requests come from the same few addresses, one of them many times in a row. */
function readAddress(text: string): Address | undefined {
  if (text !== lastText) {
    lastAddress = parseAddress(text);
    lastText = text;
  }
  return lastAddress;
}

/** An IPv4 address that came over an IPv6 socket (`::ffff:203.0.113.5`) is the IPv4 address. */
function parseAddress(text: string): Address | undefined {
  const plain = text.startsWith('::ffff:') && text.includes('.') ? text.slice('::ffff:'.length) : text;
  if (isIPv4(plain)) return plain.split('.').map(Number);
  return isIPv6(plain) ? ipv6Bytes(plain) : undefined;
}

function ipv6Bytes(text: string): Address {
  const [plain = ''] = text.split('%');
  const [before = '', after] = plain.split('::');
  const head = groupBytes(before);
  if (after === undefined) return head;
  const tail = groupBytes(after);
  return [...head, ...new Array<number>(16 - head.length - tail.length).fill(0), ...tail];
}

function groupBytes(groups: string): number[] {
  if (groups === '') return [];
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
