import type { Inventory, Play, Task } from '../core/play.js';
import type { Source } from '../core/value.js';
import type { UsedTemplate } from './check-files.js';
import type { ReachableTasks } from './reachable-tasks.js';
import { templatesIn } from './source.js';

/**
 * The facts that each play names, without `ansible_`: in its tasks and handlers, those of its includes, the variables of the
 * play, of its roles and of groups, and its template files. Some words among them are no facts at all.
 */
export function factNames(
  surveys: readonly ReachableTasks[],
  templates: readonly UsedTemplate[],
  { groups }: Inventory,
): ReadonlyMap<Play, ReadonlySet<string>> {
  const ofGroups = new Set([...groups.values()].flatMap(group => group.vars).flatMap(namesIn));
  return new Map(
    surveys.map(({ play, seen, handlers, roles }) => {
      const names = new Set(ofGroups);
      const take = (source: Source | undefined): void => {
        if (source !== undefined) for (const name of namesIn(source)) names.add(name);
      };
      for (const { task } of [...seen, ...handlers]) for (const source of sourcesOf(task)) take(source);
      for (const vars of [play.vars, ...roles.flatMap(role => [role.vars, role.defaults])]) take(vars);
      const tasks = new Set(seen);
      for (const { template, seen: by } of templates) if (tasks.has(by)) take(template);
      return [play, names];
    }),
  );
}

const sourcesOf = (task: Task): readonly Source[] => {
  const { keywords, loop, name, until = [], changedWhen = [], failedWhen = [] } = task;
  const { when, environment, vars, params, delegateTo = [], becomeUser = [] } = keywords;
  return [
    ...[task.args, loop?.over ?? null, name ?? null],
    ...[when, until, changedWhen, failedWhen, environment, vars, params, delegateTo, becomeUser].flat(),
  ];
};

const namesIn = (source: Source): readonly string[] => templatesIn(source).flatMap(({ text }) => namesInText(text));

const FACT = /\bansible_facts\s*(?:\.\s*|\[\s*['"])(?:ansible_)?(\w+)|\bansible_(\w+)/g;

const namesInText = (text: string): readonly string[] =>
  [...text.matchAll(FACT)].map(([, member, variable]) => member ?? variable!);
