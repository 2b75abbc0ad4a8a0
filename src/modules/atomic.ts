import { ARRIVAL, type Blob, staged } from '../core/blob.js';
import type { Change } from '../core/change.js';
import { type Draft, findDraft, sweep, temporaryFor } from '../core/draft.js';
import { formatOf } from '../core/printf.js';
import { join, nothing, type Sh, sh } from '../core/sh.js';
import { isShareable } from '../core/shared.js';
import { type Attributes, chmodWord, isMakers, ownership, type Settled } from './attributes.js';
import { wordsOf } from './command/words.js';
import { statusAfter } from './looks/status.js';
import { parentOf, parentWord, word } from './looks/word.js';

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
  const through = isThrough ? sh`through` : sh``;
  const isInline = !('copyOf' in content) && content.bytes !== undefined && content.size <= INLINE;
  const draft = draftOf(writing);
  const { mode } = attributes;
  const written = join(
    [
      sh`rm_ground ${through}`,
      mode === undefined ? sh`[ ! -f "$p" ] || umask 077` : sh`umask 077`,
      sh`rm_new ${temporaryFor(path)}`,
      ...(isInline ? [] : [sh`exec 4<"$t"`]),
      sh`rm_inherit`,
      owned(attributes),
      ...(mode === undefined ? [] : [sh`chmod ${chmodWord(mode)} "$t" || exit 1`]),
      'copyOf' in content ? copied : isInline ? inlined(content) : filled(content),
      sh`sync "$t" || { [ ! -r "$t" ] && sync; } || rm_failed 'not brought to the disk'`,
      sh`exec 3>&- 4<&-`,
      ...(mode !== undefined && mode > 0o777
        ? // Writing took setuid and setgid away, unless root wrote.
          [sh`chmod ${chmodWord(mode)} "$t" || exit 1`]
        : []),
    ],
    '\n',
  );
  const parts = [
    ...('copyOf' in content ? [sh`rm_open ${word(content.copyOf)}`] : []),
    sh`p=${word(path)}`,
    ...(writing.parents ? [isThrough ? parentsThrough : parents] : []),
    draft ? sh`if ${findDraft(path)}; then rm_temporary\nelse ${written}\nfi` : written,
    ...(writing.validate === undefined ? [] : [validated(writing.validate)]),
    ...(writing.backup ? [sh`rm_backup`] : []),
    writing.fallback ? sh`rm_name in-place` : sh`rm_name`,
    ...(isThrough ? [sh`sync "$d" 2>/dev/null`, sweep] : []),
    writing.tell ? statusAfter : nothing,
  ];
  const beside = sh`p=${word(path)}; rm_near ${through} || exit 1`;
  return {
    apply: join(parts, '\n'),
    needs: 'copyOf' in content || isInline ? [] : [isStreamed(content) ? { ...content, beside } : content],
    ...(isThrough ? {} : { flush: word(parentOf(path)) }),
    ...(draft ? { draft } : {}),
  };
}

const parents: Sh = sh`${parentWord}; [ -d "$d" ] || rm_dirs "$d" || [ $? = 2 ] || exit 1`;
/** A link that leads to where no directory is yet. */
const parentsThrough: Sh = sh`${parents}; rm_near through; ${parents}`;

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

/** A new file is its maker's, so that most need no `chown`. */
function owned(attributes: Wished): Sh {
  const owner = ownership(attributes);
  if (owner === undefined) return nothing;
  return sh`{ [ ! -f "$p" ] && ${isMakers(attributes, sh`"$t"`)}; } || chown -- ${owner} "$t" || exit 1`;
}

const inlined = (blob: Blob): Sh =>
  sh`printf ${formatOf(blob.bytes!)} >&3 || rm_failed 'not all of it could be written'${
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
const copiedIn = (blob: Blob): Sh => sh`e=$(cat ${staged(blob)} 2>&1 >&3) || rm_failed "$e"
h=$(sha256sum <&4) && [ "\${h%% *}" = ${blob.digest} ] || rm_failed 'it does not read as it was written'`;

/**
 * It was received in this directory, whole: it takes the place and the attributes of the empty file. Whoever wants the
 * same content later finds it at its goal.
 */
const arrived = (blob: Blob): Sh => sh`rm_like "$t" "$a"
touch "$a"; e=$(mv -f "$a" "$t" 2>&1) && e=$(ln -sf "$p" ${staged(blob)} 2>&1) || rm_failed "$e"`;

/** From what `rm_open` opened. */
const copied: Sh = sh`e=$(cat <&5 2>&1 >&3) || rm_failed "$e"
h=$(sha256sum <&6) && [ "$h" = "$(sha256sum <&4)" ] || rm_failed 'it does not read as it was written'
exec 5<&- 6<&-
touch "$t"`;

function validated(command: string): Sh {
  const split = wordsOf(command);
  if (!split.ok) throw new Error(`not a command line: ${split.why}`);
  const words = split.words.map(each =>
    join(
      each.split('%s').map(part => sh`${part.replaceAll('%%', '%')}`),
      '"$v"',
    ),
  );
  // The private directory by a name that nobody can lead elsewhere, and that is absolute as the command may expect.
  return sh`v=$t; [ -z "$RM_CARE" ] || [ ! -e /proc/self/cwd/f ] || v=/proc/self/cwd/f
e=$(${join(words, ' ')} 2>&1) || { printf 'failed to validate: rc:%s error:%s\\n' $? "$e" >&2; exit 1; }`;
}
