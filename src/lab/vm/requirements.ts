import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Result } from '../../core/result.js';
import { machineApt, parseSources, RELEASE, sourcesText } from '../apt-sources.js';
import { demand, run } from '../command.js';
import { attempt, LabError } from '../failure.js';
import type { Say } from '../layer.js';
import { installRequirements as installLab } from '../requirements.js';
import { QEMU } from './shape.js';

/** Debian 12's own QEMU knows no igb; that of its backports does. */
const OLDEST = 8;
const SUITE = `${RELEASE}-backports`;
/** Ours alone, so that it may be removed by whoever does not want it any more. */
const SOURCES = '/etc/apt/sources.list.d/ringmaster-backports.sources';

/** Programs beside QEMU's that a disk is made with, and the Debian package each comes from. */
const PROGRAMS: Readonly<Record<string, string>> = { 'mkfs.ext4': 'e2fsprogs', xz: 'xz-utils' };

/** QEMU's major version; undefined when there is none. */
async function version(): Promise<number | undefined> {
  const ran = await run([QEMU, '--version']).catch(() => undefined);
  const major = /version (\d+)\./.exec(ran?.stdout ?? '')?.[1];
  return major === undefined ? undefined : Number(major);
}

/** Installs by apt what a machine needs beside what a lab needs, saying so first: QEMU comes from Debian's backports. */
export const installRequirements = async (say: Say): Promise<Result<void>> => {
  const lab = await installLab(say);
  if (!lab.ok) return lab;
  return await attempt(async () => {
    const missing = [];
    for (const [program, name] of Object.entries(PROGRAMS))
      if ((await run(['which', program])).status !== 0) missing.push(name);
    const install = ['apt-get', 'install', '-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
    if (missing.length > 0) {
      say(`apt-get install ${missing.join(' ')}`);
      await demand('apt-get install', [...install, ...missing]);
    }
    if (((await version()) ?? 0) >= OLDEST) return;
    await addBackports(say);
    const qemu = ['-t', SUITE, 'qemu-system-x86', 'qemu-utils'];
    say(`apt-get install ${qemu.join(' ')}`);
    await demand('installing QEMU', [...install, ...qemu]);
    if (((await version()) ?? 0) < OLDEST) throw new LabError('vm-qemu', `${QEMU} is older than ${OLDEST}`);
  });
};

/** Adds backports where the machine has them not, from the mirror it has; reads only their lists. */
async function addBackports(say: Say): Promise<void> {
  const { stdout } = await run(['apt-cache', 'policy', 'qemu-system-x86']);
  if (stdout.includes(`${SUITE}/`)) return;
  say(`adding Debian's ${SUITE} in ${SOURCES}`);
  mkdirSync(dirname(SOURCES), { recursive: true });
  writeFileSync(SOURCES, backportsOf((await machineApt()).sources));
  try {
    await demand('apt-get update', ['apt-get', 'update', '-q']);
  } catch (error) {
    rmSync(SOURCES, { force: true });
    throw error;
  }
}

/** The stanzas that name the release itself (not -security, which has another mirror), turned to its backports. */
export function backportsOf(sources: string): string {
  const own = parseSources(sources).filter(stanza => (stanza.get('Suites') ?? '').split(/\s+/).includes(RELEASE));
  return sourcesText(own.map(stanza => new Map(stanza).set('Suites', SUITE)));
}

/** Why a machine cannot be made here, looking only; undefined when it can. */
export async function whyNoVm(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'the machine’s disk is made by root';
  const major = await version();
  if (major === undefined || major < OLDEST) return `there is no ${QEMU} of version ${OLDEST} or newer`;
  const lacking = Object.keys(PROGRAMS).find(
    program => !['/usr/bin', '/usr/sbin', '/sbin', '/bin'].some(folder => existsSync(join(folder, program))),
  );
  return lacking === undefined ? undefined : `there is no ${lacking}`;
}
