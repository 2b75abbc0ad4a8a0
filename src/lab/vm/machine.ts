import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { demand, type Ran, run } from '../command.js';
import { LabError } from '../failure.js';
import type { Life } from '../keeper.js';
import type { Layer } from '../layer.js';
import { lives, type Owner, processOf } from '../owner.js';
import { type Monitor, withMonitor } from './monitor.js';
import { fileArgs, filesOf, machineArgs, QEMU, type Shape } from './shape.js';

export interface Start {
  readonly shape: Shape;
  readonly disk: Layer;
  /** Holds the machine's own disk, made before, and takes its console and monitor. */
  readonly folder: string;
  readonly life: Life;
  /** A state saved before, to go on from instead of booting. */
  readonly from?: string | undefined;
}

/** Starts QEMU. With its owner: the kernel ends it when the process that started it ends, by whatever death. */
export async function startMachine({ shape, disk, folder, life, from }: Start): Promise<Owner> {
  const files = filesOf(folder);
  const messages = openSync(files.messages, 'w', 0o600);
  const leash = life === 'with-owner' ? ['setpriv', '--pdeathsig', 'KILL', '--'] : [];
  const resume = from === undefined ? [] : ['-incoming', `file:${from}`];
  const [program, ...args] = [...leash, QEMU, ...machineArgs(shape), ...fileArgs(disk, folder), ...resume];
  const child = spawn(program!, args, { detached: true, cwd: '/', stdio: ['ignore', messages, messages] });
  closeSync(messages);
  child.unref();
  await new Promise<void>((resolve, reject) => {
    child.on('spawn', resolve);
    child.on('error', error => reject(new LabError('vm-start', `cannot start ${program}: ${error.message}`)));
  });
  const owner = processOf(child.pid!);
  if (owner === undefined) throw new LabError('vm-start', `QEMU ended at once: ${said(folder)}`);
  return owner;
}

const said = (folder: string): string => readFileSync(filesOf(folder).messages, 'utf8').trim();

/** Makes a machine that was started from a saved state go on. */
export const goOn = (folder: string): Promise<void> =>
  withMonitor(filesOf(folder).monitor, async monitor => {
    await until(monitor, 'query-status', ({ status }) => status !== 'inmigrate');
    await monitor.ask('cont');
  });

/** Saves the state of a running machine and ends it. Its disk and that state together can be gone on from any number of times. */
export const saveTo = (folder: string, state: string): Promise<void> =>
  withMonitor(filesOf(folder).monitor, async monitor => {
    await monitor.ask('stop');
    await monitor.ask('migrate', { uri: `file:${state}` });
    const end = await until(monitor, 'query-migrate', ({ status }) => status === 'completed' || status === 'failed');
    if (end.status === 'failed') throw new LabError('vm-state', `saving the machine's state: ${JSON.stringify(end)}`);
    // The answer may be lost with the process that gives it.
    await monitor.ask('quit').catch(() => {});
  });

type Status = Readonly<Record<string, unknown>>;
async function until(monitor: Monitor, query: string, met: (status: Status) => boolean): Promise<Status> {
  for (;;) {
    const status = (await monitor.ask(query)) as Status;
    if (met(status)) return status;
    await wait(100);
  }
}

/** The port of ours that leads to the machine's sshd. */
export const portOf = (folder: string): Promise<number> =>
  withMonitor(filesOf(folder).monitor, async monitor => {
    const table = await monitor.type('info usernet');
    const port = /TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)/.exec(table)?.[1];
    if (port === undefined) throw new LabError('vm-network', `no forwarded port in: ${table}`);
    return Number(port);
  });

/** Ends QEMU and returns when it is gone. */
export async function endMachine(owner: Owner): Promise<void> {
  if (lives(owner)) process.kill(owner.pid, 'SIGKILL');
  for (let i = 0; lives(owner); i++) {
    if (i > 1000) throw new LabError('vm-end', `QEMU (process ${owner.pid}) does not end`);
    await wait(10);
  }
}

/** Makes a machine's own disk: what it writes, over what lies in `base`. */
export async function overlay(disk: string, base: { readonly path: string; readonly format: 'raw' | 'qcow2' }) {
  await demand('making the disk', [
    'qemu-img',
    'create',
    '-q',
    '-f',
    'qcow2',
    '-F',
    base.format,
    '-b',
    base.path,
    disk,
  ]);
}

export interface Reach {
  readonly owner: Owner;
  readonly folder: string;
  /** argv of an ssh to the machine. */
  readonly ssh: readonly string[];
  readonly seconds: number;
}

/** Waits until the machine lets us in. Throws {@link LabError} with the end of its console. */
export async function waitForSsh({ owner, folder, ssh, seconds }: Reach): Promise<void> {
  const end = Date.now() + seconds * 1000;
  let last: Ran | undefined;
  while (Date.now() < end) {
    if (!lives(owner)) throw new LabError('vm-boot', `QEMU ended: ${said(folder)}`);
    last = await run([...ssh, 'true']);
    if (last.status === 0) return;
    await wait(500);
  }
  const console = readFileSync(filesOf(folder).console, 'utf8').split('\n').slice(-20).join('\n');
  throw new LabError('vm-boot', `no way in within ${seconds} s (${last?.stderr.trim()}); its console:\n${console}`);
}
