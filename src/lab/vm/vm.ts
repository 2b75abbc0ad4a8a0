import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../core/result.js';
import { machineApt } from '../apt-sources.js';
import { demand } from '../command.js';
import { attempt, LabError } from '../failure.js';
import type { Life } from '../keeper.js';
import type { SshFiles } from '../keys.js';
import { type Layer, prune, type Say } from '../layer.js';
import { locked } from '../lock.js';
import { lives, type Owner, self } from '../owner.js';
import { cacheFolder } from '../places.js';
import { allStates } from '../state.js';
import { booted } from './booted.js';
import { disk } from './disk.js';
import { inventoryText } from './inventory.js';
import { endMachine, goOn, overlay, portOf, saveTo, startMachine, waitForSsh } from './machine.js';
import { withMonitor } from './monitor.js';
import { filesOf, MANAGEMENT_CABLE, type Shape } from './shape.js';
import { sshArgs, writeSsh } from './ssh.js';
import { makeTree } from './tree.js';

export interface VmWish {
  /** Names the machine; small letters, digits and `-`. */
  readonly id: string;
  readonly shape: Shape;
  readonly life: Life;
  readonly say: Say;
  /** What it begins as: just after its first boot, with stand-ins or a checkout of PF_RING at hand; or as it was frozen. */
  readonly from: Fresh | Frozen;
}

export interface Fresh {
  readonly kind: 'fresh';
  /** Folder of a checkout of PF_RING, to take the place of the stand-ins. */
  readonly checkout: string | undefined;
}

/** A machine's disk and state in a folder, from which any number of machines can go on. */
export interface Frozen {
  readonly kind: 'frozen';
  readonly folder: string;
  readonly shape: Shape;
  /** Release of PF_RING that it has at hand. */
  readonly ref: string;
}

/** A running machine as its state file describes it. */
export interface Vm {
  readonly id: string;
  readonly shape: Shape;
  readonly process: Owner;
  /** Its disk, console, monitor, keys and inventory. */
  readonly folder: string;
  readonly port: number;
  readonly ssh: SshFiles;
  readonly inventory: string;
  readonly ref: string;
  readonly layers: readonly string[];
}

/** Beside the labs' disks: machines write much, and /run is memory. */
const machinesFolder = (): string => join(cacheFolder(), 'machines');
const folderOf = (id: string): string => join(machinesFolder(), id);
const stateFile = (id: string): string => join(folderOf(id), 'vm.json');

/** Where the machine finds the tree to build. */
const REPOSITORY = '/srv/stand-ins/pf_ring.git';

/** Seconds until a machine that goes on from a saved state must answer. */
const SECONDS_TO_ANSWER = 180;

interface Layers {
  readonly disk: Layer;
  readonly state: Layer;
}
/** Disk and first boot, from the cache or made now: some minutes the first time, then nothing. */
async function layers(shape: Shape, say: Say): Promise<Layers> {
  const bare = await disk(await machineApt(), say);
  const state = await booted(bare, shape, say);
  prune([bare, state], [...allStates().flatMap(lab => lab.layers), ...running().flatMap(vm => vm.layers)]);
  return { disk: bare, state };
}

/** Brings a machine up, in seconds. Whatever fails, nothing is left behind. */
export const up = (wish: VmWish): Promise<Result<Vm>> =>
  attempt(async () => {
    if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(wish.id))
      throw new LabError('vm-name', `\`${wish.id}\` cannot name a machine: small letters, digits and - can`);
    const made = await layers(wish.shape, wish.say);
    const folder = folderOf(wish.id);
    await guarded(async () => {
      if (existsSync(folder))
        throw new LabError('vm-exists', `a machine named ${wish.id} is up already`, 'ringmaster lab vm down');
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      note(wish.id, 'maker', self());
    });
    let owner: Owner | undefined;
    try {
      const { shape, life, from } = wish;
      const begin = from.kind === 'frozen' ? from.folder : made.state.folder;
      await overlay(filesOf(folder).disk, { path: filesOf(begin).disk, format: 'qcow2' });
      owner = await startMachine({ shape, disk: made.disk, folder, life, from: join(begin, 'state') });
      note(wish.id, 'process', owner);
      await goOn(folder);
      return await enter(wish, owner, made);
    } catch (error) {
      if (owner !== undefined) await endMachine(owner);
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  });

/** Waits for sshd, sets the clock, which stood still while the state lay in the cache, and hands over the tree to build. */
async function enter({ id, shape, from }: VmWish, owner: Owner, made: Layers): Promise<Vm> {
  const folder = folderOf(id);
  const port = await portOf(folder);
  const files = writeSsh(made.disk, folder, port);
  const ssh = sshArgs(files);
  await waitForSsh({ owner, folder, ssh, seconds: SECONDS_TO_ANSWER });
  await demand('setting the clock', [...ssh, `date -s @${Math.floor(Date.now() / 1000)}`]);
  const ref = from.kind === 'frozen' ? from.ref : await handOver(made.disk, { folder, ssh, checkout: from.checkout });
  const inventory = join(folder, 'inventory.yml');
  writeFileSync(inventory, inventoryText({ ssh: files, port, ref, repository: REPOSITORY }), { mode: 0o600 });
  const layers = [made.disk.folder, made.state.folder];
  const vm: Vm = { id, shape, process: owner, folder, port, ssh: files, inventory, ref, layers };
  writeState(vm);
  return vm;
}

interface Place {
  readonly folder: string;
  readonly ssh: readonly string[];
  readonly checkout: string | undefined;
}

/** Puts the tree to build where the inventory says; answers its release. */
async function handOver(bare: Layer, { folder, ssh, checkout }: Place): Promise<string> {
  const { repository, ref } = await makeTree(bare, folder, checkout);
  const take = `mkdir -p ${REPOSITORY}; tar --no-same-owner -x -C ${REPOSITORY}`;
  const script = `tar -C "$1" -c . | "\${@:2}"`;
  await demand('handing over the tree', ['bash', '-o', 'pipefail', '-c', script, 'bash', repository, ...ssh, take]);
  rmSync(repository, { recursive: true });
  return ref;
}

/** Ends a machine so that others can go on from where it was; `into` is a folder that does not exist yet. */
export const freeze = (vm: Vm, into: string): Promise<Result<Frozen>> =>
  attempt(async () => {
    mkdirSync(into, { recursive: true, mode: 0o700 });
    await demand('settling the machine', [...sshArgs(vm.ssh), 'sync']);
    await saveTo(vm.folder, join(into, 'state'));
    await endMachine(vm.process);
    renameSync(filesOf(vm.folder).disk, filesOf(into).disk);
    rmSync(vm.folder, { recursive: true });
    return { kind: 'frozen', folder: into, shape: vm.shape, ref: vm.ref };
  });

function writeState(vm: Vm): void {
  writeFileSync(`${stateFile(vm.id)}.new`, `${JSON.stringify(vm, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${stateFile(vm.id)}.new`, stateFile(vm.id));
}

function readState(id: string): Vm | undefined {
  return existsSync(stateFile(id)) ? (JSON.parse(readFileSync(stateFile(id), 'utf8')) as Vm) : undefined;
}

/** While a machine is being made it has no state yet; who makes it, and its QEMU, are noted for whoever must clear up. */
const note = (id: string, whose: 'maker' | 'process', owner: Owner): void =>
  writeFileSync(join(folderOf(id), `${whose}.json`), JSON.stringify(owner), { mode: 0o600 });
function noted(id: string, whose: 'maker' | 'process'): Owner | undefined {
  const file = join(folderOf(id), `${whose}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Owner) : undefined;
}

const names = (): readonly string[] => (existsSync(machinesFolder()) ? readdirSync(machinesFolder()) : []);
const running = (): readonly Vm[] => names().flatMap(id => find(id) ?? []);

/** The machine of that name, if it is up. Looks only. */
export function find(id: string): Vm | undefined {
  const vm = readState(id);
  return vm !== undefined && lives(vm.process) ? vm : undefined;
}

/** Ends a machine and removes all of it; `false` when there is none of that name. */
export const down = (id: string): Promise<Result<boolean>> =>
  attempt(() =>
    guarded(async () => {
      const known = existsSync(folderOf(id));
      await remove(id);
      return known;
    }),
  );

async function remove(id: string): Promise<void> {
  const owner = noted(id, 'process');
  if (owner !== undefined) await endMachine(owner);
  rmSync(folderOf(id), { recursive: true, force: true });
}

/** Does something with the machines' folders while nobody else does, and first removes those of machines that are dead. */
const guarded = <T>(work: () => Promise<T>): Promise<T> =>
  locked(
    join(cacheFolder(), 'machines.lock'),
    () => {},
    async () => {
      for (const id of names()) {
        const holder = readState(id)?.process ?? noted(id, 'maker');
        if (holder === undefined || !lives(holder)) await remove(id);
      }
      return await work();
    },
  );

/** Plugs or pulls the cable of the management interface. */
export const cable = (vm: Vm, state: 'up' | 'down'): Promise<Result<void>> =>
  attempt(() =>
    withMonitor(filesOf(vm.folder).monitor, async monitor => {
      await monitor.ask('set_link', { name: MANAGEMENT_CABLE, up: state === 'up' });
    }),
  );

/** argv for a shell on the machine, or for a command there, as root by ssh. */
export const shell = (vm: Vm, command: readonly string[]): readonly string[] => [...sshArgs(vm.ssh), ...command];
