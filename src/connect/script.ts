import { ARRIVAL } from '../core/blob.js';
import type { Batch } from '../core/connection.js';
import { type Draft, namesOf, prepareDrafts } from '../core/draft.js';
import { join, type Sh, sh } from '../core/sh.js';
import { askShared, forget } from '../core/shared.js';
import { acting } from '../core/writer.js';
import { newMark } from './mark.js';
import type { Environment } from './transport.js';

/*
 * What the lane's shell is told. Variables and functions of ours begin with RM_ and rm_; snippets run in subshells and
 * cannot change them. All of it is POSIX sh and passes under dash, busybox sh, bash, ksh93, zsh and yash.
 */

/**
 * Says that a shell is there, and its process id; or {@link UNFIT}, where its printf is a program, as that of mksh and lksh is:
 * what is written by it, secrets too, would stand in the process list for all to see. lksh calls it a builtin nevertheless,
 * and yash names its own by a path.
 */
export const hello = (mark: string): Sh =>
  sh`RM_U=$$; case $(command -v printf)\${YASH_VERSION-},\${KSH_VERSION-} in /*/printf,* | *' KSH R'*) RM_U=${UNFIT} ;; esac; printf '\\n%s %s\\n' ${mark} "$RM_U"; printf '\\n%s %s\\n' ${mark} "$RM_U" >&2`;

/** In place of the process id of a shell in which no lane can be. */
export const UNFIT = 'unfit';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const made: Sh = sh`PATH=${PATH}; cd 2>/dev/null || cd /`;

/**
 * Programs of administrators are found although an ordinary login does not look for them, as Ansible's modules do
 * (`get_bin_path`). Who has become another may not be able to see the directory.
 */
const inherited: Sh = sh`: "\${PATH:=${PATH}}"
for RM_D in /usr/local/sbin /usr/sbin /sbin; do case :$PATH: in *:"$RM_D":*) ;; *) PATH=$PATH:$RM_D ;; esac; done
[ -r . ] && [ -x . ] || cd 2>/dev/null || cd /`;

/**
 * Makes the shell the same whatever login it came from: locale, options and, if wished, path and directory. Must come right after {@link hello}.
 *
 * The trap on PIPE makes a cut link end the shell in order, at the next mark it cannot print, so that the private
 * directories are removed; the shell would die of the signal otherwise. `nonce` names those directories. USR1 is sent by
 * {@link stopping}: a trap runs when the command in the foreground has ended (POSIX, 2.11), so that the snippet that runs is
 * not disturbed, and subshells do not inherit it.
 */
export const settle = (nonce: string, environment: Environment): Sh => sh`set +e +u +x +f
${environment === 'made' ? made : inherited}
LC_ALL=C; export PATH LC_ALL; unset LANG LANGUAGE ENV BASH_ENV CDPATH OLDPWD
RM_BLOBS=/nonexistent RM_DIRS= RM_T= RM_DRAFTS= RM_W= RM_ID= RM_STOP= RM_PID=$$
trap 'rm_leave' 0
trap 'exit 129' HUP INT PIPE TERM
trap RM_STOP=1 USR1
${room(nonce)}
${held}
${gather}
${acting}
`;

/**
 * `rm_leave`: removes the private directories, with what their links say was received elsewhere and is still not taken,
 * and what was being received, $RM_T.
 *
 * `rm_left DIR`: KiB that are free there. `rm_full FILE`: a write failed; removes what came of
 * it, then says how much is left (then, because nobody may be listening any more, and that ends the shell).
 *
 * `rm_room KIB`: makes the private directory, or finds that it has room. KIB 0: whatever room there is. Answers in
 * $RM_BLOBS. A name nobody can guess and `mkdir`, which fails on anything that is there, are as good as `mktemp -d`.
 *
 * Nothing in it needs exec. `/run` and $XDG_RUNTIME_DIR are memory, so a large blob may go to half of their room only.
 * Directories of dead lanes are removed on the way; the number of the process name space is in the name, because
 * containers may share a /tmp but not their process ids.
 */
const room = (nonce: string): Sh => sh`rm_leave() {
  for RM_D in $RM_DIRS; do
    for RM_X in "$RM_D"/*; do
      [ -L "$RM_X" ] && RM_F=$(readlink "$RM_X") && case $RM_F in */${ARRIVAL}*) rm -f "$RM_F" ;; esac
    done
    rm -rf "$RM_D"
  done
  [ -z "$RM_T" ] || rm -f "$RM_T"
  [ -z "$RM_DRAFTS" ] || rm -f $RM_DRAFTS
}
rm_left() {
  RM_1=$(df -Pk "$1" 2>/dev/null) && RM_1=\${RM_1##*
} && set -- $RM_1 && echo "$4"
}
rm_free() { [ "$2" = 0 ] || ! command -v df >/dev/null || [ "$(rm_left "$1")" -ge $(($2 * 2)) ]; }
rm_full() { RM_2=$(rm_left "$RM_BLOBS"); rm -f "$1"; echo "$RM_2 KiB are left in $RM_BLOBS" >&2; return 1; }
rm_room() {
  [ -d "$RM_BLOBS" ] && rm_free "$RM_BLOBS" "$1" && return 0
  RM_N=$(readlink /proc/self/ns/pid 2>/dev/null); RM_N=\${RM_N#*'['}; RM_N=\${RM_N%']'}
  for RM_D in /run "$XDG_RUNTIME_DIR" /tmp /var/tmp "$HOME"; do
    case $RM_D in *[[:space:]]*) continue ;; /tmp | /var/tmp) ;; /?*) [ -O "$RM_D" ] || continue ;; *) continue ;; esac
    [ -d "$RM_D" ] && [ -w "$RM_D" ] && rm_free "$RM_D" "$1" || continue
    [ "$RM_D" = "$HOME" ] || for RM_X in "$RM_D"/ringmaster."\${RM_N:-0}".*; do
      RM_P=\${RM_X#"$RM_D"/ringmaster.*.}; RM_P=\${RM_P%%.*}
      [ -d "$RM_X" ] && [ ! -L "$RM_X" ] && [ -O "$RM_X" ] && [ -d /proc/self ] && [ ! -d "/proc/$RM_P" ] && rm -rf "$RM_X"
    done
    RM_X=$RM_D/ringmaster.\${RM_N:-0}.$RM_PID.${nonce}
    ( umask 077; mkdir "$RM_X" ) 2>/dev/null || continue
    RM_BLOBS=$RM_X RM_DIRS="$RM_DIRS $RM_X"
    return 0
  done
  echo "no private directory with $1 KiB of room in /run, /tmp, /var/tmp or $HOME" >&2
  return 1
}`;

/**
 * `rm_held`: which processes hold our output as theirs, by their first two streams, in $RM_H. A child left behind by an
 * act would write into the answers to come. Those that held it before the first act, such as sudo, are in $RM_W.
 * Builtins only: some 4 ms for 140 processes.
 */
const held: Sh = sh`rm_held() {
  RM_H=' '
  for RM_F in /proc/[0-9]*/fd/1 /proc/[0-9]*/fd/2; do
    if [ "$RM_F" -ef "/proc/$$/fd/1" ] || [ "$RM_F" -ef "/proc/$$/fd/2" ]; then RM_F=\${RM_F#/proc/}; RM_H="$RM_H\${RM_F%%/*} "; fi
  done
}`;

/** `rm_gather`: hands on what it reads in large blocks. A Korn shell runs the end of a pipeline itself, so that `exec` would end the lane. */
const gather: Sh = sh`rm_gather() { [ -z "$KSH_VERSION" ] || { cat; return; }; command -v dd >/dev/null && exec dd ibs=64k obs=64k 2>/dev/null; exec cat; }`;

/** Tells the lane's shell `pid`, from another shell of the same account, to start no further snippet. */
export const stopping = (pid: number): Sh => sh`kill -USR1 ${pid}`;

/** Ends a batch: after this mark no output of it follows. */
const END = 'end';
/** Tells what became of the blobs. */
const BLOBS = 'blobs';

/** What the words behind a mark say. */
export type Sign =
  | { readonly kind: 'snippet'; readonly index: number; readonly status: number }
  | { readonly kind: 'blobs'; readonly ok: boolean; readonly directory: string }
  | { readonly kind: 'end'; readonly left: readonly string[] };

export function read(words: readonly string[]): Sign {
  const [first = '', second = '', third = ''] = words;
  if (first === END) return { kind: 'end', left: words.slice(1).filter(word => word !== '') };
  if (first === BLOBS) return { kind: 'blobs', ok: second === '0', directory: third };
  return { kind: 'snippet', index: Number(first), status: Number(second) };
}

/**
 * A whole batch. Each snippet is one `eval` in a subshell without stdin, so that no syntax error, `exit`, `cd` or trap
 * of it gets out; then a mark with its index and status on stdout, and one on stderr. Where a mark cannot be printed
 * nobody listens any more, and the shell ends.
 *
 * `stage` puts blobs in place: scripts that answer a status; where one fails no snippet runs. `$RM_GO` is not 0 where one
 * failed or the chain has ended, `$RM_STOP` is set once the lane was told to stop.
 */
export function batchScript(
  mark: string,
  batch: Pick<Batch, 'snippets' | 'how' | 'shared' | 'drafts' | 'asTheyCome'>,
  stage: readonly Sh[],
): Sh {
  const chain = batch.how === 'chain';
  const lines: Sh[] = [chain ? sh`RM_GO=0; [ -n "$RM_W" ] || { rm_held; RM_W=$RM_H; rm_self; }` : sh`RM_GO=0`];
  if (stage.length > 0) {
    for (const one of stage) lines.push(sh`[ $RM_GO = 0 ] && { ${one}; } || RM_GO=1`);
    lines.push(say(mark, sh`"${BLOBS} $RM_GO $RM_BLOBS"`));
  }
  const { shared = [], drafts = new Map<number, readonly Draft[]>() } = batch;
  if (drafts.size > 0) lines.push(sh`RM_DRAFT=${newMark()}`);
  if (shared.length > 0) lines.push(askShared(shared));
  const gathered = chain ? [] : gatherable(batch);
  batch.snippets.forEach((snippet, i) => {
    if (gathered.some(({ from }) => from === i)) lines.push(sh`{ { {`);
    const ready = drafts.get(i);
    if (ready) lines.push(drafting(ready));
    // The blank keeps a snippet that begins with a hyphen from being taken for an option.
    const run = sh`( eval ${` ${snippet.text}`} ) </dev/null; RM_S=$?`;
    lines.push(
      sh`[ $RM_GO$RM_STOP = 0 ] && { ${run}${chain ? sh`; RM_GO=$RM_S` : sh``}; ${say(mark, sh`"${i} $RM_S"`)}; }`,
    );
    if (gathered.some(({ to }) => to === i)) lines.push(gathering);
  });
  if (shared.length > 0) lines.push(forget(shared));
  if (drafts.size > 0) lines.push(untaken);
  if (chain) {
    lines.push(
      sh`rm_held; RM_L=; for RM_F in $RM_H; do case $RM_W in *" $RM_F "*) ;; *) RM_L="$RM_L $RM_F" ;; esac; done`,
    );
    lines.push(say(mark, sh`"${END}$RM_L"`));
  } else lines.push(say(mark, sh`${END}`));
  return sh`${join(lines, '\n')}\n`;
}

/** So many looks in a row are told together: below, the two processes for it cost more than they save. */
const WORTH_GATHERING = 8;

/** Runs of looks whose words may wait until all are done, by the indices of their first and last. */
function gatherable({ snippets, asTheyCome }: Pick<Batch, 'snippets' | 'asTheyCome'>) {
  const runs: { readonly from: number; readonly to: number }[] = [];
  let from = 0;
  for (let i = 0; i <= snippets.length; i++) {
    if (i < snippets.length && !asTheyCome?.has(i)) continue;
    if (i - from >= WORTH_GATHERING) runs.push({ from, to: i - 1 });
    from = i + 1;
  }
  return runs;
}

/**
 * Behind `{ { {` and looks: what they say on either stream leaves in as few writes as it fits into, since each write of a
 * shell is a packet of its own, and a packet costs both ends more than the look it is about. Reblocking is what dd does
 * where `bs=` is not given (dd(1p)).
 */
const gathering: Sh = sh`} 2>&3 3>&- 8>&- 9>&- | rm_gather >&8 3>&- 8>&- 9>&-; } 3>&1 | rm_gather >&9 8>&- 9>&-; } 8>&1 9>&2`;

/** Their names are known to the lane's shell before they are made, so that it removes them however it ends. */
const drafting = (drafts: readonly Draft[]): Sh =>
  sh`[ $RM_GO$RM_STOP = 0 ] && { RM_DRAFTS="$RM_DRAFTS ${namesOf(drafts)}"; ${prepareDrafts(drafts)}; }`;

/** Where the chain ended early, some are left. */
const untaken: Sh = sh`for RM_F in $RM_DRAFTS; do [ ! -e "$RM_F" ] || rm -f "$RM_F"; done; RM_DRAFTS=; unset RM_DRAFT RM_READY`;

/** `words` is one word of the shell, in double quotes. */
const say = (mark: string, words: Sh): Sh =>
  sh`printf '\\n%s %s\\n' ${mark} ${words} || exit 1; printf '\\n%s %s\\n' ${mark} ${words} >&2`;
