import type { TaskLabel } from '../core/outcome.js';
import type { Task } from '../core/play.js';
import type { Foreseen } from './ahead.js';
import type { Node } from './piece.js';

/** What settling a task needs to know of the walk. */
export interface Surroundings {
  /** The tasks behind this one, prepared as far as can be. */
  ahead(node: Node): AsyncIterable<Foreseen>;
  /** Handlers that run at the end of the section if these tasks change something. */
  handlers(changed: readonly Task[]): readonly Node[];
  label(node: Node): TaskLabel;
}
