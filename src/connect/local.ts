import { userInfo } from 'node:os';
import { unreachable } from './failures.js';
import type { Ending, Link, Opened } from './pipe.js';

/** As with ssh: output of a shell that has ended may still be on its way this long, in milliseconds. */
const DRAIN = 500;

/** A list that forgets: zx keeps all output of a process until its end, and the shell of a lane runs as long as we do. */
class Forgetful extends Array<never> {
  override push(): number {
    return 0;
  }
}

/** This machine, through zx. Tasks have the environment of this program, as with Ansible, and `directory` as theirs. */
export function localLink(shell: readonly [string, ...string[]], directory?: string): Link {
  const { username } = userInfo();
  return {
    name: `this machine (${username})`,
    user: username,
    environment: 'inherited',
    open: () => open(shell, directory),
    close: async () => {},
  };
}

async function open(shell: readonly [string, ...string[]], directory: string | undefined): Promise<Opened> {
  // Late, because zx takes some 170 ms to load.
  const { $ } = await import('zx');
  const start = $({
    shell: '/bin/sh',
    prefix: '',
    postfix: '',
    quote: word => `'${word.replaceAll("'", `'\\''`)}'`,
    stdio: 'pipe',
    nothrow: true,
    ...(directory === undefined ? {} : { cwd: directory }),
    quiet: true,
    // A process group of its own: a terminal's Ctrl-C is for us to handle, and a timeout can end all it started.
    detached: true,
    store: { stdout: new Forgetful(), stderr: new Forgetful(), stdall: new Forgetful() },
  });
  const process = start`exec ${shell}`;
  const { child } = process;
  if (child?.pid === undefined || !child.stdin || !child.stdout || !child.stderr) {
    return { ok: false, failure: unreachable('no-shell', `${shell.join(' ')} cannot be started on this machine`) };
  }
  const { stdin, stdout, stderr } = child;
  const ended = new Promise<Ending>(resolve => {
    const tell = (status: number | null, signal: string | null) =>
      resolve({ status: status ?? undefined, signal: signal ?? undefined });
    let draining: NodeJS.Timeout | undefined;
    child.once('exit', (status, signal) => {
      draining = setTimeout(() => tell(status, signal), DRAIN);
    });
    child.once('close', (status, signal) => {
      clearTimeout(draining);
      tell(status, signal);
    });
    child.once('error', error => resolve({ cut: error.message }));
  });
  return {
    ok: true,
    pipe: {
      stdin,
      stdout,
      stderr,
      ended,
      unsent: () => stdin.writableLength,
      drop: () => {
        for (const stream of [stdin, stdout, stderr]) stream.destroy();
      },
    },
  };
}
