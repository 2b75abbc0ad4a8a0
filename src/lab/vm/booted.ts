import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demand } from '../command.js';
import { type Layer, layer, recipeDigest, type Say } from '../layer.js';
import { endMachine, overlay, portOf, saveTo, startMachine, waitForSsh } from './machine.js';
import { filesOf, machineArgs, QEMU, type Shape } from './shape.js';
import { sshArgs, sshFilesOf, writeSsh } from './ssh.js';

/** Seconds a first boot may take: emulated, on a machine that may be busy. */
const BOOT_SECONDS = 600;

/** The machine just after its first boot: its disk and `state`, to go on from in seconds. Booted now, or from the cache. */
export async function booted(disk: Layer, shape: Shape, say: Say): Promise<Layer> {
  const version = await demand('asking QEMU for its version', [QEMU, '--version']);
  const digest = recipeDigest(disk.digest, version, SCRIPT, ...machineArgs(shape));
  return layer({ kind: `vm-${shape}`, digest, build: folder => boot(folder, { disk, shape, say }) }, say);
}

/** Done once more than it must be, so that no later machine pays for it: what every run reads is read into memory. */
const SCRIPT = 'systemctl is-system-running --wait; lsmod; ethtool -i eth4; ethtool -i eth5; udevadm settle; sync';

async function boot(
  folder: string,
  { disk, shape, say }: { readonly disk: Layer; readonly shape: Shape; readonly say: Say },
): Promise<void> {
  say(`vm    first boot of the machine that is managed by ${shape} (once)`);
  mkdirSync(folder, { mode: 0o700 });
  const files = filesOf(folder);
  await overlay(files.disk, { path: join(disk.folder, 'disk.img'), format: 'raw' });
  const began = Date.now();
  const owner = await startMachine({ shape, disk, folder, life: 'with-owner' });
  try {
    const ssh = sshArgs(writeSsh(disk, folder, await portOf(folder)));
    await waitForSsh({ owner, folder, ssh, seconds: BOOT_SECONDS });
    const seconds = Math.round((Date.now() - began) / 1000);
    say(`vm    sshd answered after ${seconds} s`);
    await demand('settling the machine', [...ssh, SCRIPT]);
    await saveTo(folder, join(folder, 'state'));
    writeFileSync(join(folder, 'seconds'), `${seconds}\n`);
  } finally {
    await endMachine(owner);
  }
  const { knownHosts, config } = sshFilesOf(disk, folder);
  for (const gone of [files.monitor, knownHosts, config]) rmSync(gone, { force: true });
}

/** Seconds from the start of QEMU to the first login, when that state was made. */
export const bootSeconds = (state: Layer): number => Number(readFileSync(join(state.folder, 'seconds'), 'utf8'));
