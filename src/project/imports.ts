import type { Place } from '../core/place.js';
import type { Step } from '../core/play.js';
import type { Action } from './action.js';
import type { Arguments } from './arguments.js';
import { inherit, type Own } from './keywords.js';
import { itemsOf, type MapNode } from './node.js';
import type { Scene } from './reading.js';
import { applyRole } from './role.js';
import type { RoleUse } from './role-loader.js';
import { sourceOf } from './source.js';
import { staticText } from './static-scope.js';
import { findTasks, readTaskFile } from './task-file.js';

/** An import as a task list holds it. */
export interface Import {
  readonly action: Action;
  readonly args: Arguments;
  readonly own: Own;
  readonly map: MapNode;
  readonly place: Place;
}

const NOT_ON_IMPORT = [
  'loop',
  'loop_control',
  'register',
  'until',
  'retries',
  'delay',
  'async',
  'poll',
  'changed_when',
  'failed_when',
];

/** The steps that `import_tasks` or `import_role` stands for; its keywords go to each of them. */
export function importSteps(found: Import, around: Scene): readonly Step[] {
  const { map, action, args, own } = found;
  const { mistakes } = around.reading;
  const notify = map.get('notify');
  const scene = notify ? { ...around, notify: itemsOf(notify).map(item => sourceOf(item, mistakes)) } : around;
  for (const { key, keyPlace } of map.entries.values())
    if (NOT_ON_IMPORT.includes(key) || key.startsWith('with_'))
      mistakes.error('keyword-on-import', `\`${key}\` cannot stand on ${action.name}, which is read before the run`, {
        place: keyPlace,
        hint: `use ${action.name.replace('import', 'include')}`,
      });
  if (args.whole) return noName(found, scene);
  if (action.name === 'import_role') return applyRoleOf(found, scene);
  const given = args.given.get('file');
  if (!given) return [];
  const name = staticText(given.value, given.place, scene);
  if (name === undefined) return [];
  const file = findTasks(name, given.place, scene);
  return file === undefined
    ? []
    : readTaskFile(file, given.place, { ...scene, keywords: inherit(scene.keywords, own) });
}

function noName({ action, place }: Import, { reading }: Scene): readonly Step[] {
  reading.mistakes.error('bad-value', `${action.name} needs its name written out`, { place });
  return [];
}

function applyRoleOf({ args, own, place }: Import, scene: Scene): readonly Step[] {
  const given = args.given.get('name') ?? args.given.get('role');
  const name = given && staticText(given.value, given.place, scene);
  if (!given || name === undefined) return [];
  const from = (key: string) => {
    const one = args.given.get(key);
    return one && staticText(one.value, one.place, scene);
  };
  const use: RoleUse = {
    kind: 'task',
    name,
    place: given.place ?? place,
    own,
    vars: own.vars ?? [],
    from: {
      tasks: from('tasks_from'),
      vars: from('vars_from'),
      defaults: from('defaults_from'),
      handlers: from('handlers_from'),
    },
    isOnce: args.given.get('allow_duplicates')?.value === false,
    isPrivate: false,
    isValidated: args.given.get('rolespec_validate')?.value !== false,
  };
  const applied = applyRole(use, scene);
  scene.members.importedHandlers.push(...applied.handlers);
  return applied.steps;
}
