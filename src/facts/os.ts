import type { Fact } from '../core/fact.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { all, one, TAGGED, type Tagged, tagged } from '../core/tagged.js';
import type { Vars } from '../core/value.js';
import { distributionFacts, RELEASE_FILES } from './distribution.js';

/** Programs that tell a package manager, in Ansible's order: the last one found is the one. */
const PACKAGE_MANAGERS = [
  ['/usr/bin/rpm-ostree', 'atomic_container'],
  ['/usr/bin/yum', 'yum'],
  ['/usr/bin/dnf', 'dnf'],
  ['/usr/bin/dnf5', 'dnf5'],
  ['/usr/bin/apt-get', 'apt'],
  ['/usr/bin/zypper', 'zypper'],
  ['/usr/sbin/urpmi', 'urpmi'],
  ['/usr/bin/pacman', 'pacman'],
  ['/bin/opkg', 'opkg'],
  ['/usr/pkg/bin/pkgin', 'pkgin'],
  ['/sbin/apk', 'apk'],
  ['/usr/bin/emerge', 'portage'],
  ['/usr/bin/xbps-install', 'xbps'],
  ['/usr/bin/swupd', 'swupd'],
  ['/usr/sbin/sorcery', 'sorcery'],
] as const;

/** What PID 1 calls itself, where Ansible knows it by another name. */
const INIT_NAMES = new Map([
  ['procd', 'openwrt_init'],
  ['runit-init', 'runit'],
  ['svscan', 'svc'],
  ['openrc-init', 'openrc'],
]);

/** The distribution, and which package and service managers it has. Reads files only: no fork. */
export const os: Fact = {
  name: 'os',
  summary: 'The distribution, its family and version, the package manager and the service manager.',
  provides: [
    'distribution',
    'distribution_version',
    'distribution_major_version',
    'distribution_minor_version',
    'distribution_release',
    'distribution_file_path',
    'distribution_file_variety',
    'distribution_file_parsed',
    'os_family',
    'pkg_mgr',
    'service_mgr',
  ],
  probe: () => osProbe(),
};

/** `root` is put before every path read, for tests. */
export const osProbe = (root = '') =>
  probe(
    sh`${TAGGED}
for f in ${RELEASE_FILES}; do
  [ -f ${root}/etc/"$f" ] || continue
  say has "$f"; lines "f/$f" ${root}/etc/"$f"
done
[ -f ${root}/etc/os-release ] || lines f/os-release ${root}/usr/lib/os-release
for f in ${PACKAGE_MANAGERS.map(([path]) => path)}; do [ -e ${root}"$f" ] && say pkg "$f"; done
[ -e ${root}/run/ostree-booted ] && say pkg ostree
first init ${root}/proc/1/comm
for f in /run/systemd/system /dev/.run/systemd /dev/.systemd; do [ -e ${root}"$f" ] && say mark systemd; done
have systemctl && say mark systemctl
have initctl && [ -d ${root}/etc/init ] && say mark upstart
[ -e ${root}/sbin/openrc ] && say mark openrc
[ -L ${root}/sbin/init ] && case "$(readlink ${root}/sbin/init)" in */systemd|systemd) say mark offline;; esac
[ -d ${root}/etc/init.d ] && say mark sysvinit
:`,
    ({ stdout }) => read(tagged(stdout)),
  );

function read(answers: Tagged): Vars {
  const names = [...all(answers, 'has'), 'os-release'].filter(
    name => answers.has(`f/${name}`) || name !== 'os-release',
  );
  const files = new Map(names.map(name => [name, all(answers, `f/${name}`).join('\n')]));
  const distribution = distributionFacts(files);
  const found = all(answers, 'pkg');
  return {
    ...distribution,
    pkg_mgr: packageManager(found, distribution),
    service_mgr: serviceManager(one(answers, 'init'), new Set(all(answers, 'mark'))),
  };
}

function packageManager(found: readonly string[], distribution: Vars): string {
  const managers: readonly string[] = PACKAGE_MANAGERS.filter(([path]) => found.includes(path)).map(([, name]) => name);
  const has = (name: string) => managers.includes(name);
  if (found.includes('ostree')) return 'atomic_container';
  if (distribution.os_family === 'RedHat') {
    const major = Number(distribution.distribution_major_version);
    const newest = has('dnf5') && !has('dnf') ? 'dnf5' : 'dnf';
    const last = { Fedora: 22, Amazon: 2021 }[String(distribution.distribution)] ?? 7;
    return major <= last ? 'yum' : newest;
  }
  // Other managers can be installed on Debian as mere tools.
  if (distribution.os_family === 'Debian') return 'apt';
  if (distribution.os_family === 'Altlinux' && has('apt')) return 'apt_rpm';
  return managers.at(-1) ?? 'unknown';
}

/** `init` is PID 1's name; `init` itself and shells (containers) say nothing, then the marks of installed ones count. */
function serviceManager(init: string | undefined, marks: ReadonlySet<string>): string {
  if (init !== undefined && init !== 'init' && !init.endsWith('sh')) return INIT_NAMES.get(init) ?? init;
  if (marks.has('systemctl') && marks.has('systemd')) return 'systemd';
  if (marks.has('upstart')) return 'upstart';
  if (marks.has('openrc')) return 'openrc';
  if (marks.has('systemctl') && marks.has('offline')) return 'systemd';
  return marks.has('sysvinit') ? 'sysvinit' : 'service';
}
