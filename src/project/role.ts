import path from 'node:path';
import type { Handler, RoleScope, RoleUse as RunUse, Step, Task } from '../core/play.js';
import type { Source, SourceVars } from '../core/value.js';
import { handlersOf } from './handlers.js';
import { inherit } from './keywords.js';
import type { Scene } from './reading.js';
import { readRoleEntry } from './role-entry.js';
import type { RoleMeta, RoleUse } from './role-loader.js';
import { hasRoom, isShallow, OPENING } from './size.js';
import { emptyVars, spelled } from './source.js';
import { readTaskFile } from './task-file.js';
import { idOf } from './task-id.js';

/** What a use of a role brings to a play. */
export interface AppliedRole {
  readonly steps: readonly Step[];
  readonly handlers: readonly Handler[];
  /** The role itself behind those it needs. */
  readonly roles: readonly RoleScope[];
}
const NOTHING: AppliedRole = { steps: [], handlers: [], roles: [] };

/** A role with its dependencies before it, as steps; the scopes of all are put among the play's roles. */
export function applyRole(use: RoleUse, scene: Scene): AppliedRole {
  const { mistakes, roleLoader } = scene.reading;
  const folder = roleLoader.find(use.name, scene.standing, mistakes, use.place);
  if (folder === undefined || isCircle(folder, use, scene)) return NOTHING;
  if (!isShallow(scene.chain, use.place, scene.reading) || !hasRoom(OPENING, use.place, scene.reading)) return NOTHING;
  const meta = roleLoader.meta(folder, mistakes);
  const keywords = inherit(scene.keywords, use.own);
  const dependencies: RoleScope[] = [];
  const role = roleLoader.scope(use, folder, { parent: scene.role, dependencies }, mistakes);
  const inner: Scene = {
    ...scene,
    role,
    use: useOf(use, folder, scene, meta.allowsDuplicates),
    keywords,
    chain: [...scene.chain, mark(folder)],
    standing: { ...scene.standing, role: folder, here: path.join(folder, 'tasks') },
  };
  const before = meta.dependencies.map(node => {
    const dependency = readRoleEntry(node, inner);
    return dependency ? applyRole({ ...dependency, isPrivate: use.isPrivate }, inner) : NOTHING;
  });
  dependencies.push(...before.flatMap(one => one.roles));
  if (!scene.members.roles.includes(role)) scene.members.roles.push(role);
  const own = ownPart(use, meta, inner);
  return {
    steps: [...before.flatMap(one => one.steps), ...own.steps],
    handlers: [...before.flatMap(one => one.handlers), ...own.handlers],
    roles: [...role.dependencies, role],
  };
}

/** The role's own tasks and handlers, without those of its dependencies. */
function ownPart(use: RoleUse, meta: RoleMeta, scene: Scene): Omit<AppliedRole, 'roles'> {
  const { mistakes, roleLoader, texts } = scene.reading;
  const folder = scene.standing.role!;
  const entry = use.from.tasks ?? 'main';
  const tasks = roleLoader.steps(folder, 'tasks', entry, mistakes, use.place);
  const handlers = roleLoader.steps(folder, 'handlers', use.from.handlers ?? 'main', mistakes, use.place);
  const here = path.join(folder, 'handlers');
  return {
    steps: [...validation(use, meta, scene), ...(tasks ? readTaskFile(tasks, use.place, scene) : [])],
    handlers: handlers
      ? handlersOf(texts.yaml(handlers, mistakes), { ...scene, notify: [], standing: { ...scene.standing, here } }).map(
          (handler, i) => ({ ...handler, origin: `${i} ${scene.use?.key}` }),
        )
      : [],
  };
}

const mark = (folder: string): string => `role ${folder}`;

function isCircle(folder: string, { place }: RoleUse, { chain, reading }: Scene): boolean {
  if (!chain.includes(mark(folder))) return false;
  const circle = [...chain.slice(chain.indexOf(mark(folder))), mark(folder)].filter(one => one.startsWith('role '));
  const names = circle.map(one => path.basename(one)).join(' → ');
  reading.mistakes.error('circle', `a role needs itself: ${names}`, { place });
  return true;
}

/**
 * The use as the engine knows it again. Which uses are the same is `Role.load` of Ansible: by files and vars; of an entry of
 * `roles` or of `dependencies` by params, conditions and tags, too, and it is another than any import or include.
 */
function useOf(use: RoleUse, folder: string, { members }: Scene, allows: boolean): RunUse {
  const { params, when, tags } = use.own;
  const ofEntry = use.kind === 'entry' ? [merged(params), inOrder(when), inOrder(tags)] : [];
  const key = JSON.stringify([folder, use.from, use.kind, spelled(merged(use.vars)), ...ofEntry.map(spelled)]);
  const isRepeat = members.uses.has(key);
  members.uses.add(key);
  return { key, isAlways: !use.isOnce || allows, isRepeat };
}

const merged = (layers: readonly SourceVars[] = []): SourceVars => Object.assign(emptyVars(), ...layers);

/** Neither tags nor conditions mean anything else in another order. */
const inOrder = (sources: readonly Source[] = []): readonly Source[] =>
  sources.toSorted((a, b) => (spelled(a) < spelled(b) ? -1 : 1));

/** The task that checks the role's arguments before anything of it runs, as Ansible puts one there. */
function validation(use: RoleUse, { specs }: RoleMeta, scene: Scene): readonly Task[] {
  const entry = (use.from.tasks ?? 'main').replace(/\.(?:ya?ml|json)$/, '');
  const spec = use.isValidated ? specs.get(entry) : undefined;
  if (!spec || Object.keys(spec.options).length === 0) return [];
  const args = Object.assign(emptyVars(), { argument_spec: spec.options, role: use.name, entry_point: entry });
  return [
    {
      kind: 'task',
      id: idOf(use.place, scene),
      place: use.place,
      name: `Validating arguments against arg spec '${entry}'${spec.summary ? ` - ${spec.summary}` : ''}`,
      module: 'validate_argument_spec',
      args,
      argPlaces: new Map(),
      notify: [],
      ...(scene.role ? { role: scene.role } : {}),
      ...(scene.use ? { use: scene.use } : {}),
      keywords: { ...scene.keywords, tags: [...new Set<Source>([...scene.keywords.tags, 'always'])] },
      outer: scene.keywords,
      here: scene.standing.here,
    },
  ];
}
