import * as z from 'zod';
import { blocked, type Plan } from '../core/change.js';
import { defineModule, type Ran } from '../core/module.js';
import { bool, choice, int, strings } from '../core/params.js';
import { lacking, probe } from '../core/probe.js';
import { nothing, sh } from '../core/sh.js';
import { tagged } from '../core/tagged.js';
import type { Vars } from '../core/value.js';
import { orNone, renamed } from './args.js';
import { guarded, guardShape, interfaceLook, interfaceName, missing } from './interface.js';
import { changesOf } from './ip_link/changes.js';
import { canonical, type Sight, sightOf } from './ip_link/sight.js';

const address = z.string().transform((text, issues) => {
  const found = canonical(text.trim());
  if (found !== undefined) return found;
  issues.addIssue({ code: 'custom', message: `${text} is no address such as 10.0.0.1/24 or 2001:db8::1/64` });
  return z.NEVER;
});

const schema = renamed(
  { device: 'name', interface: 'name', dev: 'name', promisc: 'promiscuous' },
  z.strictObject({
    name: interfaceName().describe('Interface, such as `eth4`.'),
    mtu: orNone(int().pipe(z.int().min(1).max(0x7fffffff))).describe(
      'Largest payload in bytes, without the Ethernet header.',
    ),
    state: choice('up', 'down').optional().describe('Whether the link is up.'),
    promiscuous: bool().optional().describe('Take in all packets. A capturing program sets that for itself, too.'),
    arp: bool().optional().describe('Whether it takes part in ARP.'),
    addresses: orNone(strings().pipe(z.array(address))).describe('All addresses it shall have; `[]` for none.'),
    ipv6: bool().optional().describe('Whether it has IPv6 at all.'),
    txqueuelen: orNone(int().pipe(z.int().nonnegative())).describe('Packets that may wait to be sent.'),
    ...guardShape,
  }),
);
type Args = z.infer<typeof schema>;

/** One or two forks of `ip`; IPv6 is read from its file. */
const look = ({
  name,
  addresses,
  allow_management,
}: Args) => sh`${interfaceLook(name, allow_management)}have ip || exit 0
say installed 1
l=$(ip -d -o link show dev ${name} 2>/dev/null && echo .) || l=$(ip -o link show dev ${name} 2>/dev/null && echo .)
case $l in ?*'
.') l=\${l%??} ;; *) ${lacking('ip')} ;; esac
say link "$l"
first noipv6 /proc/sys/net/ipv6/conf/${name}/disable_ipv6
${
  addresses === undefined
    ? nothing
    : sh`l=$(ip -o addr show dev ${name} 2>/dev/null && echo .)
case $l in .) ;; *'
.') printf '%s\n' "\${l%??}" | piped addr ;; *) ${lacking('ip')} ;; esac`
}`;

function plan(args: Args, sight: Sight): Plan {
  if (!sight.found) return missing(args.name, sight);
  if (!sight.installed) return blocked('ip (iproute2) is not installed');
  const { mtu } = args;
  if (mtu !== undefined && sight.maxMtu && mtu > sight.maxMtu)
    return blocked(`${args.name}: mtu ${mtu} is above the device's maximum of ${sight.maxMtu}`);
  if (mtu !== undefined && sight.minMtu && mtu < sight.minMtu)
    return blocked(`${args.name}: mtu ${mtu} is below the device's minimum of ${sight.minMtu}`);
  if (args.ipv6 && sight.ipv6 === undefined) return blocked('the kernel has no IPv6');
  if (args.addresses?.some(one => one.includes(':')) && !(args.ipv6 ?? sight.ipv6))
    return blocked(`${args.name}: IPv6 is off, so it can have no IPv6 address`);
  const changes = changesOf(args, sight);
  return changes.length === 0 ? [] : (guarded({ ...args, device: args.name }, sight) ?? changes);
}

/** The interface as it is, or as it will be once the plan is done. */
function result(args: Args, sight: Sight, ran: Ran): Vars {
  if (!sight.found || !sight.installed) return { name: args.name };
  const isDone = ran.kind !== 'nothing';
  const now = <T>(wished: T | undefined, found: T) => (isDone && wished !== undefined ? wished : found);
  return {
    name: args.name,
    mtu: now(args.mtu, sight.mtu),
    state: now(args.state, sight.up ? 'up' : 'down'),
    promiscuous: now(args.promiscuous, sight.promiscuous),
    arp: now(args.arp, sight.arp),
    ...(args.addresses ? { addresses: now(args.addresses, sight.addresses) } : {}),
    ...(sight.ipv6 === undefined ? {} : { ipv6: now(args.ipv6, sight.ipv6) }),
  };
}

export default defineModule<Args, Sight>({
  name: 'ip_link',
  summary: 'Sets MTU, state, flags and addresses of a network interface.',
  example: '- ip_link: { name: lo, mtu: 65536, allow_management: true }',
  args: schema,
  probe: args => probe(look(args), ({ stdout }) => sightOf(tagged(stdout))),
  plan,
  result,
});
