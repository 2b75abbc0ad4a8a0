import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Change } from '../../src/core/change.js';
import type { Output } from '../../src/core/probe.js';
import { nothing, type Sh, sh, userScript } from '../../src/core/sh.js';
import { type Ground, run } from './doing.js';
import { canOverlay, stillEtc } from './overlay.js';

/** What may run at all: root, with overlayfs. A test that needs a scratch host says so when it is skipped. */
export const canHost = canOverlay();

const BLOBS = '/run/ringmaster-blobs';

/**
 * This machine's own root below an overlay, in namespaces of its own: what runs there sees a real Debian, and what it
 * writes stays in the upper directory, which therefore is the exact list of what was changed. /proc/sys is read-only,
 * since most of the kernel's settings are no one's own.
 */
export class ScratchHost {
  readonly #base = mkdtempSync(join(tmpdir(), 'host-'));
  readonly #holder: ChildProcess;
  #count = 0;

  private constructor() {
    this.#holder = spawn(
      'unshare',
      ['-m', '-u', '-i', '-n', '-p', '-f', '--propagation', 'private', 'sh', '-c', 'echo $$; exec cat'],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    mkdirSync(join(this.#base, 'blobs'));
    mkdirSync(join(this.#base, 'disk'));
  }

  static async start(): Promise<ScratchHost> {
    const host = new ScratchHost();
    await new Promise(resolve => host.#holder.stdout!.once('data', resolve));
    const disk = join(host.#base, 'disk');
    host.#outside(
      sh`set -e; mount -t tmpfs tmpfs ${disk}; mkdir ${disk}/still; ${userScript(stillEtc(`${disk}/still`))}`,
    );
    return host;
  }

  /** The namespaces of the one child that `unshare -f` made. */
  get #enter(): readonly string[] {
    const child = spawnSync('pgrep', ['-P', String(this.#holder.pid)], { encoding: 'utf8' }).stdout.trim();
    return ['nsenter', '-t', child, '-m', '-u', '-i', '-n', '-p'];
  }

  #outside(script: Sh): void {
    const { status, stderr } = run(script, { through: this.#enter });
    if (status !== 0) throw new Error(`the scratch host cannot be made: ${stderr}`);
  }

  /** A root for one test, as this machine's is, but for what the scenery puts into it. */
  fresh(scenery: Sh = nothing): ScratchRoot {
    const at = join(this.#base, 'disk', String(this.#count++));
    this.#outside(sh`set -e; a=${at}; mkdir -p $a/upper $a/work $a/root
mount -t overlay overlay -o lowerdir=${join(this.#base, 'disk', 'still')}:/,upperdir=$a/upper,workdir=$a/work $a/root
mount -t proc proc $a/root/proc; mount --bind -o ro $a/root/proc/sys $a/root/proc/sys; mount -o remount,ro,bind $a/root/proc/sys
mount -t sysfs sysfs $a/root/sys; mount --rbind /dev $a/root/dev; mount -t tmpfs tmpfs $a/root/run; mkdir $a/root${BLOBS}; mount --bind ${join(this.#base, 'blobs')} $a/root${BLOBS}`);
    const enter = this.#enter;
    return new ScratchRoot(
      { through: [...enter, 'chroot', `${at}/root`], blobs: BLOBS },
      join(this.#base, 'blobs'),
      () =>
        run(written(`${at}/upper`), { through: enter })
          .stdout.split('\n')
          .slice(0, -1),
      scenery,
      () => told(run(contents(`${at}/upper`), { through: enter }).stdout),
    );
  }

  stop(): void {
    this.#holder.stdin!.end();
    this.#holder.kill('SIGKILL');
    rmSync(this.#base, { recursive: true, force: true });
  }
}

/** New directories by name, all else with its size and times too, so that a second writing is seen. */
const written = (upper: string): Sh =>
  sh`cd ${upper} && find . -mindepth 1 -type d '(' -exec test -d /{} ';' -o -printf '%P\\n' ')' -o -printf '%P %s %T@ %C@\\n' | sort`;

/** How each thing in it stands, without times: kind, mode, owner, link text; then digests of the files. */
const contents = (upper: string): Sh =>
  sh`cd ${upper} && find . -mindepth 1 -printf '%P\t%y %m %U:%G %l\n' && find . -type f -exec sha256sum '{}' +`;

function told(stdout: string): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const [path = '', status] = line.split('\t');
    const [, digest = '', file = ''] = /^([0-9a-f]{64}) {2}\.\/(.*)$/.exec(line) ?? [];
    if (status !== undefined) all.set(path, status);
    else if (file !== '') all.set(file, `${all.get(file)} ${digest}`);
  }
  return all;
}

export class ScratchRoot {
  /** What the scenery wrote. */
  readonly atFirst: readonly string[];

  constructor(
    readonly ground: Ground,
    readonly blobs: string,
    /** What was written since it was made. */
    readonly written: () => readonly string[],
    scenery: Sh,
    /** The same as it stands now: kind, mode, owner and content by path. Whatever was removed is a character device. */
    readonly contents: () => ReadonlyMap<string, string>,
  ) {
    const { status, stderr } = this.look(scenery);
    if (status !== 0) throw new Error(`the scenery cannot be set: ${stderr}`);
    this.atFirst = written();
  }

  look(script: Sh): Output {
    return run(script, this.ground);
  }

  act(change: Change): Output {
    for (const blob of change.needs ?? []) writeFileSync(join(this.blobs, blob.digest), blob.bytes!, { mode: 0o600 });
    return run(change.apply, this.ground);
  }
}
