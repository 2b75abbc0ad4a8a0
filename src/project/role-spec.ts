import { didYouMean } from '../core/place.js';
import type { Vars } from '../core/value.js';
import type { Mistakes } from './mistakes.js';
import { isNull, itemsOf, kindOf, type MapNode, type Node, wordsOf } from './node.js';
import { plainOf } from './source.js';

/** One entry point of a role's `argument_specs`. */
export interface ArgumentSpec {
  readonly summary?: string;
  /** As written, plain: the engine checks the values of variables against it. */
  readonly options: Vars;
}

const TYPES = ['str', 'list', 'dict', 'bool', 'int', 'float', 'path', 'raw', 'jsonarg', 'json', 'bytes', 'bits'];
const OPTION = [
  'description',
  'type',
  'required',
  'default',
  'choices',
  'elements',
  'options',
  'version_added',
  'no_log',
  'aliases',
  'apply_defaults',
  'deprecated_aliases',
  'removed_in_version',
  'removed_at_date',
  'removed_from_collection',
  'mutually_exclusive',
  'required_together',
  'required_one_of',
  'required_if',
  'required_by',
];

/** `argument_specs` of `meta/main.yml` or `meta/argument_specs.yml`, with mistakes in the specification itself. */
export function readSpecs(node: Node | undefined, mistakes: Mistakes): ReadonlyMap<string, ArgumentSpec> {
  const specs = new Map<string, ArgumentSpec>();
  if (node === undefined || isNull(node)) return specs;
  if (node.kind !== 'map') {
    mistakes.error('bad-value', `\`argument_specs\` is a dictionary, not ${kindOf(node)}`, { place: node.place });
    return specs;
  }
  for (const { key, value } of node.entries.values()) {
    if (value.kind !== 'map') continue;
    const options = value.get('options');
    if (options) checkOptions(options, mistakes);
    const summary = wordsOf(value.get('short_description'));
    specs.set(key, {
      ...(summary ? { summary } : {}),
      options: options?.kind === 'map' ? (plainOf(options) as Vars) : {},
    });
  }
  return specs;
}

function checkOptions(options: Node, mistakes: Mistakes): void {
  if (options.kind !== 'map') {
    if (isNull(options)) return;
    mistakes.error('bad-value', `\`options\` is a dictionary, not ${kindOf(options)}`, { place: options.place });
    return;
  }
  for (const { key, keyPlace, value } of options.entries.values()) {
    if (value.kind === 'map') checkOption(value, mistakes);
    else mistakes.error('bad-value', `option \`${key}\` is described by a dictionary`, { place: keyPlace });
  }
}

function checkOption(option: MapNode, mistakes: Mistakes): void {
  for (const { key, keyPlace, value } of option.entries.values()) {
    if (!OPTION.includes(key))
      mistakes.error('unknown-keyword', `the description of an option has no \`${key}\``, {
        place: keyPlace,
        hint: didYouMean(key, OPTION),
      });
    const words = wordsOf(value);
    if ((key === 'type' || key === 'elements') && words !== undefined && !TYPES.includes(words))
      mistakes.error('bad-value', `there is no type \`${words}\``, {
        place: value.place,
        hint: didYouMean(words, TYPES) ?? `types are ${TYPES.join(', ')}`,
      });
  }
  const nested = option.get('options');
  if (nested) checkOptions(nested, mistakes);
  const choices = option.get('choices');
  if (choices && itemsOf(choices).length === 0)
    mistakes.error('bad-value', '`choices` is empty', { place: choices.place });
}
