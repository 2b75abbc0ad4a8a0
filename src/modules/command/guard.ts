import { type Probe, probe } from '../../core/probe.js';
import { nothing, type Sh, sh } from '../../core/sh.js';
import { expanded, globbed } from './expand.js';

export interface GuardArgs {
  readonly creates?: string | undefined;
  readonly removes?: string | undefined;
  readonly chdir?: string | undefined;
}

/** What the guards of a command found; a guard that was not set holds. */
export interface Guards {
  readonly created: boolean;
  /** What `removes` names is not there. */
  readonly removed: boolean;
}

/** `cd` that says what Ansible says when it fails. */
export const enter = (chdir: string | undefined): Sh =>
  chdir === undefined
    ? nothing
    : sh`cd -- ${expanded(chdir)} 2>/dev/null || { printf '%s\n' ${`Unable to change directory before execution: ${chdir}`} >&2; exit 2; }`;

const matches = (pattern: string, chdir: string | undefined, word: string): Sh => {
  const there = chdir === undefined ? nothing : sh`cd -- ${expanded(chdir)} 2>/dev/null`;
  // A dangling link counts, as for Python's glob of a literal name.
  return sh`( ${there} && for f in ${globbed(pattern)}; do [ -e "$f" ] || [ -L "$f" ] && printf '%s\n' ${word} && break; done )`;
};

/** Looks for what `creates` and `removes` name: a constant snippet when there is neither. */
export function guardProbe({ creates, removes, chdir }: GuardArgs): Probe<Guards> {
  const parse = ({ stdout }: { readonly stdout: string }): Guards => {
    const seen = stdout.split('\n');
    return {
      created: creates !== undefined && seen.includes('created'),
      removed: removes !== undefined && !seen.includes('kept'),
    };
  };
  if (creates === undefined && removes === undefined) return probe(nothing, parse);
  const first = creates === undefined ? nothing : matches(creates, chdir, 'created');
  const second = removes === undefined ? nothing : matches(removes, chdir, 'kept');
  return probe(sh`${first}\n${second}\n:`, parse);
}

/** Why the command need not run, in Ansible's words, or nothing. */
export function needless(args: GuardArgs, { created, removed }: Guards): string | undefined {
  if (created) return `skipped, since ${args.creates} exists`;
  if (removed) return `skipped, since ${args.removes} does not exist`;
  return undefined;
}
