import { rmSync, writeFileSync } from 'node:fs';
import { type MachineApt, RELEASE } from './apt-sources.js';
import { demand, leashed } from './command.js';
import { type Layer, layer, recipeDigest, type Say } from './layer.js';

/** What a lab host has before any role: what a small Debian server has, and never Python. */
export const BASE_PACKAGES: readonly string[] = [
  ...['systemd', 'systemd-sysv', 'dbus', 'openssh-server', 'sudo', 'rsyslog', 'adduser'],
  ...['iproute2', 'ethtool', 'iputils-ping', 'netbase', 'procps', 'kmod', 'libcap2-bin', 'acl', 'ca-certificates'],
];

/** Users of every host beside root: `admin` may sudo without a password, `limited` with it. */
export const ADMIN = 'admin';
export const LIMITED = 'limited';
/** Both users' login and sudo password. No secret: it opens nothing outside a lab's own network. */
export const LAB_PASSWORD = 'only-in-the-lab';

/** Units that only cost time in a host that lives for minutes, or that belong to hardware it has not. */
const MASKED = [
  ...[
    'apt-daily.timer',
    'apt-daily-upgrade.timer',
    'dpkg-db-backup.timer',
    'e2scrub_all.timer',
    'e2scrub_reap.service',
  ],
  ...['fstrim.timer', 'systemd-tmpfiles-clean.timer', 'console-getty.service', 'getty@.service'],
  ...['systemd-update-utmp.service', 'systemd-update-utmp-runlevel.service', 'systemd-journal-flush.service'],
  ...['systemd-firstboot.service', 'systemd-pstore.service', 'modprobe@.service', 'proc-sys-fs-binfmt_misc.automount'],
  ...['sys-fs-fuse-connections.mount', 'dev-hugepages.mount', 'sys-kernel-debug.mount', 'sys-kernel-tracing.mount'],
];

/**
 * Runs on this machine when the packages are in, with the new root as $1. The salt of the password is fixed and what the
 * build left behind goes, so that the same packages give the same root. rsyslog's imklog would read this machine's kernel
 * log. nspawn leaves /proc/sys/net read-only when it is given a network namespace; that network is the host's own.
 */
const FINISH = `set -eu
root=$1
in_root() { chroot "$root" "$@"; }
in_root systemctl mask ${MASKED.join(' ')} 2>/dev/null
in_root systemctl set-default multi-user.target 2>/dev/null
mkdir -p "$root/etc/systemd/journald.conf.d" "$root/etc/sudoers.d"
printf '[Journal]\\nStorage=volatile\\nRuntimeMaxUse=8M\\n' >"$root/etc/systemd/journald.conf.d/lab.conf"
cat >"$root/etc/systemd/system/lab-proc-sys-net.service" <<'UNIT'
[Unit]
Description=Make the network part of /proc/sys writable, as on a host that is no container
DefaultDependencies=no
Before=systemd-sysctl.service sysinit.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/mount --bind /proc/sys/net /proc/sys/net
ExecStart=/bin/mount -o remount,bind,rw /proc/sys/net
[Install]
WantedBy=sysinit.target
UNIT
in_root systemctl enable lab-proc-sys-net.service 2>/dev/null
sed -i 's/^module(load="imklog")/#&/' "$root/etc/rsyslog.conf"
password=$(perl -e 'print crypt("${LAB_PASSWORD}", "\\$6\\$ringmaster\\$")')
for user in ${ADMIN} ${LIMITED}; do in_root useradd --create-home --shell /bin/bash --password "$password" "$user"; done
printf '%s\\n' '${ADMIN} ALL=(ALL:ALL) NOPASSWD: ALL' '${LIMITED} ALL=(ALL:ALL) ALL' >"$root/etc/sudoers.d/lab"
chmod 0440 "$root/etc/sudoers.d/lab"
rm -f "$root"/etc/ssh/ssh_host_* "$root"/etc/apt/sources.list.d/* "$root"/etc/apt/apt.conf.d/99mmdebstrap
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/var/cache/ldconfig "$root"/var/log/apt
find "$root/var/log" -type f -exec truncate -s 0 {} +
rm -f "$root"/etc/*- "$root"/var/lib/dpkg/*-old "$root"/etc/.pwd.lock
: >"$root/etc/machine-id"
`;

/** Debian keeps these for people; leaving them out halves the time every package takes to install. */
const UNSEEN = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*', '/usr/share/info/*'];

/** The root every host stands on: Debian 12, minimal, with systemd and sshd; made from this machine's package mirror, once. */
export function baseRoot(apt: MachineApt, say: Say): Promise<Layer> {
  const digest = recipeDigest(RELEASE, apt.sources, FINISH, ...BASE_PACKAGES, ...UNSEEN);
  return layer({ kind: 'root', digest, build: folder => build(folder, apt, say) }, say);
}

/** What mmdebstrap says that people may want to see. */
const STEPS = /^(E: |I: (running apt-get update|downloading|extracting|installing|success))/;

async function build(folder: string, apt: MachineApt, say: Say): Promise<void> {
  say(`lab   building the base root of the hosts: Debian ${RELEASE}, ${BASE_PACKAGES.length} packages (once)`);
  // Beside the half-built root and named like it, so that the next build clears it away if this one is killed.
  const sources = `${folder}.sources`;
  try {
    writeFileSync(sources, apt.sources);
    const settings = ['Acquire::Languages "none";', ...apt.settings].map(line => `--aptopt=${line}`);
    const dpkg = ['force-unsafe-io', ...UNSEEN.map(path => `path-exclude=${path}`)].map(line => `--dpkgopt=${line}`);
    await demand(
      'building the base root (mmdebstrap)',
      leashed([
        ...[
          'mmdebstrap',
          '--mode=root',
          '--format=directory',
          '--variant=minbase',
          `--include=${BASE_PACKAGES.join(',')}`,
        ],
        ...[...settings, ...dpkg, `--customize-hook=${FINISH}`, RELEASE, folder, sources],
      ]),
      { line: line => STEPS.test(line) && say(`lab   ${line.slice(3)}`) },
    );
  } finally {
    rmSync(sources, { force: true });
  }
}
