import { didYouMean } from '../../../core/place.js';
import type { Task } from '../../../core/play.js';
import { RenderError, type Scope, Unknown } from '../../../core/value.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Stage } from '../../state/stage.js';
import { isYes } from '../variables/boolean.js';
import { keyword, nearest } from '../variables/keywords.js';

/** The host a task is done on: `delegate_to`, else its own. `scope`: that of the task. Throws RenderError for one nobody knows. */
export function delegateOf(stage: Stage, host: HostRun, task: Task, scope: Scope): HostRun | Unknown {
  const value = nearest(task.keywords.delegateTo, scope);
  if (value instanceof Unknown) return value;
  if (value === undefined || value === null) return host;
  const name = toText(value);
  const on = stage.run.host(name);
  if (!on)
    throw new RenderError(
      `delegate_to names \`${name}\`, which is not in the inventory`,
      task.place,
      didYouMean(name, stage.run.inventory.hosts.keys()),
    );
  return on;
}

/** Whether what a task finds out is known of the host it is done on, and not of its own. Throws RenderError. */
export function delegatesFacts({ keywords }: Task, scope: Scope): boolean {
  const value = keyword(keywords.delegateFacts, scope);
  return value !== undefined && isYes(value);
}
