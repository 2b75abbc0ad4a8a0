import { didYouMean } from '../core/place.js';
import type { Loop } from '../core/play.js';
import { type Source, Template } from '../core/value.js';
import { LOOPS } from './directives.js';
import { checkKeyword } from './keywords.js';
import type { Mistakes } from './mistakes.js';
import { type Entry, isNull, kindOf, type MapNode, type Node, wordsOf } from './node.js';
import { isName, NAMES, sourceOf } from './source.js';

const CONTROLS = ['loop_var', 'index_var', 'label', 'pause', 'extended', 'extended_allitems'];

/** The loop of a task, if it has one: `loop`, or one of `with_…`, with `loop_control`. */
export function loopOf(map: MapNode, mistakes: Mistakes): Loop | undefined {
  const [entry, second] = [...map.entries.values()].filter(({ key }) => key === 'loop' || key.startsWith('with_'));
  if (second)
    mistakes.error('two-loops', `a task has one loop; here are \`${entry!.key}\` and \`${second.key}\``, {
      place: second.keyPlace,
    });
  const control = map.entries.get('loop_control');
  if (!entry) {
    if (control) mistakes.error('bad-value', '`loop_control` without a loop', { place: control.keyPlace });
    return undefined;
  }
  const kind = loopKind(entry, mistakes);
  const over = sourceOf(entry.value, mistakes);
  if (entry.key === 'loop' && !Array.isArray(over) && !(over instanceof Template))
    mistakes.error('bad-value', `\`loop\` needs a list, not ${kindOf(entry.value)}`, { place: entry.value.place });
  return { kind, over, ...controlOf(control?.value, mistakes) };
}

function loopKind({ key, keyPlace }: Entry, mistakes: Mistakes): string {
  const kind = key === 'loop' ? 'loop' : key.slice('with_'.length).replace(/^.*\./, '');
  if (kind !== 'loop' && !LOOPS.has(kind))
    mistakes.error('unsupported-loop', `\`${key}\` is not supported here`, {
      place: keyPlace,
      hint: didYouMean(kind, LOOPS)?.replace('`', '`with_'),
    });
  return kind;
}

type Control = Omit<Loop, 'kind' | 'over'>;

function controlOf(node: Node | undefined, mistakes: Mistakes): Control {
  const control: { -readonly [K in keyof Control]: Control[K] } = { variable: 'item', extended: false };
  if (node === undefined || isNull(node)) return control;
  if (node.kind !== 'map') {
    mistakes.error('bad-value', `\`loop_control\` is a dictionary, not ${kindOf(node)}`, { place: node.place });
    return control;
  }
  for (const { key, keyPlace, value } of node.entries.values()) {
    const source = sourceOf(value, mistakes);
    if (key === 'loop_var' && source instanceof Template)
      control.templated = { ...control.templated, variable: source };
    else if (key === 'index_var' && source instanceof Template)
      control.templated = { ...control.templated, indexVariable: source };
    else if (key === 'loop_var') control.variable = nameOf(value, mistakes) ?? 'item';
    else if (key === 'index_var') control.indexVariable = nameOf(value, mistakes) ?? 'index';
    else if (key === 'label') control.label = source;
    else if (key === 'pause') control.pause = numberOf(value, source, mistakes);
    else if (key === 'extended')
      control.extended = source === true || /^(?:yes|true|on|1)$/i.test(wordsOf(value) ?? '');
    else if (key !== 'extended_allitems')
      mistakes.error('unknown-keyword', `\`loop_control\` has no \`${key}\``, {
        place: keyPlace,
        hint: didYouMean(key, CONTROLS),
      });
  }
  return control;
}

function numberOf(node: Node, source: Source, mistakes: Mistakes): Source {
  if (!(source instanceof Template)) checkKeyword('pause', 'number', source, node, mistakes);
  return source;
}

/** A name for a variable, which cannot be a template. */
export function nameOf(node: Node, mistakes: Mistakes): string | undefined {
  const words = wordsOf(node);
  if (words !== undefined && isName(words)) return words;
  mistakes.error('bad-name', `${words === undefined ? kindOf(node) : `\`${words}\``} cannot name a variable`, {
    place: node.place,
    hint: NAMES,
  });
  return undefined;
}
