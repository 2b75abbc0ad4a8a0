import { RenderError } from '../../core/value.js';
import { pathOf } from '../access.js';
import { spend, weigh } from '../budget.js';
import { dictFor, flagOr, given, textOr, wholeOr } from '../cast.js';
import { compare, equal, operate } from '../operate.js';
import { LongRange } from '../range.js';
import {
  bare,
  characters,
  entriesOf,
  isDict,
  isList,
  itemsOf,
  lengthOf,
  mapKnown,
  orElse,
  type Term,
  touch,
  tupleOf,
  typeName,
  Undefined,
} from '../terms.js';
import { toText } from '../text.js';
import { type Filters, filter } from './filter.js';

/** Text in small letters, so that order and equality ignore case. */
export const folded = (term: Term): Term => {
  const value = bare(term);
  return typeof value === 'string' ? value.toLowerCase() : value;
};

/** What of an item counts: a member of it, without regard to case unless asked for. */
export function keyFor(attribute: Term | undefined, caseSensitive: boolean): (item: Term) => Term {
  const path = given(attribute);
  return item => {
    const value = path === undefined ? item : pathOf(item, path);
    return caseSensitive ? value : folded(value);
  };
}

/** Several attributes with commas between sort by the first, then the second. */
function sortKey(attribute: Term | undefined, caseSensitive: boolean): (item: Term) => Term {
  if (typeof attribute !== 'string' || !attribute.includes(',')) return keyFor(attribute, caseSensitive);
  const keys = attribute.split(',').map(one => keyFor(one, caseSensitive));
  return item => keys.map(key => key(item));
}

/** As Python orders lists of one: what is equal needs no order, so that a list of nothing but None is sorted. */
const order = (a: Term, b: Term): number => (typeof a !== 'string' && equal(a, b) ? 0 : compare(a, b));

/** Sorts by a key, stable in both directions. */
export function sorted(items: readonly Term[], key: (item: Term) => Term, reverse = false): Term[] {
  spend(items.length);
  const keyed = mapKnown(items, item => {
    const own = key(item);
    touch(own);
    return { item, key: own };
  });
  keyed.sort(reverse ? (a, b) => order(b.key, a.key) : (a, b) => order(a.key, b.key));
  return keyed.map(({ item }) => item);
}

function join(input: Term, separator: Term | undefined, attribute: Term | undefined): string {
  const path = given(attribute);
  const words = mapKnown(itemsOf(input), item => toText(path === undefined ? item : pathOf(item, path)));
  spend(words.length);
  const text = words.join(textOr(separator, ''));
  weigh(text.length);
  return text;
}

/** Python's len(). */
export function length(input: Term): number {
  if (typeof input === 'string') return lengthOf(input);
  if (isList(input) || isDict(input)) return itemsOf(input).length;
  if (input instanceof LongRange) return input.length;
  throw new RenderError(`object of type '${typeName(input)}' has no len()`);
}

const itemAt = (input: Term, index: number): Term | undefined =>
  input instanceof LongRange ? input.at(index) : itemsOf(input).at(index);

const extreme = (side: 1 | -1) =>
  filter('case_sensitive? attribute?', (input, [caseSensitive, attribute]) => {
    const items = itemsOf(input);
    if (items.length === 0) return new Undefined('No aggregated item, sequence was empty.');
    const key = keyFor(attribute, flagOr(caseSensitive, false));
    mapKnown(items, item => touch(key(item)));
    return items.reduce((best, item) => (compare(key(item), key(best)) * side > 0 ? item : best));
  });

const sumOf = (items: readonly Term[], attribute: Term | undefined, start: Term): Term => {
  const path = given(attribute);
  const summands = items.map(item => (path === undefined ? item : pathOf(item, path)));
  mapKnown([start, ...summands], touch);
  return summands.reduce((sum, summand, i) => {
    if (typeof items[i] === 'string' && typeof sum === 'string') throw new RenderError("sum() can't sum strings");
    return operate('+', sum, summand);
  }, start);
};

/** Groups of so many items; a last short one is filled up if there is something to fill it with. */
function batch(items: readonly Term[], size: number, fill: Term | undefined): Term[] {
  if (size < 1) throw new RenderError('a batch has at least one item');
  const rows: Term[][] = [];
  for (let i = 0; i < items.length; i += size) rows.push(items.slice(i, i + size));
  const last = rows.at(-1);
  if (last && given(fill) !== undefined) while (last.length < size) last.push(fill!);
  return rows;
}

/** So many columns, as even as can be. */
function slices(items: readonly Term[], count: number, fill: Term | undefined): Term[] {
  if (count < 1) throw new RenderError('there must be at least one slice');
  const [each, extra] = [Math.floor(items.length / count), items.length % count];
  let at = 0;
  return Array.from({ length: count }, (_, i) => {
    const column = items.slice(at, at + each + (i < extra ? 1 : 0));
    at += column.length;
    return given(fill) !== undefined && i >= extra ? [...column, fill!] : column;
  });
}

/** The items of equal attribute together, as pairs of the attribute and the items, sorted. */
function groupby(input: Term, attribute: Term, otherwise: Term | undefined, caseSensitive: boolean): Term[] {
  const value = (item: Term): Term => {
    const found = pathOf(item, attribute);
    return found instanceof Undefined && given(otherwise) !== undefined ? otherwise! : found;
  };
  const key = caseSensitive ? value : (item: Term) => folded(value(item));
  const groups: { key: Term; name: Term; items: Term[] }[] = [];
  for (const item of sorted(itemsOf(input), key)) {
    const last = groups.at(-1);
    const own = key(item);
    if (last && equal(last.key, own)) last.items.push(item);
    else groups.push({ key: own, name: value(item), items: [item] });
  }
  return groups.map(({ name, items }) => tupleOf([name, items]));
}

/** Lists inside lists become one, to so many levels; nulls are dropped unless told otherwise. */
export function flatten(items: readonly Term[], levels: number, skipNulls: boolean): Term[] {
  spend(items.length);
  return items.flatMap(item => {
    if (skipNulls && (item === null || item === 'None' || item === 'null')) return [];
    return isList(item) && levels > 0 ? flatten(item, levels - 1, skipNulls) : [item];
  });
}

function reverse(input: Term): Term {
  if (typeof input === 'string') return characters(input).toReversed().join('');
  if (!isList(input) && !isDict(input)) throw new RenderError(`argument must be iterable, not ${typeName(input)}`);
  return itemsOf(input).toReversed();
}

function dictsort(input: Term, caseSensitive: boolean, by: string, backwards: boolean): Term[] {
  if (by !== 'key' && by !== 'value') throw new RenderError('You can only sort by either "key" or "value"');
  const key = (pair: Term) => {
    const [name, value] = itemsOf(pair);
    const own = by === 'key' ? name! : value!;
    return caseSensitive ? own : folded(own);
  };
  return sorted(entriesOf(dictFor(input, 'dictsort')).map(tupleOf), key, backwards);
}

export const listFilters: Filters = [
  ['list', filter('', input => [...itemsOf(input)])],
  ['length', filter('', length)],
  ['count', filter('', length)],
  ['join', filter('d? attribute?', (input, [separator, attribute]) => join(input, separator, attribute))],
  ['first', filter('', input => orElse(itemAt(input, 0), () => new Undefined('No first item, sequence was empty.')))],
  ['last', filter('', input => orElse(itemAt(input, -1), () => new Undefined('No last item, sequence was empty.')))],
  ['reverse', filter('', reverse)],
  [
    'sort',
    filter('reverse? case_sensitive? attribute?', (input, [backwards, caseSensitive, attribute]) =>
      sorted(itemsOf(input), sortKey(attribute, flagOr(caseSensitive, false)), flagOr(backwards, false)),
    ),
  ],
  [
    'dictsort',
    filter('case_sensitive? by? reverse?', (input, [caseSensitive, by, backwards]) =>
      dictsort(input, flagOr(caseSensitive, false), textOr(by, 'key'), flagOr(backwards, false)),
    ),
  ],
  ['max', extreme(1)],
  ['min', extreme(-1)],
  ['sum', filter('attribute? start?', (input, [attribute, start]) => sumOf(itemsOf(input), attribute, start ?? 0))],
  ['batch', filter('linecount fill_with?', (input, [size, fill]) => batch(itemsOf(input), wholeOr(size, 1), fill))],
  ['slice', filter('slices fill_with?', (input, [count, fill]) => slices(itemsOf(input), wholeOr(count, 1), fill))],
  [
    'groupby',
    filter('attribute default? case_sensitive?', (input, [attribute, otherwise, caseSensitive]) =>
      groupby(input, attribute!, otherwise, flagOr(caseSensitive, false)),
    ),
  ],
  [
    'flatten',
    filter('levels? skip_nulls?', (input, [levels, skipNulls]) =>
      flatten(itemsOf(input), given(levels) === undefined ? Infinity : wholeOr(levels, 0), flagOr(skipNulls, true)),
    ),
  ],
];
