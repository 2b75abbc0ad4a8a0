import type { EffectsSince } from './effect.js';
import { nothing, type Sh, sh, userScript } from './sh.js';
import type { Shared } from './shared.js';

/** What a snippet answered. `status` is an exit status that really arrived; a lost one is never an Output. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
  /** Bytes that were left out of the middle of each stream, where one said more than {@link MOST_OUTPUT}. */
  readonly cut?: { readonly stdout: number; readonly stderr: number } | undefined;
}

/** Of each stream of a snippet, so much is kept whole, in bytes. */
export const MOST_OUTPUT = 64 * 1024 * 1024;

/** What is wrong with an output that is not whole; nothing where it is. */
export function cutInWords({ cut }: Output): string | undefined {
  if (cut === undefined) return undefined;
  const streams = (['stdout', 'stderr'] as const).filter(stream => cut[stream] > 0);
  return `${streams.join(' and ')} said more than ${MOST_OUTPUT / 1024 ** 2} MiB: ${cut.stdout + cut.stderr} bytes are left out`;
}

/**
 * Behind `||` in a look: the tool before it is missing or failed, so that what the look says is no answer. A variable,
 * since an `exit` would cost every guard a process; in a subshell it is lost and has to be handed out.
 */
export const lacking = (tool: string): Sh => sh`rm_lacks=${tool}`;

/**
 * Lets a variable be what a tool says, without its last line break. That it comes is the proof that the tool said all: one
 * that failed, said nothing or was cut short is {@link lacking}.
 */
export const wholeSaying = (variable: 'rm_said' | 'rm_more', command: Sh, tool: string): Sh => {
  const name = userScript(variable);
  return sh`${name}=$(${command} && echo .); case $${name} in *'
.') ${name}=\${${name}%??} ;; *) ${name}=; ${lacking(tool)} ;; esac`;
};

/** The same look, which ends with a status other than 0 where a tool was {@link lacking}, and says which one. */
export const proven = (script: Sh): Sh =>
  script === nothing
    ? nothing
    : sh`rm_lacks=
${script}
[ -z "$rm_lacks" ] || { printf '\\nlacks %s\\n' "$rm_lacks"; false; }`;

/** Why the answer of a look that is {@link proven} is none; nothing where it is one. */
export function lackInWords({ stdout, stderr, status }: Output): string | undefined {
  if (status === 0) return undefined;
  const tool = /\nlacks (.*)\n$/.exec(stdout)?.[1];
  if (tool !== undefined) return new Incomplete(tool).message;
  const said = stderr.trim().split('\n').at(-1);
  return `the look ended with status ${status}${said ? `: ${said}` : ''}`;
}

/** Thrown where an answer is read that is not as long, or not of the form, that the tool's must be. */
export class Incomplete extends Error {
  constructor(tool: string) {
    super(`${tool} is missing, failed, or said less than it must`);
  }
}

/** A read-only question to a target. A fact is a probe nobody plans from. */
export interface Probe<S> {
  /**
   * Must change nothing and answer the same bytes on stdout as long as the target is the same:
   * no times, no pids, no unordered lists. stderr does not count.
   */
  readonly script: Sh;
  readonly parse: (output: Output) => S;
  /** The exit status of the script is part of its answer. Else it must be 0: a look that ends otherwise saw nothing. */
  readonly status?: 'told';
  /** Slow (package index, network): asked only when its turn has come, never ahead. */
  readonly dear?: boolean;
  /** What the script takes from {@link Shared} if the trip has asked for it, and asks by itself if not. */
  readonly shares?: readonly Shared[];
  /**
   * What the script would print, byte for byte, now that these effects have come since it printed `seen`: `seen` itself
   * where they do not concern it, nothing where that cannot be told.
   */
  readonly after?: (seen: Output, effects: EffectsSince) => Output | undefined;
}

export const probe = <S>(script: Sh, parse: (output: Output) => S): Probe<S> => ({ script, parse });
