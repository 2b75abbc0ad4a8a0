import { type Sh, sh } from '../core/sh.js';
import { saying } from './failures.js';
import type { Lane } from './lane.js';

/**
 * Ends what a lane is running, through another lane of the same identity: closing the streams would not, a remote
 * process outlives them. TERM to the process group of the lane's shell and to all its descendants (sudo with use_pty
 * gives its child another group), KILL to those left after 5 s. What detached itself into another session *and* has
 * lost its parent is out of reach, and is not looked for: it may be a daemon an earlier task started on purpose.
 *
 * Answers in words what became of them.
 */
export async function reap(other: Lane, pid: number): Promise<string> {
  const heard = await other.ask({ snippets: [killing(pid)], how: 'each', timeout: 12, stage: [] });
  if (heard.kind !== 'answered') return 'whether it has ended is not known';
  const [output] = heard.outputs;
  const said = saying(output?.stdout ?? '');
  return output?.status === 0
    ? `it was ended with ${said}`
    : `it could not be ended: ${said || saying(output?.stderr ?? '')}`;
}

/** Grace between TERM and KILL: 25 times 0.2 s. */
const killing = (pid: number): Sh => sh`find_ours() {
  all= group=
  for stat in /proc/[0-9]*/stat; do
    { read -r line <"$stat"; } 2>/dev/null || continue
    p=\${stat#/proc/}; p=\${p%/stat}
    # Behind the name, which may hold anything: state, parent, group.
    set -- \${line##*) }
    all="$all $p:$2:$3"
    [ "$p" = ${pid} ] && group=$3
    [ "$p" = "$$" ] && own=$3
  done
  [ "$group" = "$own" ] && group=none
  ours=" $known "; grown=1
  while [ "$grown" = 1 ]; do
    grown=0
    for one in $all; do
      p=\${one%%:*}; g=\${one##*:}; parent=\${one#*:}; parent=\${parent%:*}
      case $ours in *" $p "*) continue ;; esac
      case $ours in *" $parent "*) ;; *) [ "$g" = "$group" ] || continue ;; esac
      ours="$ours$p "; grown=1
    done
  done
}
alive() { left=; for p in $ours; do { read -r line <"/proc/$p/stat"; } 2>/dev/null && case \${line##*) } in Z*) ;; *) left="$left $p" ;; esac; done; [ -n "$left" ]; }
own= known=${pid}
[ -d /proc/self ] || { kill -TERM -- -${pid}; echo SIGTERM; exit 0; }
find_ours
kill -TERM $ours 2>/dev/null
n=0; while alive && [ $n -lt 25 ]; do sleep 0.2 2>/dev/null || { sleep 1; n=$((n + 4)); }; n=$((n + 1)); done
alive || { echo SIGTERM; exit 0; }
known=$left; find_ours
kill -KILL $ours 2>/dev/null; sleep 0.2 2>/dev/null || sleep 1
alive || { echo SIGKILL; exit 0; }
echo "processes$left still live"; exit 1`;
