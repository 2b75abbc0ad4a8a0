import type { Change } from '../../core/change.js';
import { join, nothing, sh } from '../../core/sh.js';
import type { Sight } from './sight.js';

/** What a task wants of an interface; what is left out is left as it is. */
export interface LinkWish {
  readonly name: string;
  readonly mtu?: number | undefined;
  readonly state?: 'up' | 'down' | undefined;
  readonly promiscuous?: boolean | undefined;
  readonly arp?: boolean | undefined;
  /** Canonical; empty means none at all. */
  readonly addresses?: readonly string[] | undefined;
  readonly ipv6?: boolean | undefined;
  readonly txqueuelen?: number | undefined;
}

const word = (on: boolean) => (on ? 'on' : 'off');

/** In this order: down first and up last, so that nothing is set on a live link that need not be. */
export const changesOf = (wish: LinkWish, sight: Sight): readonly Change[] => [
  ...(wish.state === 'down' ? state(wish, sight) : []),
  ...ipv6(wish, sight),
  ...addresses(wish, sight),
  ...mtu(wish, sight),
  ...flag(wish.name, 'arp', wish.arp, sight.arp),
  ...flag(wish.name, 'promisc', wish.promiscuous, sight.promiscuous),
  ...queue(wish, sight),
  ...(wish.state === 'up' ? state(wish, sight) : []),
];

function state({ name, state: wished }: LinkWish, { up }: Sight): readonly Change[] {
  const before = up ? 'up' : 'down';
  if (wished === undefined || wished === before) return [];
  return [{ what: `${name} state`, before, after: wished, apply: sh`ip link set dev ${name} ${wished}` }];
}

function flag(name: string, option: 'arp' | 'promisc', wished: boolean | undefined, found: boolean): readonly Change[] {
  if (wished === undefined || wished === found) return [];
  const apply = sh`ip link set dev ${name} ${option} ${word(wished)}`;
  return [{ what: `${name} ${option}`, before: word(found), after: word(wished), apply }];
}

function queue({ name, txqueuelen }: LinkWish, { queueLength }: Sight): readonly Change[] {
  if (txqueuelen === undefined || txqueuelen === queueLength) return [];
  return [
    {
      what: `${name} txqueuelen`,
      before: queueLength ?? null,
      after: txqueuelen,
      apply: sh`ip link set dev ${name} qlen ${txqueuelen}`,
    },
  ];
}

/** The file of ip-sysctl(7) and not sysctl(8), which takes a dot in the name of a VLAN for a separator. */
function ipv6({ name, ipv6: wished }: LinkWish, { ipv6: found }: Sight): readonly Change[] {
  if (wished === undefined || found === undefined || wished === found) return [];
  return [
    {
      what: `${name} IPv6`,
      before: word(found),
      after: word(wished),
      apply: sh`echo ${wished ? 0 : 1} >/proc/sys/net/ipv6/conf/${name}/disable_ipv6`,
    },
  ];
}

/**
 * Some drivers refuse a new MTU while the link is up (EBUSY): only then it is taken down for a moment. On any other
 * refusal the limits of the device are told, since the kernel's own words are `Invalid argument` on old ones.
 */
function mtu({ name, mtu: wished }: LinkWish, sight: Sight): readonly Change[] {
  if (wished === undefined || wished === sight.mtu) return [];
  const set = sh`ip link set dev ${name} mtu ${wished}`;
  return [
    {
      what: `${name} mtu`,
      before: sight.mtu,
      after: wished,
      apply: sh`e=$(${set} 2>&1) && exit 0
case $e in *[Bb]usy*)
  ip link set dev ${name} down || exit
  e=$(${set} 2>&1); r=$?
  ${sight.up ? sh`ip link set dev ${name} up || exit` : nothing}
  [ $r -ne 0 ] || exit 0;;
esac
m=$(ip -d -o link show dev ${name} 2>/dev/null)
case $m in *' maxmtu '*) m=\${m##* maxmtu }; m=" (at most \${m%% *})";; *) m=;; esac
printf '%s: mtu %s was refused%s: %s\\n' ${name} ${wished} "$m" "$e" >&2
exit 1`,
    },
  ];
}

/**
 * The whole set at once. Deleting a primary address takes its secondaries with it, so what is gone already is no error,
 * and `replace` puts all wished ones back.
 */
function addresses({ name, addresses: wished, ipv6: six }: LinkWish, sight: Sight): readonly Change[] {
  if (wished === undefined) return [];
  // Turning IPv6 off has taken those away.
  const isOff = six === false || (six === undefined && sight.ipv6 === false);
  const found = isOff ? sight.addresses.filter(address => !address.includes(':')) : sight.addresses;
  const extra = found.filter(address => !wished.includes(address));
  if (extra.length === 0 && wished.every(address => found.includes(address))) return [];
  const steps = [
    ...extra.map(
      address => sh`e=$(ip addr del ${address} dev ${name} 2>&1) || case $e in *'annot assign requested address'*|*'not found'*) ;;
*) printf '%s\\n' "$e" >&2; exit 1;; esac`,
    ),
    ...wished.map(address => sh`ip addr replace ${address} dev ${name} || exit`),
  ];
  return [
    {
      what: `${name} addresses`,
      before: [...found].sort(),
      after: [...wished].sort(),
      apply: join(steps, '\n'),
    },
  ];
}
