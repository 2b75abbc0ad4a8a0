import { readFileSync } from 'node:fs';

/** A process of this machine, told apart from a later one of the same number by when it started (clock ticks since boot). */
export interface Owner {
  readonly pid: number;
  readonly started: number;
}

/** Field 22 of proc(5)'s `stat`, counted behind the command name, which may itself hold blanks and brackets. */
function statOf(
  pid: number,
): { readonly state: string; readonly parent: number; readonly started: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0]!, parent: Number(fields[1]), started: Number(fields[19]) };
  } catch {
    return undefined;
  }
}

/** The process of that number as it is now; undefined when it is gone or a zombie. */
export function processOf(pid: number): Owner | undefined {
  const stat = statOf(pid);
  return stat === undefined || stat.state === 'Z' ? undefined : { pid, started: stat.started };
}

/** Ourselves. */
export const self = (): Owner => processOf(process.pid)!;

/** Does that very process still live? */
export const lives = (owner: Owner): boolean => processOf(owner.pid)?.started === owner.started;

/** Is `parent` the parent of `pid`? */
export const isChild = (pid: number, parent: number): boolean => statOf(pid)?.parent === parent;
