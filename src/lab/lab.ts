import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../core/result.js';
import { machineApt } from './apt-sources.js';
import { all, attempt, LabError } from './failure.js';
import { bootHost, mountHost, seedHost, waitForHosts } from './host.js';
import { DEFAULT_HOSTS, writeInventories } from './inventory.js';
import { endKeeper, type Life, removeCgroup, script, startKeeper } from './keeper.js';
import { makeKey, sshFiles, writeSshFiles } from './keys.js';
import { type Layer, prune, type Say } from './layer.js';
import { allowWatches } from './limits.js';
import { locked } from './lock.js';
import { hostAddress, makeNetwork } from './network.js';
import { lives, self } from './owner.js';
import { cacheFolder, standInsFolder, stateFolder } from './places.js';
import { repository } from './repository.js';
import { demandRequirements } from './requirements.js';
import { baseRoot } from './root.js';
import { standInLayer } from './stand-ins.js';
import { allStates, type Lab, type LabHost, labFolder, type Reserved, readState, writeState } from './state.js';

export interface LabWish {
  /** Names the lab; small letters, digits and `-`. */
  readonly id: string;
  readonly hosts: readonly string[];
  readonly life: Life;
  readonly say: Say;
  /** Folder of the stand-ins; see stand-ins.ts. `inventory.yml` in it is the template of the lab's inventory. */
  readonly standIns: string | undefined;
}

/** A lab as `demo` and `lab up` want it: four hosts, and the checkout's stand-ins. */
export const usualLab = (say: Say, life: Life): LabWish => ({
  id: 'lab',
  hosts: DEFAULT_HOSTS,
  life,
  say,
  standIns: standInsFolder(),
});

/** The layers every host stands on, topmost first, from the cache or built now: minutes the first time, then nothing. */
export const prepare = (wish: Pick<LabWish, 'say' | 'standIns'>): Promise<Result<readonly Layer[]>> =>
  attempt(async () => {
    await demandRequirements();
    return await layers(wish);
  });

async function layers({ say, standIns }: Pick<LabWish, 'say' | 'standIns'>): Promise<readonly Layer[]> {
  const apt = await machineApt();
  const root = await baseRoot(apt, say);
  const stack = [await standInLayer(standIns, say), await repository(root, apt, say), root];
  prune(
    stack,
    allStates().flatMap(lab => lab.layers),
  );
  return stack;
}

/** Brings a lab up: returns when every host has booted and let us in. Whatever fails, nothing is left behind. */
export const up = (wish: LabWish): Promise<Result<Lab>> =>
  attempt(async () => {
    await demandRequirements();
    const stack = await layers(wish);
    const reserved = await locked(lockFile(), waiting(wish.say), async () => {
      await reap();
      return reserve(wish, stack);
    });
    try {
      return await start(reserved, wish);
    } catch (error) {
      await remove(readState(wish.id) ?? reserved);
      throw error;
    }
  });

const lockFile = () => join(stateFolder(), 'lock');
const waiting = (say: Say) => (holder: { readonly pid: number }) =>
  say(`lab   waiting for process ${holder.pid}, which is at the labs too`);

/** Under the lock: takes the name and a subnet that no other lab has. */
function reserve({ id, hosts, life }: LabWish, stack: readonly Layer[]): Reserved {
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(id))
    throw new LabError('lab-name', `\`${id}\` cannot name a lab: small letters, digits and - can`);
  const wrong = hosts.find(
    name => !/^[a-z0-9][a-z0-9-]{0,60}$/.test(name) || ['alice', 'bob', 'controller', 'localhost'].includes(name),
  );
  if (wrong !== undefined) throw new LabError('lab-name', `\`${wrong}\` cannot name a lab host`);
  if (hosts.length === 0 || hosts.length > 200 || new Set(hosts).size < hosts.length)
    throw new LabError('lab-name', 'a lab has 1 to 200 hosts of different names');
  if (readState(id) !== undefined)
    throw new LabError('lab-exists', `a lab named ${id} is up already`, `ringmaster lab down ${id}`);
  const taken = new Set(allStates().map(lab => lab.subnet.number));
  const number = Array.from({ length: 254 }, (_, i) => i + 1).find(n => !taken.has(n));
  if (number === undefined) throw new LabError('lab-name', 'there are 254 labs already');
  const folder = labFolder(id);
  const disk = join(cacheFolder(), 'labs', id);
  const lab: Reserved = {
    id,
    phase: 'starting',
    owner: self(),
    life,
    subnet: { number },
    hosts: hosts.map((name, index) => ({
      name,
      index,
      address: hostAddress({ number }, index),
      folder: join(disk, name),
    })),
    layers: stack.map(layer => layer.folder),
    folder,
    disk,
    ssh: sshFiles(folder),
    inventory: { yaml: join(folder, 'inventory.yml'), ini: join(folder, 'inventory.ini') },
  };
  rmSync(disk, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
  writeState(lab);
  return lab;
}

async function start(reserved: Reserved, { say, standIns }: LabWish): Promise<Lab> {
  const { id, life, hosts, subnet, disk } = reserved;
  allowWatches(hosts.length, say);
  say(`lab   starting ${hosts.length} hosts: ${hosts.map(({ name }) => name).join(' ')}`);
  const starting: Lab = { ...reserved, keeper: await startKeeper(id, life) };
  writeState(starting);
  mkdirSync(disk, { recursive: true, mode: 0o755 });
  // An overlay's upper folder cannot lie on another overlay, as the disk of a container often is: then in memory.
  if (statfsSync(disk).type === OVERLAYFS)
    await script(starting.keeper, 'making a disk in memory', {
      text: 'mount -t tmpfs -o mode=755 tmpfs "$1"',
      args: [disk],
    });
  const publicKey = await makeKey(reserved.ssh.privateKey, `ringmaster lab ${id}`);
  const names = hosts.map(({ name }) => name);
  const network = makeNetwork(starting.keeper, subnet, names).then(() => '');
  const [, ...hostKeys] = await all([network, ...hosts.map(host => prepareHost(starting, host, publicKey))]);
  writeSshFiles(reserved.ssh, hosts, hostKeys);
  const template = standIns === undefined ? undefined : join(standIns, 'inventory.yml');
  writeInventories(reserved, template !== undefined && existsSync(template) ? template : undefined);
  for (const host of hosts) bootHost(starting, host);
  await waitForHosts(starting, hosts);
  const lab: Lab = { ...starting, phase: 'up' };
  writeState(lab);
  return lab;
}

/** Answers its public host key. */
async function prepareHost(lab: Lab, host: LabHost, publicKey: string): Promise<string> {
  const hostKey = await seedHost(lab, host, publicKey);
  await mountHost(lab, host);
  return hostKey;
}

/** statfs(2)'s f_type of overlayfs. */
const OVERLAYFS = 0x794c7630;

/** Ends a lab and removes all of it. Not an error when there is none of that name: `false` then. */
export const down = (id: string, say: Say): Promise<Result<boolean>> =>
  attempt(() =>
    locked(lockFile(), waiting(say), async () => {
      const lab = readState(id);
      if (lab !== undefined) await remove(lab);
      await reap();
      return lab !== undefined;
    }),
  );

/** The labs that are up, after removing the remains of those that are not. */
export const list = (say: Say): Promise<Result<readonly Lab[]>> =>
  attempt(() =>
    locked(lockFile(), waiting(say), async () => {
      await reap();
      return allStates().flatMap(lab => (lab.phase === 'up' ? [lab] : []));
    }),
  );

/** The lab of that name, if it is up. Looks only. */
export function find(id: string): Lab | undefined {
  const lab = readState(id);
  return lab?.phase === 'up' && lives(lab.keeper.process) ? lab : undefined;
}

async function remove(lab: Lab | Reserved): Promise<void> {
  if (lab.keeper !== undefined) await endKeeper(lab.keeper);
  await removeCgroup(lab.id, lab.folder);
  rmSync(lab.disk, { recursive: true, force: true });
  rmSync(lab.folder, { recursive: true, force: true });
}

/** Under the lock: removes what dead labs left, which is folders and cgroups only, for the rest died with their keeper. */
async function reap(): Promise<void> {
  for (const lab of allStates()) {
    const kept = lab.phase === 'up' && lab.life === 'until-down';
    const dead = lab.keeper !== undefined && !lives(lab.keeper.process);
    if (dead || (!kept && !lives(lab.owner))) await remove(lab);
  }
  // After a restart of the machine the state is gone, but not the disk.
  const disks = join(cacheFolder(), 'labs');
  for (const id of existsSync(disks) ? readdirSync(disks) : [])
    if (readState(id) === undefined) rmSync(join(disks, id), { recursive: true, force: true });
}
