import type { Task } from '../../../core/play.js';
import { isVars, type Source, type SourceVars, Template, type Value, type Vars } from '../../../core/value.js';

/** `set_fact` for `ansible.builtin.set_fact`. */
export const shortName = (name: string): string => name.replace(/^ansible\.(?:builtin|legacy)\./, '');

/** Whether its steps are known only when a host comes to it. */
export const isInclude = (task: Task): boolean => /^include_(?:tasks|role)$/.test(shortName(task.module));

/** A task's name as written, its module where it has none. */
export function writtenName({ name, module }: Task): string {
  if (name instanceof Template) return name.text;
  return typeof name === 'string' ? name : module;
}

/** `ansible_failed_task` */
export const describeTask = (task: Task): Vars => ({
  name: task.name === undefined ? '' : writtenName(task),
  action: task.module,
});

/** Names that a task's own templates read. */
export function readsOf(task: Task): readonly string[] {
  const names: string[] = [];
  const collect = (source: Source): void => {
    if (source instanceof Template) names.push(...source.reads.map(read => read.name));
    else if (Array.isArray(source)) for (const item of source as readonly Source[]) collect(item);
    else if (isVars(source as Value)) for (const member of Object.values(source as SourceVars)) collect(member);
  };
  collect(task.args);
  if (task.loop) collect(task.loop.over);
  for (const template of [...task.keywords.when, ...(task.failedWhen ?? []), ...(task.until ?? [])]) collect(template);
  for (const vars of task.keywords.vars) collect(vars);
  return names;
}
