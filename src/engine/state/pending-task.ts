import type { Become } from '../../core/connection.js';
import type { AnyModule, Given } from '../../core/module.js';
import type { Failure } from '../../core/outcome.js';
import type { Task } from '../../core/play.js';
import type { Probe } from '../../core/probe.js';
import type { Sh } from '../../core/sh.js';
import { unknownsIn, type Value, type Vars } from '../../core/value.js';
import type { LayeredScope } from '../meaning/variables/scope.js';
import type { HostRun } from './host.js';
import type { Position } from './position.js';
import type { Link } from './session.js';

/** A task at its place in the play. */
export interface Node {
  readonly task: Task;
  readonly position: Position;
  readonly isHandler: boolean;
  /** Variables of the loop of an include it stands in. */
  readonly local?: Vars | undefined;
}

/** A task, or one item of its loop, with all that is needed to look. */
export interface Work {
  /** Names it among all work of this host in this play. */
  readonly key: string;
  readonly node: Node;
  readonly module: AnyModule;
  readonly args: unknown;
  readonly given: Given;
  readonly probe: Probe<unknown>;
  /** Whose target it is done on. */
  readonly link: Link;
  readonly on: HostRun;
  readonly become: Become | undefined;
  /** Exports before every script of it. */
  readonly environment: Sh | undefined;
  /** Check mode, or `check_mode: true`: plan only. */
  readonly isDry: boolean;
  /** An opaque act that says it changes nothing (`check_mode: false` with `changed_when: false`): it is done as a look. */
  readonly asLook: Sh | undefined;
  readonly timeout: number | undefined;
  readonly noLog: boolean;
}

/** What `when`, arguments and the rest come to. */
export type Piece =
  | { readonly kind: 'skip'; readonly why: string }
  /** Hangs on something not known yet. */
  | { readonly kind: 'wait'; readonly because: readonly string[] }
  | { readonly kind: 'broken'; readonly failure: Failure }
  /** `perhaps`: what `when` hangs on, if that is not known yet; looking does no harm. */
  | { readonly kind: 'work'; readonly work: Work; readonly perhaps: readonly string[] }
  | { readonly kind: 'directive'; readonly verb: string; readonly args: Vars; readonly scope: LayeredScope };

export interface Item {
  readonly value: Value;
  readonly label: string;
  readonly piece: Piece;
}
export type Prepared =
  | { readonly kind: 'once'; readonly piece: Piece }
  | { readonly kind: 'loop'; readonly items: readonly Item[] };

/** What a piece waits for before it can be done. */
export function awaited(piece: Piece): readonly string[] {
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
