import { didYouMean, nearest } from '../core/place.js';
import { type Action, actionOf } from './action.js';
import { directiveNames } from './directives.js';
import { COMMON, isUnsupported, unknownKeyword } from './keywords.js';
import { isKnownElsewhere, knownModules } from './known-modules.js';
import { type Entry, type MapNode, type Node, wordsOf } from './node.js';
import type { Scene } from './reading.js';
import { parametersOf } from './schema.js';
import { splitWords } from './words.js';

/** Keywords that only a task has. */
export const TASK_ONLY: readonly string[] = [
  'action',
  'local_action',
  'args',
  'async',
  'poll',
  'changed_when',
  'failed_when',
  'delay',
  'retries',
  'until',
  'loop',
  'loop_control',
  'register',
  'notify',
];
const TASK: readonly string[] = [...COMMON, 'when', ...TASK_ONLY];

/** What a task calls, and the node of its arguments. */
export interface Call {
  readonly written: string;
  readonly entry: Entry;
  readonly action: Action | undefined;
  readonly own: Node | undefined;
  /** `local_action`. */
  readonly isLocal: boolean;
  /** Parameters of the module that stand beside it. */
  readonly misplaced: ReadonlySet<string>;
}

/** Finds the module among the keys of a task, and judges the others. */
export function callOf(map: MapNode, scene: Scene): Call | undefined {
  const { mistakes, registry } = scene.reading;
  const keywords = scene.isHandler ? [...TASK, 'listen'] : TASK;
  const others = [...map.entries.values()].filter(
    ({ key }) => !keywords.includes(key) && !key.startsWith('with_') && !isUnsupported(key),
  );
  const explicit = map.entries.get('action') ?? map.entries.get('local_action');
  if (explicit) {
    for (const entry of others) strayKey(entry, undefined, keywords, scene);
    return explicitCall(explicit, scene);
  }
  const [first, ...more] = others.filter(({ key }) => actionOf(key, registry));
  if (more.length > 0) {
    const place = more[0]!.keyPlace;
    mistakes.error('two-modules', `a task calls one module; here are \`${first!.key}\` and \`${more[0]!.key}\``, {
      place,
      hint: 'begin another task with `- `',
    });
    return undefined;
  }
  const chosen = first ?? likelyModule(others, keywords);
  const misplaced = new Set<string>();
  for (const entry of others)
    if (entry !== chosen && strayKey(entry, chosen, keywords, scene)) misplaced.add(entry.key);
  if (chosen)
    return {
      written: chosen.key,
      entry: chosen,
      action: actionOf(chosen.key, registry),
      own: chosen.value,
      isLocal: false,
      misplaced,
    };
  if (others.length === 0) mistakes.error('no-module', 'this task calls no module', { place: map.place });
  return undefined;
}

/** With no known module among them: the key that least looks like a keyword with a slip. */
function likelyModule(others: readonly Entry[], keywords: readonly string[]): Entry | undefined {
  return (
    others.find(({ key }) => isKnownElsewhere(key)) ?? others.find(({ key }) => !nearest(key, keywords)) ?? others[0]
  );
}

/** A key beside the module that is no keyword. Answers whether it is a parameter with too little indentation. */
function strayKey(entry: Entry, chosen: Entry | undefined, keywords: readonly string[], scene: Scene): boolean {
  const { mistakes, registry } = scene.reading;
  const action = chosen && actionOf(chosen.key, registry);
  const params = action?.module ? parametersOf(action.module) : (action?.directive?.params ?? []);
  const isParameter = params.includes(entry.key);
  if (isParameter)
    mistakes.error('misplaced-parameter', `\`${entry.key}\` is a parameter of \`${action!.name}\`, not of the task`, {
      place: entry.keyPlace,
      hint: `indent it below \`${chosen!.key}:\``,
    });
  else unknownKeyword(entry, keywords, 'a task', mistakes);
  return isParameter;
}

const NONE: ReadonlySet<string> = new Set();

/** `action: copy src=a dest=b`, `action: { module: copy, src: a }`, and the same for `local_action`. */
function explicitCall(entry: Entry, scene: Scene): Call | undefined {
  const { mistakes, registry } = scene.reading;
  const isLocal = entry.key === 'local_action';
  const node = entry.value;
  const named = node.kind === 'map' ? wordsOf(node.get('module')) : undefined;
  if (node.kind === 'map' && named !== undefined) {
    const [written = '', ...rest] = named.split(/\s+/);
    if (rest.length > 0) mistakes.error('bad-value', '`module` is one word here', { place: node.get('module')!.place });
    return {
      written,
      entry,
      action: actionOf(written, registry),
      own: node.without('module'),
      isLocal,
      misplaced: NONE,
    };
  }
  const first = node.kind === 'scalar' ? splitWords(node.words).words[0] : undefined;
  if (node.kind !== 'scalar' || !first) {
    mistakes.error('no-module', `\`${entry.key}\` names no module`, { place: node.place });
    return undefined;
  }
  const own = node.from(first.offset + first.text.length);
  return { written: first.text, entry, action: actionOf(first.text, registry), own, isLocal, misplaced: NONE };
}

/** A call whose module is not here: an error that names it, or only a warning where it may never be reached. */
export function unknownModule(call: Call, map: MapNode, scene: Scene, mayBeSkipped: boolean): void {
  const { mistakes, registry, roleLoader } = scene.reading;
  const { written, entry } = call;
  const place = call.isLocal || entry.key === 'action' ? entry.value.place : entry.keyPlace;
  const carried = scene.role && roleLoader.carriedModule(scene.role.path, written);
  if (carried) {
    mistakes.error('unsupported-module', `\`${written}\` is a module of the role's own (${carried})`, {
      place,
      hint: 'such modules need Python on the target and are not run here',
    });
    return;
  }
  if (isKnownElsewhere(written)) {
    const say = mayBeSkipped ? mistakes.warn.bind(mistakes) : mistakes.error.bind(mistakes);
    say('unsupported-module', `module \`${written}\` is not supported here`, {
      place,
      hint: mayBeSkipped ? 'the task fails if its `when` lets it run' : didYouMean(written, registry.keys()),
    });
    return;
  }
  const isOnlyKey = [...map.entries.keys()].length === 1;
  mistakes.error('unknown-module', `there is no module \`${written}\``, {
    place,
    hint:
      didYouMean(written, registry.keys()) ??
      didYouMean(written, [...directiveNames(), ...knownModules(), ...(isOnlyKey ? [] : TASK)]),
  });
}
