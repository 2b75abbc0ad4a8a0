import type { Standing } from '../core/files.js';
import type { Included } from '../core/loader.js';
import type { TaskId } from '../core/names.js';
import type { Step, Task } from '../core/play.js';
import type { Vars } from '../core/value.js';
import { inherit, type Own } from './keywords.js';
import type { Applied, PlayMembers, Reading, Scene } from './reading.js';
import { applyRole } from './role.js';
import { emptyVars } from './source.js';
import { findTasks, readTaskFile } from './task-file.js';

/** A dynamic include, and from where it is read. */
export interface Include {
  readonly task: Task;
  readonly standing: Standing;
  readonly reading: Reading;
  /** While the project is checked: something may keep the include from its turn. */
  readonly mayBeSkipped: boolean;
}

/** What `include_tasks` brings: children inherit what is around it, its `vars` as params, and `apply`. */
export function includedTasks(name: string, include: Include): Included {
  const scene = sceneOf(include);
  const file = findTasks(name, include.task.place, scene);
  const under = { ...scene, keywords: inherit(scene.keywords, ownOf(include)) };
  return gathered(file === undefined ? [] : readTaskFile(file, include.task.place, under), scene.members);
}

/** What `include_role` brings, with the arguments as they were rendered. */
export function includedRole(args: Vars, include: Include): Included {
  const scene = sceneOf(include);
  const { place } = include.task;
  const name = args.name ?? args.role;
  if (typeof name !== 'string' || name === '') {
    include.reading.mistakes.error('bad-value', 'include_role needs a `name`', { place });
    return { steps: [], handlers: [], roles: [] };
  }
  const own = ownOf(include);
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const applied = applyRole(
    {
      kind: 'task',
      name,
      place,
      own,
      vars: own.params ?? [],
      from: {
        tasks: text(args.tasks_from),
        vars: text(args.vars_from),
        defaults: text(args.defaults_from),
        handlers: text(args.handlers_from),
      },
      isOnce: isFalse(args.allow_duplicates),
      isPrivate: !isTrue(args.public),
      isValidated: !isFalse(args.rolespec_validate),
    },
    scene,
  );
  scene.members.importedHandlers.unshift(...applied.handlers);
  return gathered(applied.steps, scene.members);
}

const isTrue = (value: unknown): boolean => value === true || /^(?:yes|true|on|1)$/i.test(String(value));
const isFalse = (value: unknown): boolean => value === false || /^(?:no|false|off|0)$/i.test(String(value));

const gathered = (steps: readonly Step[], { importedHandlers, roles }: PlayMembers): Included => ({
  steps,
  handlers: importedHandlers,
  roles,
});

/** `vars` of the include itself become params (precedence 20 and 21); `apply` was kept aside when the task was read. */
function ownOf({ task, reading }: Include): Own {
  const vars = task.keywords.vars.slice(task.outer.vars.length);
  return { ...appliedBy(task, reading)?.own, ...(vars.length > 0 ? { params: vars } : {}) };
}

const appliedBy = ({ id }: Task, { applied }: Reading): Applied | undefined =>
  applied.get(id.replace(/\[\d+\]/g, '') as TaskId);

function sceneOf({ task, standing, reading, mayBeSkipped }: Include): Scene {
  return {
    reading,
    members: { vars: emptyVars(), roles: [], importedHandlers: [], uses: new Set() },
    standing,
    ...(task.role ? { role: task.role } : {}),
    ...(task.use ? { use: task.use } : {}),
    keywords: task.outer,
    notify: appliedBy(task, reading)?.notify ?? task.notify,
    chain: [],
    isHandler: false,
    mayBeSkipped,
    include: task.id,
  };
}
