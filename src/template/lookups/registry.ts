import { didYouMean } from '../../core/place.js';
import { RenderError } from '../../core/value.js';
import { isTruthy } from '../operate.js';
import type { Run } from '../run.js';
import { mapKnown, type Term, touch, UnknownTouched } from '../terms.js';
import { toText } from '../text.js';
import { fileLookups } from './files.js';
import { listLookups } from './lists.js';
import type { Lookup } from './lookup.js';
import { passwordLookup } from './password.js';
import { tableLookups } from './tables.js';
import { variableLookups } from './variables.js';

const lookups: ReadonlyMap<string, Lookup> = new Map<string, Lookup>([
  ...listLookups,
  ...fileLookups,
  ...tableLookups,
  ...variableLookups,
  ['password', passwordLookup],
]);

/** Lookups of Ansible that run a program or reach for the network: rendering does neither. */
const REFUSED: ReadonlySet<string> = new Set([
  'pipe',
  'lines',
  'url',
  'dig',
  'dig_srv',
  'redis',
  'etcd',
  'passwordstore',
]);

export const lookupNames = (): readonly string[] => [...lookups.keys()];

/** The lookup of a name, short or full. Throws for one that there is not. */
export function lookupNamed(name: string): Lookup {
  const short = name.slice(name.lastIndexOf('.') + 1);
  const lookup = lookups.get(short);
  if (lookup) return lookup;
  if (REFUSED.has(short))
    throw new RenderError(
      `the lookup '${short}' is not supported: rendering runs no program and opens no connection`,
      undefined,
      short === 'url'
        ? 'the module `uri` with `delegate_to: localhost` fetches a page'
        : 'a task with `delegate_to: localhost` and `register` can do it',
    );
  throw new RenderError(`there is no lookup '${short}'`, undefined, didYouMean(short, lookups.keys()));
}

/** `query()`: always a list. */
export function query(name: Term, terms: readonly Term[], named: ReadonlyMap<string, Term>, run: Run): readonly Term[] {
  return search(name, terms, named, run) ?? [];
}

/** `lookup()`: texts are joined with commas, a lone result comes without its list. */
export function lookUp(name: Term, terms: readonly Term[], named: ReadonlyMap<string, Term>, run: Run): Term {
  const found = search(name, terms, named, run);
  if (found === undefined) return null;
  if (found.length === 0 || (named.has('wantlist') && isTruthy(named.get('wantlist')!))) return found;
  if (found.every(item => typeof item === 'string')) return found.join(',');
  return found.length === 1 ? found[0]! : found;
}

/** The results, or nothing where a failure is to be ignored. */
function search(
  name: Term,
  terms: readonly Term[],
  named: ReadonlyMap<string, Term>,
  run: Run,
): readonly Term[] | undefined {
  touch(name);
  const lookup = lookupNamed(toText(name));
  mapKnown(terms, touch);
  const options = new Map([...named].filter(([key]) => key !== 'wantlist' && key !== 'errors'));
  const errors = toText(named.get('errors') ?? 'strict');
  try {
    return lookup({ terms, options, run });
  } catch (error) {
    const isOwn =
      error instanceof RenderError && !(error instanceof UnknownTouched) && error.undefinedName === undefined;
    if (!isOwn || errors === 'strict') throw error;
    return undefined;
  }
}
