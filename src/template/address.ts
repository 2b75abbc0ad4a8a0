/** An IP address with the network it stands in. */
export interface Address {
  readonly version: 4 | 6;
  readonly value: bigint;
  /** Bits of the network; all bits where none were written. */
  readonly prefix: number;
  readonly hasPrefix: boolean;
}

export const bitsOf = (version: 4 | 6): number => (version === 4 ? 32 : 128);

function parseV4(text: string): bigint | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  const parts = match?.slice(1).map(Number);
  if (!parts || parts.some(part => part > 255)) return undefined;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const v4 = tail && parseV4(tail[2]!);
  if (tail && v4 === undefined) return undefined;
  const plain = tail ? `${tail[1]}${(v4! >> 16n).toString(16)}:${(v4! & 0xffffn).toString(16)}` : text;
  const halves = plain.split('::');
  if (halves.length > 2) return undefined;
  const [head, rest] = halves.map(half => (half === '' ? [] : half.split(':'))) as [string[], string[] | undefined];
  const missing = 8 - head.length - (rest?.length ?? 0);
  if (rest === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: rest === undefined ? 0 : missing }, () => '0'), ...(rest ?? [])];
  if (!groups.every(group => /^[\da-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

/** Reads `10.0.0.1`, `10.0.0.1/24`, `10.0.0.1/255.255.255.0`, `fe80::1/64`. */
export function parseAddress(text: string): Address | undefined {
  const [head, tail, ...more] = text.trim().split('/');
  if (more.length > 0 || head === undefined) return undefined;
  const v4 = parseV4(head);
  const value = v4 ?? parseV6(head);
  if (value === undefined) return undefined;
  const version = v4 === undefined ? 6 : 4;
  const bits = bitsOf(version);
  const prefix = tail === undefined ? bits : prefixOf(tail, version);
  if (prefix === undefined || prefix > bits) return undefined;
  return { version, value, prefix, hasPrefix: tail !== undefined };
}

function prefixOf(text: string, version: 4 | 6): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  const mask = version === 4 ? parseV4(text) : undefined;
  const digits = mask?.toString(2).padStart(32, '0');
  return digits && /^1*0*$/.test(digits) ? digits.lastIndexOf('1') + 1 : undefined;
}

/** The canonical text; IPv6 by RFC 5952. */
export function addressText(value: bigint, version: 4 | 6): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 0xffn).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  const runs = [...groups.join(':').matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].map(match => match[0]);
  const longest = runs.sort((a, b) => b.length - a.length)[0];
  if (longest === undefined) return groups.join(':');
  const text = groups.join(':').replace(longest, '::').replace(/:{3,}/, '::');
  return text;
}

export const sizeOf = ({ version, prefix }: Address): bigint => 1n << BigInt(bitsOf(version) - prefix);
export const networkOf = (address: Address): bigint => (address.value / sizeOf(address)) * sizeOf(address);
export const broadcastOf = (address: Address): bigint => networkOf(address) + sizeOf(address) - 1n;

export const isWithin = (address: Address, network: Address): boolean =>
  address.version === network.version &&
  networkOf(network) <= networkOf(address) &&
  broadcastOf(address) <= broadcastOf(network);

const net = (text: string): Address => parseAddress(text)!;
const within = (address: Address, networks: readonly Address[]): boolean =>
  networks.some(network => isWithin({ ...address, prefix: bitsOf(address.version) }, network));

/** Ranges of RFC 1918, 4193, 6890 and similar ones. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fec0::/10'].map(net);
const LOOPBACK = ['127.0.0.0/8', '::1'].map(net);
const LINK_LOCAL = ['169.254.0.0/16', 'fe80::/10'].map(net);
const MULTICAST = ['224.0.0.0/4', 'ff00::/8'].map(net);
const RESERVED = [
  '0.0.0.0/8',
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '240.0.0.0/4',
  '::',
  '2001:db8::/32',
].map(net);

/** The kinds of address that `ipaddr` tells apart. */
export const KINDS: ReadonlyMap<string, (address: Address) => boolean> = new Map(
  Object.entries<(address: Address) => boolean>({
    private: address => within(address, PRIVATE),
    loopback: address => within(address, LOOPBACK),
    'link-local': address => within(address, LINK_LOCAL),
    multicast: address => within(address, MULTICAST),
    unicast: address => !within(address, MULTICAST),
    public: address => ![PRIVATE, LOOPBACK, LINK_LOCAL, MULTICAST, RESERVED].some(ranges => within(address, ranges)),
  }),
);
