import type { Become } from '../../core/connection.js';
import type { AnyModule, Given } from '../../core/module.js';
import type { Failure } from '../../core/outcome.js';
import type { Task } from '../../core/play.js';
import type { Probe } from '../../core/probe.js';
import type { Sh } from '../../core/sh.js';
import { type Scope, unknownsIn, type Value, type Vars } from '../../core/value.js';
import type { HostRun } from './host.js';
import type { Position } from './position.js';
import type { Reach, Session } from './session.js';

/** A task at its place in the play. */
export interface Node {
  readonly task: Task;
  readonly position: Position;
  readonly isHandler: boolean;
  /** Variables of the loop of an include it stands in. */
  readonly local?: Vars | undefined;
}

/** A task, or one item of its loop, with all that is needed to look. */
export interface ModuleTask {
  /** Names it among all work of this host in this play. */
  readonly key: string;
  readonly node: Node;
  readonly module: AnyModule;
  readonly args: unknown;
  readonly given: Given;
  readonly probe: Probe<unknown>;
  /** Whose target it is done on. */
  readonly session: Session;
  readonly on: HostRun;
  readonly become: Become | undefined;
  /** Exports before every script of it. */
  readonly environment: Sh | undefined;
  /** Check mode, or `check_mode: true`: plan only. */
  readonly isDry: boolean;
  /** Whether the probe asks anything at all; a command without `creates` and `removes` has none. */
  readonly isLooked: boolean;
  /** How far its acts may change anything. */
  readonly reach: Reach;
  readonly timeout: number | undefined;
  readonly noLog: boolean;
}

/** What `when`, arguments and the rest come to. */
export type PendingTask =
  | { readonly kind: 'skip'; readonly why: string }
  /** Hangs on something not known yet. */
  | { readonly kind: 'wait'; readonly because: readonly string[] }
  /** `not-rendered`: its condition, its arguments or a keyword cannot be rendered; a loop ends with such an item, as in Ansible. */
  | { readonly kind: 'broken' | 'not-rendered'; readonly failure: Failure }
  /** `perhaps`: what `when` hangs on, if that is not known yet; looking does no harm. */
  | { readonly kind: 'work'; readonly work: ModuleTask; readonly perhaps: readonly string[] }
  | { readonly kind: 'directive'; readonly verb: string; readonly args: Vars; readonly scope: Scope };

export interface Item {
  readonly value: Value;
  readonly label: string;
  /** The item under the names of its loop. */
  readonly local: Vars;
  readonly piece: PendingTask;
}
/** A loop's items are prepared one by one, each at its turn: an earlier one may change what a later one reads. */
export type Prepared =
  | { readonly kind: 'once'; readonly piece: PendingTask }
  | { readonly kind: 'loop'; readonly values: readonly Value[] };

/** What a piece waits for before it can be done. */
export function awaited(piece: PendingTask): readonly string[] {
  switch (piece.kind) {
    case 'wait':
      return piece.because;
    case 'work':
      return piece.perhaps;
    case 'directive':
      return unknownsIn(piece.args);
    default:
      return [];
  }
}
