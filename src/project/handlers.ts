import type { Handler, Step, Task } from '../core/play.js';
import type { Node } from './node.js';
import type { Scene } from './reading.js';

/** Handlers of a play or role, in order; those of imported files among them. A block only lends its keywords. */
export function handlersOf(node: Node | undefined, scene: Scene): readonly Handler[] {
  const { mistakes, written, readSteps } = scene.reading;
  const steps = readSteps(node, { ...scene, isHandler: true }, '`handlers`');
  for (const step of steps)
    if (step.kind === 'block' && step.rescue.length + step.always.length > 0)
      mistakes.error('unsupported', 'a block among handlers cannot have `rescue` or `always` here', {
        place: step.place,
      });
  return tasksOf(steps).map(task => ({ task, listen: written.get(task.id)?.listen ?? [] }));
}

/** All tasks of some steps, in order, out of whatever blocks. */
const tasksOf = (steps: readonly Step[]): readonly Task[] =>
  steps.flatMap(step => (step.kind === 'task' ? [step] : tasksOf([...step.body, ...step.rescue, ...step.always])));

/** A handler of a role that is used in the same way several times is one: at its first place, with the keywords of its last use. */
export function withoutDoubles(handlers: readonly Handler[]): readonly Handler[] {
  const last = new Map(handlers.map(handler => [handler.origin ?? handler, handler] as const));
  return [...last.values()];
}
