import { blocked, type Change, type Plan } from '../../core/change.js';
import type { Found, Ran } from '../../core/module.js';
import { type Output, type Probe, probe } from '../../core/probe.js';
import { join, nothing, type Sh, sh } from '../../core/sh.js';
import type { Value } from '../../core/value.js';
import { writeFile } from '../atomic.js';
import {
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
import { octal, type Status, statusLines, statusLook, statusOf, unreachable } from '../looks/status.js';
import { throughLink, tidy, word } from '../looks/word.js';
import { type Placing, shownOnly } from '../put.js';

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
}

const KINDS: { readonly [mark: string]: Leaf['kind'] } = {
  '-': 'nothing',
  d: 'directory',
  f: 'file',
  l: 'link',
  x: 'other',
};

/** One snippet for the whole tree: a mark for each name, then one `stat` and one `sha256sum` for all files there. */
export function treeProbe({ root, source, wish, link }: TreePlacing): Probe<Tree> {
  const names = (paths: readonly string[]) => sh`${paths.map(path => `./${path}`)}`;
  const asked = [
    ...(wish.owner && !isNumber(wish.owner) ? [uidLook(wish.owner)] : []),
    ...(wish.group && !isNumber(wish.group) ? [gidLook(wish.group)] : []),
  ];
  const notLink = link === 'through' ? nothing : sh`[ ! -L "$f" ]`;
  const marks = (paths: readonly string[], label: string, collected: 'directory' | 'file') =>
    paths.length === 0
      ? sh`echo ${label}`
      : sh`m=; for f in ${names(paths)}; do
if [ -d "$f" ]; then m=\${m}d${collected === 'directory' ? sh`; set -- "$@" "$f"` : sh``}
elif [ -f "$f" ] && ${notLink}; then m=\${m}f${collected === 'file' ? sh`; set -- "$@" "$f"` : sh``}
elif [ -L "$f" ]; then m=\${m}l; elif [ -e "$f" ]; then m=\${m}x; else m=$m-; fi; done; echo ${label} $m`;
  const script = sh`p=${word(tidy(root))}
${throughLink}
${statusLook}
${attributesLook({})}
${join(asked, '\n')}
[ -d "$p" ] && cd "$p" || exit 0
set --
${marks(source.directories, 'directories', 'directory')}
[ $# = 0 ] || ${statusLines}
set --
${marks(
  source.files.map(file => file.path),
  'files',
  'file',
)}
[ $# = 0 ] || { ${statusLines}; echo sums; sha256sum "$@"; }`;
  return probe(script, output => treeOf(output, source));
}

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
    torn: digests.length !== there || files.some(leaf => leaf.kind === 'file' && !leaf.status),
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
  const { root, source, wish } = placing;
  const closed = unreachable(root, tree.gone);
  if (closed !== undefined) return blocked(closed);
  if (tree.status && tree.status.kind !== 'directory')
    return blocked(`${root} is a ${tree.status.kind}, not a directory`);
  if (tree.torn) return blocked(`not all files below ${root} may be read`);
  const changes: Change[] = [];
  if (!tree.status) changes.push(newDirectory(placing, tree, root));
  for (const [i, name] of source.directories.entries()) {
    const leaf = tree.directories[i]!;
    const path = `${tidy(root)}/${name}`;
    if (leaf.kind === 'nothing') changes.push(newDirectory(placing, tree, path));
    else if (leaf.kind !== 'directory') return blocked(`${path} is there, but is not a directory`);
    else if (leaf.status) {
      const owned = { owner: wish.owner, group: wish.group };
      changes.push(...named(path, attributeChanges(settleLeaf(owned, tree, leaf), leaf.status, word(path))));
    }
  }
  for (const [i, file] of source.files.entries()) {
    const leaf = tree.files[i]!;
    const path = `${tidy(root)}/${file.path}`;
    if (leaf.kind === 'directory' || leaf.kind === 'other') return blocked(`${path} is there, but is not a file`);
    if (leaf.kind !== 'nothing' && placing.when === 'absent') continue;
    changes.push(...fileChanges(placing, tree, { path, file, leaf }));
  }
  const { missing } = settle(wish, tree, 'file');
  return missing.length > 0 ? blocked(missing.join('; '), changes) : changes;
}

const settleLeaf = (wish: Wish, tree: Tree, leaf: Leaf): Settled =>
  settle(wish, { ...tree, status: leaf.status }, 'file');

const named = (path: string, changes: readonly Change[]): readonly Change[] =>
  changes.map(change => ({ ...change, what: `${path} ${change.what}` }));

function newDirectory({ wish, directoryMode }: TreePlacing, tree: Tree, path: string): Change {
  const settled = settle({ ...wish, mode: directoryMode }, { ...tree, status: undefined }, 'directory');
  return { what: path, before: null, after: 'directory', apply: makeDirectory(path, settled) };
}

/** Makes a directory, and those above it, with the attributes given. */
function makeDirectory(path: string, settled: Settled): Sh {
  const owner = ownership(settled);
  return sh`p=${word(path)}; mkdir -p "$p"${owner === undefined ? sh`` : sh` && chown -- ${owner} "$p"`}${
    settled.mode === undefined ? sh`` : sh` && chmod ${chmodWord(settled.mode)} "$p"`
  }`;
}

interface Named {
  readonly path: string;
  readonly file: TreePlacing['source']['files'][number];
  readonly leaf: Leaf;
}

function fileChanges(placing: TreePlacing, tree: Tree, { path, file, leaf }: Named): readonly Change[] {
  const { wish } = placing;
  const settled = settleLeaf({ ...wish, mode: wish.mode === 'preserve' ? octal(file.mode) : wish.mode }, tree, leaf);
  const attributes = leaf.status ? named(path, attributeChanges(settled, leaf.status, word(path))) : [];
  if (leaf.digest === file.blob.digest) return attributes;
  const { apply, needs } = writeFile({ ...placing, path, content: file.blob, attributes: settled });
  const content: Change = {
    what: leaf.kind === 'link' ? `${path} (instead of the link)` : path,
    before: leaf.status ? shownContent(undefined, leaf.status.size, leaf.digest) : null,
    after: leaf.status
      ? shownContent(undefined, file.blob.size, file.blob.digest)
      : shownContent(file.blob.bytes, file.blob.size, file.blob.digest),
    apply,
    needs,
  };
  return [content, ...attributes.map(shownOnly)];
}

export const treeResult = ({ root }: TreePlacing, _tree: Tree, _ran: Ran): { readonly [name: string]: Value } => ({
  dest: root,
});
