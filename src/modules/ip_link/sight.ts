import { all, one, type Tagged } from '../../core/tagged.js';
import { type InterfaceSight, interfaceSight } from '../interface.js';

/** What was seen of an interface and its addresses. */
export interface Sight extends InterfaceSight {
  readonly installed: boolean;
  readonly mtu: number;
  /** What the device allows; 0 or nothing where the kernel does not say. */
  readonly minMtu?: number | undefined;
  readonly maxMtu?: number | undefined;
  readonly up: boolean;
  /** Set by a user; a capturing program's own does not count, though the flags in sysfs show it. */
  readonly promiscuous: boolean;
  readonly arp: boolean;
  readonly queueLength?: number | undefined;
  /** `10.0.0.1/24`, IPv6 in canonical form, link-local IPv6 left out: the kernel makes those itself. */
  readonly addresses: readonly string[];
  /** Nothing where the kernel has no IPv6. */
  readonly ipv6?: boolean | undefined;
}

/**
 * Reads one line of `ip -d -o link show dev NAME`: `3: v0@v1: <BROADCAST,MULTICAST,PROMISC,UP> mtu 1500 … qlen 1000\ …
 * minmtu 68 maxmtu 65535 …`; busybox prints a flag it has no name for as a hexadecimal number behind the last name.
 */
export function sightOf(answers: Tagged): Sight {
  const line = one(answers, 'link') ?? '';
  const [, list = '', rest = ''] = /<([^>]*)>(.*)$/.exec(line) ?? [];
  const flags = new Set(list.split(',').flatMap(flag => /^([A-Z_-]+?)(100)?$/.exec(flag)?.slice(1) ?? []));
  const figure = (word: string) => {
    const found = new RegExp(`(?:^|\\s)${word} (\\d+)`).exec(rest)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const off = one(answers, 'noipv6');
  return {
    ...interfaceSight(answers),
    installed: answers.has('installed'),
    mtu: figure('mtu') ?? 0,
    minMtu: figure('minmtu'),
    maxMtu: figure('maxmtu'),
    up: flags.has('UP'),
    promiscuous: flags.has('PROMISC') || flags.has('100'),
    arp: !flags.has('NOARP'),
    queueLength: figure('qlen'),
    addresses: all(answers, 'addr').flatMap(row => addressOf(row) ?? []),
    ipv6: off === undefined ? undefined : off === '0',
  };
}

/** From a line of `ip -o addr`; nothing for an IPv6 address of scope link. */
function addressOf(row: string): string | undefined {
  const words = row.split('\\')[0]!.trim().split(/\s+/);
  const [, , family, address] = words;
  if ((family !== 'inet' && family !== 'inet6') || address === undefined) return undefined;
  if (family === 'inet6' && words[words.indexOf('scope') + 1] === 'link') return undefined;
  return canonical(address);
}

/**
 * An address with its prefix in the one form to compare: IPv6 as RFC 5952 has it, a missing prefix as that of one host.
 * Nothing if it is no address.
 */
export function canonical(text: string): string | undefined {
  const [address = '', prefix, ...more] = text.split('/');
  const isSix = address.includes(':');
  const longest = isSix ? 128 : 32;
  const bits = prefix === undefined ? longest : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if (more.length > 0 || bits < 0 || bits > longest) return undefined;
  if (!isSix) {
    const parts = address.split('.');
    if (parts.length !== 4 || parts.some(part => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255))
      return undefined;
    return `${address}/${bits}`;
  }
  if (!/^[0-9a-f:.]+$/i.test(address) || !URL.canParse(`http://[${address}]/`)) return undefined;
  return `${new URL(`http://[${address}]/`).hostname.slice(1, -1)}/${bits}`;
}
