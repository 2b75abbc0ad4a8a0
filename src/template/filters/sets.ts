import { RenderError } from '../../core/value.js';
import { spend } from '../budget.js';
import { flagOr, given, wholeOr } from '../cast.js';
import { amountOf, isNumber } from '../number.js';
import { equal } from '../operate.js';
import { bare, isDict, isList, itemsOf, mapKnown, type Term, touch, tupleOf } from '../terms.js';
import { type Filters, filter } from './filter.js';
import { keyFor } from './lists.js';

/** Remembers values by Python's equality; those that have a text form are found at once. */
class Seen {
  readonly #simple = new Set<string>();
  readonly #others: Term[] = [];

  has(term: Term): boolean {
    const key = simpleKey(term);
    if (key !== undefined) return this.#simple.has(key);
    spend(this.#others.length);
    return this.#others.some(other => equal(other, term));
  }

  add(term: Term): void {
    const key = simpleKey(term);
    if (key === undefined) this.#others.push(term);
    else this.#simple.add(key);
  }
}

/** Equal for equal values: 1, 1.0 and true are one. Undefined for lists and dictionaries. */
function simpleKey(term: Term): string | undefined {
  const value = bare(term);
  touch(value);
  if (typeof value === 'string') return `s${value}`;
  if (value === null) return 'none';
  return isNumber(value) ? `n${amountOf(value)}` : undefined;
}

const seenOf = (items: readonly Term[]): Seen => {
  const seen = new Seen();
  mapKnown(items, item => seen.add(item));
  return seen;
};

/** Each value once, at its first place. */
function distinct(items: readonly Term[], key: (item: Term) => Term = item => item): Term[] {
  spend(items.length);
  const seen = new Seen();
  const keys = mapKnown(items, item => {
    const own = key(item);
    touch(own);
    return own;
  });
  return items.filter((_, i) => {
    const own = keys[i]!;
    if (seen.has(own)) return false;
    seen.add(own);
    return true;
  });
}

/** Jinja ignores case unless told otherwise; where there are lists or dictionaries, Ansible compares exactly. */
function unique(input: Term, caseSensitive: boolean, attribute: Term | undefined): Term[] {
  const items = itemsOf(input);
  const exact = caseSensitive || (given(attribute) === undefined && items.some(item => isList(item) || isDict(item)));
  return distinct(items, keyFor(attribute, exact));
}

function union(a: Term, b: Term): Term[] {
  return distinct([...itemsOf(a), ...itemsOf(b)]);
}

function keptBy(a: Term, b: Term, wanted: boolean): Term[] {
  const other = seenOf(itemsOf(b));
  return distinct(itemsOf(a).filter(item => other.has(item) === wanted));
}

/** Every combination of one item of each; the last turns fastest. */
function product(lists: readonly (readonly Term[])[]): Term[] {
  return lists
    .reduce<Term[][]>(
      (rows, list) => {
        spend(rows.length * list.length);
        return rows.flatMap(row => list.map(item => [...row, item]));
      },
      [[]],
    )
    .map(tupleOf);
}

/** Choices of so many items: in every order, or in the order they have. */
function choices(items: readonly Term[], size: number, order: 'any' | 'kept'): Term[] {
  if (size < 0) throw new RenderError('cannot choose fewer than none');
  const out: Term[] = [];
  const extend = (taken: readonly number[]): void => {
    spend(1 + taken.length);
    if (taken.length === size) {
      out.push(tupleOf(taken.map(i => items[i]!)));
      return;
    }
    const first = order === 'kept' ? (taken.at(-1) ?? -1) + 1 : 0;
    for (let i = first; i < items.length; i++) if (!taken.includes(i)) extend([...taken, i]);
  };
  extend([]);
  return out;
}

function zip(lists: readonly (readonly Term[])[], length: number, fill: Term): Term[] {
  spend(length * lists.length);
  return Array.from({ length }, (_, i) => tupleOf(lists.map(list => list[i] ?? fill)));
}

const lengths = (lists: readonly (readonly Term[])[]): number[] => lists.map(list => list.length);

export const setFilters: Filters = [
  [
    'unique',
    filter('case_sensitive? attribute?', (input, [caseSensitive, attribute]) =>
      unique(input, flagOr(given(caseSensitive), false), attribute),
    ),
  ],
  ['union', filter('other', (input, [other]) => union(input, other!))],
  ['intersect', filter('other', (input, [other]) => keptBy(input, other!, true))],
  ['difference', filter('other', (input, [other]) => keptBy(input, other!, false))],
  [
    'symmetric_difference',
    filter('other', (input, [other]) => {
      const both = seenOf(keptBy(input, other!, true));
      return union(input, other!).filter(item => !both.has(item));
    }),
  ],
  [
    'product',
    filter('*others repeat?', (input, [repeat], { rest }) => {
      const lists = [input, ...rest].map(itemsOf);
      return product(Array.from({ length: wholeOr(repeat, 1) }, () => lists).flat());
    }),
  ],
  [
    'permutations',
    filter('r?', (input, [size]) => choices(itemsOf(input), wholeOr(given(size), itemsOf(input).length), 'any')),
  ],
  ['combinations', filter('r', (input, [size]) => choices(itemsOf(input), wholeOr(size, 0), 'kept'))],
  [
    'zip',
    filter('*others', (input, _, { rest }) => {
      const lists = [input, ...rest].map(itemsOf);
      return zip(lists, Math.min(...lengths(lists)), null);
    }),
  ],
  [
    'zip_longest',
    filter('*others **named', (input, _, { rest, named }) => {
      const lists = [input, ...rest].map(itemsOf);
      return zip(lists, Math.max(...lengths(lists)), named.get('fillvalue') ?? null);
    }),
  ],
];
