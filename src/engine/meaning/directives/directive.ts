import type { Failure, Outcome, TaskLabel } from '../../../core/outcome.js';
import type { Vars } from '../../../core/value.js';
import type { HostRun } from '../../state/host.js';
import type { Node, PendingTask } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';
import type { IncludeRequest } from '../play/include.js';
import { sayFailure } from '../task/outcomes.js';

/** What a directive is given. `piece.args` are rendered; conditions among them are values already. */
export interface Order {
  readonly stage: Stage;
  readonly host: HostRun;
  /** Whose variables it sets. */
  readonly learners: readonly HostRun[];
  /** The host it is done on. Throws RenderError where `delegate_to` names one that nobody knows. */
  on(): HostRun;
  readonly node: Node;
  readonly piece: PendingTask & { kind: 'directive' };
  readonly label: TaskLabel;
  /** Fetches facts that an Unknown waits for. */
  fetch(because: readonly string[]): Promise<Failure | undefined>;
}

/** What came of it: an outcome as of any task, or another way for the walk to go. */
export type Directed =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'flush' }
  /** The host leaves the play, without failure. */
  | { readonly kind: 'leave' }
  | { readonly kind: 'end-role' }
  | IncludeRequest;

export type Directive = (order: Order) => Directed | Promise<Directed>;

export const done = (result: Vars): Directed => ({
  kind: 'outcome',
  outcome: { kind: 'ok', result: { changed: false, failed: false, ...result } },
});
export const changed = (result: Vars): Directed => ({
  kind: 'outcome',
  outcome: { kind: 'changed', changes: [], result: { changed: true, failed: false, ...result } },
});
export const failing = (failure: Failure, result: Vars = {}): Directed => ({
  kind: 'outcome',
  outcome: {
    kind: 'failed',
    failure,
    ignored: false,
    result: { changed: false, failed: true, msg: sayFailure(failure), ...result },
  },
});
export const unsure = (because: readonly string[]): Directed => ({
  kind: 'outcome',
  outcome: { kind: 'unsure', because, result: { changed: false, failed: false } },
});
