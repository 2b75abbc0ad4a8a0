import { RenderError } from '../core/value.js';
import { spend } from './budget.js';
import { flagOr, wholeOr } from './cast.js';
import { compare, equal } from './operate.js';
import { type Operation, operation } from './signature.js';
import { itemsOf, type MutableList, type Term } from './terms.js';
import { toRepr } from './text.js';

function positionOf(list: readonly Term[], item: Term): number {
  spend(list.length);
  const found = list.findIndex(member => equal(member, item));
  if (found < 0) throw new RenderError(`${toRepr(item)} is not in list`);
  return found;
}

const readers: readonly (readonly [string, Operation<MutableList>])[] = [
  ['index', operation('item', (list, [item]) => positionOf(list, item!))],
  ['count', operation('item', (list, [item]) => list.filter(member => equal(member, item!)).length)],
];

export const tupleMethods: ReadonlyMap<string, Operation<MutableList>> = new Map(readers);

export const listMethods: ReadonlyMap<string, Operation<MutableList>> = new Map<string, Operation<MutableList>>([
  ...readers,
  ['copy', operation('', list => [...list])],
  [
    'append',
    operation('item', (list, [item]) => {
      spend(1);
      list.push(item!);
      return null;
    }),
  ],
  [
    'extend',
    operation('items', (list, [items]) => {
      for (const item of [...itemsOf(items!)]) {
        spend(1);
        list.push(item);
      }
      return null;
    }),
  ],
  [
    'insert',
    operation('at item', (list, [at, item]) => {
      spend(1);
      list.splice(wholeOr(at, 0), 0, item!);
      return null;
    }),
  ],
  [
    'pop',
    operation('at?', (list, [at]) => {
      const index = wholeOr(at, -1);
      const position = index < 0 ? index + list.length : index;
      if (list.length === 0) throw new RenderError('pop from empty list');
      if (position < 0 || position >= list.length) throw new RenderError('pop index out of range');
      return list.splice(position, 1)[0]!;
    }),
  ],
  [
    'remove',
    operation('item', (list, [item]) => {
      list.splice(positionOf(list, item!), 1);
      return null;
    }),
  ],
  [
    'clear',
    operation('', list => {
      list.length = 0;
      return null;
    }),
  ],
  [
    'reverse',
    operation('', list => {
      list.reverse();
      return null;
    }),
  ],
  [
    'sort',
    operation('reverse?', (list, [reverse]) => {
      spend(list.length);
      list.sort(flagOr(reverse, false) ? (a, b) => compare(b, a) : (a, b) => compare(a, b));
      return null;
    }),
  ],
]);
