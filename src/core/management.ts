import { type Sh, sh } from './sh.js';
import { all, type Tagged } from './tagged.js';

/**
 * After `TAGGED`: prints `mgmt NAME` for every interface that must not be touched, the one of our own connection first:
 * by which the client is reached, which owns the address it came in by, those of the default routes, and whatever
 * physical ones they stand on (bond, VLAN, bridge). `client known` tells that the connection is ours to see; sudo takes
 * SSH_CONNECTION away, so the lane hands it on as RM_SSH_CONNECTION. `root` is put before every path read, for tests.
 */
export const managementLook = (root = ''): Sh => sh`mgmt=' '
manages() {
  case $mgmt in *" $1 "*) return 0;; esac
  [ "$1" != lo ] && [ -d ${root}/sys/class/net/"$1" ] || return 0
  mgmt="$mgmt$1 "; say mgmt "$1"
  for w in ${root}/sys/class/net/"$1"/lower_* ${root}/sys/class/net/"$1"/brif/*; do
    [ -e "$w" ] || continue
    w=\${w##*/}; manages "\${w#lower_}"
  done
}
route() { while [ $# -gt 1 ]; do [ "$1" != dev ] || manages "$2"; shift; done; }
set -f; set -- \${RM_SSH_CONNECTION:-\${SSH_CONNECTION:-}}; set +f
if [ $# -eq 4 ]; then
  say client known; c=\${1%%%*}; s=\${3%%%*}
  case $1 in *%*) manages "\${1#*%}";; esac
  route $(ip -o route get "$c" 2>/dev/null)
  set -- $(ip -o addr show to "$s" 2>/dev/null); [ $# -lt 2 ] || manages "\${2%%@*}"
fi
if [ -r ${root}/proc/net/route ]; then
  while read -r i t x x x x x k x; do [ "$t$k" != 0000000000000000 ] || manages "$i"; done <${root}/proc/net/route
fi
if [ -r ${root}/proc/net/ipv6_route ]; then
  while read -r t p x x x x x x x i; do [ "$t$p" != 0000000000000000000000000000000000 ] || manages "$i"; done \
    <${root}/proc/net/ipv6_route
fi
:
`;

/** What that look said. */
export interface Management {
  /** The connection's own interface first; physical ones after those that stand on them. */
  readonly interfaces: readonly string[];
  /** Nothing told which connection is ours, so only the default routes speak. */
  readonly guessed: boolean;
}

export const managementOf = (answers: Tagged): Management => ({
  interfaces: all(answers, 'mgmt'),
  guessed: !answers.has('client'),
});
