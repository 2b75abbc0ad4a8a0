import type { TaskLabel } from '../../../core/outcome.js';
import type { Task } from '../../../core/play.js';
import type { Foreseen } from '../../ahead/ahead.js';
import type { Node } from '../../state/pending-task.js';
import type { Fetch } from '../variables/facts.js';

/** What settling a task needs to know of the walk. */
export interface Surroundings {
  /** The tasks behind this one, prepared as far as can be. */
  ahead(node: Node): AsyncIterable<Foreseen>;
  /** Handlers that run at the end of the section if these tasks change something. */
  handlers(changed: readonly Task[]): readonly Node[];
  label(node: Node): TaskLabel;
  /** For facts that somebody waits for at a task: asked in one trip with looks for the tasks behind it. */
  fetch(node: Node): Fetch;
}
