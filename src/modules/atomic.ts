import { ARRIVAL, type Blob, staged } from '../core/blob.js';
import type { Change } from '../core/change.js';
import { type Draft, findDraft, sweep, temporaryFor } from '../core/draft.js';
import { formatOf } from '../core/printf.js';
import { join, nothing, type Sh, sh } from '../core/sh.js';
import { isShareable } from '../core/shared.js';
import { type Attributes, chmodWord, isMakers, ownership, type Settled } from './attributes.js';
import { wordsOf } from './command/words.js';
import { statusAfter } from './looks/status.js';
import { followLink, parentOf, parentWord, word } from './looks/word.js';

/** Attributes, with the numbers of the accounts where these were looked up. */
type Wished = Attributes & Partial<Pick<Settled, 'uid' | 'gid'>>;

/** A file to be written whole. */
export interface Writing {
  /** On the target. */
  readonly path: string;
  /** What travels there, or a file that is there already. */
  readonly content: Blob | { readonly copyOf: string };
  /** Set before the file gets its name. What is left out is kept, or is as for any new file. */
  readonly attributes?: Wished | undefined;
  /** `through`: if the path is a link, what it leads to is written. Default: the link is replaced by the file. */
  readonly link?: 'through' | 'replace' | undefined;
  /** `keep`: the old file stays beside the new one, under the name Ansible gives it. */
  readonly backup?: 'keep' | undefined;
  /** A command with `%s` for the file: it must end with 0, else the old file stays. Words are split, no shell is run. */
  readonly validate?: string | undefined;
  /** `make`: the directory above, too. */
  readonly parents?: 'make' | undefined;
  /** `status`: prints it once the file is there. */
  readonly tell?: 'status' | undefined;
  /** `nothing`: the plan saw that nothing is there, so that the file may be drafted. */
  readonly seen?: 'nothing' | undefined;
  /** `in-place`: if the rename is refused (a bind mount), the old file is written over, which is not atomic. */
  readonly fallback?: 'in-place' | undefined;
}

/** What writes a file. */
export type Write = Pick<Change, 'flush' | 'draft'> & { readonly apply: Sh; readonly needs: readonly Blob[] };

/** Content up to this size stands in the script itself, in bytes: the shell writes it without any process. */
const INLINE = 8192;

/**
 * Writes a file so that there is either the old or the new one, whole: a new file in the same directory, 0600, gets
 * owner, mode, ACL and label while it is still empty, then the content; it is brought to the disk and then renamed, and so
 * is the directory, for all files of a trip at once. What the shell cannot write itself is read back and its digest
 * checked. It is removed on any failure, and those that a killed act left are removed after the next one, or when the
 * disk is full. Needs no room elsewhere. Prints `status …` where that is asked, and `backup <what follows the path>`.
 */
export function writeFile(writing: Writing): Write {
  const { path, content, attributes = {} } = writing;
  const isThrough = writing.link === 'through';
  const isInline = !('copyOf' in content) && content.bytes !== undefined && content.size <= INLINE;
  const draft = draftOf(writing);
  const beside = join([sh`p=${word(path)}`, ...(isThrough ? [followLink] : []), parentWord], '\n');
  const written = join(
    [
      temporary(path, attributes),
      ...(isInline ? [] : [sh`exec 4<"$t"`]),
      attributesOf(attributes),
      'copyOf' in content ? copied(content.copyOf) : isInline ? inlined(content) : filled(content),
      sh`sync "$t" || { [ ! -r "$t" ] && sync; } || full 'not brought to the disk'`,
      sh`exec 3>&- 4<&-`,
      ...(attributes.mode !== undefined && attributes.mode > 0o777
        ? // Writing took setuid and setgid away, unless root wrote.
          [sh`chmod ${chmodWord(attributes.mode)} "$t" || exit 1`]
        : []),
    ],
    '\n',
  );
  const parts = [
    beside,
    ...(writing.parents ? [sh`[ -d "$d" ] || mkdir -p "$d" || exit 1`] : []),
    draft ? sh`if ${findDraft(path)}; then ${removing}\nelse ${written}\nfi` : written,
    ...(writing.validate === undefined ? [] : [validated(writing.validate)]),
    ...(writing.backup ? [backedUp] : []),
    renamed(writing.fallback),
    ...(isThrough ? [sh`sync "$d" 2>/dev/null`, sweep] : []),
    writing.tell ? statusAfter : nothing,
  ];
  return {
    apply: join(parts, '\n'),
    needs: 'copyOf' in content || isInline ? [] : [isStreamed(content) ? { ...content, beside } : content],
    ...(isThrough ? {} : { flush: word(parentOf(path)) }),
    ...(draft ? { draft } : {}),
  };
}

/** Content up to this size is drafted, in bytes: it stands in the script twice. */
const DRAFTED = 2048;

/** The file as it can be drafted; nothing where more must be known of the target than the plan knows. */
function draftOf({ path, content, attributes = {}, link, seen }: Writing): Draft | undefined {
  if (seen !== 'nothing' || link === 'through' || !isShareable(path)) return undefined;
  if ('copyOf' in content || content.bytes === undefined || content.size > DRAFTED) return undefined;
  const { owner, group, mode, uid, gid } = attributes;
  if (mode !== undefined && mode > 0o777) return undefined;
  if ((owner !== undefined && uid === undefined) || (group !== undefined && gid === undefined)) return undefined;
  return {
    path,
    bytes: content.bytes,
    owner: ownership(attributes),
    mode: mode === undefined ? undefined : chmodWord(mode),
  };
}

/**
 * `$t`: a new file beside `$p`, open as 3; removed unless it gets its name. The name tells whose it is and which lane made
 * it. The shell makes it by O_EXCL (XCU 2.7.2, noclobber), so no link is followed and no file of others is taken.
 */
function temporary(path: string, { mode }: Attributes): Sh {
  const name = sh`"$d"/${temporaryFor(path)}.$$`;
  return sh`full() { ${sweep}
k=$(df -Pk "$d" 2>/dev/null | { read -r x; read -r x x x k x; echo "$k"; })
printf 'cannot write %s: %s%s\\n' "$p" "$1" "\${k:+ ($((k * 1024)) bytes free in $d)}" >&2; exit 1; }
${mode === undefined ? sh`[ ! -f "$p" ] || umask 077` : sh`umask 077`}
set -C; k=0; t=${name}.0
until { command exec 3>"$t"; } 2>/dev/null; do
[ -e "$t" ] || [ -L "$t" ] && [ $k -lt 99 ] || { e=$( { command exec 3>"$t"; } 2>&1 ); full "\${e##*: }"; }
k=$((k + 1)); t=${name}.$k; done
set +C
${removing}`;
}

/** Until it has its name, any end removes `$t`. */
const removing: Sh = sh`trap 'rm -f "$t"' EXIT; trap 'exit 1' HUP INT TERM PIPE`;

/** Those of the old file, then those wished, while the file is empty: so no one reads the content who may not. */
function attributesOf(attributes: Wished): Sh {
  return sh`if [ -f "$p" ] && [ ! -L "$p" ]; then
cp --attributes-only --preserve=all "$p" "$t" 2>/dev/null || {
k=$(stat -c '%u:%g %a' "$p"); chown "\${k% *}" "$t" 2>/dev/null; chmod "\${k#* }" "$t"
! command -v setfacl >/dev/null || getfacl -p "$p" 2>/dev/null | setfacl --set-file=- "$t"; }
fi
${owned(attributes)}
${attributes.mode === undefined ? nothing : sh`chmod ${chmodWord(attributes.mode)} "$t" || exit 1`}`;
}

/** A new file is its maker's, so that most need no `chown`. */
function owned(attributes: Wished): Sh {
  const owner = ownership(attributes);
  if (owner === undefined) return nothing;
  return sh`{ [ ! -f "$p" ] && ${isMakers(attributes, sh`"$t"`)}; } || chown -- ${owner} "$t" || exit 1`;
}

const inlined = (blob: Blob): Sh =>
  sh`printf ${formatOf(blob.bytes!)} >&3 || full 'not all of it could be written'${
    // The attributes came with the old time, and nothing was written that would change it.
    blob.size === 0 ? sh`\ntouch "$t"` : nothingMore
  }`;
const nothingMore = sh``;

/** Content that is not in memory is large, and so wanted beside its goal. */
const isStreamed = ({ bytes, isMade }: Blob): boolean => bytes === undefined && !isMade;

const filled = (blob: Blob): Sh =>
  isStreamed(blob)
    ? sh`a=$(readlink ${staged(blob)}); case $a in "$d"/${ARRIVAL}*) ;; *) a= ;; esac
if [ -f "$a" ]; then
${arrived(blob)}
else ${copiedIn(blob)}; fi`
    : copiedIn(blob);

/** Through the descriptors opened before, since the wished mode may forbid opening it. */
const copiedIn = (blob: Blob): Sh => sh`e=$(cat ${staged(blob)} 2>&1 >&3) || full "$e"
h=$(sha256sum <&4) && [ "\${h%% *}" = ${blob.digest} ] || full 'it does not read as it was written'`;

/**
 * It was received in this directory, whole: it takes the place and the attributes of the empty file. Whoever wants the
 * same content later finds it at its goal.
 */
const arrived = (blob: Blob): Sh => sh`cp --attributes-only --preserve=all "$t" "$a" 2>/dev/null || {
k=$(stat -c '%u:%g %a' "$t"); chown "\${k% *}" "$a" 2>/dev/null; chmod "\${k#* }" "$a"
! command -v setfacl >/dev/null || getfacl -p "$t" 2>/dev/null | setfacl --set-file=- "$a"; }
touch "$a"; e=$(mv -f "$a" "$t" 2>&1) && e=$(ln -sf "$p" ${staged(blob)} 2>&1) || full "$e"`;

const copied = (source: string): Sh => sh`f=${word(source)}
e=$(cat "$f" 2>&1 >&3) || full "$e"
cmp -s "$f" - <&4 || full 'it does not read as it was written'
touch "$t"`;

function validated(command: string): Sh {
  const split = wordsOf(command);
  if (!split.ok) throw new Error(`not a command line: ${split.why}`);
  const words = split.words.map(each =>
    join(
      each.split('%s').map(part => sh`${part.replaceAll('%%', '%')}`),
      '"$t"',
    ),
  );
  return sh`e=$(${join(words, ' ')} 2>&1) || { printf 'failed to validate: rc:%s error:%s\\n' $? "$e" >&2; exit 1; }`;
}

/** Ansible's name: path, process, date, tilde. The lane's process lives long, so a second one in a second gets a digit. */
const backedUp: Sh = sh`if [ -f "$p" ]; then
b=.$$; n=$(date +%Y-%m-%d@%H:%M:%S~); while [ -e "$p$b.$n" ]; do b=\${b}0; done
e=$(cp -p "$p" "$p$b.$n" 2>&1) || full "$e"
printf 'backup %s\\n' "$b.$n"; fi`;

/** Older busybox has no `-T`, and no directory must take the file in. The label of a new file goes by its name. */
const renamed = (fallback: Writing['fallback']): Sh => sh`[ -e "$p" ] && n= || n=new
mv -fT "$t" "$p" 2>/dev/null || { [ ! -d "$p" ] && mv -f "$t" "$p"; } ${
  fallback ? sh`|| cat "$t" >"$p" ` : sh``
}|| exit 1
${fallback ? sh`rm -f "$t"\n` : sh``}trap - EXIT
[ ! -e /sys/fs/selinux/enforce ] || [ -z "$n" ] || restorecon "$p" 2>/dev/null`;
