import type { TaskId } from '../core/names.js';
import type { Step, Task } from '../core/play.js';
import { type Source, type SourceVars, Template } from '../core/value.js';
import { type Action, isAction } from './action.js';
import { checkArguments } from './argument-check.js';
import { type Arguments, argsSource, readArguments } from './arguments.js';
import { importSteps } from './imports.js';
import { checkKeyword, inherit, type Own, readKeywords } from './keywords.js';
import { loopOf, nameOf } from './loop.js';
import { isNull, itemsOf, type MapNode } from './node.js';
import type { Scene } from './reading.js';
import { conditionsOf, emptyVars, isSourceVars, sourceOf } from './source.js';
import { idOf } from './task-id.js';
import { type Call, callOf, TASK_ONLY, unknownModule } from './task-keys.js';

/** One task of a list; static imports become the steps of what they name. */
export function readTask(map: MapNode, scene: Scene): readonly Step[] {
  const { mistakes } = scene.reading;
  const call = callOf(map, scene);
  const own = readKeywords(map, mistakes);
  if (!call) return [];
  if (call.isLocal) own.delegateTo = ['localhost'];
  const action = call.action ?? { name: call.written, written: call.written, freeForm: '_raw_params' };
  const { args, vars } = withoutVars(action, readArguments(action, call.own, map.get('args'), mistakes));
  // Of the old `include`, `vars` are as strong as of include_tasks (ansible-core, playbook/task.py `get_include_params`).
  if (isAction(action, 'include') && own.vars) own.params = own.vars;
  if (vars) own.vars = [...(own.vars ?? []), vars];
  const keywords = inherit(scene.keywords, own);
  const mayBeSkipped = scene.mayBeSkipped || keywords.when.length > 0;
  if (!call.action) unknownModule(call, map, scene, mayBeSkipped);
  const place = call.entry.keyPlace;
  if (call.action) {
    const defaults = defaultsOf(action, keywords.moduleDefaults);
    checkArguments({ action, args, place, defaults, misplaced: call.misplaced, mayBeSkipped }, mistakes);
  }
  if (isImport(action, args, map)) return importSteps({ action, args, own, map, place }, scene);
  if (isAction(action, 'include_tasks', 'include_role', 'include')) checkIncludeKeywords(map, action, scene);
  return [taskOf({ map, call, action, args, own, keywords }, scene)];
}

/** Behind the file's name the old `include` takes variables: `include: a.yml who=me`. */
function withoutVars(action: Action, args: Arguments): { readonly args: Arguments; readonly vars?: SourceVars } {
  const params = action.directive?.params ?? [];
  const extra = [...args.given.values()].filter(({ name }) => !params.includes(name));
  if (!isAction(action, 'include') || extra.length === 0) return { args };
  const vars = Object.assign(emptyVars(), Object.fromEntries(extra.map(({ name, value }) => [name, value])));
  return { args: { ...args, given: new Map([...args.given].filter(([name]) => params.includes(name))) }, vars };
}

/** The old `include` is static where it can be: no loop, and a name without templates. */
function isImport(action: Action, args: Arguments, map: MapNode): boolean {
  if (isAction(action, 'import_tasks', 'import_role')) return true;
  if (!isAction(action, 'include')) return false;
  const hasLoop = [...map.entries.keys()].some(key => key === 'loop' || key.startsWith('with_'));
  return !hasLoop && typeof args.given.get('file')?.value === 'string';
}

/** What `readTask` found out of one task. */
interface Found {
  readonly map: MapNode;
  readonly call: Call;
  readonly action: Action;
  readonly args: Arguments;
  readonly own: Own;
  readonly keywords: Task['keywords'];
}

function taskOf({ map, call, action, args, keywords }: Found, scene: Scene): Task {
  const { mistakes } = scene.reading;
  const id = idOf(map.place, scene);
  const isInclude = isAction(action, 'include_tasks', 'include_role', 'include');
  const shown = isInclude ? keepApply(args, id, scene) : args;
  const loop = loopOf(map, mistakes);
  const notify = map.get('notify');
  scene.reading.written.set(id, {
    args: args.given,
    notify: itemsOf(notify).map(item => ({ name: sourceOf(item, mistakes), place: item.place })),
    listen: sources(map.get('listen'), scene),
  });
  return {
    kind: 'task',
    id,
    place: map.place,
    module: isAction(action, 'include') ? 'include_tasks' : call.written,
    args: argsSource(shown),
    argPlaces: new Map([...args.given.values()].map(({ name, namePlace }) => [name, namePlace])),
    ...(loop ? { loop } : {}),
    notify: notify ? sources(notify, scene) : scene.notify,
    ...optional(map, scene),
    ...(scene.role ? { role: scene.role } : {}),
    ...(scene.use ? { use: scene.use } : {}),
    keywords,
    outer: scene.keywords,
    here: scene.standing.here,
  };
}

/** The members of a task that are there only where they are written. */
function optional(map: MapNode, scene: Scene): Partial<Task> {
  const { mistakes } = scene.reading;
  const found: { -readonly [K in keyof Task]?: Task[K] } = {};
  for (const { key, value } of map.entries.values()) {
    if (key === 'name' && !isNull(value)) found.name = sourceOf(value, mistakes);
    if (key === 'register') found.register = nameOf(value, mistakes) ?? '_';
    if (key === 'until') found.until = conditionsOf(value, mistakes, '`until`');
    if (key === 'changed_when') found.changedWhen = conditionsOf(value, mistakes, '`changed_when`');
    if (key === 'failed_when') found.failedWhen = conditionsOf(value, mistakes, '`failed_when`');
    if (key === 'retries' || key === 'delay' || key === 'async' || key === 'poll') {
      const source = sourceOf(value, mistakes);
      if (!(source instanceof Template)) checkKeyword(key, 'number', source, value, mistakes);
      found[key] = source;
    }
  }
  return found;
}

const sources = (node: Parameters<typeof itemsOf>[0], scene: Scene): readonly Source[] =>
  itemsOf(node).map(item => sourceOf(item, scene.reading.mistakes));

/** `apply` holds keywords: it is kept aside for the loader, and nobody renders it as an argument. */
function keepApply(args: Arguments, id: TaskId, scene: Scene): Arguments {
  const { reading } = scene;
  const apply = args.given.get('apply');
  if (!apply) return args;
  if (apply.node?.kind === 'map') {
    const notify = apply.node.get('notify');
    const own = readKeywords(apply.node, reading.mistakes);
    reading.applied.set(id, { own, ...(notify ? { notify: sources(notify, scene) } : {}) });
  } else reading.mistakes.error('bad-value', '`apply` is a dictionary of keywords', { place: apply.place });
  return { given: new Map([...args.given].filter(([name]) => name !== 'apply')) };
}

/** Keywords that may stand on a dynamic include itself (language page, 4.14); others belong under `apply`. */
const ON_INCLUDE: readonly string[] = [
  'args',
  'collections',
  'ignore_errors',
  'loop',
  'loop_control',
  'name',
  'no_log',
  'register',
  'run_once',
  'tags',
  'timeout',
  'vars',
  'when',
  'listen',
  'action',
];

function checkIncludeKeywords(map: MapNode, action: Action, { reading }: Scene): void {
  for (const { key, keyPlace } of map.entries.values()) {
    const isKeyword = TASK_ONLY.includes(key) || KEYWORDS_OF_CHILDREN.has(key);
    if (!isKeyword || ON_INCLUDE.includes(key) || key.startsWith('with_')) continue;
    reading.mistakes.error('keyword-on-include', `\`${key}\` cannot stand on ${action.name}`, {
      place: keyPlace,
      hint: KEYWORDS_OF_CHILDREN.has(key) ? `write \`apply: { ${key}: … }\` among its parameters` : undefined,
    });
  }
}

const KEYWORDS_OF_CHILDREN: ReadonlySet<string> = new Set([
  'become',
  'become_user',
  'become_method',
  'delegate_to',
  'delegate_facts',
  'environment',
  'any_errors_fatal',
  'check_mode',
  'diff',
  'connection',
  'remote_user',
  'port',
  'throttle',
  'ignore_unreachable',
  'module_defaults',
]);

/** Which parameters module_defaults in force bring to an action. */
function defaultsOf(action: Action, layers: readonly Source[]): ReadonlySet<string> | 'unknown' {
  const names = new Set<string>();
  for (const layer of layers) {
    if (!isSourceVars(layer)) return 'unknown';
    for (const [module, params] of Object.entries(layer)) {
      if (module.startsWith('group/')) return 'unknown';
      if (module.replace(/^.*\./, '') !== action.name.replace(/^.*\./, '')) continue;
      if (!isSourceVars(params)) return 'unknown';
      for (const name of Object.keys(params)) names.add(name);
    }
  }
  return names;
}
