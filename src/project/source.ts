import { keyText, withKeys } from '../core/keys.js';
import type { Place } from '../core/place.js';
import { RenderError, type Source, type SourceVars, Template, type Value } from '../core/value.js';
import { compileCondition, compileExpression, compileText, hasTemplate, type Locate } from '../template/compile.js';
import type { Condition } from '../template/condition.js';
import type { Mistakes } from './mistakes.js';
import { isNull, itemsOf, kindOf, type MapNode, type Node, type ScalarNode } from './node.js';

/** A dictionary without a prototype, so that no key of a project (`__proto__`) means anything but itself. */
export const emptyVars = (): Record<string, Source> => Object.create(null);

/** Data with its templates compiled. Below `!unsafe` nothing is a template. A broken one is noted and stands for itself. */
export function sourceOf(node: Node, mistakes: Mistakes): Source {
  if (node.kind === 'seq') return node.items.map(item => sourceOf(item, mistakes));
  if (node.kind === 'map') return varsOf(node, mistakes);
  if (typeof node.value !== 'string' || node.isUnsafe || !hasTemplate(node.value)) return node.value;
  return mistakes.take(compileText(node.value, node.locate)) ?? new BrokenTemplate(node.value, node.place);
}

/** Stands where a template could not be compiled, which has been said, so that nobody takes it for text; such a project never runs. */
export class BrokenTemplate extends Template {
  readonly reads = [];
  constructor(
    readonly text: string,
    readonly place: Place,
  ) {
    super();
  }
  render(): never {
    throw new RenderError('its template is broken', this.place);
  }
}

/** The members of a dictionary, compiled. */
export const varsOf = (node: MapNode, mistakes: Mistakes): SourceVars =>
  keyed(node, emptyVars(), value => sourceOf(value, mistakes));

/** Fills in the members, under keys of the type that YAML gives them: `80:` is a number, `yes:` a boolean. */
function keyed<T>(node: MapNode, vars: Record<string, T>, read: (value: Node) => T): Record<string, T> {
  const entries = [...node.entries.values()];
  for (const { keyNode, value } of entries) vars[keyText(keyNode.value)] = read(value);
  return withKeys(
    vars,
    entries.map(({ keyNode }) => keyNode.value),
  );
}

/** `vars:` and the like: a dictionary whose keys are names of variables, or nothing. */
export function variablesOf(node: Node | undefined, mistakes: Mistakes, what: string): SourceVars | undefined {
  if (node === undefined || isNull(node)) return undefined;
  if (node.kind !== 'map') {
    mistakes.error('bad-value', `${what} is a dictionary of variables, not ${kindOf(node)}`, { place: node.place });
    return undefined;
  }
  for (const { key, keyPlace } of node.entries.values())
    if (!isName(key)) mistakes.error('bad-name', `\`${key}\` cannot name a variable`, { place: keyPlace, hint: NAMES });
  return varsOf(node, mistakes);
}

/** Whether a text can name a variable. */
export const isName = (text: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
/** The hint for one that cannot. */
export const NAMES = 'letters, digits and _ , not beginning with a digit';

/** Data as it is: for what others wrote that is never rendered (specifications, `!unsafe`). */
export function plainOf(node: Node): Value {
  if (node.kind === 'seq') return node.items.map(plainOf);
  if (node.kind === 'scalar') return node.value;
  return keyed<Value>(node, Object.create(null), plainOf);
}

/** Bare expressions: `when`, `until`, `that`. One or a list; in a list all must hold. Braces around them are borne with. */
export function conditionsOf(node: Node | undefined, mistakes: Mistakes, what: string): readonly Template[] {
  const conditions: Template[] = [];
  for (const item of itemsOf(node)) {
    if (item.kind !== 'scalar') {
      mistakes.error('bad-value', `${what} is an expression, not ${kindOf(item)}`, { place: item.place });
      continue;
    }
    const condition = item.value === '' || item.value === null ? undefined : conditionOf(item, mistakes);
    if (condition) conditions.push(condition);
  }
  return conditions;
}

/** One bare expression. */
export function conditionOf(node: ScalarNode, mistakes: Mistakes): Template | undefined {
  if (typeof node.value === 'boolean')
    return mistakes.take(compileExpression(node.value ? 'true' : 'false', () => node.place));
  if (hasTemplate(node.words))
    return renderedCondition(node.words, { place: node.place, locate: node.locate, form: 'condition' }, mistakes);
  return mistakes.take(compileExpression(node.words, node.locate));
}

interface Written {
  readonly place: Place;
  readonly locate: Locate;
  readonly form: Condition['form'];
}

/** A condition with tags, which is rendered before it is evaluated: seldom what was meant, so it is said, as Ansible says it. */
export function renderedCondition(text: string, { place, locate, form }: Written, mistakes: Mistakes): Template {
  mistakes.warn('template-in-condition', 'a condition is an expression by itself, and needs no {{ }} or {% %}', {
    place,
    hint: 'with them it is rendered to text, which is then evaluated',
  });
  return mistakes.take(compileCondition(text, locate, form)) ?? new BrokenTemplate(text, place);
}

/** Whether any template hangs in a source. */
export const isStatic = (source: Source): boolean => templatesIn(source).length === 0;

/** All templates of a source, in order. */
export function templatesIn(source: Source): readonly Template[] {
  if (source instanceof Template) return [source];
  if (Array.isArray(source)) return (source as readonly Source[]).flatMap(templatesIn);
  return isSourceVars(source) ? Object.values(source).flatMap(templatesIn) : [];
}

/** A source as text, to compare: templates by what they say, dictionaries in whatever order. */
export const spelled = (source: Source | readonly Source[]): string =>
  JSON.stringify(source, (_key, value) => {
    if (value instanceof Template) return value.text;
    return isSourceVars(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  });

/** A dictionary of the project's files, not one of the classes that stand for single values. */
export const isSourceVars = (source: Source | undefined): source is SourceVars => {
  if (typeof source !== 'object' || source === null || Array.isArray(source)) return false;
  const prototype = Object.getPrototypeOf(source);
  return prototype === null || prototype === Object.prototype;
};
