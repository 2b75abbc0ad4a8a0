import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { connectorOf } from '../../src/connect/connect.js';
import type { ConnectOptions } from '../../src/connect/options.js';
import type { Answer, Connection, Target } from '../../src/core/connection.js';
import type { HostName } from '../../src/core/names.js';
import type { Failure } from '../../src/core/outcome.js';
import type { Output } from '../../src/core/probe.js';
import { type Sh, userScript } from '../../src/core/sh.js';
import { descendants, freePort, isAlive, kill, listening, title } from './processes.js';

/* Real parts to reach: sshd on loopback, accounts of our own, a proxy that can be cut. All is removed at the end. */

/** Whether the tests that need root, sshd and useradd can run. Says so where they cannot: a skip must not go unseen. */
export const canServe = ((): boolean => {
  const missing = ['/usr/sbin/sshd', '/usr/sbin/useradd', '/usr/bin/sudo'].filter(path => !existsSync(path));
  if (userInfo().uid === 0 && missing.length === 0) return true;
  console.warn(`SKIPPED: tests over a real sshd need root${missing.length > 0 ? ` and ${missing.join(', ')}` : ''}`);
  return false;
})();

export const has = (program: string): boolean => {
  try {
    execFileSync('/bin/sh', ['-c', `command -v ${program}`], { stdio: 'pipe' });
    return true;
  } catch {
    console.warn(`SKIPPED: ${program} is not installed`);
    return false;
  }
};

const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' });

/** An account that exists until {@link Rig.end}. */
export interface Account {
  readonly name: string;
  readonly home: string;
  readonly password: string;
}

export interface Sshd {
  readonly port: number;
  /** The public half of its host key: `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  readonly pid: number;
  /** What it logged so far. */
  log(): string;
  /** Process ids of its `sshd: NAME@notty` processes. */
  sessions(name: string): readonly number[];
  stop(): Promise<void>;
}

/** One test file's world. */
export class Rig {
  readonly dir = mkdtempSync(join(tmpdir(), 'rmtest-'));
  readonly home = join(this.dir, 'home');
  readonly keyFile = join(this.home, '.ssh', 'id_ed25519');
  readonly #ends: (() => unknown)[] = [];
  #accounts = 0;

  constructor() {
    chmodSync(this.dir, 0o755);
    mkdirSync(join(this.home, '.ssh'), { recursive: true, mode: 0o700 });
    run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'rmtest', '-f', this.keyFile);
  }

  get publicKey(): string {
    return readFileSync(`${this.keyFile}.pub`, 'utf8');
  }

  /** Runs at the end, last first. */
  onEnd(end: () => unknown): void {
    this.#ends.push(end);
  }

  async end(): Promise<void> {
    for (const end of this.#ends.reverse()) await end();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Makes an account that our key opens. `files` are put in its home. */
  account(options: { shell?: string; files?: Record<string, string>; sudoers?: string } = {}): Account {
    sweep();
    const name = `rmtest${process.pid}${String.fromCharCode(97 + this.#accounts++)}`;
    const home = join(this.dir, name);
    const password = `pass word ${name}$'"\\`;
    // Far from the numbers that accounts begin with: hosts of a lab on this machine have accounts of those numbers.
    const numbers = ['-K', 'UID_MIN=58000', '-K', 'UID_MAX=59999'];
    patiently(() => run('useradd', ...numbers, '-m', '-d', home, '-s', options.shell ?? '/bin/bash', name));
    this.onEnd(() => {
      // userdel wants no process of the account left; processes in name spaces of their own are not the account's.
      for (const pid of run('sh', '-c', `ps -o pid= -u ${name} || true`).split('\n'))
        if (pid.trim() && isOfOurs(Number(pid))) kill(Number(pid), 'SIGKILL');
      patiently(() => run('userdel', '-f', name));
    });
    execFileSync('chpasswd', { input: `${name}:${password}\n` });
    const { uid, gid } = { uid: Number(run('id', '-u', name)), gid: Number(run('id', '-g', name)) };
    const put = (path: string, content: string) => {
      const directory = dirname(join(home, path));
      run('install', '-d', '-o', name, '-g', String(gid), '-m', '755', directory);
      writeFileSync(join(home, path), content);
      chownSync(join(home, path), uid, gid);
    };
    put('.ssh/authorized_keys', this.publicKey);
    for (const [path, content] of Object.entries(options.files ?? {})) put(path, content);
    if (options.sudoers !== undefined) {
      const file = `/etc/sudoers.d/${name}`;
      writeFileSync(file, options.sudoers.replaceAll('USER', name), { mode: 0o440 });
      this.onEnd(() => rmSync(file, { force: true }));
    }
    return { name, home, password };
  }

  /** Starts an sshd on a free port of loopback. `config` lines go first, and so count. */
  async sshd(config = '', keyType = 'ed25519'): Promise<Sshd> {
    mkdirSync('/run/sshd', { recursive: true });
    const port = await freePort();
    const base = join(this.dir, `sshd-${port}`);
    run('ssh-keygen', '-q', '-t', keyType, '-N', '', '-f', `${base}.key`);
    writeFileSync(
      `${base}.conf`,
      `${config}
ListenAddress 127.0.0.1
Port ${port}
HostKey ${base}.key
PidFile ${base}.pid
UsePAM yes
StrictModes no
PermitRootLogin prohibit-password
AuthorizedKeysFile .ssh/authorized_keys ${this.dir}/root_keys
LogLevel VERBOSE
PrintMotd no
`,
    );
    writeFileSync(join(this.dir, 'root_keys'), this.publicKey);
    const child: ChildProcess = spawn('/usr/sbin/sshd', ['-D', '-f', `${base}.conf`, '-E', `${base}.log`], {
      stdio: 'ignore',
    });
    await listening(port);
    const [type, key] = readFileSync(`${base}.key.pub`, 'utf8').split(' ');
    const hostKey = `${type} ${key}`;
    appendFileSync(join(this.home, '.ssh', 'known_hosts'), `[127.0.0.1]:${port} ${hostKey}\n`);
    const stop = async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      for (const pid of descendants(child.pid!)) kill(pid, 'SIGKILL');
      const gone = new Promise(resolve => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    };
    this.onEnd(stop);
    return {
      port,
      hostKey,
      pid: child.pid!,
      log: () => readFileSync(`${base}.log`, 'utf8'),
      sessions: name =>
        descendants(child.pid!).filter(
          pid => title(pid).startsWith(`sshd: ${name}@`) || title(pid) === `sshd: ${name}`,
        ),
      stop,
    };
  }

  /** A connector with a home of its own, so that nothing of the machine's user counts. */
  connector(options: ConnectOptions = {}) {
    return connectorOf({ home: this.home, sshConfig: [join(this.home, '.ssh', 'config')], ...options });
  }

  /** Connects, or fails the test. Closed at the end. */
  async connect(target: Partial<Target>, options: ConnectOptions = {}): Promise<Connection> {
    const connected = await this.connector(options)(targetOf(target));
    if (!connected.ok) throw new Error(`not connected: ${JSON.stringify(connected.failure)}`);
    this.onEnd(() => connected.connection.close());
    return connected.connection;
  }

  /** Why a connection fails, or a failed test. */
  async refusal(target: Partial<Target>, options: ConnectOptions = {}): Promise<Failure & { reason: 'unreachable' }> {
    const connected = await this.connector(options)(targetOf(target));
    if (connected.ok) {
      await connected.connection.close();
      throw new Error('connected, and should not have');
    }
    if (connected.failure.reason !== 'unreachable') throw new Error(JSON.stringify(connected.failure));
    return connected.failure;
  }
}

export const targetOf = (target: Partial<Target>): Target => ({
  host: 'web1' as HostName,
  connection: 'ssh',
  address: '127.0.0.1',
  ...target,
});

/** Asks snippets as the login, each on its own; fails the test where no answer comes. */
export async function ask(connection: Connection, ...snippets: (Sh | string)[]): Promise<readonly Output[]> {
  return outputs(await connection.ask(undefined, { how: 'each', snippets: scripts(snippets) }));
}

export const scripts = (snippets: readonly (Sh | string)[]): readonly Sh[] =>
  snippets.map(snippet => (typeof snippet === 'string' ? userScript(snippet) : snippet));

export function outputs(answer: Answer): readonly Output[] {
  if (answer.kind !== 'answered') throw new Error(`not answered: ${JSON.stringify(answer)}`);
  return answer.outputs;
}

export function lostBy(answer: Answer): Failure {
  if (answer.kind !== 'lost') throw new Error(`${answer.kind}: ${JSON.stringify(answer.outputs)}`);
  return answer.failure;
}

/** Whether a process is in our process name space. */
function isOfOurs(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`) === readlinkSync('/proc/self/ns/pid');
  } catch {
    return false; // it has ended
  }
}

/** Another program may hold the lock of /etc/passwd. */
function patiently(job: () => void): void {
  for (let n = 0; ; n++) {
    try {
      job();
      return;
    } catch (error) {
      if (n >= 50 || !/lock|currently used/.test(String((error as { stderr?: string }).stderr))) throw error;
      run('sleep', '0.2');
    }
  }
}

let swept = false;

/** Removes what a run that was killed has left behind: accounts of test processes that live no more. */
function sweep(): void {
  if (swept) return;
  swept = true;
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [, name, pid] = /^(rmtest(\d+)[a-z]):/.exec(line) ?? [];
    if (name === undefined || isAlive(Number(pid))) continue;
    patiently(() => run('userdel', '-f', name));
    rmSync(`/etc/sudoers.d/${name}`, { force: true });
  }
}
