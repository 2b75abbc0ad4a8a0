import type { Fact, FactSettings } from '../core/fact.js';
import { managementLook, managementOf } from '../core/management.js';
import { probe } from '../core/probe.js';
import { type Sh, sh } from '../core/sh.js';
import { all, number, one, present, TAGGED, type Tagged, tagged } from '../core/tagged.js';
import type { Vars } from '../core/value.js';

/**
 * The interface that captures (variable `nic_interface`) and the one that manages, with their drivers. A driver is found
 * by the links in /sys, never by lsmod, which cannot tell whose it is. `nic_management` is the first of the interfaces
 * our connection hangs on; `interfaces` are all of them, `guessed` that only the default route spoke.
 */
export const nic: Fact = {
  name: 'nic',
  summary: 'Driver and hardware of the capturing and of the managing network interface.',
  provides: ['nic', 'nic_management'],
  probe: settings => nicProbe(settings),
};

/** `root` is put before every path read, for tests; programs are then not asked of the real interfaces. */
export const nicProbe = ({ tap }: FactSettings, root = '') =>
  probe(
    sh`${TAGGED}${managementLook(root)}${describe(root)}
${tap === undefined ? sh`:` : sh`describe nic ${tap}; below ${tap}`}
set -- $mgmt
[ $# -eq 0 ] || describe management "$1"
for d in ${root}/sys/class/net/*; do
  [ -e "$d/device" ] || continue
  into "$d/device/driver" && say driver "$at \${d##*/}"
done
:`,
    ({ stdout }) => {
      const answers = tagged(stdout);
      const { interfaces, guessed } = managementOf(answers);
      return {
        nic: tap === undefined ? {} : { ...described(answers, 'nic', tap), ...stack(answers) },
        nic_management: {
          ...(interfaces[0] === undefined ? {} : described(answers, 'management', interfaces[0])),
          interfaces,
          guessed,
        },
      };
    },
  );

/** Says all of one interface under a tag. Real queues are the driver's word (`ethtool -l`): sysfs may show more. */
const describe = (root: string): Sh => sh`describe() {
  d=${root}/sys/class/net/$2
  [ -d "$d" ] || return 0
  say "$1/there" 1
  for f in address mtu operstate carrier flags speed device/vendor device/device device/numa_node; do
    first "$1/$f" "$d/$f"
  done
  into "$d/device" && say "$1/bus" "$at"
  into "$d/device/driver" && say "$1/driver" "$at"
  if into "$d/device/driver/module"; then
    m=$at; say "$1/module" "$m"
    for f in version srcversion; do first "$1/$f" ${root}/sys/module/"$m/$f"; done
    [ -e ${root}/sys/module/pf_ring/holders/"$m" ] && say "$1/aware" holder
  fi
  for w in "$d"/lower_*; do [ -e "$w" ] && say "$1/lower" "\${w##*/lower_}"; done
  n=0; for w in "$d"/queues/rx-*; do [ -e "$w" ] && n=$((n + 1)); done; say "$1/rx" "$n"
  for f in bonding bridge; do [ -d "$d/$f" ] && say "$1/kind" "$f"; done
  [ -e ${root}/proc/net/vlan/"$2" ] && say "$1/kind" vlan
  lines "$1/ring" ${root}/proc/net/pf_ring/dev/"$2"/info
  if [ -z ${root} ] && have ethtool; then
    ethtool -i "$2" 2>/dev/null | piped "$1/i"
    ethtool -l "$2" 2>/dev/null | piped "$1/l"
  fi
  return 0
}
seen=' '
below() {
  case $seen in *" $1 "*) return 0;; esac
  seen="$seen$1 "; set -- "$1" ${root}/sys/class/net/"$1"/lower_*
  if [ -e "$2" ]; then
    shift
    for w; do say below "\${w##*/lower_}"; below "\${w##*/lower_}"; done
  elif [ "$seen" != " $1 " ]; then say port "$1"; describe "port/$1" "$1"; fi
}`;

/** The `key: value` rows of ethtool, the last of equal keys, so of two tables the current one. */
const rows = (lines: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    lines.flatMap(line => {
      const row = /^([^:]+):\s*(.*)$/.exec(line.trim());
      return row ? [[row[1]!.toLowerCase(), row[2]!] as const] : [];
    }),
  );

function described(answers: Tagged, tag: string, name: string): Vars {
  if (!answers.has(`${tag}/there`)) return { interface: name, exists: false };
  const text = (what: string) => one(answers, `${tag}/${what}`);
  const driverRows = rows(all(answers, `${tag}/i`));
  const module = text('module');
  const driver = text('driver') ?? (driverRows.get('driver') || undefined);
  const physical = text('bus') !== undefined;
  const flags = Number(text('flags') ?? 0);
  const siblings = all(answers, 'driver').flatMap(line => {
    const [other, device] = line.split(' ');
    return physical && other === driver && device !== name ? [device!] : [];
  });
  const speed = number(answers, `${tag}/speed`);
  return present({
    interface: name,
    exists: true,
    driver,
    // The driver of PF_RING's DKMS package is called igb_zc and is still one for igb cards.
    family: driver?.replace(/[_-]zc$/, ''),
    module: module ?? driver,
    builtin: physical && driver !== undefined && module === undefined,
    version: text('version') ?? (driverRows.get('version') || undefined),
    srcversion: text('srcversion'),
    bus: text('bus'),
    vendor: text('device/vendor'),
    device: text('device/device'),
    numa_node: number(answers, `${tag}/device/numa_node`),
    macaddress: text('address'),
    mtu: number(answers, `${tag}/mtu`),
    speed: speed === undefined || speed < 0 ? undefined : speed,
    up: (flags & 1) !== 0,
    carrier: text('carrier') === '1',
    kind: text('kind'),
    lowers: all(answers, `${tag}/lower`),
    rx_queues: queues(rows(all(answers, `${tag}/l`))) ?? number(answers, `${tag}/rx`),
    siblings,
    pfring_aware: isAware(answers, tag),
    physical,
  });
}

/** What a bond, bridge or VLAN stands on: every interface below it, and those at the bottom with their drivers. Nothing for others. */
const stack = (answers: Tagged): Vars =>
  answers.has('below')
    ? {
        below: [...new Set(all(answers, 'below'))],
        ports: all(answers, 'port').map(name => described(answers, `port/${name}`, name)),
      }
    : {};

/** Queues that receive: `Combined` and `RX` of `ethtool -l` together; `n/a` counts for nothing. */
function queues(channels: ReadonlyMap<string, string>): number | undefined {
  const figure = (name: string) => Number(/^\d+$/.exec(channels.get(name) ?? '')?.[0] ?? 0);
  return figure('combined') + figure('rx') || undefined;
}

/** The module holds pf_ring, or pf_ring's own file on the interface names another family than the stock one. */
function isAware(answers: Tagged, tag: string): boolean {
  const info = rows(all(answers, `${tag}/ring`));
  const family = info.get('family');
  return (
    answers.has(`${tag}/aware`) ||
    (info.get('polling mode') ?? '').includes('ZC') ||
    (family !== undefined && family !== 'Standard NIC')
  );
}
