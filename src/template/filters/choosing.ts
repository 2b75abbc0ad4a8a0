import { RenderError } from '../../core/value.js';
import { pathOf } from '../access.js';
import { spend } from '../budget.js';
import { given } from '../cast.js';
import { isTruthy } from '../operate.js';
import type { Call } from '../signature.js';
import { itemsOf, mapKnown, type Term, Undefined } from '../terms.js';
import { toText } from '../text.js';
import { type Filters, filter } from './filter.js';

/** Jinja looks whether there is anything before it goes through it, so that None has no items here. */
function itemsIn(input: Term): readonly Term[] {
  const items = isTruthy(input) ? itemsOf(input) : [];
  spend(items.length);
  return items;
}

/** Jinja's map: another filter on every item, or a member of every item. */
function mapped(input: Term, { rest, named, run }: Call): Term[] {
  const items = itemsIn(input);
  const [name, ...more] = rest;
  const attribute = named.get('attribute');
  if (name === undefined && attribute !== undefined) {
    const strange = [...named.keys()].find(key => key !== 'attribute' && key !== 'default');
    if (strange !== undefined) throw new RenderError(`Unexpected keyword argument '${strange}'`);
    const otherwise = given(named.get('default'));
    return items.map(item => memberOr(item, attribute, otherwise));
  }
  if (name === undefined) throw new RenderError('map requires a filter argument');
  const filterOne = run.language.filter(toText(name));
  const args = { positional: more, named };
  return mapKnown(items, item => filterOne.apply(item, args, run));
}

/** A member by its path; where any step of it is missing, the default if there is one. */
function memberOr(item: Term, path: Term, otherwise: Term | undefined): Term {
  const found = pathOf(item, path);
  return found instanceof Undefined && otherwise !== undefined ? otherwise : found;
}

/** The four that keep or drop items by a test of them or of a member of theirs. */
const chosen = (keep: boolean, of: 'items' | 'members') =>
  filter('*args **named', (input, _, { rest, named, run }) => {
    const [path, ...afterPath] = rest;
    if (of === 'members' && path === undefined) throw new RenderError('Missing parameter for attribute name');
    const [name, ...args] = of === 'members' ? afterPath : rest;
    const test = name === undefined ? undefined : run.language.test(toText(name));
    const items = itemsIn(input);
    const passes = mapKnown(items, item => {
      const subject = of === 'members' ? pathOf(item, path!) : item;
      return test ? test.apply(subject, { positional: args, named }, run) : isTruthy(subject);
    });
    return items.filter((_, i) => passes[i] === keep);
  });

export const choosingFilters: Filters = [
  ['map', filter('*args **named', (input, _, call) => mapped(input, call))],
  ['select', chosen(true, 'items')],
  ['reject', chosen(false, 'items')],
  ['selectattr', chosen(true, 'members')],
  ['rejectattr', chosen(false, 'members')],
];
