import type { Failure, Outcome } from '../core/outcome.js';
import type { Task } from '../core/play.js';
import { isVars, type Source, type SourceVars, Template, Unknown, type Value, type Vars } from '../core/value.js';
import { sayFailure } from './judge.js';
import { LazyVars } from './scope.js';

/** The host is gone, as against: the task failed. */
export const isLost = (failure: Failure): boolean =>
  failure.reason === 'unreachable' || failure.reason === 'lost' || failure.reason === 'interrupted';

/** The outcome of a failure; its result is what `register` sees. */
export const failed = (failure: Failure): Outcome => ({
  kind: 'failed',
  failure,
  ignored: false,
  result: { changed: false, failed: true, msg: sayFailure(failure), ...(isLost(failure) ? { unreachable: true } : {}) },
});

/** A task's name as written, its module where it has none. */
export function writtenName({ name, module }: Task): string {
  if (name instanceof Template) return name.text;
  return typeof name === 'string' ? name : module;
}

/** `ansible_failed_task` */
export const describeTask = (task: Task): Vars => ({ name: writtenName(task), action: task.module });

/** Check mode: a result of something that was not done. What it does not say yet is unknown, not missing. */
export function openResult(result: Vars, task: Task): Value {
  const pending = new Unknown([`task:${task.id}`]);
  const { results } = result;
  const members: Vars = Array.isArray(results)
    ? { ...result, results: (results as readonly Value[]).map(item => (isVars(item) ? openResult(item, task) : item)) }
    : result;
  if (members.skipped === true || members.failed === true) return members;
  return new LazyVars(
    key => (Object.hasOwn(members, key) ? members[key] : pending),
    () => Object.keys(members),
  );
}

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
