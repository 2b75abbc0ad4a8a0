import { createHash } from 'node:crypto';
import { type Blob, staged } from '../core/blob.js';
import { join, nothing, type Sh, sh } from '../core/sh.js';
import { type Attributes, chmodWord, ownership } from './attributes.js';
import { wordsOf } from './command/words.js';
import { statusAfter } from './looks/status.js';
import { parentWord, throughLink, word } from './looks/word.js';

/** A file to be written whole. */
export interface Writing {
  /** On the target. */
  readonly path: string;
  /** What travels there, or a file that is there already. */
  readonly content: Blob | { readonly copyOf: string };
  /** Set before the file gets its name. What is left out is kept, or is as for any new file. */
  readonly attributes?: Attributes | undefined;
  /** `through`: if the path is a link, what it leads to is written. Default: the link is replaced by the file. */
  readonly link?: 'through' | 'replace' | undefined;
  /** `keep`: the old file stays beside the new one, under the name Ansible gives it. */
  readonly backup?: 'keep' | undefined;
  /** A command with `%s` for the file: it must end with 0, else the old file stays. Words are split, no shell is run. */
  readonly validate?: string | undefined;
  /** `make`: the directory above, too. */
  readonly parents?: 'make' | undefined;
  /** `in-place`: if the rename is refused (a bind mount), the old file is written over, which is not atomic. */
  readonly fallback?: 'in-place' | undefined;
}

/**
 * Writes a file so that there is either the old or the new one, whole: a temporary file in the same directory, 0600,
 * gets owner, mode, ACL and label while it is still empty, then the content, whose digest is checked; it is brought to
 * the disk and then renamed, and so is the directory. It is removed on any failure, and those that a killed act left
 * are removed by the next one. Needs no room elsewhere. Prints `status …`, and `backup <what follows the path>`.
 */
export function writeFile(writing: Writing): { readonly apply: Sh; readonly needs: readonly Blob[] } {
  const { path, content } = writing;
  const parts = [
    sh`p=${word(path)}`,
    ...(writing.link === 'through' ? [sh`${throughLink} >/dev/null`] : []),
    parentWord,
    ...(writing.parents ? [sh`[ -d "$d" ] || mkdir -p "$d" || exit 1`] : []),
    temporary(path),
    attributesOf(writing.attributes ?? {}),
    'copyOf' in content ? copied(content.copyOf) : filled(content),
    sh`sync "$t" || { [ ! -r "$t" ] && sync; } || full 'not brought to the disk'`,
    sh`exec 3>&- 4<&-`,
    ...(writing.attributes?.mode !== undefined && writing.attributes.mode > 0o777
      ? // Writing took setuid and setgid away, unless root wrote.
        [sh`chmod ${chmodWord(writing.attributes.mode)} "$t" || exit 1`]
      : []),
    ...(writing.validate === undefined ? [] : [validated(writing.validate)]),
    ...(writing.backup ? [backedUp] : []),
    renamed(writing.fallback),
    statusAfter,
  ];
  return { apply: join(parts, '\n'), needs: 'copyOf' in content ? [] : [content] };
}

/** `$t`: a new file beside `$p`; removed unless it gets its name. The name tells whose it is and which lane made it. */
function temporary(path: string): Sh {
  const key = `.ringmaster-${createHash('sha256').update(path).digest('hex').slice(0, 8)}`;
  return sh`full() { k=$(df -Pk "$d" 2>/dev/null | { read -r x; read -r x x x k x; echo "$k"; })
printf 'cannot write %s: %s%s\\n' "$p" "$1" "\${k:+ ($((k * 1024)) bytes free in $d)}" >&2; exit 1; }
if [ -e /proc/self ]; then for t in "$d"/${key}.*; do
l=\${t##*${key}.}; [ ! -f "$t" ] || [ -e "/proc/\${l%%.*}" ] || rm -f "$t"; done; fi
t=$(mktemp "$d/"${key}.$$.XXXXXX 2>&1) || full "$t"
trap 'rm -f "$t"' EXIT; trap 'exit 1' HUP INT TERM PIPE
exec 3>"$t" 4<"$t"`;
}

/** Those of the old file, then those wished, while the file is empty: so no one reads the content who may not. */
function attributesOf(attributes: Attributes): Sh {
  const owner = ownership(attributes);
  return sh`if [ -f "$p" ] && [ ! -L "$p" ]; then
cp --attributes-only --preserve=all "$p" "$t" 2>/dev/null || {
k=$(stat -c '%u:%g %a' "$p"); chown "\${k% *}" "$t" 2>/dev/null; chmod "\${k#* }" "$t"
! command -v setfacl >/dev/null || getfacl -p "$p" 2>/dev/null | setfacl --set-file=- "$t"; }
else chmod =rw "$t"; fi
${owner === undefined ? nothing : sh`chown -- ${owner} "$t" || exit 1`}
${attributes.mode === undefined ? nothing : sh`chmod ${chmodWord(attributes.mode)} "$t" || exit 1`}`;
}

/** Through the descriptors opened before, since the wished mode may forbid opening it. */
const filled = (blob: Blob): Sh => sh`e=$(cat ${staged(blob)} 2>&1 >&3) || full "$e"
h=$(sha256sum <&4) && [ "\${h%% *}" = ${blob.digest} ] || full 'it does not read as it was written'${
  // The attributes came with the old time, and nothing was written that would change it.
  blob.size === 0 ? sh`\ntouch "$t"` : nothingMore
}`;
const nothingMore = sh``;

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
[ ! -e /sys/fs/selinux/enforce ] || [ -z "$n" ] || restorecon "$p" 2>/dev/null
sync "$d" 2>/dev/null`;
