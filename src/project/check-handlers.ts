import { didYouMean } from '../core/place.js';
import { Template } from '../core/value.js';
import type { Mistakes } from './mistakes.js';
import type { ReachableTasks } from './reachable-tasks.js';
import type { Reading } from './reading.js';

/** Notifications that no handler of the play will hear. */
export function checkHandlers(survey: ReachableTasks, { written }: Reading, mistakes: Mistakes): void {
  const known = new Set<string>();
  // A role that was not found may have had the handler.
  let isOpen = survey.isOpen || mistakes.errors.some(({ code }) => code === 'unknown-role');
  for (const { task, listen } of survey.handlers) {
    if (typeof task.name === 'string') {
      known.add(task.name);
      if (task.role) known.add(`${task.role.name} : ${task.name}`);
    } else if (task.name instanceof Template) isOpen = true;
    for (const topic of listen) {
      if (typeof topic === 'string') known.add(topic);
      else isOpen = true;
    }
    // Handlers of an included file can be notified by name once the include has run.
    if (/(?:^|\.)include_(?:tasks|role)$/.test(task.module)) isOpen = true;
  }
  for (const { task } of survey.seen)
    for (const { name, place } of written.get(task.id)?.notify ?? []) {
      if (typeof name !== 'string' || known.has(name) || (isOpen && !didYouMean(name, known))) continue;
      mistakes.error('unknown-handler', `no handler is called \`${name}\` or listens to it`, {
        place,
        hint:
          didYouMean(name, known) ??
          (known.size > 0 ? `there are ${[...known].join(', ')}` : 'the play has no handlers'),
      });
    }
}
