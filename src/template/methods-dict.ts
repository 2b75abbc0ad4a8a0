import { type Key, keyText } from '../core/keys.js';
import { Lazy, RenderError } from '../core/value.js';
import { spend } from './budget.js';
import { type Operation, operation } from './signature.js';
import {
  type Dict,
  dictOf,
  entriesOf,
  hasKey,
  isDict,
  itemsOf,
  keyOf,
  keysOf,
  type MutableDict,
  memberOf,
  orElse,
  putMember,
  type Term,
  touch,
  tupleOf,
} from './terms.js';

type Receiver = Dict | Lazy;

/** Only data of this render may change; a lazy dictionary is a view of the outside. */
function mutable(dict: Receiver): MutableDict {
  if (dict instanceof Lazy) throw new RenderError('this dictionary cannot be changed');
  return dict as MutableDict;
}

/** The pairs that `dict(x)` and `update(x)` take: a dictionary, or a list of pairs. */
export function pairsOf(term: Term): readonly (readonly [Key, Term])[] {
  touch(term);
  if (isDict(term)) return entriesOf(term);
  return itemsOf(term).map((pair, i) => {
    const items = itemsOf(pair);
    if (items.length !== 2)
      throw new RenderError(`dictionary update sequence element #${i} has length ${items.length}; 2 is required`);
    return [keyOf(items[0]!), items[1]!] as const;
  });
}

/** Keys, values and items are lists here, where Python has views: they print and add up as one would wish. */
export const dictMethods: ReadonlyMap<string, Operation<Receiver>> = new Map<string, Operation<Receiver>>([
  ['items', operation('', dict => entriesOf(dict).map(([key, value]) => tupleOf([key, value])))],
  ['keys', operation('', dict => [...keysOf(dict)])],
  ['values', operation('', dict => entriesOf(dict).map(([, value]) => value))],
  [
    'get',
    operation('key otherwise?', (dict, [key, otherwise]) =>
      orElse(memberOf(dict, keyOf(key!)), () => otherwise ?? null),
    ),
  ],
  ['copy', operation('', dict => dictOf(entriesOf(dict)))],
  [
    'update',
    operation('other? **named', (dict, [other], { named }) => {
      const target = mutable(dict);
      for (const [key, value] of [...(other === undefined ? [] : pairsOf(other)), ...named]) {
        spend(1);
        putMember(target, key, value);
      }
      return null;
    }),
  ],
  [
    'setdefault',
    operation('key otherwise?', (dict, [key, otherwise]) => {
      const name = keyOf(key!);
      if (!hasKey(dict, name)) putMember(mutable(dict), name, otherwise ?? null);
      return memberOf(dict, name)!;
    }),
  ],
  [
    'pop',
    operation('key otherwise?', (dict, [key, otherwise]) => {
      const name = keyOf(key!);
      const own = memberOf(dict, name);
      const value = own === undefined ? otherwise : own;
      if (value === undefined) throw new RenderError(`pop(): there is no key '${keyText(name)}'`);
      delete mutable(dict)[keyText(name)];
      return value;
    }),
  ],
  [
    'popitem',
    operation('', dict => {
      const last = entriesOf(dict).at(-1);
      if (!last) throw new RenderError('popitem(): dictionary is empty');
      delete mutable(dict)[keyText(last[0])];
      return tupleOf(last);
    }),
  ],
  [
    'clear',
    operation('', dict => {
      for (const key of keysOf(dict)) delete mutable(dict)[keyText(key)];
      return null;
    }),
  ],
]);
