import type { Blob } from './blob.js';
import type { Draft } from './draft.js';
import type { Effect } from './effect.js';
import type { Sh } from './sh.js';
import type { Plain, Unknown } from './value.js';

/** One step from the state found to the state wished for. Its diff is `before` and `after`. */
export interface Change {
  /** What is changed, for a reader: `/etc/motd content`, `mode`, `rx ring`. */
  readonly what: string;
  /** As shown in a diff: texts of several lines are compared line by line. */
  readonly before: Plain;
  /** Unknown: an opaque command. */
  readonly after: Plain | Unknown;
  /** Runs with `set -e` off, no stdin, its own subshell. Exit status 0 means done. */
  readonly apply: Sh;
  /** Put on the target, by digest, before `apply`, which reaches them by `staged(blob)`. */
  readonly needs?: readonly Blob[];
  /** Word of a directory whose new entries shall be brought to the disk, once for all changes of a trip. */
  readonly flush?: Sh;
  /** The new file that `apply` takes if it is there already, so that several can be made ready at once. */
  readonly draft?: Draft;
  /** What is known of the target once it is done. */
  readonly leaves?: readonly Effect[];
}

/**
 * The target lacks a prerequisite. In apply mode a failure. In check mode, when this host has changes pending,
 * it is `unsure`, unless `foreseen` says what would surely be changed once the prerequisite is there: then `changed`.
 */
export interface Blocked {
  readonly blocked: string;
  readonly foreseen?: readonly Change[];
  /** Extra members of the registered result of the failed task, in Ansible's names. */
  readonly result?: { readonly [name: string]: Plain };
}

/** `[]` means converged. */
export type Plan = readonly Change[] | Blocked;

export const blocked = (why: string, foreseen?: readonly Change[]): Blocked =>
  foreseen ? { blocked: why, foreseen } : { blocked: why };
export const isBlocked = (plan: Plan): plan is Blocked => 'blocked' in plan;
