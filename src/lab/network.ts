import { type Keeper, script } from './keeper.js';

/** A lab's own network, which nothing connects to the machine's: /24 number `number` of 10.199/16 for management. */
export interface Subnet {
  /** 1…254, different for labs that are up at the same time. */
  readonly number: number;
}

/** Management interface of every host, and the one that sees the mirrored traffic. */
export const MANAGEMENT = 'eth0';
export const TAP = 'eth4';

/** The controller's own end of the management network. */
export const controllerAddress = ({ number }: Subnet): string => `10.199.${number}.1`;
/** Management address of the lab's host number `index`, from 0. */
export const hostAddress = ({ number }: Subnet, index: number): string => `10.199.${number}.${10 + index}`;

/**
 * The two ends of the mirrored link, which talk to each other and are seen by every eth4: each has a /24 of addresses.
 * They are namespaces of the lab, no hosts; see traffic.ts.
 */
export const TALKERS = { alice: '10.198.1', bob: '10.198.2' } as const;

/**
 * $1: controller's address. `tap` is a hub (a bridge that never learns), as a mirror port is: all see all. Its ports to
 * the hosts are isolated from each other, since a mirror port takes nothing in.
 */
const COMMON = `
echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
ip link set lo up
ip link add mgmt type bridge forward_delay 0 mcast_snooping 0
ip addr add "$1/24" dev mgmt
ip link add tap type bridge forward_delay 0 mcast_snooping 0 ageing_time 0
ip link set tap mtu 9000
ip link set mgmt up
ip link set tap up
talker() {
  ip netns add "$1"
  ip link add "tap-$1" mtu 9000 type veth peer name eth0 mtu 1500 netns "$1"
  ip link set "tap-$1" master tap up
  ip netns exec "$1" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'
  ip -n "$1" link set lo up
  ip -n "$1" link set eth0 up
  ip -n "$1" route add local "$2.0/24" dev lo
  ip -n "$1" route add "$3.0/24" dev eth0 src "$2.1"
}
talker alice ${TALKERS.alice} ${TALKERS.bob}
talker bob ${TALKERS.bob} ${TALKERS.alice}
`;

/** $1: controller's address, then NAME ADDRESS of each host. The default route leads nowhere: it only tells which interface is management. */
const PER_HOST = `
controller=$1; shift; i=0
while [ $# -gt 0 ]; do
  ip netns add "$1"
  ip link add "m$i" type veth peer name ${MANAGEMENT} netns "$1"
  ip link add "t$i" mtu 9000 type veth peer name ${TAP} mtu 1500 netns "$1"
  ip link set "m$i" master mgmt up
  ip link set "t$i" master tap up
  bridge link set dev "t$i" isolated on
  ip -n "$1" link set lo up
  ip -n "$1" addr add "$2/24" dev ${MANAGEMENT}
  ip -n "$1" link set ${MANAGEMENT} up
  ip -n "$1" link set ${TAP} up
  ip -n "$1" route add default via "$controller"
  shift 2; i=$((i + 1))
done
`;

/** Builds bridges, talkers and one network namespace per host, named as the host; hosts are given in order. */
export async function makeNetwork(keeper: Keeper, subnet: Subnet, hosts: readonly string[]): Promise<void> {
  const controller = controllerAddress(subnet);
  const named = hosts.flatMap((host, i) => [host, hostAddress(subnet, i)]);
  await script(keeper, 'making the lab’s network', { text: COMMON + PER_HOST, args: [controller, ...named] });
}

/** Plugs or pulls a host's cable at the lab's end: packets vanish without a word, as on a dead link. */
export async function setCable(keeper: Keeper, { index, cable, state }: CableSetting): Promise<void> {
  const port = `${cable === MANAGEMENT ? 'm' : 't'}${index}`;
  await script(keeper, `setting ${port} ${state}`, { text: 'ip link set "$1" "$2"', args: [port, state] });
}
export interface CableSetting {
  /** Place of the host in the lab's list, from 0. */
  readonly index: number;
  readonly cable: typeof MANAGEMENT | typeof TAP;
  readonly state: 'up' | 'down';
}
