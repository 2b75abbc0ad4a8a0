import type { Place } from '../core/place.js';
import { type Source, type SourceVars, Template } from '../core/value.js';
import { compileExpression, compileText, hasTemplate } from '../template/compile.js';
import { type Action, isCommand } from './action.js';
import { COMMAND_WORDS } from './directives.js';
import { KeyedTemplate } from './keyed-template.js';
import type { Mistakes } from './mistakes.js';
import { isNull, kindOf, type Node, ScalarNode } from './node.js';
import { ShownVariable } from './shown-variable.js';
import { BrokenTemplate, emptyVars, renderedCondition, sourceOf } from './source.js';
import { pairOf, splitWords, type Word } from './words.js';
import { cutWords } from './words-cut.js';

/** One argument as it is written. */
export interface Given {
  readonly name: string;
  readonly namePlace: Place;
  readonly value: Source;
  readonly place: Place;
  /** Absent for a word of a `k=v` text. */
  readonly node?: Node;
}

/** The arguments of a task: named ones, or one template that will give them all. */
export interface Arguments {
  readonly given: ReadonlyMap<string, Given>;
  readonly whole?: Template;
  /** Something in them could not be read, so that nobody can say what is missing. */
  readonly isBroken?: true;
}

/** What stands behind a module's name, and what stands under `args:`; the former wins. */
export function readArguments(
  action: Action,
  own: Node | undefined,
  args: Node | undefined,
  mistakes: Mistakes,
): Arguments {
  const below = args === undefined || isNull(args) ? NOTHING : readArgs(args, mistakes);
  const above = own === undefined || isNull(own) ? NOTHING : readOwnArguments(action, own, mistakes);
  const whole = above.whole ?? below.whole;
  if (!whole) {
    const given = new Map([...below.given, ...above.given].map(entry => expressed(action, entry, mistakes)));
    return above.isBroken || below.isBroken ? { given, isBroken: true } : { given };
  }
  if (above.given.size + below.given.size > 0)
    mistakes.error('unsupported', 'arguments given by one template cannot be mixed with written ones', {
      place: whole.place,
      hint: 'combine them inside the template',
    });
  return { given: new Map(), whole };
}

const NOTHING: Arguments = { given: new Map() };
const BROKEN: Arguments = { given: new Map(), isBroken: true };

function readArgs(node: Node, mistakes: Mistakes): Arguments {
  if (node.kind === 'map') return fromMap(node, mistakes);
  const source = sourceOf(node, mistakes);
  if (source instanceof Template) return { given: new Map(), whole: source };
  mistakes.error('bad-value', `\`args\` is a dictionary, not ${kindOf(node)}`, { place: node.place });
  return BROKEN;
}

function readOwnArguments(action: Action, node: Node, mistakes: Mistakes): Arguments {
  if (node.kind === 'map') {
    const isKeyed = action.name === 'set_fact' && [...node.entries.keys()].some(hasTemplate);
    if (!isKeyed) return fromMap(node, mistakes, action);
    const pairs = [...node.entries.values()].map(entry => ({
      key: sourceOf(entry.keyNode, mistakes),
      value: sourceOf(entry.value, mistakes),
    }));
    const text = node.text.content.slice(node.offset, node.offset + node.length);
    return { given: new Map(), whole: new KeyedTemplate(text, node.place, pairs) };
  }
  if (node.kind === 'scalar') return fromText(action, node, mistakes);
  mistakes.error('bad-value', `\`${action.written}\` takes parameters, not a list`, { place: node.place });
  return BROKEN;
}

function fromMap(map: Node & { kind: 'map' }, mistakes: Mistakes, action?: Action): Arguments {
  const given = new Map<string, Given>();
  for (const { key, keyPlace, value } of map.entries.values()) {
    const name = key === '_raw_params' && action?.freeForm ? action.freeForm : key;
    given.set(name, { name, namePlace: keyPlace, value: sourceOf(value, mistakes), place: value.place, node: value });
  }
  return { given };
}

/** `k=v` words, free text, or both, as the action takes them. */
function fromText(action: Action, node: ScalarNode, mistakes: Mistakes): Arguments {
  const text = node.words;
  const { words, open } = splitWords(text);
  if (open !== undefined && !isCommand(action)) {
    mistakes.error('bad-value', 'a quote or brace is not closed', { place: node.locate(open, 1) });
    return BROKEN;
  }
  const given = new Map<string, Given>();
  const taken: Word[] = [];
  const keyed: { readonly key: Source; readonly value: Source }[] = [];
  for (const word of words) {
    const pair = pairOf(word);
    if (!pair || (isCommand(action) && !COMMAND_WORDS.has(pair.key.text))) continue;
    taken.push(word);
    if (hasTemplate(pair.key.text))
      keyed.push({ key: partOf(pair.key, node, mistakes), value: partOf(pair.value, node, mistakes) });
    else given.set(pair.key.text, wordGiven(action, pair, node, mistakes));
  }
  if (keyed.length > 0) return keyedText(action, keyed, given, node, mistakes);
  const rest = cutWords(text, taken);
  if (rest.text === '') return { given };
  return withRest(action, rest, given, node, mistakes);
}

function withRest(
  action: Action,
  rest: { readonly text: string; readonly whole: (offset: number) => number },
  given: Map<string, Given>,
  node: ScalarNode,
  mistakes: Mistakes,
): Arguments {
  const locate = (offset: number, length: number) => {
    const from = rest.whole(offset);
    return node.locate(from, rest.whole(offset + Math.max(1, length) - 1) - from + 1);
  };
  const value = hasTemplate(rest.text) && !node.isUnsafe ? mistakes.take(compileText(rest.text, locate)) : rest.text;
  if (value === undefined) return { given, isBroken: true };
  if (action.freeForm) {
    const place = node.place;
    given.set(action.freeForm, { name: action.freeForm, namePlace: place, value, place });
    return { given };
  }
  if (value instanceof Template && given.size === 0) return { given, whole: value };
  mistakes.error('bad-value', `\`${action.written}\` takes parameters, and this is text without \`=\``, {
    place: locate(0, rest.text.split(/\s/)[0]!.length),
    hint: 'write them as a dictionary below it',
  });
  return { given, isBroken: true };
}

function keyedText(
  action: Action,
  keyed: readonly { readonly key: Source; readonly value: Source }[],
  given: ReadonlyMap<string, Given>,
  node: ScalarNode,
  mistakes: Mistakes,
): Arguments {
  if (action.name === 'set_fact') {
    const pairs = [...keyed, ...[...given.values()].map(({ name, value }) => ({ key: name, value }))];
    return { given: new Map(), whole: new KeyedTemplate(node.words, node.place, pairs) };
  }
  mistakes.error('bad-value', 'the name of a parameter cannot be a template', { place: node.place });
  return { given };
}

function wordGiven(
  action: Action,
  pair: { readonly key: Word; readonly value: Word },
  node: ScalarNode,
  mistakes: Mistakes,
): Given {
  const source = partOf(pair.value, node, mistakes);
  const isWord = action.name === 'set_fact' && typeof source === 'string' && /^(?:true|false|yes|no)$/i.test(source);
  return {
    name: pair.key.text,
    namePlace: node.locate(pair.key.offset, pair.key.text.length),
    // Ansible's set_fact makes booleans of these words, and of no others.
    value: isWord ? /^(?:true|yes)$/i.test(source as string) : source,
    place: node.locate(pair.value.offset, pair.value.text.length),
  };
}

function partOf(word: Word, node: ScalarNode, mistakes: Mistakes): Source {
  if (!hasTemplate(word.text) || node.isUnsafe) return word.text;
  const at = word.at ?? (offset => offset);
  const locate = (offset: number, length: number) => {
    const start = at(offset);
    return node.locate(word.offset + start, at(offset + Math.max(1, length) - 1) - start + 1);
  };
  return mistakes.take(compileText(word.text, locate)) ?? new BrokenTemplate(word.text, locate(0, word.text.length));
}

/** `var` of debug and `that` of assert are expressions, though they look like text. */
function expressed(action: Action, entry: readonly [string, Given], mistakes: Mistakes): readonly [string, Given] {
  const [name, given] = entry;
  const isShown = action.name === 'debug' && name === 'var';
  if (!isShown && !(action.name === 'assert' && name === 'that')) return entry;
  const value = expression(given, given.node, isShown ? 'name' : 'claims', mistakes);
  // What stands there as a template is rendered as any argument is, and fails as any.
  const isName = isShown && !(given.value instanceof Template);
  return [name, { ...given, value: isName ? shown(value) : value }];
}

function shown(value: Source): Source {
  if (Array.isArray(value)) return (value as readonly Source[]).map(shown);
  return value instanceof Template ? new ShownVariable(value) : value;
}

/** `claims` are conditions, which are rendered first if they have tags; a `name` with tags is rendered and no more. */
function expression(
  { value, place }: Given,
  node: Node | undefined,
  kind: 'claims' | 'name',
  mistakes: Mistakes,
): Source {
  if (node?.kind === 'seq')
    return node.items.map(item =>
      expression(
        { name: '', namePlace: place, value: sourceOf(item, mistakes), place: item.place },
        item,
        kind,
        mistakes,
      ),
    );
  const locate = node instanceof ScalarNode ? node.locate : () => place;
  if (kind === 'claims' && value instanceof Template && !(value instanceof BrokenTemplate))
    return renderedCondition(value.text, { place, locate, form: 'claims' }, mistakes);
  if (typeof value !== 'string' || value === '') return value;
  return mistakes.take(compileExpression(value, locate)) ?? new BrokenTemplate(value, place);
}

/** The arguments as a task holds them. */
export const argsSource = ({ given, whole }: Arguments): Source => {
  if (whole) return whole;
  const args: Record<string, Source> = emptyVars();
  for (const { name, value } of given.values()) args[name] = value;
  return args as SourceVars;
};
