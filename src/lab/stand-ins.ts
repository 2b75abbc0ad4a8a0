import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { demand } from './command.js';
import { type Layer, layer, recipeDigest, type Say } from './layer.js';

/**
 * What a lab host has in place of things that cannot be had here (PF_RING's and Bro's sources, programs that need a kernel
 * of their own). In the folder: `bin/*` goes to /usr/local/sbin; `root/**` goes where it stands below /; every other
 * folder becomes the git repository /srv/stand-ins/NAME.git, tagged with the text of its file VERSION, plain and with `v`.
 */
export function standInLayer(folder: string | undefined, say: Say): Promise<Layer> {
  const digest = recipeDigest(FORMAT, folder === undefined ? '' : treeDigest(folder));
  return layer({ kind: 'stand-ins', digest, build: into => build(folder, into) }, say);
}

/** Counts up when the same folder shall give another layer. */
const FORMAT = '1';

/** Paths, contents and whether executable; links as links; never times. */
function treeDigest(folder: string): string {
  const hash = createHash('sha256');
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).sort(byPath)) {
    const path = join(entry.parentPath, entry.name);
    hash.update(`${relative(folder, path)}\0`);
    if (entry.isSymbolicLink()) hash.update(`-> ${readlinkSync(path)}\0`);
    else if (entry.isFile())
      hash
        .update(`${statSync(path).mode & 0o100}\0`)
        .update(readFileSync(path))
        .update('\0');
  }
  return hash.digest('hex');
}

interface Entry {
  readonly parentPath: string;
  readonly name: string;
}
const pathOf = ({ parentPath, name }: Entry) => join(parentPath, name);
const byPath = (a: Entry, b: Entry) => (pathOf(a) < pathOf(b) ? -1 : 1);

/** The sources that hosts can clone: names of the folder's sub-folders. */
const sourceNames = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !['bin', 'root'].includes(entry.name))
    .map(entry => entry.name)
    .sort();

async function build(folder: string | undefined, into: string): Promise<void> {
  const [sources, programs] = [join(into, 'srv', 'stand-ins'), join(into, 'usr', 'local', 'sbin')];
  for (const made of [sources, programs, join(into, 'etc')]) mkdirSync(made, { recursive: true, mode: 0o755 });
  if (folder === undefined) return;
  const [bin, root] = [join(folder, 'bin'), join(folder, 'root')];
  if (existsSync(root)) cpSync(root, into, { recursive: true, verbatimSymlinks: true });
  for (const name of existsSync(bin) ? readdirSync(bin) : []) {
    cpSync(join(bin, name), join(programs, name), { recursive: true, verbatimSymlinks: true });
    if (statSync(join(programs, name)).isFile()) chmodSync(join(programs, name), 0o755);
  }
  const names = sourceNames(folder);
  for (const name of names) await exportSource(join(folder, name), join(sources, `${name}.git`));
  // The repositories are root's and are cloned by ordinary users, which git refuses unless it is told.
  const safe = names.map(name => `\tdirectory = /srv/stand-ins/${name}.git\n`).join('');
  writeFileSync(join(into, 'etc', 'gitconfig'), `[safe]\n${safe}`);
  // Hosts' users read these, whatever the umask was under which the checkout was made.
  await demand('opening the stand-ins to all users', ['chmod', '-R', 'u=rwX,go=rX', into]);
}

/** Author, date and configuration are fixed, so that the same tree always is the same commit. */
const GIT_ENV = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'ringmaster lab',
  GIT_AUTHOR_EMAIL: 'lab@localhost',
  GIT_AUTHOR_DATE: '2012-10-03T12:00:00Z',
  GIT_COMMITTER_NAME: 'ringmaster lab',
  GIT_COMMITTER_EMAIL: 'lab@localhost',
  GIT_COMMITTER_DATE: '2012-10-03T12:00:00Z',
};

/** Makes the folder `tree` the only commit of a new bare repository, tagged with its VERSION. */
export async function exportSource(tree: string, bare: string): Promise<void> {
  const git = (...argv: string[]) =>
    demand(`exporting ${tree} (git ${argv[0]})`, ['git', `--git-dir=${bare}`, `--work-tree=${tree}`, ...argv], {
      env: GIT_ENV,
    });
  await demand(`making ${bare}`, ['git', 'init', '--quiet', '--bare', '--initial-branch=main', bare], { env: GIT_ENV });
  await git('add', '--all', '--force', '.');
  const version = existsSync(join(tree, 'VERSION'))
    ? readFileSync(join(tree, 'VERSION'), 'utf8').trim().replace(/^v/, '')
    : '';
  await git('commit', '--quiet', '--allow-empty', `--message=Stand-in ${version}`.trimEnd());
  if (version !== '') for (const tag of [version, `v${version}`]) await git('tag', tag);
  await git('update-server-info');
}
