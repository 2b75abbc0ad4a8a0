import { type ChildProcess, spawn } from 'node:child_process';
import { LabError } from './failure.js';

/** What a command of this machine did. `status` is null when a signal ended it. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Written to its stdin, which is then closed. Default: stdin is empty. */
  readonly input?: string | undefined;
  /** Beside our own environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Sees every line of stdout and stderr as it comes. */
  readonly line?: ((line: string) => void) | undefined;
}

/** Runs a program of this machine to its end. Throws {@link LabError} only when it cannot be started. */
export function run(argv: readonly string[], options: CommandOptions = {}): Promise<Ran> {
  const [program, ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, {
      // LC_ALL: some messages are looked at; a dialog of a package in the middle of a build would wait for ever.
      env: { ...process.env, ...options.env, LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' },
    });
    const texts = collect(child, options.line);
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    child.on('error', error => reject(new LabError('lab-command', `cannot start ${program}: ${error.message}`)));
    child.on('close', status => resolve({ status, stdout: texts.stdout(), stderr: texts.stderr() }));
  });
}

function collect(child: ChildProcess, line: ((line: string) => void) | undefined) {
  const gather = (stream: NodeJS.ReadableStream | null) => {
    let text = '';
    let begun = '';
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk: string) => {
      text += chunk;
      if (line === undefined) return;
      const lines = (begun + chunk).split('\n');
      begun = lines.pop()!;
      for (const one of lines) line(one);
    });
    return () => text;
  };
  return { stdout: gather(child.stdout), stderr: gather(child.stderr) };
}

/** As {@link run}, but anything but exit status 0 is a {@link LabError} that says `what` failed, with the end of its stderr. */
export async function demand(what: string, argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await run(argv, options);
  if (status === 0) return stdout;
  const words = (stderr.trim() || stdout.trim()).split('\n').slice(-8).join('\n');
  throw new LabError(
    'lab-command',
    `${what} failed (${status === null ? 'killed' : `exit status ${status}`}): ${words}`,
  );
}

/**
 * Puts a long command on a leash: in a mount and process namespace of its own, which ends with us even if we are
 * killed. So an interrupted build leaves no mount and no process, only a folder that the next build removes.
 */
export const leashed = (argv: readonly string[]): readonly string[] => [
  ...['setpriv', '--pdeathsig', 'KILL', '--'],
  ...['unshare', '--mount', '--pid', '--fork', '--kill-child=KILL', '--mount-proc', '--propagation', 'private', '--'],
  ...argv,
];
