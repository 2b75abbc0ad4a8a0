import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { type CommandOptions, demand } from './command.js';
import { LabError } from './failure.js';
import { isChild, lives, type Owner, processOf } from './owner.js';

/**
 * The process that a lab hangs on. It is number 1 of a process namespace and holds the lab's mount and network
 * namespaces; all that the lab runs is below it. When it ends, by whatever death, the kernel ends every process of the
 * lab, and its mounts, bridges and interfaces go with the namespaces: there is nothing to forget.
 */
export interface Keeper {
  readonly process: Owner;
}

/** Until when a lab lives: until the process that made it ends, even by a kill; or until `down`. */
export type Life = 'with-owner' | 'until-down';

/** The folder of the lab's processes in the cgroup tree, as seen inside. cgroup2 is mounted there afresh, whatever the machine uses. */
export const cgroupOf = (id: string): string => `/sys/fs/cgroup/ringmaster-lab-${id}`;

/**
 * $1: the lab's cgroup, $2: how long to live. /run is covered, so that neither `ip netns` nor nspawn leaves anything on the machine.
 * The tmpfs under cgroup2: where the machine has cgroup2 there already, the kernel would not mount it a second time.
 * With its owner: stdin is a pipe whose other end only the owner holds, so reading it ends when the owner does.
 */
const KEEP = `set -e
umask 022
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/netns /run/lock
mount -t tmpfs tmpfs /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p "$1"
echo ready
case $2 in with-owner) exec cat >/dev/null ;; *) exec sleep infinity ;; esac
`;

/** Starts a keeper, detached from our session. Throws {@link LabError}. */
export async function startKeeper(id: string, life: Life): Promise<Keeper> {
  const namespaces = [
    '--mount',
    '--net',
    '--pid',
    '--fork',
    '--kill-child=KILL',
    '--mount-proc',
    '--propagation',
    'slave',
  ];
  const outer = spawn('unshare', [...namespaces, '--', 'sh', '-c', KEEP, 'sh', cgroupOf(id), life], {
    detached: true,
    cwd: '/',
    stdio: [life === 'with-owner' ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  await ready(outer);
  const inner = childOf(outer.pid!);
  if (inner === undefined) throw new LabError('lab-keeper', 'the lab’s keeper ended as soon as it had begun');
  // Nothing of it shall hold our event loop: a program that is done must be able to end, and the lab with it.
  for (const part of [outer, outer.stdin, outer.stdout, outer.stderr])
    (part as { unref?: () => void } | null)?.unref?.();
  return { process: inner };
}

function ready(outer: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let words = '';
    outer.stdin?.on('error', () => {});
    outer.stderr!.setEncoding('utf8').on('data', (text: string) => {
      words += text;
    });
    outer.stdout!.once('data', () => resolve());
    const failed = (why: string) => reject(new LabError('lab-keeper', `cannot make the lab’s namespaces: ${why}`));
    outer.on('error', error => failed(error.message));
    outer.on('exit', () => failed(words.trim()));
  });
}

function childOf(parent: number): Owner | undefined {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  const child = pids.find(pid => isChild(pid, parent));
  return child === undefined ? undefined : processOf(child);
}

/** argv that runs a command in the lab's network alone: the machine's own files and processes, the controller's end of the lab. */
export const inNetwork = ({ process: { pid } }: Keeper, argv: readonly string[]): readonly string[] => [
  'nsenter',
  `--net=/proc/${pid}/ns/net`,
  '--',
  ...argv,
];

/** argv that runs a command as a part of the lab: in its network, mounts and process namespace. It ends when the lab does. */
export const within = ({ process: { pid } }: Keeper, argv: readonly string[]): readonly string[] => [
  ...['nsenter', '--target', String(pid), '--mount', '--net', '--pid', '--root', '--wdns=/', '--'],
  ...argv,
];

/** Runs an sh script within the lab; `args` are its $1 and on. Answers its stdout, throws {@link LabError}. */
export const script = (keeper: Keeper, what: string, { text, args = [], options }: InLab): Promise<string> =>
  demand(what, within(keeper, ['sh', '-eu', '-c', `umask 022\n${text}`, 'sh', ...args]), options);
export interface InLab {
  readonly text: string;
  readonly args?: readonly string[];
  readonly options?: CommandOptions;
}

/** A path as the lab sees it (its mounts), for us who are outside. */
export const seenBy = ({ process: { pid } }: Keeper, path: string): string => `/proc/${pid}/root${path}`;

/** Ends the keeper and with it everything in the lab; returns when it is gone. */
export async function endKeeper({ process: owner }: Keeper): Promise<void> {
  if (lives(owner)) process.kill(owner.pid, 'SIGKILL');
  // The kernel ends all others of the namespace before the first is gone.
  for (let i = 0; lives(owner); i++) {
    if (i > 1000) throw new LabError('lab-keeper', `the lab’s keeper (process ${owner.pid}) does not end`);
    await wait(10);
  }
}

/** Removes what a lab leaves in the cgroup tree when all its processes are gone. `at`: a folder to mount the tree on, privately. */
export async function removeCgroup(id: string, at: string): Promise<void> {
  const text = `mount -t cgroup2 cgroup2 "$1"; cd "$1"; [ -d "$2" ] || exit 0
    for i in 1 2 3 4 5 6 7 8 9 10; do find "$2" -depth -type d -exec rmdir {} + 2>/dev/null && exit 0; sleep 0.1; done; exit 1`;
  const name = cgroupOf(id).split('/').at(-1)!;
  await demand('removing the lab’s cgroups', ['unshare', '--mount', 'sh', '-c', text, 'sh', at, name]);
}
