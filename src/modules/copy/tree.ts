import { posix } from 'node:path';
import { blocked, type Change, type Plan } from '../../core/change.js';
import type { Found, Ran } from '../../core/module.js';
import { lacking, type Output, type Probe, probe } from '../../core/probe.js';
import { join, nothing, type Sh, sh } from '../../core/sh.js';
import { STATUS_FORMAT } from '../../core/shared.js';
import type { Value } from '../../core/value.js';
import { writeFile } from '../atomic.js';
import {
  type Attributes,
  attributeChanges,
  attributesLook,
  chmodWord,
  ownership,
  type Settled,
  type Sight,
  settle,
  sightOf,
  type Wish,
} from '../attributes.js';
import { gidLook, isNumber, uidLook } from '../looks/account.js';
import { shownContent } from '../looks/content.js';
import { fieldsOf } from '../looks/fields.js';
import { octal, type Status, statusLook, statusOf, unreachable } from '../looks/status.js';
import { parentWord, throughLink, tidy, word } from '../looks/word.js';
import { type Placing, shownOnly } from '../put.js';
import { bulkChange, type Piece } from './bulk.js';

/** A tree of the controller that shall stand below a directory of the target. */
export interface TreePlacing extends Pick<Placing, 'wish' | 'link' | 'when' | 'backup' | 'validate' | 'fallback'> {
  readonly root: string;
  readonly source: Found & { readonly kind: 'tree' };
  /** For directories that are newly made. */
  readonly directoryMode?: string | null | undefined;
}

/** What was seen of one name of the tree: nothing, a directory, a file, or something else. */
export interface Leaf {
  readonly kind: 'nothing' | 'directory' | 'file' | 'link' | 'other';
  readonly status?: Status | undefined;
  /** SHA-256 of a file. */
  readonly digest?: string | undefined;
}

export interface Tree extends Sight {
  readonly directories: readonly Leaf[];
  readonly files: readonly Leaf[];
  /** Some file could not be read, or was removed while we looked. */
  readonly torn: boolean;
  /** Others may write to a part of it. */
  readonly strange: boolean;
  /** There was more to be told than a lane keeps of one answer. */
  readonly cut: boolean;
}

const KINDS: { readonly [mark: string]: Leaf['kind'] } = {
  '-': 'nothing',
  d: 'directory',
  f: 'file',
  l: 'link',
  x: 'other',
};

/**
 * One snippet for the whole tree: a mark for each name, then one `stat` and one `sha256sum` for all that are there. Names
 * go to them by a pipe, since no process takes thousands of words, and do not come back, but for the marks in their order.
 */
export function treeProbe({ root, source, wish, link }: TreePlacing): Probe<Tree> {
  const names = (paths: readonly string[]) =>
    sh`set --${paths.length === 0 ? sh`` : sh` ${paths.map(path => `./${path}`)}`}`;
  const asked = [
    ...(wish.owner && !isNumber(wish.owner) ? [uidLook(wish.owner)] : []),
    ...(wish.group && !isNumber(wish.group) ? [gidLook(wish.group)] : []),
  ];
  const script = sh`p=${word(tidy(root))}
${throughLink}
${statusLook}
${attributesLook({})}
${join(asked, '\n')}
${source.files.length + source.directories.length > MANY ? strangeLook : nothing}
if [ -d "$p" ] && cd "$p"; then
mark() { if [ -d "$1" ]; then m=d; elif [ -f "$1" ]${link === 'through' ? sh`` : sh` && [ ! -L "$1" ]`}; then m=f
elif [ -L "$1" ]; then m=l; elif [ -e "$1" ]; then m=x; else m=-; fi; }
marks() { printf '%s ' "$1"; shift; for f; do mark "$f"; printf %s "$m"; done; echo; }
those() { k=$1; shift; for f; do mark "$f"; [ "$m" != "$k" ] || printf '%s\\0' "$f"; done; }
${names(source.directories)}
marks directories "$@"
those d "$@" | xargs -0 -r stat -L -c ${STATUS_FORMAT} || ${lacking('xargs or stat')}
${names(source.files.map(file => file.path))}
marks files "$@"
those f "$@" | xargs -0 -r stat -L -c ${STATUS_FORMAT} || ${lacking('xargs or stat')}
echo sums; those f "$@" | xargs -0 -r sha256sum | cut -c1-66
fi`;
  return probe(script, output => treeOf(output, source));
}

/** Says whether others may write where the tree shall stand, or anywhere in it. */
const strangeLook: Sh = sh`q=$p; while [ ! -d "$q" ]; do case $q in ?*/*) q=\${q%/*} ;; *) q=/ ;; esac; done
if ( rm_strange "$q" ); then echo strange; fi`;

function treeOf({ stdout }: Output, source: TreePlacing['source']): Tree {
  const fields = fieldsOf(stdout);
  const [, afterDirectories = ''] = stdout.split(/^directories .*\n|^directories\n/m);
  const [directoryLines = '', afterFiles = ''] = afterDirectories.split(/^files .*\n|^files\n/m);
  const [fileLines = '', sums = ''] = afterFiles.split(/^sums\n/m);
  const directories = leavesOf(fields.get('directories'), source.directories.length, 'directory', directoryLines, []);
  // GNU marks an escaped name by a backslash in front.
  const digests = sums.split('\n').flatMap(line => /^\\?([0-9a-f]{64}) /.exec(line)?.[1] ?? []);
  const files = leavesOf(fields.get('files'), source.files.length, 'file', fileLines, digests);
  const there = files.filter(leaf => leaf.kind === 'file').length;
  return {
    ...sightOf(fields),
    directories,
    files,
    strange: fields.has('strange'),
    cut: /^\[… \d+ bytes left out …\]$/m.test(stdout),
    torn:
      digests.length !== there ||
      directories.some(leaf => leaf.kind === 'directory' && !leaf.status) ||
      files.some(leaf => leaf.kind === 'file' && !leaf.status),
  };
}

function leavesOf(
  marks = '',
  count: number,
  kind: Leaf['kind'],
  lines: string,
  digests: readonly string[],
): readonly Leaf[] {
  const statuses = lines.split('\n').flatMap(line => statusOf(line) ?? []);
  let next = 0;
  return Array.from({ length: count }, (_, i) => {
    const found = KINDS[marks[i] ?? '-']!;
    if (found !== kind) return { kind: found };
    const leaf = { kind, status: statuses[next], digest: digests[next] };
    next++;
    return leaf;
  });
}

export function treePlan(placing: TreePlacing, tree: Tree): Plan {
  const { root, wish } = placing;
  const closed = unreachable(root, tree.gone);
  if (closed !== undefined) return blocked(closed);
  if (tree.status && tree.status.kind !== 'directory')
    return blocked(`${root} is a ${tree.status.kind}, not a directory`);
  if (tree.cut) return blocked(`there are too many files below ${root} to be looked at in one task: copy its parts`);
  if (tree.torn) return blocked(`not all files below ${root} may be read`);
  const pieces = piecesOf(placing, tree);
  if (typeof pieces === 'string') return blocked(pieces);
  const changes =
    pieces.length > MANY && isPlain(placing) && !tree.strange
      ? [bulkChange(tidy(root), pieces)]
      : pieces.flatMap(piece => changesOf(placing, piece));
  const { missing } = settle(wish, tree, 'file');
  return missing.length > 0 ? blocked(missing.join('; '), changes) : changes;
}

/** From so many changes on a tree is written at once, where nobody else may write. Below, each is a change of its own, with a diff of its text. */
const MANY = 20;

/** Whether nothing is wished that must be done file by file. */
const isPlain = ({ link, backup, validate, fallback }: TreePlacing): boolean =>
  link === 'replace' && backup === undefined && validate === undefined && fallback === undefined;

/** All that differs, parents first; or why the tree cannot be written. */
function piecesOf(placing: TreePlacing, tree: Tree): readonly Piece[] | string {
  const { root, source, wish } = placing;
  const at = (path: string) => (path === '.' ? root : `${tidy(root)}/${path}`);
  const pieces: Piece[] = [];
  const fresh = settle({ ...wish, mode: placing.directoryMode }, { ...tree, status: undefined }, 'directory');
  if (!tree.status) pieces.push({ kind: 'directory', path: '.', attributes: fresh });
  for (const [i, path] of source.directories.entries()) {
    const leaf = tree.directories[i]!;
    if (leaf.kind === 'nothing') pieces.push({ kind: 'directory', path, attributes: fresh });
    else if (leaf.kind !== 'directory') return `${at(path)} is there, but is not a directory`;
    else if (leaf.status) {
      const settled = settleLeaf({ owner: wish.owner, group: wish.group }, tree, leaf);
      pieces.push(...attributePieces(path, leaf.status, attributesAt(at(path), settled, leaf.status)));
    }
  }
  const above = new Map(source.directories.map((path, i) => [path, tree.directories[i]!.status]));
  const inherited = (path: string): number | undefined => {
    const parent = posix.dirname(path);
    const status = parent === '.' ? tree.status : above.get(parent);
    if (status === undefined) return parent === '.' ? undefined : inherited(parent);
    return (status.mode & 0o2000) === 0 ? undefined : status.gid;
  };
  for (const [i, file] of source.files.entries()) {
    const leaf = tree.files[i]!;
    const { path } = file;
    if (leaf.kind === 'directory' || leaf.kind === 'other') return `${at(path)} is there, but is not a file`;
    if (leaf.kind !== 'nothing' && placing.when === 'absent') continue;
    const mode = wish.mode === 'preserve' ? octal(file.mode) : wish.mode;
    const settled = settleLeaf({ ...wish, mode }, tree, leaf);
    const differing = leaf.status ? attributesAt(at(path), settled, leaf.status) : [];
    if (leaf.digest === file.blob.digest) pieces.push(...attributePieces(path, leaf.status!, differing));
    else
      pieces.push({
        kind: 'file',
        path,
        content: file.blob,
        attributes: settled,
        old: leaf.kind === 'link' ? 'link' : leaf.status && { ...leaf.status, digest: leaf.digest },
        also: differing,
        freshMode: 0o666 & ~tree.umask,
        inherits: leaf.kind === 'nothing' ? inherited(path) : undefined,
      });
  }
  return pieces;
}

const settleLeaf = (wish: Wish, tree: Tree, leaf: Leaf): Settled =>
  settle(wish, { ...tree, status: leaf.status }, 'file');

const attributesAt = (path: string, settled: Settled, status: Status): readonly Change[] =>
  attributeChanges(settled, status, word(path)).map(change => ({ ...change, what: `${path} ${change.what}` }));

const attributePieces = (path: string, status: Status, changes: readonly Change[]): readonly Piece[] =>
  changes.length === 0 ? [] : [{ kind: 'attributes', path, status, changes }];

/** The changes of one piece, where it is written by itself. */
function changesOf(placing: TreePlacing, piece: Piece): readonly Change[] {
  const path = piece.path === '.' ? placing.root : `${tidy(placing.root)}/${piece.path}`;
  if (piece.kind === 'attributes') return piece.changes;
  const { attributes } = piece;
  if (piece.kind === 'directory')
    return [{ what: path, before: null, after: 'directory', apply: makeDirectory(path, attributes) }];
  const { content, old, also } = piece;
  const write = writeFile({ ...placing, path, content, attributes });
  const isFile = typeof old === 'object';
  const change: Change = {
    what: old === 'link' ? `${path} (instead of the link)` : path,
    before: isFile ? shownContent(undefined, old.size, old.digest) : null,
    after: shownContent(isFile ? undefined : content.bytes, content.size, content.digest),
    ...write,
  };
  return [change, ...also.map(shownOnly)];
}

/** Makes a directory, and those above it, with the attributes given. */
function makeDirectory(path: string, attributes: Attributes): Sh {
  const owner = ownership(attributes);
  const mode = attributes.mode === undefined ? undefined : chmodWord(attributes.mode);
  return sh`p=${word(tidy(path))}
${parentWord}
if [ -d "$d" ] && rm_near; then
mkdir -p "$p"${owner === undefined ? sh`` : sh` && chown -- ${owner} "$p"`}${mode === undefined ? sh`` : sh` && chmod ${mode} "$p"`}
else
rm_dirs "$d" || [ $? = 2 ] || exit 1
rm_dirs "$p" ${mode ?? sh`''`} ${owner ?? sh`''`} || { [ $? != 2 ] || printf '%s was made meanwhile\\n' "$p" >&2; exit 1; }
fi`;
}

export const treeResult = ({ root }: TreePlacing, _tree: Tree, _ran: Ran): { readonly [name: string]: Value } => ({
  dest: root,
});
