import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../core/result.js';
import { demand, run } from './command.js';
import { attempt, LabError } from './failure.js';

/** Something that this machine must have before a lab can be made on it. */
export interface Requirement {
  readonly what: string;
  /** The Debian package that brings it; absent where no package can. */
  readonly package?: string | undefined;
  readonly met: boolean;
}

/** Programs the lab calls, and the Debian package each comes from. */
const PROGRAMS: Readonly<Record<string, string>> = {
  mmdebstrap: 'mmdebstrap',
  'systemd-nspawn': 'systemd-container',
  ip: 'iproute2',
  bridge: 'iproute2',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  mount: 'mount',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  git: 'git',
  bash: 'bash',
};
const ARCHIVE_KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** sbin is searched too: su without `-` leaves it out of PATH. */
function onPath(program: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some(folder => folder !== '' && readable(join(folder, program), constants.X_OK));
}
function readable(file: string, mode: number): boolean {
  try {
    accessSync(file, mode);
    return true;
  } catch {
    return false;
  }
}

/** Everything a lab needs, met or not. Looks only. The kernel is tried only by root, in namespaces that end at once. */
export async function requirements(): Promise<readonly Requirement[]> {
  const root = process.getuid?.() === 0;
  const programs = Object.entries(PROGRAMS).map(([what, from]) => ({ what, package: from, met: onPath(what) }));
  const needed: Requirement[] = [
    { what: 'root (network namespaces, mounts)', met: root },
    { what: 'apt-get (a Debian machine)', met: onPath('apt-get') },
    ...programs,
    { what: ARCHIVE_KEYS, package: 'debian-archive-keyring', met: readable(ARCHIVE_KEYS, constants.R_OK) },
  ];
  if (root && programs.every(({ met }) => met)) needed.push(await kernelAbilities());
  return needed;
}

async function kernelAbilities(): Promise<Requirement> {
  const script = `mount -t tmpfs tmpfs /mnt && mkdir /mnt/l /mnt/u /mnt/w /mnt/m /mnt/c &&
    mount -t overlay overlay -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w /mnt/m && mount -t cgroup2 cgroup2 /mnt/c &&
    ip link add name rm0 type bridge && ip link add name rm1 type veth peer name rm2`;
  const argv = ['unshare', '--mount', '--net', '--pid', '--fork', '--mount-proc', 'sh', '-c', script];
  const { status, stderr } = await run(argv);
  const what = 'a kernel that lets root make namespaces, veth, bridge, overlayfs and cgroup2';
  return { what: status === 0 ? what : `${what} (${stderr.trim().split('\n')[0]})`, met: status === 0 };
}

/** Those that are not met, and the packages that would help, sorted. */
export function missing(all: readonly Requirement[]): {
  readonly what: readonly string[];
  readonly packages: readonly string[];
} {
  const unmet = all.filter(({ met }) => !met);
  const packages = new Set(unmet.flatMap(one => one.package ?? []));
  return { what: unmet.map(({ what }) => what), packages: [...packages].sort() };
}

/** Throws {@link LabError} with the list of what is missing and the command that would bring it. */
export async function demandRequirements(): Promise<void> {
  const { what, packages } = missing(await requirements());
  if (what.length === 0) return;
  const hint = packages.length > 0 ? `sudo apt-get install ${packages.join(' ')}` : undefined;
  throw new LabError('lab-requirements', `the lab needs: ${what.join('; ')}`, hint);
}

/** Installs what is missing by apt-get, saying so first. An error when something remains that no package brings. */
export const installRequirements = (say: (line: string) => void): Promise<Result<void>> =>
  attempt(async () => {
    const { packages } = missing(await requirements());
    if (packages.length > 0 && process.getuid?.() === 0 && onPath('apt-get')) {
      const install = [
        'apt-get',
        'install',
        '-y',
        '--no-install-recommends',
        '-o',
        'DPkg::Lock::Timeout=300',
        ...packages,
      ];
      say(`apt-get install ${packages.join(' ')}`);
      const first = await run(install);
      // A fresh machine often has no package lists at all: only then is an update worth its time.
      if (first.status !== 0) {
        say('apt-get update');
        await demand('apt-get update', ['apt-get', 'update', '-q']);
        await demand('apt-get install', install);
      }
    }
    await demandRequirements();
  });
