import { didYouMean } from '../core/place.js';
import { Template } from '../core/value.js';
import type { Mistakes } from './mistakes.js';
import type { ReachableTasks } from './reachable-tasks.js';
import type { Reading } from './reading.js';

/** What notifications of a play may name. */
interface Known {
  readonly names: ReadonlySet<string>;
  /** Whether there may be others. */
  readonly isOpen: boolean;
}

/**
 * Notifications that no handler of their play will hear. One that is nearly the name of a handler is a slip; any other may
 * be of a task that never changes anything, or of a role that other plays use as well: it fails only where it is made.
 */
export function checkHandlers(surveys: readonly ReachableTasks[], reading: Reading, mistakes: Mistakes): void {
  const plays = surveys.map(survey => ({ survey, known: knownIn(survey, mistakes) }));
  const elsewhere = new Set(plays.flatMap(({ known }) => [...known.names]));
  for (const { survey, known } of plays)
    for (const { task } of survey.seen)
      for (const { name, place } of reading.written.get(task.id)?.notify ?? []) {
        if (typeof name !== 'string' || known.names.has(name)) continue;
        const near = didYouMean(name, known.names);
        const message = `no handler is called \`${name}\` or listens to it`;
        if (near && !elsewhere.has(name)) mistakes.error('unknown-handler', message, { place, hint: near });
        else if (!known.isOpen) mistakes.warn('unknown-handler', message, { place, hint: hintOf(known) });
      }
}

function hintOf({ names }: Known): string {
  const there = names.size > 0 ? `there are ${[...names].join(', ')}` : 'the play has no handlers';
  return `${there}; the task fails if it changes something`;
}

function knownIn(survey: ReachableTasks, mistakes: Mistakes): Known {
  const names = new Set<string>();
  // A role that was not found may have had the handler.
  let isOpen = survey.isOpen || mistakes.errors.some(({ code }) => code === 'unknown-role');
  for (const { task, listen } of survey.handlers) {
    if (typeof task.name === 'string') {
      names.add(task.name);
      if (task.role) names.add(`${task.role.name} : ${task.name}`);
    } else if (task.name instanceof Template) isOpen = true;
    for (const topic of listen) {
      if (typeof topic === 'string') names.add(topic);
      else isOpen = true;
    }
    // Handlers of an included file can be notified by name once the include has run.
    if (/(?:^|\.)include_(?:tasks|role)$/.test(task.module)) isOpen = true;
  }
  return { names, isOpen };
}
