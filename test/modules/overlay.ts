import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quote } from '../../src/core/sh.js';
import type { Ground } from './doing.js';

/** A root of its own over this machine's: whatever happens in it is gone afterwards, and nothing of it is seen outside. */
export interface Overlay extends Ground {
  /** Runs a script in it as setting of a scene. Throws if it fails. */
  set(script: string): string;
  /** Files and directories that differ from this machine's. */
  changed(): readonly string[];
  close(): void;
}

/** Needs root, namespaces and overlayfs. With `boot` a systemd runs in it. */
export const canOverlay = (): boolean =>
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['-m', 'true']).status === 0 &&
  spawnSync('setfattr', ['--version']).status === 0 &&
  spawnSync('grep', ['-qw', 'overlay', '/proc/filesystems']).status === 0;

/**
 * Makes a layer that holds this machine's /etc as it is now, and nothing of it from then on: accounts that other tests
 * make meanwhile, and the locks they hold for it, are not to be seen in an overlay's root.
 */
export const stillEtc = (layer: string): string =>
  `cp -a /etc ${layer}/etc; rm -f ${layer}/etc/*.lock; setfattr -n trusted.overlay.opaque -v y ${layer}/etc`;

const mounts = (base: string): string => `set -e
mount -t tmpfs tmpfs ${base}; cd ${base}; mkdir upper work root still
${stillEtc(`${base}/still`)}
mount -t overlay overlay -o lowerdir=${base}/still:/,upperdir=${base}/upper,workdir=${base}/work root
mount -t tmpfs tmpfs root/run; mount -t tmpfs tmpfs root/tmp
mount -t proc proc root/proc; mount --rbind /dev root/dev`;

const plainRoot = `echo ready; exec sleep 100000`;
const bootedRoot = `mount -t sysfs -o ro sysfs root/sys; mount -t cgroup2 cgroup root/sys/fs/cgroup
rm -rf root/etc/systemd/system/*.wants/*
exec chroot root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=other /lib/systemd/systemd --system --unit=basic.target`;

/** Opens one; `systemd` boots it, in namespaces of its own. */
export async function overlay(kind: 'plain' | 'systemd' = 'plain'): Promise<Overlay> {
  const base = mkdtempSync(join(tmpdir(), 'ringmaster-overlay-'));
  const boots = kind === 'systemd';
  const flags = boots ? ['-mpfniuC', '--kill-child'] : ['-m', '--kill-child', '-f'];
  const script = `${mounts(quote(base))}\n${boots ? bootedRoot : plainRoot}`;
  const holder = spawn('unshare', [...flags, 'sh', '-c', script], {
    stdio: ['ignore', boots ? 'ignore' : 'pipe', 'ignore'],
  });
  if (!boots) await once(holder.stdout!, 'data');
  const inside = await childOf(holder);
  const through = boots
    ? ['/usr/bin/nsenter', '-t', inside, '-m', '-p', '-n', '-i', '-u', '-r', '-w']
    : ['/usr/bin/nsenter', '-t', inside, '-m', '/usr/sbin/chroot', join(base, 'root')];
  const set = (text: string): string => {
    const done = spawnSync(through[0]!, [...through.slice(1), '/bin/sh', '-e'], {
      input: text,
      encoding: 'utf8',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    });
    if (done.status !== 0) throw new Error(`scene not set: ${done.stderr}${done.stdout}`);
    return done.stdout;
  };
  if (boots) await isUp(through);
  const changed = () =>
    spawnSync('nsenter', ['-t', inside, '-m', 'find', join(base, 'upper'), '-mindepth', '1', '-printf', '%P\n'], {
      encoding: 'utf8',
    })
      .stdout.split('\n')
      .filter(name => name !== '');
  const close = () => {
    holder.kill('SIGKILL');
    rmSync(base, { recursive: true, force: true });
  };
  return { through, set, changed, close };
}

async function childOf(holder: ChildProcess): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const { stdout } = spawnSync('cat', [`/proc/${holder.pid}/task/${holder.pid}/children`], { encoding: 'utf8' });
    if (stdout.trim() !== '') return stdout.trim();
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error('the namespaces did not come up');
}

async function isUp(through: readonly string[]): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { stdout } = spawnSync(through[0]!, [...through.slice(1), 'systemctl', 'is-system-running'], {
      encoding: 'utf8',
    });
    if (/running|degraded/.test(stdout)) return;
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  throw new Error('systemd did not come up');
}
