import { RenderError } from '../../core/value.js';
import {
  type Address,
  addressText,
  bitsOf,
  broadcastOf,
  isWithin,
  KINDS,
  networkOf,
  parseAddress,
  sizeOf,
} from '../address.js';
import { textOr, wholeOr } from '../cast.js';
import { intOf, isInteger } from '../number.js';
import { dictOf, isList, mapKnown, type Term, touch } from '../terms.js';
import { toText } from '../text.js';
import { type Filters, filter } from './filter.js';

const text = (address: Address, value = address.value): string => addressText(value, address.version);
const withPrefix = (address: Address, value = address.value): string => `${text(address, value)}/${address.prefix}`;
const isNetwork = (address: Address): boolean => sizeOf(address) > 1n && address.value === networkOf(address);
/** As written: with its prefix if it had one. */
const same = (address: Address): string => (address.hasPrefix ? withPrefix(address) : text(address));

/** Usable hosts: without network and broadcast address where there are such. */
const firstUsable = (address: Address): bigint => networkOf(address) + (sizeOf(address) > 2n ? 1n : 0n);
const lastUsable = (address: Address): bigint =>
  broadcastOf(address) - (sizeOf(address) > 2n && address.version === 4 ? 1n : 0n);

function reverseName(address: Address): string {
  if (address.version === 4) return `${text(address).split('.').reverse().join('.')}.in-addr.arpa.`;
  return `${[...address.value.toString(16).padStart(32, '0')].reverse().join('.')}.ip6.arpa.`;
}

function neighbour(address: Address, step: bigint): Term {
  const value = address.value + step;
  return sizeOf(address) > 1n && value >= firstUsable(address) && value <= lastUsable(address)
    ? text(address, value)
    : false;
}

const mask = (address: Address): bigint => (1n << BigInt(bitsOf(address.version))) - sizeOf(address);

/** The questions that `ipaddr` answers; false where there is no answer. */
const QUERIES: ReadonlyMap<string, (address: Address) => Term> = new Map(
  Object.entries<(address: Address) => Term>({
    '': same,
    bool: () => true,
    address: address => (isNetwork(address) && address.version === 4 && sizeOf(address) > 2n ? false : text(address)),
    'address/prefix': address => (isNetwork(address) ? false : withPrefix(address)),
    host: address => (isNetwork(address) ? false : withPrefix(address)),
    net: address => (isNetwork(address) ? withPrefix(address) : false),
    subnet: address => withPrefix(address, networkOf(address)),
    network: address => text(address, networkOf(address)),
    'network/prefix': address => withPrefix(address, networkOf(address)),
    netmask: address => text(address, mask(address)),
    hostmask: address => text(address, sizeOf(address) - 1n),
    wildcard: address => text(address, sizeOf(address) - 1n),
    broadcast: address => (sizeOf(address) > 2n && address.version === 4 ? text(address, broadcastOf(address)) : false),
    prefix: address => address.prefix,
    size: address => intOf(sizeOf(address)),
    size_usable: address => intOf(lastUsable(address) - firstUsable(address) + 1n),
    version: address => address.version,
    type: address => (isNetwork(address) ? 'network' : 'address'),
    int: address =>
      address.hasPrefix && sizeOf(address) > 1n ? `${address.value}/${address.prefix}` : intOf(address.value),
    ipv4: address => (address.version === 4 ? same(address) : false),
    ipv6: address => (address.version === 6 ? same(address) : false),
    revdns: reverseName,
    wrap: address => wrapped(address),
    first_usable: address => (sizeOf(address) > 1n ? text(address, firstUsable(address)) : false),
    last_usable: address => (sizeOf(address) > 1n ? text(address, lastUsable(address)) : false),
    next_usable: address => neighbour(address, 1n),
    previous_usable: address => neighbour(address, -1n),
    range_usable: address => `${text(address, firstUsable(address))}-${text(address, lastUsable(address))}`,
    'first_usable/prefix': address => withPrefix(address, firstUsable(address)),
  }),
);

const ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ip: 'address',
    'ip/prefix': 'address/prefix',
    'host/prefix': 'host',
    gateway: 'address/prefix',
    network_id: 'network',
    cidr: 'subnet',
    prefixlen: 'prefix',
    v4: 'ipv4',
    v6: 'ipv6',
    pub: 'public',
    priv: 'private',
    lo: 'loopback',
  }),
);

function wrapped(address: Address): string {
  if (address.version === 4) return same(address);
  return `[${text(address)}]${address.hasPrefix ? `/${address.prefix}` : ''}`;
}

function read(term: Term): Address | undefined {
  touch(term);
  if (typeof term === 'boolean') return undefined;
  if (isInteger(term)) {
    const value = BigInt(term);
    const version = value < 1n << 32n ? 4 : 6;
    return value < 0n || value >= 1n << 128n
      ? undefined
      : { version, value, prefix: bitsOf(version), hasPrefix: false };
  }
  return typeof term === 'string' && term !== '' ? parseAddress(term) : undefined;
}

/** One address asked one thing. */
function ask(term: Term, query: Term, version: 4 | 6 | undefined): Term {
  const address = read(term);
  if (!address || (version !== undefined && address.version !== version)) return false;
  if (isInteger(query)) return nth(address, BigInt(query));
  const word = ALIASES.get(toText(query)) ?? toText(query);
  const kind = KINDS.get(word);
  if (kind) return kind(address) ? same(address) : false;
  const answer = QUERIES.get(word);
  if (answer) return answer(address);
  if (/^-?\d+$/.test(word)) return nth(address, BigInt(word));
  const network = parseAddress(word);
  if (!network) throw new RenderError(`ipaddr: unknown filter type: ${word}`);
  return isWithin(address, network) ? same(address) : false;
}

function nth(address: Address, index: bigint): Term {
  const size = sizeOf(address);
  if (index >= size || -index > size) return false;
  return withPrefix(address, index < 0n ? broadcastOf(address) + index + 1n : networkOf(address) + index);
}

/** On a list: the answers of those that have one. */
const asking = (version: 4 | 6 | undefined) =>
  filter('query? version? alias?', (input, [query]) =>
    isList(input)
      ? mapKnown(input, item => ask(item, query ?? '', version)).filter(answer => answer !== false)
      : ask(input, query ?? '', version),
  );

const wrap = (input: Term): Term => {
  if (isList(input)) return mapKnown(input, wrap);
  const address = read(input);
  return address ? wrapped(address) : input;
};

function mustRead(input: Term, who: string): Address {
  const address = read(input);
  if (!address) throw new RenderError(`${who}: '${toText(input)}' is no IP address`);
  return address;
}

/** How many subnets of a size there are in a network, or one of them. */
function subnet(input: Term, query: Term | undefined, index: Term | undefined): Term {
  const address = read(input);
  if (!address) return false;
  if (query === undefined) return withPrefix(address, networkOf(address));
  const prefix = Number(toText(query));
  if (!Number.isInteger(prefix) || prefix < address.prefix || prefix > bitsOf(address.version)) return false;
  const count = 1n << BigInt(prefix - address.prefix);
  if (index === undefined) return toText(intOf(count));
  const at = BigInt(wholeOr(index, 0));
  const place = at < 0n ? count + at : at;
  if (place < 0n || place >= count) return false;
  const size = 1n << BigInt(bitsOf(address.version) - prefix);
  return `${text(address, networkOf(address) + place * size)}/${prefix}`;
}

/** The parts of a URL, as Python's urlsplit names them. */
function urlsplit(url: string, query: string): Term {
  const [, scheme, netloc, path, search, fragment] =
    /^(?:([A-Za-z][\w+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(url) ?? [];
  const [, userinfo, host] = /^(?:(.*)@)?(.*)$/.exec(netloc ?? '') ?? [];
  const [, hostname, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(host ?? '') ?? [];
  const [username, ...password] = (userinfo ?? '').split(':');
  const parts: Readonly<Record<string, Term>> = {
    fragment: fragment ?? '',
    hostname: hostname ? hostname.replace(/^\[|\]$/g, '').toLowerCase() : null,
    netloc: netloc ?? '',
    password: userinfo !== undefined && password.length > 0 ? password.join(':') : null,
    path: path ?? '',
    port: port ? Number(port) : null,
    query: search ?? '',
    scheme: (scheme ?? '').toLowerCase(),
    username: userinfo === undefined ? null : username!,
  };
  if (query === '') return dictOf(Object.entries(parts));
  if (!Object.hasOwn(parts, query))
    throw new RenderError(
      `urlsplit: unknown URL component: ${query}`,
      undefined,
      `it knows ${Object.keys(parts).join(', ')}`,
    );
  return parts[query]!;
}

export const networkFilters: Filters = [
  ['ipaddr', asking(undefined)],
  ['ipv4', asking(4)],
  ['ipv6', asking(6)],
  ['ipwrap', filter('query?', wrap)],
  ['ipsubnet', filter('query? index?', (input, [query, index]) => subnet(input, query, index))],
  [
    'nthhost',
    filter('query', (input, [index]) => {
      const address = mustRead(input, 'nthhost');
      const found = nth(address, BigInt(wholeOr(index, 0)));
      return found === false ? false : toText(found).replace(/\/.*$/, '');
    }),
  ],
  [
    'ipmath',
    filter('amount', (input, [amount]) => {
      const address = mustRead(input, 'ipmath');
      return text(address, address.value + BigInt(wholeOr(amount, 0)));
    }),
  ],
  ['urlsplit', filter('query?', (input, [query]) => urlsplit(toText(input), textOr(query, '')))],
];
