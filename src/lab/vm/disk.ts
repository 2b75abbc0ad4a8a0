import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MachineApt, RELEASE } from '../apt-sources.js';
import { demand, leashed } from '../command.js';
import { makeKey } from '../keys.js';
import { type Layer, layer, recipeDigest, type Say } from '../layer.js';

/** What a small Debian server has, its stock kernel and headers, and what the roles want to build with; never Python. */
export const VM_PACKAGES: readonly string[] = [
  ...['systemd', 'systemd-sysv', 'dbus', 'udev', 'openssh-server', 'iproute2', 'ethtool', 'kmod', 'procps', 'pciutils'],
  ...['linux-image-amd64', 'linux-headers-amd64', 'initramfs-tools'],
  ...['make', 'gcc', 'g++', 'bison', 'flex', 'git', 'libcap2-bin', 'libnuma-dev', 'libpcap-dev', 'zlib1g-dev'],
];

/**
 * Modules of the kernel's package that are unpacked: those this machine's hardware can need. It is the stock kernel all
 * the same; four thousand modules more would make every depmod under emulation a matter of minutes.
 */
const MODULES: readonly string[] = [
  ...['arch/x86', 'crypto', 'lib', 'net', 'fs/ext4', 'fs/jbd2', 'fs/mbcache.ko', 'fs/efivarfs'],
  ...['drivers/virtio', 'drivers/block/virtio_blk.ko', 'drivers/char/hw_random', 'drivers/i2c/algos', 'drivers/dca'],
  ...[
    'drivers/net/virtio_net.ko',
    'drivers/net/net_failover.ko',
    'drivers/net/ethernet/intel',
    'drivers/ptp',
    'drivers/pps',
  ],
];

/** Left out of every package: nobody reads it here. */
const UNSEEN = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*', '/usr/share/info/*'];

/** Units that cost time in a machine that lives for minutes. */
const MASKED = [
  ...[
    'apt-daily.timer',
    'apt-daily-upgrade.timer',
    'dpkg-db-backup.timer',
    'e2scrub_all.timer',
    'e2scrub_reap.service',
  ],
  ...[
    'fstrim.timer',
    'systemd-tmpfiles-clean.timer',
    'systemd-logind.service',
    'getty@.service',
    'serial-getty@.service',
  ],
  ...['systemd-update-utmp.service', 'systemd-update-utmp-runlevel.service', 'systemd-journal-flush.service'],
  ...['systemd-firstboot.service', 'systemd-pstore.service', 'systemd-timesyncd.service', 'systemd-binfmt.service'],
  ...['proc-sys-fs-binfmt_misc.automount', 'sys-fs-fuse-connections.mount', 'dev-hugepages.mount', 'dev-mqueue.mount'],
  ...['sys-kernel-debug.mount', 'sys-kernel-tracing.mount', 'modprobe@fuse.service', 'modprobe@drm.service'],
];

/** Interfaces of every shape of the machine: the name Debian shall give them, and their address. */
export const MANAGEMENT = { name: 'eth0', mac: '52:54:00:00:00:10' } as const;
export const TAP = { name: 'eth4', mac: '52:54:00:00:00:14' } as const;
export const SECOND_TAP = { name: 'eth5', mac: '52:54:00:00:00:15' } as const;

/** Families whose source is taken from the kernel's. */
export const DRIVERS = ['igb', 'e1000e'] as const;

/** Before the packages are unpacked: an initramfs that can find this disk, and nothing else. $1: the root. */
const BEFORE = `set -eu
mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d"
printf 'MODULES=list\\nCOMPRESS=gzip\\nRESUME=none\\nFSTYPE=ext4\\n' >"$1/etc/initramfs-tools/conf.d/lab"
printf 'virtio_pci\\nvirtio_blk\\next4\\ncrc32c_generic\\n' >"$1/usr/share/initramfs-tools/modules.d/lab"
`;

/**
 * Runs on this machine when the packages are in. The network is set once, by a unit that runs at boot only: what a driver
 * forgets when it is swapped, no daemon shall put back, for that is what is looked at here.
 */
const AFTER = `set -eu
root=$1
in_root() { chroot "$root" "$@"; }
kernel=$(basename "$root"/lib/modules/*)
# The kernel's own drivers, as source: out of the package of just this kernel, which is not kept.
minor=$(echo "$kernel" | cut -d . -f 1,2)
source=$root.linux
mkdir "$source"
( cd "$source" && APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq -o APT::Sandbox::User=root download "linux-source-$minor" )
dpkg-deb --field "$source"/*.deb Version | sed 's/-[^-]*$//' >"$source/VERSION"
dpkg-deb --fsys-tarfile "$source"/*.deb | tar -xO "./usr/src/linux-source-$minor.tar.xz" | tar -xJ -C "$source" --strip-components=5 \
  ${DRIVERS.map(name => `"linux-source-$minor/drivers/net/ethernet/intel/${name}"`).join(' ')}
rm "$source"/*.deb
in_root systemctl mask ${MASKED.join(' ')} 2>/dev/null
in_root systemctl set-default multi-user.target 2>/dev/null
mkdir -p "$root/etc/systemd/journald.conf.d" "$root/etc/systemd/network" "$root/etc/systemd/system.conf.d"
printf '[Journal]\\nStorage=volatile\\nRuntimeMaxUse=8M\\n' >"$root/etc/systemd/journald.conf.d/lab.conf"
link() { printf '[Match]\\nMACAddress=%s\\n[Link]\\nName=%s\\nNamePolicy=\\n' "$2" "$1" >"$root/etc/systemd/network/10-$1.link"; }
link ${MANAGEMENT.name} ${MANAGEMENT.mac}; link ${TAP.name} ${TAP.mac}; link ${SECOND_TAP.name} ${SECOND_TAP.mac}
cat >"$root/etc/systemd/system/lab-network.service" <<'UNIT'
[Unit]
Description=Address of the management interface, as the emulator gives it
# Wants and not Requires: when the interface goes, as it does in a swap, this must neither stop nor start again.
Wants=sys-subsystem-net-devices-${MANAGEMENT.name}.device
After=sys-subsystem-net-devices-${MANAGEMENT.name}.device
Before=ssh.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'ip link set dev lo up; ip link set dev ${MANAGEMENT.name} up; ip addr add 10.0.2.15/24 dev ${MANAGEMENT.name}; ip route add default via 10.0.2.2'
[Install]
WantedBy=multi-user.target
UNIT
in_root systemctl enable lab-network.service 2>/dev/null
in_root systemctl disable networking.service systemd-networkd.service 2>/dev/null || true
printf '%s\\n' 'UseDNS no' 'UsePAM no' 'PermitRootLogin prohibit-password' 'PrintLastLog no' >"$root/etc/ssh/sshd_config.d/lab.conf"
rm -f "$root"/etc/ssh/ssh_host_rsa_key* "$root"/etc/ssh/ssh_host_ecdsa_key*
echo vm >"$root/etc/hostname"
printf '127.0.0.1\\tlocalhost\\n127.0.1.1\\tvm\\n' >"$root/etc/hosts"
echo '# This machine knows no names but its own.' >"$root/etc/resolv.conf"
echo '/dev/vda / ext4 rw,noatime 0 1' >"$root/etc/fstab"
echo ringmaster-lab-vm | md5sum | cut -d ' ' -f 1 >"$root/etc/machine-id"
rm -f "$root"/etc/apt/sources.list.d/* "$root"/etc/apt/apt.conf.d/99mmdebstrap
: >"$root/etc/apt/sources.list"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/var/log/apt
install -d -m 0700 "$root/root/.ssh"
in_root depmod "$kernel"
in_root update-initramfs -u -k "$kernel"
`;

const SIZE = '4G';

/** The machine's disk as it is before its first boot: `disk.img` (ext4), `kernel`, `initrd`, the root's key pair, and `linux`: sources of {@link DRIVERS} and their VERSION. */
export function disk(apt: MachineApt, say: Say): Promise<Layer> {
  const digest = recipeDigest(RELEASE, apt.sources, BEFORE, AFTER, SIZE, ...VM_PACKAGES, ...MODULES, ...UNSEEN);
  return layer({ kind: 'vm-disk', digest, build: folder => build(folder, apt, say) }, say);
}

const STEPS = /^(E: |I: (running apt-get update|downloading|extracting|installing|success))/;

async function build(folder: string, apt: MachineApt, say: Say): Promise<void> {
  say(`vm    building the machine's disk: Debian ${RELEASE}, ${VM_PACKAGES.length} packages (once)`);
  mkdirSync(folder, { mode: 0o700 });
  const [root, sources] = [join(folder, 'root'), join(folder, 'machine.sources')];
  writeFileSync(sources, apt.sources);
  const settings = ['Acquire::Languages "none";', ...apt.settings].map(line => `--aptopt=${line}`);
  const excluded = [...UNSEEN, '/lib/modules/*/kernel/*'].map(path => `path-exclude=${path}`);
  const included = MODULES.map(path => `path-include=/lib/modules/*/kernel/${path}${path.endsWith('.ko') ? '' : '/*'}`);
  const dpkg = ['force-unsafe-io', ...excluded, ...included].map(line => `--dpkgopt=${line}`);
  await demand(
    'building the machine’s root (mmdebstrap)',
    leashed([
      ...['mmdebstrap', '--mode=root', '--format=directory', '--variant=minbase', `--include=${VM_PACKAGES.join(',')}`],
      ...[...settings, ...dpkg, `--essential-hook=${BEFORE}`, `--customize-hook=${AFTER}`, RELEASE, root, sources],
    ]),
    { line: line => STEPS.test(line) && say(`vm    ${line.slice(3)}`) },
  );
  const publicKey = await makeKey(join(folder, 'id_ed25519'), 'ringmaster lab vm');
  writeFileSync(join(root, 'root/.ssh/authorized_keys'), `${publicKey}\n`, { mode: 0o600 });
  await demand('copying the host key', [
    'cp',
    join(root, 'etc/ssh/ssh_host_ed25519_key.pub'),
    join(folder, 'host_key.pub'),
  ]);
  for (const [name, pattern] of [
    ['kernel', 'vmlinuz-'],
    ['initrd', 'initrd.img-'],
  ] as const) {
    const found = readdirSync(join(root, 'boot')).find(file => file.startsWith(pattern))!;
    await demand(`copying the ${name}`, ['cp', join(root, 'boot', found), join(folder, name)]);
  }
  renameSync(`${root}.linux`, join(folder, 'linux'));
  const image = join(folder, 'disk.img');
  // lazy_itable_init=0: else the kernel goes on initialising behind our back, and every snapshot would be another.
  const extended = [
    '-E',
    'lazy_itable_init=0,lazy_journal_init=0,nodiscard',
    '-O',
    '^metadata_csum,^64bit',
    '-J',
    'size=16',
  ];
  await demand('making the disk', ['mkfs.ext4', '-q', '-F', ...extended, '-m', '0', '-d', root, image, SIZE]);
  chmodSync(image, 0o444);
  for (const gone of [root, sources]) rmSync(gone, { recursive: true, force: true });
}
