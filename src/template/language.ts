import { RenderError, Unknown } from '../core/value.js';
import { filters, unsupportedFilters } from './filters/registry.js';
import { isTruthy } from './operate.js';
import type { Run } from './run.js';
import type { Operation } from './signature.js';
import { type Arguments, bare, Nothing, type Term, Undefined, UnknownTouched } from './terms.js';
import { tests } from './tests.js';

/** A filter or a test, ready to be applied to values. */
export interface Applied<R> {
  apply(input: Term, given: Arguments, run: Run): R;
}

/** The filters and tests, as those filters need them that are given names of others: `map('upper')`. */
export interface Language {
  filter(name: string): Applied<Term>;
  test(name: string): Applied<boolean>;
}

/** `ansible.builtin.combine` and `community.general.json_query` are called by their last word. */
export const shortName = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** Filters that may look at the undefined. */
const FILTERS_OF_UNDEFINED: ReadonlySet<string> = new Set(['attr', 'default', 'd', 'items', 'mandatory', 'type_debug']);
/** Tests that ask what a value is, not what it says: for Jinja an undefined one is no text, no number, and so on. */
const TESTS_OF_UNDEFINED: ReadonlySet<string> = new Set(
  'defined undefined none string number float boolean true false mapping sequence sameas callable vault_encrypted in uri url urn integer'.split(
    ' ',
  ),
);

/** Why a filter of Ansible's is not here, and what does instead. */
export const whyUnsupported = (filter: string): string | undefined => unsupportedFilters.get(shortName(filter));

export const filterNames = (): readonly string[] => [...filters.keys()];
export const testNames = (): readonly string[] => [...tests.keys()];

/** The filter of a name; applying one that does not exist throws, since the compiler has complained before. */
export function filterNamed(name: string): Applied<Term> {
  const short = shortName(name);
  return applied(short, filters.get(short), 'filter', FILTERS_OF_UNDEFINED.has(short));
}

/** The test of a name, likewise. */
export function testNamed(name: string): Applied<boolean> {
  const short = shortName(name);
  const test = applied(short, tests.get(short), 'test', TESTS_OF_UNDEFINED.has(short));
  return { apply: (input, given, run) => isTruthy(test.apply(input, given, run)) };
}

function applied(
  name: string,
  operation: Operation<Term> | undefined,
  kind: 'filter' | 'test',
  seesUndefined: boolean,
): Applied<Term> {
  return {
    apply(input, given, run) {
      if (!operation) throw new RenderError(`No ${kind} named '${name}'.`);
      if (input instanceof Unknown) throw new UnknownTouched(input.because);
      if (seesUndefined) return operation.invoke(name, input, given, run);
      if (input instanceof Undefined && !(input instanceof Nothing)) throw input.fail();
      return operation.invoke(name, bare(input), given, run);
    },
  };
}

export const LANGUAGE: Language = { filter: filterNamed, test: testNamed };
