import { Float, Lazy, RenderError, Secret, Unknown, type Value } from '../core/value.js';
import { nested, spend } from './budget.js';
import { type Dict, isList, Live, Nothing, type Term, Undefined } from './terms.js';

/** The term as data. Throws if there is anything undefined in it, or anything that lives only inside a render. */
export function finalize(term: Term): Value {
  if (term instanceof Nothing) return '';
  const printed = term instanceof Live ? term.printed() : undefined;
  if (printed !== undefined) return printed;
  check(term);
  return term as Value;
}

function check(term: Term): void {
  if (term === null || typeof term !== 'object') return;
  if (term instanceof Undefined) throw term.fail();
  if (term instanceof Live)
    throw new RenderError(`the result is ${article(term.title)}, not data`, undefined, hintFor(term.title));
  if (term instanceof Lazy || term instanceof Unknown || term instanceof Secret || term instanceof Float) return;
  const members = isList(term) ? term : Object.values(term as Dict);
  spend(members.length);
  nested(() => members.forEach(check));
}

const article = (title: string): string => (title.endsWith('()') ? `the function ${title}` : `'${title}'`);
const hintFor = (title: string): string | undefined =>
  title.endsWith('()') ? `${title} calls it; a key of that name is reached by ['${title.slice(0, -2)}']` : undefined;
