import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { MachineApt } from './apt-sources.js';
import { demand, leashed } from './command.js';
import { type Layer, layer, recipeDigest, type Say } from './layer.js';
import { cacheFolder } from './places.js';

/**
 * What a host can install, with everything these depend on: fetched once (about 115 MB), so that hosts need no network.
 * Nothing here may bring Python in; a test holds that.
 */
export const PACKAGES: readonly string[] = [
  ...['make', 'gcc', 'g++', 'swig', 'flex', 'bison', 'cmake', 'git', 'subversion', 'rsync', 'curl', 'perl'],
  ...['libpcap-dev', 'libssl-dev', 'zlib1g-dev', 'libnuma-dev', 'libmagic-dev', 'libpcre3-dev', 'libmaxminddb-dev'],
  ...['ethtool', 'libcap2', 'libcap2-bin', 'tcpdump', 'pciutils', 'kmod', 'acl', 'attr', 'openssh-client', 'busybox'],
  ...['rsyslog', 'rsyslog-relp', 'cron', 'chrony', 'logrotate', 'nginx-light', 'unzip', 'zip', 'bzip2', 'xz-utils'],
  ...['tree', 'hello', 'sl'],
];

/** Where hosts find it. */
const IN_HOST = 'srv/apt';

/** A layer over `root` with an apt repository at /srv/apt, the hosts' only package source, and its lists already read. */
export function repository(root: Layer, apt: MachineApt, say: Say): Promise<Layer> {
  const digest = recipeDigest(root.digest, apt.sources, WITH_ROOT, ...PACKAGES);
  return layer({ kind: 'repository', digest, build: folder => build(folder, { root, apt, say }) }, say);
}

/** $1 base root, $2 scratch folder on the disk of the cache; the rest is run with the merged root at $2/merged. */
const WITH_ROOT = `set -eu
umask 022
mkdir -p "$2/upper" "$2/work" "$2/merged"
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/merged"
shift 2
exec "$@"
`;

interface Site {
  readonly root: Layer;
  readonly apt: MachineApt;
  readonly say: Say;
}

async function build(folder: string, { root, apt, say }: Site): Promise<void> {
  say(`lab   fetching ${PACKAGES.length} packages with what they need for the hosts’ own repository (once)`);
  mkdirSync(folder);
  const withRoot = (...argv: string[]) => leashed(['sh', '-c', WITH_ROOT, 'sh', root.folder, folder, ...argv]);
  const upper = join(folder, 'upper', IN_HOST);
  await fetch({ merged: join(folder, 'merged'), scratch: join(folder, 'scratch'), apt, withRoot });
  mkdirSync(upper, { recursive: true });
  await index(upper);
  mkdirSync(join(folder, 'upper', 'etc', 'apt'), { recursive: true });
  // trusted: the packages' own signatures were checked when they were fetched; nobody signs on this machine.
  writeFileSync(join(folder, 'upper', 'etc', 'apt', 'sources.list'), `deb [trusted=yes] file:/${IN_HOST} ./\n`);
  await demand('opening the repository to all users', [
    'chmod',
    '-R',
    'u=rwX,go=rX',
    join(folder, 'upper', 'srv'),
    join(folder, 'upper', 'etc'),
  ]);
  await demand('reading the hosts’ repository', withRoot('chroot', join(folder, 'merged'), 'apt-get', 'update', '-q'));
  for (const name of ['merged', 'work', 'scratch']) rmSync(join(folder, name), { recursive: true, force: true });
  // The upper folder is the layer: an overlay made it, an overlay reads it.
  for (const name of readdirSync(join(folder, 'upper'))) renameSync(join(folder, 'upper', name), join(folder, name));
  rmSync(join(folder, 'upper'), { recursive: true });
}

interface Fetch {
  readonly merged: string;
  readonly scratch: string;
  readonly apt: MachineApt;
  readonly withRoot: (...argv: string[]) => readonly string[];
}

/** Downloads into the cache, where an interrupted fetch finds again what it had, then moves all into the repository. */
async function fetch({ merged, scratch, apt, withRoot }: Fetch): Promise<void> {
  const downloads = join(cacheFolder(), 'downloads');
  mkdirSync(join(downloads, 'partial'), { recursive: true });
  mkdirSync(join(scratch, 'lists', 'partial'), { recursive: true });
  const [config, sources] = [join(scratch, 'apt.conf'), join(scratch, 'machine.sources')];
  writeFileSync(sources, apt.sources);
  writeFileSync(config, aptConfig({ merged, scratch, sources, downloads, settings: apt.settings }));
  const fetching = (...argv: string[]) => withRoot('env', `APT_CONFIG=${config}`, 'apt-get', '-q', '-y', ...argv);
  await demand('reading the mirror’s package lists', fetching('update'));
  // --reinstall: those of the list that the root has already are fetched too, so that a role may remove and install them.
  await demand('fetching packages', fetching('install', '--download-only', '--reinstall', ...PACKAGES));
  const script = `mkdir -p "$1/${IN_HOST}" && mv "$2"/*.deb "$1/${IN_HOST}/"`;
  await demand('filling the hosts’ repository', withRoot('sh', '-c', script, 'sh', merged, downloads));
  rmSync(downloads, { recursive: true, force: true });
}

interface AptConfig {
  readonly merged: string;
  readonly scratch: string;
  readonly sources: string;
  readonly downloads: string;
  readonly settings: readonly string[];
}

/** apt.conf(5) for this machine's apt to work on the hosts' root: its packages installed, the machine's mirror and keys. */
const aptConfig = ({ merged, scratch, sources, downloads, settings }: AptConfig): string =>
  [
    `Dir "${merged}";`,
    `Dir::State::status "${merged}/var/lib/dpkg/status";`,
    `Dir::State::lists "${scratch}/lists";`,
    `Dir::Cache::archives "${downloads}";`,
    'Dir::Cache::pkgcache "";',
    'Dir::Cache::srcpkgcache "";',
    `Dir::Etc::sourcelist "${sources}";`,
    'Dir::Etc::sourceparts "/dev/null";',
    'Dir::Etc::trusted "/etc/apt/trusted.gpg";',
    'Dir::Etc::trustedparts "/etc/apt/trusted.gpg.d";',
    'Dir::Bin::dpkg "/usr/bin/dpkg";',
    'APT::Install-Recommends "false";',
    'APT::Sandbox::User "root";',
    'Acquire::Languages "none";',
    ...settings,
  ].join('\n');

/** Writes `Packages` and `Release`, as apt-ftparchive(1) does, which a fresh machine has not. */
async function index(folder: string): Promise<void> {
  const stanzas: string[] = [];
  for (const file of readdirSync(folder)
    .filter(name => name.endsWith('.deb'))
    .sort()) {
    // apt quotes the colon of an epoch as %3a, and would unquote it again when it reads the file.
    const name = file.replace(/%3a/gi, '.');
    const path = join(folder, name);
    renameSync(join(folder, file), path);
    const control = await demand(`reading ${basename(path)}`, ['dpkg-deb', '--field', path]);
    stanzas.push(
      `${control.trimEnd()}\nFilename: ./${name}\nSize: ${statSync(path).size}\nSHA256: ${sha256(readFileSync(path))}\n`,
    );
  }
  const packages = stanzas.join('\n');
  writeFileSync(join(folder, 'Packages'), packages);
  const digest = ` ${sha256(packages)} ${Buffer.byteLength(packages)} Packages`;
  const release = [
    'Origin: ringmaster-lab',
    'Label: ringmaster-lab',
    'Suite: lab',
    `Date: ${new Date().toUTCString()}`,
  ];
  writeFileSync(join(folder, 'Release'), `${[...release, 'SHA256:', digest].join('\n')}\n`);
}

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');
