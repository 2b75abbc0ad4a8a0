import { createHash } from 'node:crypto';
import { formatOf } from './printf.js';
import { join, nothing, type Sh, sh, userScript } from './sh.js';

/**
 * A new file as it can be made ready beside its goal before its turn comes: owned, with its mode, whole and on the disk.
 * Its act then only has to rename it. For many files at once that takes a few processes, alone it takes three for each.
 */
export interface Draft {
  /** Absolute, and such that it needs no quotes. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** For `chown`, by numbers: `0:2100`. Nothing where it shall be as for any new file. */
  readonly owner?: string | undefined;
  /** For `chmod`. Nothing: what the umask leaves of 0666. */
  readonly mode?: string | undefined;
}

/** So many can be held open: the descriptors of one digit that are left, since others need not be spelt (XCU 2.7). */
export const MOST_DRAFTS = 7;
const FIRST_DESCRIPTOR = 3;

/** How names of files begin that are written for a path and not yet named so; behind it stand the lane's process and a word. */
export const temporaryFor = (path: string): string =>
  `.ringmaster-${createHash('sha256').update(path).digest('hex').slice(0, 8)}`;

/**
 * Removes what dead lanes left in `$d`, by builtins. Other lanes may be at work: their processes are there. It reads the
 * whole directory, so once for many files.
 */
export const sweep: Sh = sh`if [ -e /proc/self ]; then for o in "$d"/.ringmaster-????????.*; do
l=\${o##*/.ringmaster-????????.}; if [ -e "/proc/\${l%%.*}" ]; then :; elif [ -f "$o" ]; then rm -f "$o"; elif [ -O "$o" ] && [ ! -L "$o" ]; then rm_swept "$o"; fi; done; fi`;

/** What ends a chain that wrote files into these directories: their new names come to the disk, and they are swept. */
export const flush = (directories: readonly Sh[]): Sh =>
  sh`sync ${join(directories, ' ')} 2>/dev/null; for d in ${join(directories, ' ')}; do ${sweep}; done; :`;

/** A draft's name behind its directory. `$RM_DRAFT` is a word that nobody can guess. */
const nameOf = (path: string): Sh => sh`/${temporaryFor(path)}.$$.$RM_DRAFT`;

/** Lets `$t` be the draft of a path; its status is 1 if the lane has made none. `$RM_READY` names those that it has made. */
export const findDraft = (path: string): Sh =>
  sh`d=${parentOf(path) || '/'} RM_P=${path} RM_CARE=; t=\${d%/}${nameOf(path)}; case \${RM_READY-} in *" $t "*) ;; *) false ;; esac`;

/**
 * Makes drafts, in the shell of the lane: those whose directory is trusted, which is asked once for each directory. Their names are
 * in `$RM_READY`, since somebody else could make a file of such a name elsewhere.
 */
export const prepareDrafts = (drafts: readonly Draft[]): Sh =>
  sh`RM_1=$RM_TRUSTED; for RM_F in ${[...new Set(drafts.map(({ path }) => parentOf(path) || '/'))]}; do rm_trusts "$RM_F" && RM_TRUSTED=$RM_TRUSTED$RM_F:; done
( eval ${makeDrafts(drafts).text} ) </dev/null >/dev/null 2>&1; RM_READY=" "
for RM_F in ${namesOf(drafts)}; do case $RM_TRUSTED in *:"\${RM_F%/*}":* | *:"\${RM_F%/*}/":*) [ ! -f "$RM_F" ] || RM_READY="$RM_READY$RM_F " ;; esac; done
RM_TRUSTED=$RM_1`;

/** The names of drafts as one word of the lane's shell, for it to remove those that were not taken. */
export const namesOf = (drafts: readonly Draft[]): Sh =>
  join(
    drafts.map(({ path }) => sh`${parentOf(path)}${nameOf(path)}`),
    ' ',
  );

/**
 * Makes drafts, at most {@link MOST_DRAFTS}. Each is 0600 first if a mode is wished, gets owner and mode while it is
 * empty, and its content by the descriptor that made it, as any file that is written alone. Where anything is not as it
 * should be there is no draft: then its act writes the file itself, and says what is wrong. Only where
 * the directory is trusted, so that nobody can put a link in the place of what waits there.
 */
function makeDrafts(drafts: readonly Draft[]): Sh {
  const owned = new Group('o');
  const moded = new Group('m');
  const opened = drafts.map(({ path, owner, mode }, i) => {
    const fd = FIRST_DESCRIPTOR + i;
    return sh`d=${parentOf(path)}
t=$d${nameOf(path)}
if rm_trusts "\${d:-/}" && [ ! -e ${path} ] && [ ! -L ${path} ] && { command exec ${fd}>"$t"; } 2>/dev/null; then a="$a $t" f${fd}=1
${owner === undefined ? nothing : sh`[ "\${RM_ID-}" = ${owner} ] && [ -O "$t" ] && [ -G "$t" ] || ${owned.add(owner)}`}
${mode === undefined ? nothing : moded.add(mode)}; fi`;
  });
  const filled = drafts.map(({ bytes }, i) => {
    const fd = FIRST_DESCRIPTOR + i;
    return sh`[ -z "$f${fd}" ] || printf ${formatOf(bytes)} >&${fd} || exit 1`;
  });
  return join(
    [
      sh`set -C; a= ${join(
        [...owned.names, ...moded.names, ...drafts.map((_, i) => sh`f${FIRST_DESCRIPTOR + i}`)].map(
          name => sh`${name}=`,
        ),
        ' ',
      )}`,
      sh`trap '[ -z "$a" ] || rm -f $a' EXIT; trap 'exit 1' HUP INT TERM PIPE`,
      ...opened.filter((_, i) => drafts[i]!.mode === undefined),
      sh`umask 077`,
      ...opened.filter((_, i) => drafts[i]!.mode !== undefined),
      ...owned.each(sh`chown --`),
      ...moded.each(sh`chmod`),
      ...filled,
      sh`[ -z "$a" ] || sync $a || exit 1`,
      sh`trap - EXIT`,
    ],
    '\n',
  );
}

/** Temporary names that are to be treated alike, by the word that says how, each in a variable of the shell. */
class Group {
  readonly #words: string[] = [];

  constructor(private readonly prefix: string) {}

  /** Puts `$t` among those of this word. */
  add(word: string): Sh {
    if (!this.#words.includes(word)) this.#words.push(word);
    const name = this.#nameOf(word);
    return sh`${name}="$${name} $t"`;
  }

  get names(): readonly Sh[] {
    return this.#words.map(word => this.#nameOf(word));
  }

  /** One process for all of a word. */
  each(command: Sh): readonly Sh[] {
    return this.#words.map(word => {
      const name = this.#nameOf(word);
      return sh`[ -z "$${name}" ] || ${command} ${word} $${name} || exit 1`;
    });
  }

  #nameOf(word: string): Sh {
    return sh`${userScript(`${this.prefix}${this.#words.indexOf(word)}`)}`;
  }
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));
