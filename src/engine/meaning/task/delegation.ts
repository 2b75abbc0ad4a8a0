import { didYouMean } from '../../../core/place.js';
import type { Task } from '../../../core/play.js';
import { RenderError, Unknown } from '../../../core/value.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Stage } from '../../state/stage.js';
import { nearest } from '../variables/keywords.js';
import type { LayeredScope } from '../variables/scope.js';

/** The host a task is done on: `delegate_to`, else its own. `scope`: that of the task. Throws RenderError for one nobody knows. */
export function delegateOf(stage: Stage, host: HostRun, task: Task, scope: LayeredScope): HostRun | Unknown {
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
