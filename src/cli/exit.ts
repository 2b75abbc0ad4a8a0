import type { Ended } from '../engine/run.js';

/** Exit codes, one class each, so that a script can tell what happened. */
export const EXIT = {
  ok: 0,
  /** Our own bug. */
  bug: 1,
  /** A task failed on one host or more (also when others were unreachable), or a play could not start. */
  failed: 2,
  /** --check with --detailed-exitcode: changes are pending. */
  pending: 3,
  /** Hosts could not be reached, or were lost; nothing else failed. */
  unreachable: 4,
  /** Bad usage, playbook, role or inventory; no host was contacted. */
  usage: 5,
  /** Refused: a lock, a guard, a plan that is out of date. */
  refused: 6,
  /** The terminal was closed. */
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

/** The code of a run from how it ended, and on each host. */
export function exitOf({ hosts, broken }: Ended): number {
  if (broken !== undefined || hosts.some(({ standing }) => standing === 'failed')) return EXIT.failed;
  if (hosts.some(({ standing }) => standing === 'unreachable')) return EXIT.unreachable;
  return EXIT.ok;
}
