import type { Failure } from '../../../core/outcome.js';
import type { ModuleTask } from '../../state/pending-task.js';
import type { Deed, Seen } from '../task/judge.js';

/**
 * How a host is asked and changed. The one way by which looking ahead may serve the meaning of a play: whatever it fetched
 * earlier, or together, it hands out here only if it is what would be found now.
 */
export interface Trips {
  /** Looks at the target now, and plans from what it sees. */
  look(work: ModuleTask): Promise<Seen | Failure>;
  /** Looks, plans, and carries the plan out, unless it is a dry run or there is nothing to be done. */
  perform(work: ModuleTask): Promise<Deed | Failure>;
  /**
   * Asks for facts that something waits for, named as in `Unknown.because`. Answers how the host was lost over it. `next`: the
   * task that is done then, which may be looked for in the same trip.
   */
  fetch(because: readonly string[], next?: ModuleTask): Promise<Failure | undefined>;
  /**
   * Whether something was done on the host for tasks whose turn has not come: even when the run is interrupted they are told,
   * registered and notify. Resolves when nothing is under way any more.
   */
  owes(): Promise<boolean>;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
}

export const INTERRUPTED: Failure = { reason: 'interrupted', why: 'interrupted before this task started' };
