import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './command.js';
import { all, LabError } from './failure.js';
import { cgroupOf, inNetwork, script, seenBy, within } from './keeper.js';
import { makeKey } from './keys.js';
import { controllerAddress } from './network.js';
import { ADMIN, LIMITED } from './root.js';
import type { Lab, LabHost } from './state.js';

/** Where a host's own files are; `seed` is below what the host itself writes, which goes to `upper`. */
export const foldersOf = ({ folder }: LabHost) => ({
  seed: join(folder, 'seed'),
  upper: join(folder, 'upper'),
  work: join(folder, 'work'),
  merged: join(folder, 'merged'),
});

/** A host's whole root as it is now, for us outside the lab to look at. */
export const rootOf = (lab: Lab, host: LabHost): string => seenBy(lab.keeper, foldersOf(host).merged);

/** What tells this host from the others, as a layer of its own: name, keys, users' authorized keys. Answers its public host key. */
export async function seedHost(lab: Lab, host: LabHost, publicKey: string): Promise<string> {
  const seed = seenBy(lab.keeper, foldersOf(host).seed);
  const put = (path: string, content: string, mode: number) => {
    mkdirSync(join(seed, dirname(path)), { recursive: true, mode: 0o755 });
    writeFileSync(join(seed, path), content);
    chmodSync(join(seed, path), mode);
  };
  const names = lab.hosts.map(({ name, address }) => `${address}\t${name}\n`).join('');
  put('etc/hostname', `${host.name}\n`, 0o644);
  put('etc/hosts', `127.0.0.1\tlocalhost\n${names}${controllerAddress(lab.subnet)}\tcontroller\n`, 0o644);
  put('etc/resolv.conf', '# A lab host knows names by /etc/hosts alone.\n', 0o644);
  put('etc/machine-id', `${createHash('md5').update(`${lab.id}/${host.name}`).digest('hex')}\n`, 0o444);
  for (const home of ['root', `home/${ADMIN}`, `home/${LIMITED}`])
    put(`${home}/.ssh/authorized_keys`, `${publicKey}\n`, 0o600);
  mkdirSync(join(seed, 'etc/ssh'), { mode: 0o755 });
  const hostKey = await makeKey(join(seed, 'etc/ssh/ssh_host_ed25519_key'), `root@${host.name}`);
  // The topmost layer's folders win over the root's, so their owners and modes must be right here.
  const text = `cd "$1"; chmod 755 . etc etc/ssh home; chmod 700 root root/.ssh home/*/.ssh; chmod 755 home/*
    for user in ${ADMIN} ${LIMITED}; do chown -R "$(stat -c %u:%g "$2/home/$user")" "home/$user"; done`;
  await script(lab.keeper, `preparing ${host.name}`, { text, args: [foldersOf(host).seed, lab.layers.at(-1)!] });
  return hostKey;
}

/** Mounts the host's root: its empty upper folder over its seed over the layers of all. */
export async function mountHost(lab: Lab, host: LabHost): Promise<void> {
  const { seed, upper, work, merged } = foldersOf(host);
  // volatile: a host's disk lives no longer than the lab, so waiting for the real disk at every sync is waste.
  // metacopy and redirect_dir off: the upper folder must say by itself what was changed.
  const options = `lowerdir=${[seed, ...lab.layers].join(':')},upperdir=${upper},workdir=${work},volatile,metacopy=off,redirect_dir=off`;
  const text = 'mkdir -p "$1" "$2" "$3"; mount -t overlay overlay -o "$4" "$3"';
  await script(lab.keeper, `mounting the root of ${host.name}`, { text, args: [upper, work, merged, options] });
}

/** Empties the host's upper folder: its next boot is its first. The host must be stopped. */
export async function wipeHost(lab: Lab, host: LabHost): Promise<void> {
  const { upper, work, merged } = foldersOf(host);
  const text = 'umount "$3"; rm -rf "$1" "$2"';
  await script(lab.keeper, `wiping ${host.name}`, { text, args: [upper, work, merged] });
  await mountHost(lab, host);
}

/**
 * $1: a cgroup of its own, since two nspawn in one would take each other's processes for theirs. $2: its network namespace,
 * entered before nspawn and not only by it, lest the host's /sys/class/net shows the lab's interfaces (seen with systemd 252).
 * With --keep-unit nspawn leaves a reboot to its caller and says so by status 133.
 */
const BOOT = `mkdir -p "$1"; echo $$ >"$1/cgroup.procs"; netns=$2; shift 2; status=133
while [ $status = 133 ]; do
  status=0; nsenter --net="$netns" systemd-nspawn --network-namespace-path="$netns" "$@" || status=$?
done`;

const cgroup = (lab: Lab, host: LabHost) => `${cgroupOf(lab.id)}/${host.name}`;
const consoleLog = (lab: Lab, host: LabHost) => join(lab.folder, `${host.name}.log`);

/** Starts the host's systemd and returns at once; {@link waitForHosts} tells when it is up. Its console goes to HOST.log of the state folder. */
export function bootHost(lab: Lab, host: LabHost): void {
  const log = openSync(consoleLog(lab, host), 'a', 0o600);
  const options = [
    ...['--quiet', '--boot', `--directory=${foldersOf(host).merged}`, `--machine=${host.name}`],
    ...['--register=no', '--keep-unit', '--settings=no', '--console=read-only'],
    ...['--capability=CAP_NET_ADMIN', '--resolv-conf=off', '--timezone=off', '--link-journal=no'],
  ];
  // A /tmp on disk, as Debian 12 has it: whatever is left behind there is then seen in the upper folder.
  const env = { ...process.env, SYSTEMD_NSPAWN_TMPFS_TMP: '0', SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' };
  const [program, ...args] = within(lab.keeper, [
    'sh',
    '-eu',
    '-c',
    BOOT,
    'sh',
    cgroup(lab, host),
    `/run/netns/${host.name}`,
    ...options,
  ]);
  const child = spawn(program!, args, { detached: true, stdio: ['ignore', log, log], env });
  child.on('error', () => {});
  child.unref();
  closeSync(log);
}

/** As by pulling the plug: every process of the host is killed. Its disk stays as it is. */
export async function killHost(lab: Lab, host: LabHost): Promise<void> {
  const text = `cd "$1" 2>/dev/null || exit 0
    echo 1 >cgroup.kill
    i=0; while grep -q 'populated 1' cgroup.events; do i=$((i + 1)); [ $i -lt 500 ] || exit 1; sleep 0.02; done
    cd ..; find "$1" -depth -type d -exec rmdir {} +`;
  await script(lab.keeper, `stopping ${host.name}`, { text, args: [cgroup(lab, host)] });
}

/** Seconds that a host may take to boot, on a machine that has other work. */
const BOOT_LIMIT = 90;

/** $1 ssh_config, $2 host, $3 address. First its sshd must greet (bash can open a socket, sh cannot), then systemd have finished. */
const READY = `until { read -r -t 2 greeting <"/dev/tcp/$3/22"; } 2>/dev/null; do sleep 0.05; done
ssh -F "$1" -o BatchMode=yes "$2" 'systemctl is-system-running --wait' || :`;

/** Waits until every given host has booted: sshd lets us in with its known key and systemd has nothing left to start. */
export async function waitForHosts(lab: Lab, hosts: readonly LabHost[]): Promise<void> {
  await all(hosts.map(host => waitForHost(lab, host)));
}

async function waitForHost(lab: Lab, host: LabHost): Promise<void> {
  const wait = ['timeout', String(BOOT_LIMIT), 'bash', '-c', READY, 'bash', lab.ssh.config, host.name, host.address];
  const { stdout, stderr } = await run(inNetwork(lab.keeper, wait));
  const state = stdout.trim();
  // `degraded`: some unit failed, which on an unusual machine is no reason to do without a lab.
  if (state === 'running' || state === 'degraded') return;
  const console = readFileSync(consoleLog(lab, host), 'utf8').trim().split('\n').slice(-5).join('\n');
  const why = state === '' ? `did not answer in ${BOOT_LIMIT} s` : `is ${state}`;
  throw new LabError('lab-boot', `${host.name} ${why}: ${stderr.trim()}\n${console}`);
}
