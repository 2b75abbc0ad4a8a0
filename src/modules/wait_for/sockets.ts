import { join, type Sh, sh } from '../../core/sh.js';

/** Hosts that are the target itself: what listens there is read from /proc, without a connection. */
export const isLocal = (host: string): boolean => /^(?:127(?:\.\d+){3}|localhost|::1|0\.0\.0\.0|::)$/.test(host);

const hex = (number: number, digits: number): string => number.toString(16).toUpperCase().padStart(digits, '0');
const port4 = (port: number): string => hex(port, 4);

/** An IPv4 address as /proc/net/tcp has it: 32 bits in the order of the machine, which may be either. */
function address4(host: string): readonly string[] {
  const bytes = host.split('.').map(Number);
  const [forth, back] = [bytes, bytes.toReversed()].map(some => some.map(byte => hex(byte, 2)).join(''));
  return [forth!, back!];
}

const ANY = ['00000000', '0'.repeat(32)];
const LOOPBACK6 = [`${'0'.repeat(24)}01000000`, `${'0'.repeat(31)}1`];

/** Local addresses under which a listener is reached at a host. IPv6's any address takes IPv4 too, as it is set up by default. */
const reachedAt = (host: string): readonly string[] => [
  ...ANY,
  ...(host === 'localhost'
    ? [...address4('127.0.0.1'), ...LOOPBACK6]
    : host.includes(':')
      ? LOOPBACK6
      : address4(host)),
];

/** Ends with 0 if something listens at a port of the target itself (proc(5): state 0A). */
export function listens(host: string, port: number): Sh {
  const patterns = join(
    (host === '0.0.0.0' || host === '::' ? ['*'] : reachedAt(host)).map(address =>
      address === '*' ? sh`*:${port4(port)}` : sh`${`${address}:${port4(port)}`}`,
    ),
    '|',
  );
  return sh`rm_up=1
for rm_file in /proc/net/tcp /proc/net/tcp6; do
  [ -r "$rm_file" ] || continue
  while read -r rm_n rm_here rm_there rm_state rm_more; do
    [ "$rm_state" = 0A ] && case $rm_here in ${patterns}) rm_up=0 ;; esac
  done <"$rm_file"
done
[ "$rm_up" = 0 ]`;
}

/** States of proc(5) by Ansible's names. */
export const STATES: { readonly [name: string]: string } = {
  ESTABLISHED: '01',
  SYN_SENT: '02',
  SYN_RECV: '03',
  FIN_WAIT1: '04',
  FIN_WAIT2: '05',
  TIME_WAIT: '06',
};

export interface Draining {
  readonly host: string;
  readonly port: number;
  readonly states: readonly string[];
  /** IPv4 addresses of peers that do not count. */
  readonly except: readonly string[];
}

/** Ends with 0 if nobody is connected to a port of the target. */
export function drained({ host, port, states, except }: Draining): Sh {
  const here =
    host === '0.0.0.0' || host === '::'
      ? sh`*:${port4(port)}`
      : join(
          reachedAt(host).map(address => sh`*${`${address}:${port4(port)}`}`),
          '|',
        );
  const peers = except.flatMap(address4).map(address => sh`*${address}:*`);
  const spared = peers.length > 0 ? sh`case $rm_there in ${join(peers, '|')}) continue ;; esac` : sh`:`;
  const counted = join(
    states.map(state => sh`${STATES[state]!}`),
    '|',
  );
  return sh`rm_busy=1
for rm_file in /proc/net/tcp /proc/net/tcp6; do
  [ -r "$rm_file" ] || continue
  while read -r rm_n rm_here rm_there rm_state rm_more; do
    case $rm_state in ${counted}) ;; *) continue ;; esac
    ${spared}
    case $rm_here in ${here}) rm_busy=0 ;; esac
  done <"$rm_file"
done
[ "$rm_busy" = 1 ]`;
}

/** Says which tool there is to connect with, in `$rm_tool`; without one the status is 97. */
export const toolLook: Sh = sh`if command -v bash >/dev/null && command -v timeout >/dev/null; then rm_tool=bash
elif command -v nc >/dev/null; then rm_tool=nc
else echo 'neither bash with timeout nor nc is there to connect with (package netcat-openbsd)' >&2; exit 97; fi`;

export interface Remote {
  readonly host: string;
  readonly port: number;
  /** Seconds. */
  readonly limit: number;
}

/** Ends with 0 if a connection is taken. After `toolLook`. */
export const connects = ({ host, port, limit }: Remote): Sh => sh`case $rm_tool in
bash) timeout ${limit} bash -c ': </dev/tcp/"$0"/"$1"' ${host} ${port} 2>/dev/null ;;
nc) nc -z -w ${limit} ${host} ${port} </dev/null >/dev/null 2>&1 ;;
esac`;

/** Prints what a server says by itself. After `toolLook`. */
export const greeting = ({ host, port, limit }: Remote): Sh => sh`case $rm_tool in
bash) timeout ${limit} bash -c 'exec 3<>/dev/tcp/"$0"/"$1" && cat <&3' ${host} ${port} 2>/dev/null ;;
nc) sleep ${limit} | nc -w ${limit} ${host} ${port} 2>/dev/null ;;
esac`;
