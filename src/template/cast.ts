import type { Lazy } from '../core/value.js';
import { RenderError } from '../core/value.js';
import { wholeOf } from './number.js';
import { isTruthy } from './operate.js';
import { bare, type Dict, isDict, isList, type Term, touch, typeName } from './terms.js';
import { toText } from './text.js';

/*
 * Arguments as the bodies of filters, tests and methods want them. Each takes what was given, or nothing, and a
 * default for nothing; each throws when the value cannot serve.
 */

/** Text of anything, as Python prints it. */
export const textOr = (term: Term | undefined, otherwise: string): string =>
  term === undefined ? otherwise : toText(term);

/** Text that must be text already. */
export function strictText(term: Term | undefined, what: string): string {
  const value = bare(term ?? null);
  touch(value);
  if (typeof value !== 'string') throw new RenderError(`${what} must be text, not ${typeName(value)}`);
  return value;
}

export const wholeOr = (term: Term | undefined, otherwise: number): number =>
  term === undefined ? otherwise : wholeOf(term);

export const flagOr = (term: Term | undefined, otherwise: boolean): boolean =>
  term === undefined ? otherwise : isTruthy(term);

/** None counts as not given. */
export const given = (term: Term | undefined): Term | undefined => (term === null ? undefined : term);

export function dictFor(term: Term | undefined, who: string): Dict | Lazy {
  touch(term);
  if (!isDict(term)) throw new RenderError(`${who} needs a dictionary, not ${typeName(term ?? null)}`);
  return term;
}

export function listFor(term: Term | undefined, who: string): readonly Term[] {
  touch(term);
  if (!isList(term)) throw new RenderError(`${who} needs a list, not ${typeName(term ?? null)}`);
  return term;
}
