import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Ran, runProgram } from '../e2e/rig.js';

const root = path.join(import.meta.dirname, '../..');
const standIns = path.join(root, 'src/lab/stand-ins');

/** What is an overlay over the machine's own: nothing that a role does there stays. */
const COVERED = ['etc', 'usr/local', 'usr/src', 'usr/include', 'usr/lib/modules', 'var/lib', 'boot'] as const;

/** $1 a folder. Says `ready`, and keeps the namespaces until its standard input ends. */
const COVER = `set -eu
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$1/mem"
for over in ${COVERED.join(' ')}; do
  [ -d "/$over" ] || continue
  mkdir -p "$1/mem/$over/upper" "$1/mem/$over/work"
  mount -t overlay overlay -o "lowerdir=/$over,upperdir=$1/mem/$over/upper,workdir=$1/mem/$over/work" "/$over"
done
for own in /run /sys/class /sys/dev /sys/firmware /sys/module; do mount -t tmpfs -o mode=755 tmpfs "$own"; done
mkdir /sys/class/net /sys/class/block /sys/dev/block
# No archive, and lists that are as fresh as can be.
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d /var/lib/apt/lists
mkdir -p /var/lib/apt/lists/partial /var/lib/apt/periodic
: >/var/lib/apt/lists/none_Packages
: >/var/lib/apt/periodic/update-success-stamp
ip link set lo up
echo ready
read -r end || :
`;

/** Why a {@link Machine} cannot be had here; undefined where it can. */
export function whyNoMachine(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can make the namespaces';
  const folder = mkdtempSync(path.join(tmpdir(), 'ringmaster-machine-'));
  mkdirSync(path.join(folder, 'mem'));
  const { status, stderr } = spawnSync('unshare', ['-m', '-n', 'sh', '-c', COVER, 'sh', folder], {
    encoding: 'utf8',
    input: '',
  });
  rmSync(folder, { recursive: true, force: true });
  return status === 0 ? undefined : `namespaces and overlays cannot be made: ${stderr.trim()}`;
}

/**
 * This machine under a cover: its programs are real, but what is written to /etc, /usr/local, /var/lib, /lib/modules and the like goes into
 * memory, /run, /sys/class and /sys/module are empty, and the network is its own. Gone when closed, or when the test's process ends.
 */
export class Machine {
  private constructor(
    readonly folder: string,
    private readonly keeper: ReturnType<typeof spawn>,
  ) {}

  static async start(): Promise<Machine> {
    const folder = mkdtempSync(path.join(tmpdir(), 'ringmaster-machine-'));
    mkdirSync(path.join(folder, 'mem'));
    const keeper = spawn('unshare', ['-m', '-n', 'sh', '-c', COVER, 'sh', folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await new Promise<void>((done, reject) => {
      keeper.stdout!.once('data', () => done());
      keeper.once('exit', code => reject(new Error(`no machine: status ${code}`)));
    });
    return new Machine(folder, keeper);
  }

  /** With the lab's stand-ins for kmod, so that kernel modules are texts. */
  static async withStandIns(): Promise<Machine> {
    const machine = await Machine.start();
    machine.sh(`cp ${standIns}/bin/* /usr/local/sbin/ && chmod 755 /usr/local/sbin/*`);
    return machine;
  }

  private inside(argv: readonly string[]): readonly [string, ...string[]] {
    return ['nsenter', '-t', String(this.keeper.pid), '-m', '-n', ...argv];
  }

  /** A script inside; what it prints. Throws when it fails. */
  sh(script: string): string {
    const [program, ...args] = this.inside(['sh', '-euc', script]);
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** A role's script with functions before it, as its task runs it. */
  script(files: readonly string[], env: Readonly<Record<string, string>>, shell: readonly string[] = ['dash']): Ran {
    const text = files
      .map(file => execFileSync('cat', [path.join(root, 'roles', file)], { encoding: 'utf8' }))
      .join('\n');
    const [program, ...args] = this.inside([...shell, '-c', text]);
    const { status, stdout, stderr } = spawnSync(program, args, {
      encoding: 'utf8',
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', ...env },
    });
    return { code: status ?? -1, out: stdout, err: stderr };
  }

  /** A play of one role on this machine, by the built program. */
  role(name: string, vars: Readonly<Record<string, unknown>>, ...more: readonly string[]): Promise<Ran> {
    const play = [{ hosts: 'localhost', connection: 'local', roles: [name] }];
    writeFileSync(path.join(this.folder, 'play.yml'), JSON.stringify(play));
    writeFileSync(path.join(this.folder, 'vars.json'), JSON.stringify(vars));
    const main = [
      process.execPath,
      path.join(root, 'dist/main.js'),
      'run',
      'play.yml',
      '-i',
      'localhost,',
      '-e',
      '@vars.json',
    ];
    // Entering a mount namespace leads to its root.
    const there = ['sh', '-c', 'cd "$0" && exec "$@"', this.folder];
    return runProgram(this.inside([...there, ...main, '--roles-path', path.join(root, 'roles'), ...more]));
  }

  write(file: string, text: string): void {
    const [program, ...args] = this.inside(['sh', '-euc', 'mkdir -p "${1%/*}"; cat >"$1"', 'sh', file]);
    execFileSync(program, args, { input: text });
  }

  read(file: string): string {
    return this.sh(`cat '${file}'`);
  }

  async close(): Promise<void> {
    await new Promise<void>(done => {
      this.keeper.once('exit', () => done());
      this.keeper.stdin!.end('\n');
    });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A git repository of the lab's PF_RING, tagged with its version. */
export function standInSource(into: string): string {
  const repository = path.join(into, 'pf_ring');
  execFileSync('cp', ['-R', path.join(standIns, 'pf_ring'), repository]);
  commit(repository, '8.8.0-stand-in');
  return repository;
}

/** Commits all that is there, under a tag. */
export function commit(repository: string, tag: string): void {
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-C', repository, '-c', 'user.name=test', '-c', 'user.email=test@localhost', ...words], {
      stdio: 'ignore',
    });
  git('init', '--quiet');
  git('add', '--all', '--force', '.');
  git('commit', '--quiet', '--message', tag);
  git('tag', tag);
}

/** A kernel whose headers are installed here, and Debian's DKMS beside it; else why modules cannot be built. */
export const kernelToBuildFor = ():
  | { readonly kernel: string; readonly why?: undefined }
  | { readonly kernel?: undefined; readonly why: string } => {
  const kernels = existsSync('/lib/modules') ? readdirSync('/lib/modules').sort() : [];
  const kernel = kernels.find(name => /^\d/.test(name) && existsSync(`/lib/modules/${name}/build/include`));
  return kernel !== undefined && existsSync('/usr/sbin/dkms')
    ? { kernel }
    : { why: 'Debian’s linux-headers or dkms are not installed' };
};

/** A kernel module that stands for PF_RING's: C, with one exported symbol. */
export const PF_RING_MODULE = `#include <linux/module.h>
static unsigned int transparent_mode; module_param(transparent_mode, uint, 0644); MODULE_PARM_DESC(transparent_mode, "ignored");
int ring_of(int number); int ring_of(int number) { return number; } EXPORT_SYMBOL(ring_of);
MODULE_LICENSE("GPL"); MODULE_VERSION("1.0");
`;

/** A Makefile that is called as PF_RING's own is. */
export const moduleMakefile = (name: string): string => `obj-m := ${name}.o
all:
	$(MAKE) -C /lib/modules/$(BUILD_KERNEL)/build M=$(CURDIR) KBUILD_EXTRA_SYMBOLS=$(SYMBOLS) modules
clean:
	$(MAKE) -C /lib/modules/$(BUILD_KERNEL)/build M=$(CURDIR) clean
install:
	mkdir -p /lib/modules/$(BUILD_KERNEL)/kernel/net/pf_ring
	cp *.ko /lib/modules/$(BUILD_KERNEL)/kernel/net/pf_ring
	depmod $(BUILD_KERNEL)
`;

/** What the packages of a kernel and of its headers do when they are installed later: a folder, then the hook of DKMS. */
export const installKernel = (later: string, as: string): string => `mkdir -p /lib/modules/${later}
cp -P /lib/modules/${as}/build /lib/modules/${as}/source /lib/modules/${later}/
: >/lib/modules/${later}/modules.order; : >/lib/modules/${later}/modules.builtin
/etc/kernel/postinst.d/dkms ${later} >&2`;

/** One line where the terminal's width, markers and line breaks do not matter. */
export const flat = (text: string): string => text.replace(/\s+/g, ' ');
