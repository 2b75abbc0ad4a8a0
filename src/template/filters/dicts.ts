import { type Lazy, RenderError } from '../../core/value.js';
import { itemOf, NOWHERE } from '../access.js';
import { spend } from '../budget.js';
import { dictFor, flagOr, given, textOr } from '../cast.js';
import { innerList } from '../lookups/lists.js';
import { contains } from '../operate.js';
import {
  type Dict,
  dictOf,
  entriesOf,
  hasKey,
  isDict,
  isList,
  itemsOf,
  keyOf,
  type MutableDict,
  mapKnown,
  memberOf,
  putMember,
  type Term,
  touch,
  tupleOf,
  typeName,
  Undefined,
} from '../terms.js';
import { toText } from '../text.js';
import { type Filters, filter } from './filter.js';
import { flatten } from './lists.js';

const LIST_MERGES = ['replace', 'keep', 'append', 'prepend', 'append_rp', 'prepend_rp'] as const;
type ListMerge = (typeof LIST_MERGES)[number];

interface Merge {
  readonly recursive: boolean;
  readonly lists: ListMerge;
}

/** A new dictionary of `low` with the members of `high` over it. */
function merged(low: Dict | Lazy, high: Dict | Lazy, how: Merge): MutableDict {
  const out = dictOf(entriesOf(low));
  for (const [key, value] of entriesOf(high)) {
    spend(1);
    const own = memberOf(low, key);
    putMember(out, key, own === undefined ? value : mergedMember(own, value, how));
  }
  return out;
}

function mergedMember(low: Term, high: Term, how: Merge): Term {
  if (isDict(low) && isDict(high)) return how.recursive ? merged(low, high, how) : high;
  return isList(low) && isList(high) ? mergedLists(low, high, how.lists) : high;
}

function mergedLists(low: readonly Term[], high: readonly Term[], how: ListMerge): readonly Term[] {
  const onlyLow = () => low.filter(item => !contains(high, item));
  switch (how) {
    case 'replace':
      return high;
    case 'keep':
      return low;
    case 'append':
      return [...low, ...high];
    case 'prepend':
      return [...high, ...low];
    case 'append_rp':
      return [...onlyLow(), ...high];
    case 'prepend_rp':
      return [...high, ...onlyLow()];
  }
}

function combine(terms: readonly Term[], how: Merge): Term {
  mapKnown(
    terms.flatMap(term => (isList(term) ? term : [term])),
    touch,
  );
  // None counts as nothing to combine, as for flatten.
  const dicts = flatten(terms, 1, true);
  for (const dict of dicts)
    if (!isDict(dict)) throw new RenderError(`combine needs dictionaries, not ${typeName(dict)}`);
  if (dicts.length === 0) return {};
  return (dicts as (Dict | Lazy)[]).reduce((low, high) => merged(low, high, how));
}

function listMerge(term: Term | undefined): ListMerge {
  const word = textOr(term, 'replace');
  const found = LIST_MERGES.find(one => one === word);
  if (!found) throw new RenderError(`list_merge must be one of ${LIST_MERGES.join(', ')}, not '${word}'`);
  return found;
}

function items2dict(input: Term, keyName: string, valueName: string): Term {
  if (!isList(input)) throw new RenderError(`items2dict needs a list, not ${typeName(input)}`);
  return dictOf(
    input.map(item => {
      if (!isDict(item)) throw new RenderError(`items2dict needs a list of dictionaries, not of ${typeName(item)}`);
      const [key, value] = [memberOf(item, keyName), memberOf(item, valueName)];
      if (key === undefined || value === undefined)
        throw new RenderError(`items2dict needs the keys '${keyName}' and '${valueName}' in each dictionary`);
      return [keyOf(key), value] as const;
    }),
  );
}

/** A member of a member: `'web1' | extract(hostvars, ['ansible_host'])`. */
function extract(key: Term, container: Term, more: Term | undefined): Term {
  const rest = given(more);
  const keys = [key, ...(rest === undefined ? [] : isList(rest) ? rest : [rest])];
  return keys.reduce((value, one) => itemOf(value, one, NOWHERE), container);
}

function subelements(input: Term, path: Term, skipMissing: boolean): Term[] {
  const outer = isDict(input) ? entriesOf(input).map(([, value]) => value) : isList(input) ? input : undefined;
  if (!outer) throw new RenderError('subelements needs a list of dictionaries or a dictionary of them');
  const dotted = isList(path) ? path.map(toText).join('.') : toText(path);
  return outer.flatMap(item => innerList(item, dotted, skipMissing).map(one => tupleOf([item, one])));
}

/** Dictionaries by one of their members. */
function rekey(input: Term, key: string, duplicates: string): Term {
  if (duplicates !== 'error' && duplicates !== 'overwrite')
    throw new RenderError(`duplicates must be error or overwrite, not '${duplicates}'`);
  const out: MutableDict = {};
  const members = isDict(input) ? entriesOf(input).map(([, value]) => value) : itemsOf(input);
  for (const member of members) {
    if (!isDict(member)) throw new RenderError(`rekey_on_member needs dictionaries, not ${typeName(member)}`);
    const value = memberOf(member, key);
    if (value === undefined) throw new RenderError(`Key ${key} was not found`);
    const name = keyOf(value);
    if (hasKey(out, name) && duplicates === 'error')
      throw new RenderError(`Key ${name} is not unique, cannot correctly turn into dict`);
    putMember(out, name, member);
  }
  return out;
}

export const dictFilters: Filters = [
  [
    'combine',
    filter('*others recursive? list_merge?', (input, [recursive, lists], { rest }) =>
      combine([input, ...rest], { recursive: flagOr(recursive, false), lists: listMerge(lists) }),
    ),
  ],
  [
    'items',
    filter('', input =>
      input instanceof Undefined ? [] : entriesOf(dictFor(input, 'items')).map(pair => tupleOf(pair)),
    ),
  ],
  [
    'dict2items',
    filter('key_name? value_name?', (input, [keyName, valueName]) =>
      entriesOf(dictFor(input, 'dict2items')).map(([key, value]) =>
        dictOf([
          [textOr(keyName, 'key'), key],
          [textOr(valueName, 'value'), value],
        ]),
      ),
    ),
  ],
  [
    'items2dict',
    filter('key_name? value_name?', (input, [keyName, valueName]) =>
      items2dict(input, textOr(keyName, 'key'), textOr(valueName, 'value')),
    ),
  ],
  ['extract', filter('container morekeys?', (input, [container, more]) => extract(input, container!, more))],
  [
    'subelements',
    filter('subelements skip_missing?', (input, [path, skip]) => subelements(input, path!, flagOr(skip, false))),
  ],
  [
    'rekey_on_member',
    filter('key duplicates?', (input, [key, duplicates]) => rekey(input, toText(key!), textOr(duplicates, 'error'))),
  ],
];
