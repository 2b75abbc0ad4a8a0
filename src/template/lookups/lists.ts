import { type Lazy, RenderError } from '../../core/value.js';
import { spend } from '../budget.js';
import { isTruthy } from '../operate.js';
import { chanceFor, choose } from '../random.js';
import {
  type Dict,
  dictOf,
  entriesOf,
  isDict,
  isList,
  itemsOf,
  mapKnown,
  memberOf,
  type Term,
  touch,
  tupleOf,
  typeName,
} from '../terms.js';
import { toText } from '../text.js';
import type { Lookup } from './lookup.js';
import { sequence } from './sequence.js';

/** Takes lists out of a list, one level deep. What is unknown may be a list. */
const flattenOnce = (terms: readonly Term[]): Term[] =>
  mapKnown(terms, term => {
    touch(term);
    return isList(term) ? [...term] : [term];
  }).flat();

function flattenWholly(terms: readonly Term[]): Term[] {
  spend(terms.length);
  return mapKnown(terms, term => {
    touch(term);
    if (isList(term)) return flattenWholly(term);
    return term === null || term === 'None' || term === 'null' ? [] : [term];
  }).flat();
}

/** `{key, value}` of every member, as `with_dict` has them. */
function pairs(terms: readonly Term[]): Term[] {
  return mapKnown(terms, term => {
    const dict = isList(term) && term.length === 1 ? term[0]! : term;
    if (!isDict(dict)) throw new RenderError(`with_dict expects a dict, not ${typeName(dict)}`);
    return entriesOf(dict).map(([key, value]) => ({ key, value }));
  }).flat();
}

/** Every combination of one item from each list; the last list turns fastest. */
function nested(terms: readonly Term[]): Term[] {
  if (terms.length === 0) throw new RenderError('with_nested requires at least one element in the nested list');
  return terms.reduce<Term[][]>(
    (rows, term) => {
      const items = isList(term) ? term : [term];
      mapKnown([term, ...items], touch);
      spend(rows.length * items.length);
      return rows.flatMap(row => items.map(item => [...row, ...(isList(item) ? item : [item])]));
    },
    [[]],
  );
}

/** The lists side by side; the short ones are filled up with None. */
function together(terms: readonly Term[]): Term[] {
  if (terms.length === 0) throw new RenderError('with_together requires at least one element in each list');
  const lists = mapKnown(terms, itemsOf);
  const length = Math.max(...lists.map(list => list.length));
  return Array.from({ length }, (_, i) => lists.map(list => list[i] ?? null));
}

const isSkipped = (dict: Dict | Lazy): boolean => isTruthy(memberOf(dict, 'skipped') ?? false);

/** `[list, 'key.below', {skip_missing}]`: every item of the list with every item of the list below the key. */
export function subelements(terms: readonly Term[]): Term[] {
  const [over, path, flags] = terms;
  mapKnown(terms, touch);
  if (terms.length < 2 || terms.length > 3) throw badSubelements('');
  if (typeof path !== 'string') throw badSubelements('first a dict or a list, second a string pointing to the subkey');
  if (isDict(over) && isSkipped(over)) return [];
  const outer = isDict(over) ? entriesOf(over).map(([, value]) => value) : isList(over) ? over : [over!];
  if (flags !== undefined && !isDict(flags))
    throw badSubelements('the optional third item must be a dict with flags skip_missing');
  const skipMissing = isDict(flags) && isTruthy(memberOf(flags, 'skip_missing') ?? false);
  return mapKnown(outer, item => {
    if (!isDict(item)) throw new RenderError(`subelements lookup expects a dictionary, got ${typeName(item)}`);
    if (isSkipped(item) || (skipMissing && endsEarly(item, path))) return [];
    const inner = innerList(item, path, skipMissing);
    spend(inner.length);
    const rest = without(item, path.split('.'));
    return inner.map(one => tupleOf([rest, one]));
  }).flat();
}

/** In the words of Ansible's lookup. */
const badSubelements = (why: string): RenderError =>
  new RenderError(`subelements lookup expects a list of two or three items, ${why}`);

/** Whether the way to the list ends at what is no dictionary: `skip_missing` of Ansible's lookup, but not of its filter, passes over that. */
function endsEarly(item: Term, path: string): boolean {
  let value: Term | undefined = item;
  for (const key of path.split('.')) {
    if (value === undefined) return false;
    if (!isDict(value)) return true;
    value = memberOf(value, key);
  }
  return false;
}

/** The item without the member at a path, as Ansible's lookup (but not its filter of that name) hands it on. */
function without(item: Term, path: readonly string[]): Term {
  const [key, ...rest] = path;
  if (!isDict(item) || key === undefined) return item;
  const kept = entriesOf(item).filter(([name]) => name !== key || rest.length > 0);
  return dictOf(kept.map(([name, value]) => [name, name === key ? without(value, rest) : value] as const));
}

/** The list below a dotted key of an item. */
export function innerList(item: Term, path: string, skipMissing: boolean): readonly Term[] {
  let value: Term = item;
  for (const key of path.split('.')) {
    if (!isDict(value)) throw new RenderError(`the key ${key} should point to a dictionary, got ${typeName(value)}`);
    const member = memberOf(value, key);
    if (member === undefined) {
      if (skipMissing) return [];
      throw new RenderError(
        `could not find '${key}' key in iterated item`,
        undefined,
        '{skip_missing: true} passes over such items',
      );
    }
    value = member;
  }
  if (!isList(value)) throw new RenderError(`the key ${path} should point to a list, got ${typeName(value)}`);
  return value;
}

export const listLookups: readonly (readonly [string, Lookup])[] = [
  ['items', ({ terms }) => flattenOnce(terms)],
  ['list', ({ terms }) => terms],
  ['flattened', ({ terms }) => flattenWholly(terms)],
  ['dict', ({ terms }) => pairs(terms)],
  ['nested', ({ terms }) => nested(terms)],
  ['cartesian', ({ terms }) => nested(terms)],
  ['together', ({ terms }) => together(terms)],
  ['subelements', ({ terms }) => subelements(terms)],
  ['sequence', ({ terms }) => terms.flatMap(term => sequence(toText(term)))],
  ['indexed_items', ({ terms }) => flattenOnce(terms).map((item, i) => tupleOf([i, item]))],
  [
    'random_choice',
    ({ terms, run }) => (mapKnown(terms, touch).length > 0 ? [choose(terms, chanceFor(undefined, run))] : []),
  ],
];
