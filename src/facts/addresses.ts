import type { Vars } from '../core/value.js';

/** One address of an interface, from a line of `ip -o addr`. */
export interface Address {
  readonly interface: string;
  /** The interface, or the alias the address was given (`eth0:1`). */
  readonly label: string;
  readonly family: 4 | 6;
  readonly address: string;
  readonly prefix: number;
  readonly broadcast: string;
  readonly scope: string;
  readonly isSecondary: boolean;
}

/**
 * Reads one line of `ip -o addr` (iproute2 and busybox):
 * `2: eth0    inet 192.0.2.2/24 brd 192.0.2.255 scope global secondary eth0:1\       valid_lft …`.
 * With a peer, the prefix stands at the peer's address. Nothing for other lines.
 */
export function addressOf(line: string): Address | undefined {
  const words = line.split('\\')[0]!.trim().split(/\s+/);
  const [, name, kind, local] = words;
  if (name === undefined || local === undefined || (kind !== 'inet' && kind !== 'inet6')) return undefined;
  const family = kind === 'inet' ? 4 : 6;
  const after = (word: string) => {
    const at = words.indexOf(word, 4);
    return at < 0 ? undefined : words[at + 1];
  };
  const [address = '', own] = local.split('/');
  const prefix = Number(own ?? after('peer')?.split('/')[1] ?? (family === 4 ? 32 : 128));
  const scope = after('scope') ?? '';
  const last = words.at(-1)!;
  return {
    interface: name.replace(/:$/, '').replace(/@.*/, ''),
    label: family === 4 && last !== scope && last.split(':')[0] === name ? last : name,
    family,
    address,
    prefix,
    broadcast: family === 4 ? (after('brd') ?? '') : '',
    scope,
    isSecondary: words.includes('secondary', 4),
  };
}

const dotted = (bits: number): string => [24, 16, 8, 0].map(shift => (bits >>> shift) & 255).join('.');

/** An IPv4 address as Ansible's dictionary. */
export function ipv4(address: Address): Vars {
  const mask = address.prefix === 0 ? 0 : (0xffffffff << (32 - address.prefix)) >>> 0;
  const bits = address.address.split('.').reduce((sum, part) => ((sum << 8) | Number(part)) >>> 0, 0);
  return {
    address: address.address,
    broadcast: address.broadcast,
    netmask: dotted(mask),
    network: dotted((bits & mask) >>> 0),
    prefix: String(address.prefix),
  };
}

/** An IPv6 address as Ansible's dictionary. */
export const ipv6 = ({ address, prefix, scope }: Address): Vars => ({ address, prefix: String(prefix), scope });

/** What `ip route get DESTINATION` says: by which interface, from which address, over which gateway. */
export function routeOf(line: string, destination: string): { readonly [word: string]: string } {
  const words = line.trim().split(/\s+/);
  const found: Record<string, string> = {};
  if (words[0] !== destination) return found;
  const names: { readonly [word: string]: string } = { dev: 'interface', src: 'address', via: 'gateway' };
  for (let i = 1; i + 1 < words.length; i++) {
    const name = names[words[i]!];
    if (name !== undefined && words[i + 1] !== destination) found[name] = words[i + 1]!;
  }
  return found;
}
