import { type Bound, type Call, type Operation, operation } from '../signature.js';
import type { Term } from '../terms.js';

/** A filter: takes the input, its arguments in the order of its parameters, and what more was given. */
export type FilterBody = (input: Term, args: Bound, call: Call) => Term;
export type Filters = readonly (readonly [string, Operation<Term>])[];

/** Declares a filter by its parameters: `'width? first?'`. */
export const filter = (parameters: string, body: FilterBody): Operation<Term> => operation(parameters, body);
