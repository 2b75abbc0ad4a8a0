import { type Fate, fateInWords, type Process } from '../core/fate.js';
import { type Sh, sh } from '../core/sh.js';
import { saying } from './failures.js';
import type { Lane } from './lane.js';

/** Between two looks whether the processes have ended, in seconds. */
const TICK = 0.2;

/**
 * Ends what a lane is running, through another lane of the same identity: closing the streams would not, a remote
 * process outlives them. TERM to the process group of the lane's shell and to all its descendants (sudo with use_pty
 * gives its child another group), KILL to those left after `grace` seconds.
 *
 * What detached itself into another session *and* has lost its parent is not ended. It is named where it still holds the
 * output of the lane; without that nobody can tell it from a daemon that an earlier task started on purpose.
 */
export async function terminate(other: Lane, pid: number, grace: number): Promise<Fate> {
  const script = killing(pid, Math.ceil(grace / TICK));
  const heard = await other.ask({ snippets: [script], how: 'each', timeout: grace + 7, stage: [] });
  const output = heard.kind === 'answered' ? heard.outputs[0] : undefined;
  if (output === undefined) return { kind: 'unknown', why: 'the host did not answer when it was to be ended' };
  const [, signal, count] = /^(SIG\w+) (\d*)\n/.exec(output.stdout) ?? [];
  if (!count) {
    const said = saying(output.stderr);
    return { kind: 'unknown', why: signal ? `${signal} was sent, and there is no /proc to see what came of it` : said };
  }
  const left = [...output.stdout.matchAll(/^left (\d+) (.*)$/gm)].map(
    ([, number, command]): Process => ({ pid: Number(number), command: saying(command!) }),
  );
  if (left.length > 0) return { kind: 'left', left };
  return { kind: 'ended', processes: Number(count), by: signal === 'SIGKILL' ? 'SIGKILL' : 'SIGTERM' };
}

/** The worst of what became of several. */
export function worst(fates: readonly Fate[]): Fate {
  const unknown = fates.filter(fate => fate.kind === 'unknown');
  const left = fates.flatMap(fate => (fate.kind === 'left' ? fate.left : []));
  if (unknown.length > 0) {
    const also = left.length > 0 ? [fateInWords({ kind: 'left', left })] : [];
    return { kind: 'unknown', why: [...new Set(unknown.map(({ why }) => why)), ...also].join('; ') };
  }
  if (left.length > 0) return { kind: 'left', left };
  const ended = fates.filter(fate => fate.kind === 'ended');
  if (ended.length === 0) return { kind: 'nothing ran' };
  const by = ended.some(fate => fate.by === 'SIGKILL') ? 'SIGKILL' : 'SIGTERM';
  return { kind: 'ended', processes: ended.reduce((total, { processes }) => total + processes, 0), by };
}

/**
 * Prints the signal and how many processes it ended, but for the shell; then a line for each that still lives. `ticks` is
 * the time between TERM and KILL.
 */
const killing = (pid: number, ticks: number): Sh => sh`find_ours() {
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
alive() { left=; for p in $*; do { read -r line <"/proc/$p/stat"; } 2>/dev/null && case \${line##*) } in Z*) ;; *) left="$left $p" ;; esac; done; [ -n "$left" ]; }
holders() {
  held=
  for f in /proc/[0-9]*/fd/1 /proc/[0-9]*/fd/2; do
    [ "$f" -ef /proc/${pid}/fd/1 ] || [ "$f" -ef /proc/${pid}/fd/2 ] || continue
    f=\${f#/proc/}; f=\${f%%/*}
    case "$ours $held " in *" $f "*) ;; *) held="$held $f" ;; esac
  done
}
tell() {
  set -- $1 $ours
  echo "$1 $(($# - 2))"
  alive $ours $held
  for p in $left; do echo "left $p $(tr '\\0\\n' '  ' 2>/dev/null <"/proc/$p/cmdline")"; done
  exit 0
}
rest() { sleep ${TICK} 2>/dev/null || { sleep 1; n=$((n + 4)); }; }
own= known=${pid}
[ -d /proc/self ] || { kill -TERM -- -${pid}; echo SIGTERM; exit 0; }
find_ours
holders
kill -TERM $ours 2>/dev/null
n=0; while alive $ours && [ $n -lt ${ticks} ]; do rest; n=$((n + 1)); done
# Who only held the output of one that has ended ends too.
n=0; while alive $held && [ $n -lt 2 ]; do rest; n=$((n + 1)); done
alive $ours || tell SIGTERM
before=$ours known=$left; find_ours
kill -KILL $ours 2>/dev/null
for p in $before; do case $ours in *" $p "*) ;; *) ours="$ours$p " ;; esac; done
n=0; while alive $ours && [ $n -lt 3 ]; do rest; n=$((n + 1)); done
tell SIGKILL`;
