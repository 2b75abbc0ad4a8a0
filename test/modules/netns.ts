import { execFileSync } from 'node:child_process';

/** A network of its own, with commands to set it up; gone when disposed. Needs root. */
export interface Netns {
  /** What leads a command in there: for a {@link Ground}'s `through`. */
  readonly through: readonly string[];
  /** Runs one command line (split at blanks) inside, and gives what it prints. */
  readonly sh: (command: string) => string;
  readonly close: () => void;
}

let count = 0;

/** Makes one with the given commands run in it; `ip link add v0 type veth peer name v1` and the like. */
export function netns(...commands: readonly string[]): Netns {
  const name = `rmt-${process.pid}-${count++}`;
  execFileSync('ip', ['netns', 'add', name]);
  const through = ['ip', 'netns', 'exec', name];
  const sh = (command: string) =>
    execFileSync('ip', ['netns', 'exec', name, ...command.split(' ')], { encoding: 'utf8' });
  const close = () => void execFileSync('ip', ['netns', 'del', name]);
  try {
    for (const command of commands) sh(command);
  } catch (error) {
    close();
    throw error;
  }
  return { through, sh, close };
}
