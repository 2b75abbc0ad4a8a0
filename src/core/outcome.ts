import type { Change } from './change.js';
import type { TaskId } from './names.js';
import type { Diagnostic } from './place.js';
import type { Output } from './probe.js';
import type { Vars } from './value.js';

/** Why a host could not be reached, or the link was cut. */
export type UnreachableCode =
  | 'dns'
  | 'refused'
  | 'timeout'
  | 'no-route'
  | 'protocol'
  | 'hostkey-unknown'
  | 'hostkey-changed'
  | 'hostkey-revoked'
  | 'auth'
  | 'no-shell';
/** Why the other account was not reached. */
export type BecomeCode = 'password-needed' | 'password-wrong' | 'not-allowed' | 'tty' | 'broken';

/** Why a task failed. Add a reason here and the compiler lists every reporter to update. */
export type Failure =
  /** Arguments, conditions or templates: the project is wrong, and where. */
  | { readonly reason: 'bad-args' | 'template'; readonly diagnostics: readonly Diagnostic[] }
  /** The target lacks a prerequisite. */
  | { readonly reason: 'blocked'; readonly why: string }
  /** An act ended with another status than 0. `what` is the change it was to make. */
  | { readonly reason: 'act-failed'; readonly what: string; readonly output: Output }
  /** `fail`, `assert`, `failed_when`, exhausted `until`. */
  | { readonly reason: 'condition'; readonly why: string }
  /** Still differs after the act. */
  | { readonly reason: 'not-converged'; readonly left: readonly string[] }
  | {
      readonly reason: 'unreachable';
      readonly code: UnreachableCode;
      readonly why: string;
      readonly hint?: string | undefined;
    }
  /** The link was cut while a task ran: what became of it is unknown. */
  | { readonly reason: 'lost'; readonly why: string }
  | { readonly reason: 'timeout'; readonly seconds: number; readonly why: string }
  | { readonly reason: 'become'; readonly code: BecomeCode; readonly why: string; readonly hint?: string | undefined }
  /** Another host's failure ended the play here too (any_errors_fatal, max_fail_percentage). */
  | { readonly reason: 'ended'; readonly why: string }
  | { readonly reason: 'interrupted'; readonly why: string }
  /** Our own bug. */
  | { readonly reason: 'internal'; readonly why: string };

export type Mode = 'check' | 'apply';

/** A change as it is told: without the scripts and contents that make it. */
export type ToldChange = Pick<Change, 'what' | 'before' | 'after'>;

/** What came of one task (or one item of its loop) on one host. `result` is what `register` sees. */
export type Outcome<C extends ToldChange = Change> = { readonly result: Vars } & (
  | { readonly kind: 'ok' }
  /** In check mode: would change. */
  | { readonly kind: 'changed'; readonly changes: readonly C[] }
  /** Check mode only: depends on changes that were not made. */
  | { readonly kind: 'unsure'; readonly because: readonly string[] }
  | { readonly kind: 'skipped'; readonly why: string }
  | {
      readonly kind: 'failed';
      readonly failure: Failure;
      readonly ignored: boolean;
      readonly changes?: readonly C[];
    }
);

/** An outcome as events have it. */
export type ToldOutcome = Outcome<ToldChange>;

/** Which task an outcome belongs to, for a reader. */
export interface TaskLabel {
  readonly id: TaskId;
  readonly name: string;
  readonly module: string;
  readonly role?: string | undefined;
  readonly isHandler: boolean;
}
