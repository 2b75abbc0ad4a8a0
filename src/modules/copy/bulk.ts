import { type Blob, blobOf, staged } from '../../core/blob.js';
import type { Change } from '../../core/change.js';
import { join, nothing, type Sh, sh } from '../../core/sh.js';
import { type Attributes, chmodWord, ownership } from '../attributes.js';
import { shownContent } from '../looks/content.js';
import type { Status } from '../looks/status.js';
import { word } from '../looks/word.js';
import { archiveOf, type Member } from './archive.js';

/** Something below the root that is to be made or changed. Paths are relative to it; `.` is the root itself. */
export type Piece =
  /** A new directory. */
  | { readonly kind: 'directory'; readonly path: string; readonly attributes: Attributes }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly content: Blob;
      /** As wished; what is not wished is kept, or as for any new file. */
      readonly attributes: Attributes;
      /** The file that is replaced, with its digest; or a link is. */
      readonly old?: (Status & { readonly digest?: string | undefined }) | 'link' | undefined;
      /** Attributes that come with it and differ from those of the old file, for a reader. */
      readonly also: readonly Change[];
      /** What the umask leaves of 0666. */
      readonly freshMode: number;
      /** Of a new file in a directory with the setgid bit: the number of that directory's group. */
      readonly inherits?: number | undefined;
    }
  /** A thing that is there, with other attributes than wished. */
  | {
      readonly kind: 'attributes';
      readonly path: string;
      readonly status: Status;
      readonly changes: readonly Change[];
    };

/** Lines that a diff shows of a tree, at most. */
const MOST_SHOWN = 100;

/**
 * One change for many pieces of a tree: all content travels as one archive, which is unpacked beside its goal, on the
 * same file system, and from where each file is renamed to its name when it is whole, on the disk, and has its owner and
 * mode. So each file is the old or the new one, whole, and a tree of thousands costs a few processes, not ten for each.
 */
export function bulkChange(root: string, pieces: readonly Piece[]): Change {
  const lists = new Lists();
  const steps = stepsOf(pieces, lists);
  const files = pieces.flatMap(piece => (piece.kind === 'file' ? [piece] : []));
  const content = files.map(file => ({ path: `tree/${file.path}`, mode: modeOf(file), content: file.content }));
  const archive = archiveOf([...lists.members, ...content]);
  return {
    what: `${root} (${summary(pieces)})`,
    before: shown(pieces, 'before'),
    after: shown(pieces, 'after'),
    apply: join([unpacked(root, archive), ...steps], '\n'),
    needs: [archive],
  };
}

const modeOf = ({ attributes, old, freshMode }: File): number =>
  attributes.mode ?? (typeof old === 'object' ? old.mode : freshMode);

/** Names of pieces that one process is told, each ended by NUL, in a file of the archive. */
class Lists {
  readonly #lists: { readonly text: Sh; readonly member: Member }[] = [];

  /** The file of such a list, as seen from the script; nothing for an empty list. */
  of(paths: readonly string[]): Sh | undefined {
    if (paths.length === 0) return undefined;
    const name = `list${this.#lists.length}`;
    const content = blobOf(paths.map(path => `./${path}\0`).join(''));
    this.#lists.push({ text: sh`"$t"/${name}`, member: { path: name, mode: 0o600, content } });
    return this.#lists.at(-1)!.text;
  }

  get members(): readonly Member[] {
    return this.#lists.map(({ member }) => member);
  }
}

/** Runs a program on all names of a list; nothing where there are none. */
const onAll = (list: Sh | undefined, program: Sh): Sh =>
  list === undefined ? nothing : sh`xargs -0 -r ${program} <${list} || exit 1`;

function stepsOf(pieces: readonly Piece[], lists: Lists): readonly Sh[] {
  const directories = pieces.flatMap(piece => (piece.kind === 'directory' ? [piece] : []));
  const files = pieces.flatMap(piece => (piece.kind === 'file' ? [piece] : []));
  const others = pieces.flatMap(piece =>
    piece.kind === 'attributes' ? [{ path: piece.path, attributes: wishedBy(piece) }] : [],
  );
  const homes = new Set(files.map(({ path }) => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.')));
  return [
    ...madeDirectories(directories, lists),
    ...(files.length === 0 ? [] : [...finished(files, lists), placed(lists.of([...homes])!), labelled(files, lists)]),
    sh`cd "$p" || exit 1`,
    ...deepestFirst([...directories, ...others]).flatMap(things => attributed(things, lists)),
    toDisk,
  ];
}

/** What the changes of a thing that is there come to. A new owner takes setuid and setgid away, so the mode is set again. */
function wishedBy({ changes, status }: Piece & { readonly kind: 'attributes' }): Attributes {
  const of = (name: string) => changes.find(({ what }) => what.endsWith(` ${name}`))?.after as string | undefined;
  const mode = of('mode');
  const again = status.kind === 'file' && (status.mode & 0o6000) !== 0 ? status.mode : undefined;
  return { owner: of('owner'), group: of('group'), mode: mode === undefined ? again : Number.parseInt(mode, 8) };
}

/** All of the file system, since a process for each file costs more. */
const toDisk: Sh = sh`sync -f . 2>/dev/null || sync`;

/** `$p` is the root, `$t` where the archive lies unpacked, for nobody but us to see. */
const unpacked = (root: string, archive: Blob): Sh => sh`for x in tar find xargs; do
command -v $x >/dev/null || { echo "a tree of many files needs $x, which the target does not have" >&2; exit 1; }; done
p=${word(root)}; mkdir -p "$p" && cd "$p" && p=$(pwd && echo .) && p=\${p%??} || exit 1
if [ -e /proc/self ]; then for t in "$p"/.ringmaster-tree.*; do
l=\${t##*.ringmaster-tree.}; [ ! -d "$t" ] || [ -L "$t" ] || [ -e "/proc/\${l%%.*}" ] || rm -rf "$t"; done; fi
t=$(umask 077; mktemp -d "$p/.ringmaster-tree.$$.XXXXXX") || exit 1
trap 'cd /; rm -rf "$t"' EXIT; trap 'exit 1' HUP INT TERM PIPE
tar -xmopf ${staged(archive)} -C "$t" || { df -Pk "$p" >&2; exit 1; }`;

type Directory = Piece & { readonly kind: 'directory' };
type File = Piece & { readonly kind: 'file' };

/** Parents first. Where attributes are wished nobody else may look in before it has them. */
function madeDirectories(directories: readonly Directory[], lists: Lists): readonly Sh[] {
  const list = lists.of(directories.map(({ path }) => path));
  if (list === undefined) return [];
  const isWished = directories.some(({ attributes }) => attributes.mode !== undefined);
  return [isWished ? sh`( umask 077; ${onAll(list, sh`mkdir -p`)} ) || exit 1` : onAll(list, sh`mkdir -p`)];
}

/** In the unpacked tree: attributes of the files that are replaced, then those wished; then all to the disk. */
function finished(files: readonly File[], lists: Lists): readonly Sh[] {
  const paths = (some: readonly File[]) => lists.of(some.map(({ path }) => path));
  const replaced = files.filter(({ old }) => typeof old === 'object');
  const kept = paths(replaced);
  const owners = [...grouped(replaced, ({ old }) => typeof old === 'object' && `${old.uid}:${old.gid}`)].map(
    ([owner, same]) => sh`xargs -0 -r chown ${String(owner)} <${paths(same)!} 2>/dev/null`,
  );
  // A change of owner has taken setuid and setgid away.
  const unsettled = files.filter(file => typeof file.old === 'object' || modeOf(file) > 0o777);
  return [
    sh`cd "$t"/tree || exit 1`,
    ...(kept === undefined
      ? []
      : [
          // GNU only, with ACL and labels. Elsewhere owner and mode must do.
          sh`( cd "$p" && xargs -0 -r cp --attributes-only --preserve=all --parents -t "$t"/tree <${kept} ) 2>/dev/null || {
${join(owners, '\n')}
}`,
          onAll(kept, sh`touch`),
        ]),
    ...attributed(
      files.map(({ path, attributes: { owner, group }, inherits }) => ({
        path,
        attributes: { owner, group: group ?? inherits?.toString() },
      })),
      lists,
    ),
    ...[...grouped(unsettled, modeOf)].map(([mode, same]) => onAll(paths(same), sh`chmod ${chmodWord(mode)}`)),
    toDisk,
  ];
}

/**
 * Run by `sh -c` with the directories that get files: a process for each, or for each 500 files of one. `$1` says that there
 * are several file systems: then a file is brought over under another name first.
 */
const MOVE = `m=$1 p=$2 t=$3; shift 3
move() {
if [ -z "$m" ]; then mv -f "$@" "$p/$d/"; return; fi
for f; do
[ ! -d "$p/$d/$f" ] && mv -f "$f" "$p/$d/.ringmaster.$$" && mv -f "$p/$d/.ringmaster.$$" "$p/$d/$f" || { rm -f "$p/$d/.ringmaster.$$"; return 1; }
done; }
empty() { cd "$t/$d" || return 1; set --
for f in * .[!.]* ..?*; do
[ -f "$f" ] || continue
set -- "$@" "./$f"; [ $# -lt 500 ] || { move "$@" || return 1; set --; }
done
[ $# = 0 ] || move "$@"; }
for d; do empty || exit 1; done`;

/**
 * Each file gets its name: a rename where the directory is on the same file system, as it is unless something is mounted
 * there. `mv` of many at once does not go into a directory that has the name of a file.
 */
const placed = (
  homes: Sh,
): Sh => sh`m=$( { stat -c %d "$t"; ( cd "$p" && xargs -0 -r stat -L -c %d ) <${homes}; } | sort -u | sed -n 2p)
xargs -0 -r sh -c ${MOVE} x "$m" "$p" "$t"/tree <${homes} || exit 1
[ -z "$(find . -type f | sed -n 1p)" ] || { echo 'not all files got their names' >&2; exit 1; }`;

/** The label of a new file depends on its name. */
function labelled(files: readonly File[], lists: Lists): Sh {
  const fresh = lists.of(files.flatMap(({ path, old }) => (old === undefined ? [path] : [])));
  return fresh === undefined
    ? nothing
    : sh`[ ! -e /sys/fs/selinux/enforce ] || ( cd "$p" && xargs -0 -r restorecon <${fresh} ) 2>/dev/null`;
}

/** By their depth, since who has got a directory may change the names below it. */
function deepestFirst<T extends { readonly path: string }>(things: readonly T[]): readonly (readonly T[])[] {
  const depth = ({ path }: T) => (path === '.' ? 0 : path.split('/').length);
  return [...grouped(things, depth)].sort(([a], [b]) => b - a).map(([, same]) => same);
}

/** Owners, then modes, of the things named; one process for all that shall be alike. */
function attributed(
  things: readonly { readonly path: string; readonly attributes: Attributes }[],
  lists: Lists,
): readonly Sh[] {
  const alike = (of: (attributes: Attributes) => string | undefined, program: (value: string) => Sh) =>
    [...grouped(things, ({ attributes }) => of(attributes))].flatMap(([value, same]) =>
      value === undefined ? [] : [onAll(lists.of(same.map(({ path }) => path)), program(value))],
    );
  return [
    ...alike(ownership, owner => sh`chown -h ${owner}`),
    ...alike(
      ({ mode }) => (mode === undefined ? undefined : chmodWord(mode)),
      mode => sh`chmod ${mode}`,
    ),
  ];
}

/** In the order of their first. */
function grouped<T, K>(all: readonly T[], by: (one: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const one of all) {
    const key = by(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`;

/** `2 new directories, 9997 new files, 3 changed files`. */
function summary(pieces: readonly Piece[]): string {
  const number = (test: (piece: Piece) => boolean) => pieces.filter(test).length;
  const directories = number(({ kind }) => kind === 'directory');
  const fresh = number(piece => piece.kind === 'file' && piece.old === undefined);
  const changed = number(piece => piece.kind === 'file' && piece.old !== undefined);
  const attributes = number(({ kind }) => kind === 'attributes');
  return [
    ...(directories > 0 ? [count(directories, 'new directory', 'new directories')] : []),
    ...(fresh > 0 ? [count(fresh, 'new file')] : []),
    ...(changed > 0 ? [count(changed, 'changed file')] : []),
    ...(attributes > 0 ? [`attributes of ${attributes}`] : []),
  ].join(', ');
}

/** A line for each thing as it was or will be. Nothing, if all is new. */
function shown(pieces: readonly Piece[], side: 'before' | 'after'): string | null {
  const some = pieces.slice(0, MOST_SHOWN).flatMap(piece => lines(piece, side));
  const more = pieces.length - MOST_SHOWN;
  if (side === 'before' && pieces.every(piece => lines(piece, 'before').length === 0)) return null;
  return [...some, ...(more > 0 ? [`… and ${more} more`] : []), ''].join('\n');
}

function lines(piece: Piece, side: 'before' | 'after'): readonly string[] {
  const of = (changes: readonly Change[]) =>
    changes.map(change => `${change.what.replace(/ (\w+)$/, ': $1')} ${change[side]}`);
  switch (piece.kind) {
    case 'directory':
      return side === 'before' ? [] : [`${piece.path}/`];
    case 'attributes':
      return of(piece.changes);
    case 'file': {
      const { path, content, old, also } = piece;
      if (side === 'after') return [`${path} ${shownContent(undefined, content.size, content.digest)}`, ...of(also)];
      if (old === 'link') return [`${path} (a link)`];
      return old === undefined ? [] : [`${path} ${shownContent(undefined, old.size, old.digest)}`, ...of(also)];
    }
  }
}
