import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { all, number, one, TAGGED, type Tagged, tagged } from '../core/tagged.js';
import type { Value, Vars } from '../core/value.js';
import { type Address, addressOf, ipv4, ipv6, routeOf } from './addresses.js';

/** Addresses whose routes are looked up, as Ansible does; nothing is sent to them. */
const FAR = { v4: '8.8.8.8', v6: '2404:6800:400a:800::1012' };

/**
 * Interfaces and addresses. /sys/class/net is read without a fork; `ip` is asked three times. Without `ip` the
 * interfaces are there and the addresses are not. Further names: one per interface (`eth0`, `br_lan` for `br-lan`).
 */
export const network: Fact = {
  name: 'network',
  summary: 'Interfaces, addresses and default routes.',
  provides: ['interfaces', 'all_ipv4_addresses', 'all_ipv6_addresses', 'default_ipv4', 'default_ipv6'],
  also: /^[^\s/]{1,15}$/,
  probe: () => networkProbe(),
};

/** `root` is put before every path read, for tests. */
export const networkProbe = (root = '') =>
  probe(
    sh`${TAGGED}
for d in ${root}/sys/class/net/*; do
  i=\${d##*/}
  [ -d "$d" ] || continue
  say if "$i"
  for f in address mtu operstate type flags speed bonding/mode bonding/slaves bonding/miimon bonding/lacp_rate \
    bonding/primary bonding/all_slaves_active bonding_slave/perm_hwaddr bridge/bridge_id bridge/stp_state; do
    first "i/$i/$f" "$d/$f"
  done
  into "$d/device" && say "i/$i/device" "$at"
  into "$d/device/driver/module" && say "i/$i/module" "$at"
  for b in "$d"/brif/*; do [ -e "$b" ] && say "i/$i/port" "\${b##*/}"; done
done
if have ip; then
  ip -o addr 2>/dev/null | piped addr
  say v4 "$(ip -4 -o route get ${FAR.v4} 2>/dev/null)"
  say v6 "$(ip -6 -o route get ${FAR.v6} 2>/dev/null)"
fi
:`,
    ({ stdout }) => read(tagged(stdout)),
  );

function read(answers: Tagged): Vars {
  const addresses = all(answers, 'addr').flatMap(line => addressOf(line) ?? []);
  const names = all(answers, 'if');
  const interfaces = new Map(names.map(name => [name, described(answers, name, addresses)]));
  for (const { interface: name, label } of addresses)
    if (label !== name && !interfaces.has(label)) {
      const own = addresses.filter(address => address.label === label).map(ipv4);
      interfaces.set(label, { ipv4: own[0]!, ...(own.length > 1 ? { ipv4_secondaries: own.slice(1) } : {}) });
    }
  const plain = (family: 4 | 6) => addresses.filter(address => address.family === family).map(({ address }) => address);
  return {
    interfaces: [...interfaces.keys()].map(colonless),
    ...Object.fromEntries([...interfaces].map(([name, facts]) => [colonless(name).replaceAll('-', '_'), facts])),
    all_ipv4_addresses: plain(4).filter(address => !address.startsWith('127.')),
    all_ipv6_addresses: plain(6).filter(address => address !== '::1'),
    default_ipv4: defaultOf(routeOf(one(answers, 'v4') ?? '', FAR.v4), addresses, interfaces),
    default_ipv6: defaultOf(routeOf(one(answers, 'v6') ?? '', FAR.v6), addresses, interfaces),
  };
}

const colonless = (name: string): string => name.replaceAll(':', '_');

/** Interface types by ARPHRD number (linux/if_arp.h). */
const TYPES = new Map([
  [1, 'ether'],
  [32, 'infiniband'],
  [512, 'ppp'],
  [772, 'loopback'],
  [65534, 'tunnel'],
]);

function described(answers: Tagged, name: string, addresses: readonly Address[]): Vars {
  const text = (file: string) => one(answers, `i/${name}/${file}`);
  const found: Record<string, Value> = { device: name };
  const set = (member: string, value: Value | undefined) => {
    if (value !== undefined) found[member] = value;
  };
  const mac = text('address');
  if (mac !== '00:00:00:00:00:00') set('macaddress', mac);
  set('mtu', number(answers, `i/${name}/mtu`));
  if (text('operstate') !== undefined) found.active = text('operstate') !== 'down';
  set('module', text('module'));
  if (text('type') !== undefined) found.type = TYPES.get(Number(text('type'))) ?? 'unknown';
  set('pciid', text('device'));
  set('speed', number(answers, `i/${name}/speed`));
  if (text('flags') !== undefined) found.promisc = (Number(text('flags')) & 0x100) !== 0;
  Object.assign(found, bridge(answers, name), bonding(answers, name));
  set('perm_macaddress', text('bonding_slave/perm_hwaddr'));
  const own = addresses.filter(address => address.interface === name);
  const [first, ...rest] = own
    .filter(({ family }) => family === 4)
    .sort((a, b) => Number(a.isSecondary) - Number(b.isSecondary));
  if (first) found.ipv4 = ipv4(first);
  if (rest.length > 0) found.ipv4_secondaries = rest.map(ipv4);
  const six = own.filter(({ family }) => family === 6);
  if (six.length > 0) found.ipv6 = six.map(ipv6);
  return found;
}

function bridge(answers: Tagged, name: string): Vars {
  const id = one(answers, `i/${name}/bridge/bridge_id`);
  if (id === undefined) return {};
  return {
    type: 'bridge',
    id,
    stp: one(answers, `i/${name}/bridge/stp_state`) === '1',
    interfaces: all(answers, `i/${name}/port`),
  };
}

function bonding(answers: Tagged, name: string): Vars {
  const text = (file: string) => one(answers, `i/${name}/bonding/${file}`);
  const mode = text('mode');
  if (mode === undefined) return {};
  const primary = text('primary');
  return {
    type: 'bonding',
    slaves: text('slaves')?.split(/\s+/) ?? [],
    mode: mode.split(' ')[0]!,
    miimon: text('miimon') ?? '',
    lacp_rate: text('lacp_rate')?.split(' ')[0] ?? '',
    ...(primary ? { primary, all_slaves_active: text('all_slaves_active') === '1' } : {}),
  };
}

function defaultOf(
  route: { readonly [word: string]: string },
  addresses: readonly Address[],
  interfaces: ReadonlyMap<string, Vars>,
): Vars {
  const address = addresses.find(one => one.address === route.address);
  const device = interfaces.get(route.interface ?? '');
  if (!address || !device) return route;
  return {
    ...route,
    ...(address.family === 4 ? { ...ipv4(address), alias: address.label } : ipv6(address)),
    ...(device.macaddress === undefined ? {} : { macaddress: device.macaddress }),
    ...(device.mtu === undefined ? {} : { mtu: device.mtu }),
    type: device.type ?? 'unknown',
  };
}
