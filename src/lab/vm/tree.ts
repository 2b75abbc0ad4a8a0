import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { demand } from '../command.js';
import { LabError } from '../failure.js';
import type { Layer } from '../layer.js';
import { standInsFolder } from '../places.js';
import { exportSource } from '../stand-ins.js';
import { DRIVERS } from './disk.js';

/** A tree of PF_RING as a bare git repository, and the tag in it that is to be built. */
export interface Tree {
  readonly repository: string;
  readonly ref: string;
}

/** Writes the repository `into/pf_ring.git`: of the stand-ins and the kernel's own drivers, or of a checkout of PF_RING. */
export async function makeTree(disk: Layer, into: string, checkout: string | undefined): Promise<Tree> {
  const scratch = mkdtempSync(join(tmpdir(), 'ringmaster-tree-'));
  try {
    const tree = join(scratch, 'pf_ring');
    mkdirSync(tree);
    if (checkout === undefined) standInTree(disk, tree);
    else await partsOf(checkout, tree);
    const repository = join(into, 'pf_ring.git');
    await exportSource(tree, repository);
    return { repository, ref: readFileSync(join(tree, 'VERSION'), 'utf8').trim() };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The lab's stand-in tree, with a kernel module and drivers that are real ones. */
function standInTree(disk: Layer, tree: string): void {
  const lab = standInsFolder();
  if (lab === undefined) throw new LabError('vm-stand-ins', 'the stand-ins are not beside this program');
  const ours = join(dirname(lab), 'vm', 'stand-ins');
  cpSync(join(lab, 'pf_ring'), tree, { recursive: true, verbatimSymlinks: true });
  for (const file of readdirSync(join(tree, 'kernel')))
    if (file !== 'linux') rmSync(join(tree, 'kernel', file), { recursive: true });
  rmSync(join(tree, 'drivers'), { recursive: true });
  cpSync(join(ours, 'kernel'), join(tree, 'kernel'), { recursive: true });
  const version = readFileSync(join(disk.folder, 'linux', 'VERSION'), 'utf8').trim();
  for (const family of DRIVERS) {
    const folder = join(tree, 'drivers', 'intel', family, `${family}-${version}-zc`);
    const makefile = join(folder, 'src', 'Makefile');
    cpSync(join(disk.folder, 'linux', family), join(folder, 'src'), { recursive: true });
    renameSync(makefile, `${makefile}.kernel`);
    cpSync(join(ours, 'driver'), folder, { recursive: true });
    writeFileSync(join(folder, 'src', 'Kbuild'), kbuild(family));
    writeFileSync(join(folder, 'src', 'whole.c'), wholeOf(join(folder, 'src'), family));
  }
}

/**
 * The driver is compiled in one piece, in a hurry and without debugging information: its headers, once read, are most of the
 * work, and under emulation this is a minute or two instead of eight.
 */
const kbuild = (family: string): string => `ccflags-y := -O1 -g0\nobj-m := ${family}.o\n${family}-objs := whole.o\n`;

/** All of a driver's own objects, as its Makefile lists them, in one source. */
function wholeOf(sources: string, family: string): string {
  const makefile = readFileSync(join(sources, 'Makefile.kernel'), 'utf8').replaceAll('\\\n', ' ');
  const objects = new RegExp(`^${family}-objs\\s*:=(.*)$`, 'm').exec(makefile)?.[1];
  if (objects === undefined) throw new LabError('vm-drivers', `the kernel's ${family} is laid out in another way`);
  const names = [...objects.matchAll(/(\S+)\.o/g)].map(([, name]) => name);
  return [...names, 'stand_in'].map(name => `#include "${name}.c"\n`).join('');
}

/** What of a checkout the roles build, with the drivers this machine has hardware for; its release from its own header. */
async function partsOf(checkout: string, tree: string): Promise<void> {
  const parts = ['kernel', 'userland', ...DRIVERS.map(family => `drivers/intel/${family}`)];
  const script = 'cd "$1"; to=$2; shift 2; tar -c --exclude-vcs "$@" | tar -x -C "$to"';
  await demand('copying the checkout of PF_RING', ['sh', '-eu', '-c', script, 'sh', checkout, tree, ...parts]);
  const header = readFileSync(join(tree, 'kernel', 'linux', 'pf_ring.h'), 'utf8');
  const release = /^#define\s+RING_VERSION\s+"([^"]+)"/m.exec(header)?.[1];
  if (release === undefined)
    throw new LabError('vm-checkout', `${checkout} does not say which release of PF_RING it is`);
  writeFileSync(join(tree, 'VERSION'), `${release}\n`);
}
