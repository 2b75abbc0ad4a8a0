import path from 'node:path';
import { didYouMean, type Place } from '../core/place.js';
import {
  type Handler,
  type Keywords,
  NO_KEYWORDS,
  type Play,
  type Step,
  strategyNamed,
  type VarsPrompt,
} from '../core/play.js';
import { type Source, type SourceVars, Template } from '../core/value.js';
import { firstExisting, searchOrder } from './file-search.js';
import { handlersOf, withoutDoubles } from './handlers.js';
import { COMMON, checkKeyword, inherit, isUnsupported, type Own, readKeywords, unknownKeyword } from './keywords.js';
import { nameOf } from './loop.js';
import { isNull, itemsOf, kindOf, type MapNode, type Node, wordsOf } from './node.js';
import type { PlayMembers, Reading, Scene } from './reading.js';
import { applyRole } from './role.js';
import { readRoleEntry } from './role-entry.js';
import { emptyVars, sourceOf, variablesOf } from './source.js';
import { readSteps } from './steps.js';

/** Where a play is read from: its playbook, and what `import_playbook` puts on it. */
export interface PlayOrigin {
  readonly reading: Reading;
  /** Absolute. */
  readonly file: string;
  readonly own: Own;
  /** `vars` of the import; they win over the play's. */
  readonly vars: SourceVars;
}

const PLAY: readonly string[] = [
  ...COMMON,
  'hosts',
  'gather_facts',
  'gather_subset',
  'gather_timeout',
  'fact_path',
  'vars_files',
  'vars_prompt',
  'roles',
  'handlers',
  'tasks',
  'pre_tasks',
  'post_tasks',
  'serial',
  'strategy',
  'order',
  'force_handlers',
  'max_fail_percentage',
];
const STRATEGIES = ['linear', 'free', 'host_pinned'];
const ORDERS = ['inventory', 'reverse_inventory', 'sorted', 'reverse_sorted', 'shuffle'];

/** One play with all that is static about it; mistakes are noted and read around. */
export function readPlay(map: MapNode, origin: PlayOrigin): Play {
  const { reading, file } = origin;
  const { mistakes } = reading;
  for (const entry of map.entries.values())
    if (!PLAY.includes(entry.key) && !isUnsupported(entry.key)) strayPlayKey(map, entry.key, reading);
  const own = readKeywords(map, mistakes);
  const vars = Object.assign(emptyVars(), ...(own.vars ?? []), origin.vars) as SourceVars;
  const keywords = { ...inherit(inherit(NO_KEYWORDS, origin.own), { ...own, vars: [] }), vars: [] };
  const members: PlayMembers = { vars, roles: [], importedHandlers: [], uses: new Set() };
  const directory = path.dirname(file);
  const scene = sceneOf({ reading, members, directory, file, keywords });
  const parts = readParts(map, scene);
  const { place } = map;
  return {
    place,
    hosts: hostsOf(map, place, reading),
    strategy: strategyOf(map.get('strategy'), reading),
    serial: serialOf(map.get('serial'), reading),
    vars,
    varsFiles: varsFilesOf(map.get('vars_files'), scene),
    varsPrompt: promptsOf(map.get('vars_prompt'), reading),
    ...rare(map, reading),
    keywords,
    ...parts,
    roles: members.roles,
    directory,
    file,
  };
}

function sceneOf(given: {
  readonly reading: Reading;
  readonly members: PlayMembers;
  readonly directory: string;
  readonly file: string;
  readonly keywords: Keywords;
}): Scene {
  const { reading, members, directory, file, keywords } = given;
  const standing = { here: directory, playbook: directory };
  return { reading, members, standing, keywords, notify: [], chain: [file], isHandler: false, mayBeSkipped: false };
}

/** Roles first, since what they publish is seen by all; then the lists of tasks, then handlers in Ansible's order. */
function readParts(map: MapNode, scene: Scene): Pick<Play, 'sections' | 'handlers'> {
  const roles = rolesOf(map.get('roles'), scene);
  const pre = readSteps(map.get('pre_tasks'), scene, '`pre_tasks`');
  const tasks = readSteps(map.get('tasks'), scene, '`tasks`');
  const post = readSteps(map.get('post_tasks'), scene, '`post_tasks`');
  const handlers = handlersOf(map.get('handlers'), scene);
  return {
    sections: [
      { name: 'pre_tasks', steps: pre },
      { name: 'tasks', steps: [...roles.steps, ...tasks] },
      { name: 'post_tasks', steps: post },
    ],
    handlers: withoutDoubles([...roles.handlers, ...handlers, ...scene.members.importedHandlers]),
  };
}

function rolesOf(
  node: Node | undefined,
  scene: Scene,
): { readonly steps: readonly Step[]; readonly handlers: readonly Handler[] } {
  if (node && !isNull(node) && node.kind !== 'seq') {
    const message = `\`roles\` is a list, not ${kindOf(node)}`;
    scene.reading.mistakes.error('bad-value', message, { place: node.place });
    return { steps: [], handlers: [] };
  }
  const applied = itemsOf(node).flatMap(item => {
    const use = readRoleEntry(item, scene);
    return use ? [applyRole(use, scene)] : [];
  });
  return { steps: applied.flatMap(one => one.steps), handlers: applied.flatMap(one => one.handlers) };
}

function strayPlayKey(map: MapNode, key: string, { mistakes, registry }: Reading): void {
  const entry = map.entries.get(key)!;
  if (key === 'user')
    mistakes.error('unknown-keyword', '`user` of a play is called `remote_user`', { place: entry.keyPlace });
  else if (key === 'when' || registry.has(key) || key === 'block' || key === 'loop' || key === 'register')
    mistakes.error('unknown-keyword', `\`${key}\` cannot stand on a play`, {
      place: entry.keyPlace,
      hint: 'put it into a task below `tasks:`',
    });
  else unknownKeyword(entry, PLAY, 'a play', mistakes);
}

function hostsOf(map: MapNode, place: Place, { mistakes, hostsPlaces }: Reading): Source {
  const node = map.get('hosts');
  hostsPlaces.set(place, node?.place ?? place);
  if (!node || isNull(node)) {
    mistakes.error('missing-hosts', 'a play needs `hosts`', { place: map.entries.get('hosts')?.keyPlace ?? map.place });
    return [];
  }
  if (node.kind === 'map') {
    mistakes.error('bad-value', '`hosts` is a pattern or a list of them, not a dictionary', { place: node.place });
    return [];
  }
  return sourceOf(node, mistakes);
}

function strategyOf(node: Node | undefined, { mistakes }: Reading): Play['strategy'] {
  if (!node || isNull(node)) return 'linear';
  const source = sourceOf(node, mistakes);
  if (source instanceof Template) return source;
  const words = wordsOf(node) ?? kindOf(node);
  const strategy = strategyNamed(words);
  if (strategy) return strategy;
  mistakes.error('unsupported-keyword', `the strategy \`${words}\` is not supported here`, {
    place: node.place,
    hint: didYouMean(words, STRATEGIES) ?? `supported are ${STRATEGIES.join(', ')}`,
  });
  return 'linear';
}

function serialOf(node: Node | undefined, { mistakes }: Reading): readonly Source[] {
  return itemsOf(node).map(item => {
    const source = sourceOf(item, mistakes);
    if (!(source instanceof Template) && !/^\d+(?:\.\d+)?%?$/.test(wordsOf(item) ?? ''))
      mistakes.error('bad-value', '`serial` is a number of hosts, or per cent of them', { place: item.place });
    return source;
  });
}

/** A file that is named outright must be there; of a list in the list, one. */
function varsFilesOf(node: Node | undefined, { reading, standing }: Scene): readonly Source[] {
  const { mistakes, texts } = reading;
  return itemsOf(node).map(item => {
    const source = sourceOf(item, mistakes);
    const names = Array.isArray(source) ? (source as readonly Source[]) : [source];
    const found = names.map(name => typeof name !== 'string' || firstExisting(searchOrder(name, 'vars', standing)));
    const file = found.find(one => one !== undefined);
    if (typeof file === 'string') variablesOf(texts.dictionary(file, mistakes), mistakes, 'a file of variables');
    else if (file === undefined)
      mistakes.error('missing-file', `there is no vars file \`${names.join('`, `')}\``, {
        place: item.place,
        hint: didYouMean(String(names[0]), texts.namesBeside(path.resolve(standing.playbook, String(names[0])))),
      });
    return source;
  });
}

function promptsOf(node: Node | undefined, { mistakes }: Reading): readonly VarsPrompt[] {
  return itemsOf(node).flatMap((item): readonly VarsPrompt[] => {
    const named = item.kind === 'map' ? item.get('name') : undefined;
    const name = named && nameOf(named, mistakes);
    if (item.kind !== 'map' || name === undefined) {
      if (!named) mistakes.error('bad-value', 'a prompt is a dictionary with a `name`', { place: item.place });
      return [];
    }
    for (const { key, keyPlace } of item.entries.values()) checkPromptKey(key, keyPlace, mistakes);
    const fallback = item.get('default');
    return [
      {
        name,
        prompt: wordsOf(item.get('prompt')) ?? name,
        isPrivate: !/^(?:no|false|off|0)$/i.test(wordsOf(item.get('private')) ?? 'yes'),
        ...(fallback && !isNull(fallback) ? { default: sourceOf(fallback, mistakes) } : {}),
      },
    ];
  });
}

const PROMPT = ['name', 'prompt', 'private', 'default', 'unsafe'];
function checkPromptKey(key: string, place: Place, mistakes: Reading['mistakes']): void {
  if (PROMPT.includes(key)) return;
  const isKnown = ['confirm', 'encrypt', 'salt', 'salt_size'].includes(key);
  mistakes.error(isKnown ? 'unsupported-keyword' : 'unknown-keyword', `\`vars_prompt\` has no \`${key}\` here`, {
    place,
    hint: didYouMean(key, PROMPT),
  });
}

/** The members of a play that are there only where they are written. */
function rare(map: MapNode, { mistakes }: Reading): Partial<Play> {
  const found: { -readonly [K in keyof Play]?: Play[K] } = {};
  for (const { key, value } of map.entries.values()) {
    if (isNull(value)) continue;
    if (key === 'name') found.name = sourceOf(value, mistakes);
    if (key === 'gather_facts') found.gatherFacts = checked(key, 'boolean', value, mistakes);
    if (key === 'force_handlers') found.forceHandlers = checked(key, 'boolean', value, mistakes);
    if (key === 'max_fail_percentage') found.maxFailPercentage = checked(key, 'number', value, mistakes);
    if (key === 'order') found.order = orderOf(value, mistakes);
  }
  return found;
}

function checked(key: string, kind: 'boolean' | 'number', node: Node, mistakes: Reading['mistakes']): Source {
  const source = sourceOf(node, mistakes);
  if (!(source instanceof Template)) checkKeyword(key, kind, source, node, mistakes);
  return source;
}

function orderOf(node: Node, mistakes: Reading['mistakes']): string {
  const words = wordsOf(node) ?? '';
  if (!ORDERS.includes(words))
    mistakes.error('bad-value', `\`order\` cannot be \`${words}\``, {
      place: node.place,
      hint: didYouMean(words, ORDERS) ?? `one of ${ORDERS.join(', ')}`,
    });
  return words;
}
