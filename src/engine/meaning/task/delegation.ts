import { didYouMean } from '../../../core/place.js';
import type { Task } from '../../../core/play.js';
import { RenderError, type Scope, Unknown } from '../../../core/value.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Stage } from '../../state/stage.js';
import { isTrue } from '../variables/boolean.js';
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

/**
 * The hosts that learn what a task finds out or sets: with `delegate_facts` the one it is done on, with `run_once` all of
 * the batch that can still be reached, else its own. Throws RenderError.
 */
export function learnersOf(stage: Stage, host: HostRun, task: Task, scope: Scope): readonly HostRun[] {
  if (delegatesFacts(task, scope) && isDelegated(task, scope)) {
    const on = delegateOf(stage, host, task, scope);
    if (!(on instanceof Unknown)) return [on];
  }
  return runsOnce(task, scope) ? sharersOf(stage, host) : [host];
}

/** Those that have what one host did for all of the batch. */
export const sharersOf = ({ batch }: Stage, doer: HostRun): readonly HostRun[] =>
  batch.filter(host => host === doer || host.standing !== 'unreachable');

/** `run_once`. Throws RenderError. */
export function runsOnce({ keywords }: Task, scope: Scope): boolean {
  const value = keyword(keywords.runOnce, scope);
  return value !== undefined && isTrue(value);
}

/** Whether `delegate_to` names a host, be it the task's own. */
function isDelegated({ keywords }: Task, scope: Scope): boolean {
  const value = nearest(keywords.delegateTo, scope);
  return value !== undefined && value !== null;
}

function delegatesFacts({ keywords }: Task, scope: Scope): boolean {
  const value = keyword(keywords.delegateFacts, scope);
  return value !== undefined && isTrue(value);
}
