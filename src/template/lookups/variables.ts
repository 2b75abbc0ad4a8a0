import { didYouMean } from '../../core/place.js';
import { bounded } from '../../core/regex-time.js';
import { RenderError } from '../../core/value.js';
import { Wildcard } from '../../core/wildcard.js';
import { pythonRegex } from '../regex.js';
import { isDict, isList, mapKnown, namedMembersOf, type Term, typeName, Undefined } from '../terms.js';
import { toText } from '../text.js';
import type { Lookup } from './lookup.js';

/** The values of variables by their names; `default` for those that are not there. */
const vars: Lookup = ({ terms, options, run }) =>
  terms.map(term => {
    if (typeof term !== 'string')
      throw new RenderError(`lookup('vars') takes names, which are text, not ${typeName(term)}`);
    const value = run.lookup(term, () => undefined);
    if (!(value instanceof Undefined)) return value;
    const otherwise = options.get('default');
    if (otherwise !== undefined) return otherwise;
    throw new RenderError(
      `No variable found with this name: ${term}`,
      undefined,
      didYouMean(term, run.scope.names()),
      term,
    );
  });

/** The names of variables that match regular expressions. */
const varnames: Lookup = ({ terms, run }) =>
  mapKnown(terms, toText).flatMap(term =>
    run.scope.names().filter(name => {
      const regex = pythonRegex(term, {}, name);
      return bounded(regex, name, () => regex.test(name));
    }),
  );

/** The hosts that a pattern names: `web:&staging:!web3`, with globs; of the inventory's `groups`. */
const inventoryHostnames: Lookup = ({ terms, run }) => {
  const known = run.lookup('groups', () => undefined);
  if (!isDict(known)) throw new RenderError('inventory_hostnames needs the variable `groups`');
  const groups = new Map(
    namedMembersOf(known).map(([name, hosts]) => [name, isList(hosts) ? hosts.map(toText) : []] as const),
  );
  const words = mapKnown(terms, toText)
    .flatMap(term => term.split(/[,:]/))
    .filter(word => word !== '');
  return hostsOf(words, groups);
};

function hostsOf(words: readonly string[], groups: ReadonlyMap<string, readonly string[]>): Term[] {
  const plain = words.filter(word => !/^[!&]/.test(word));
  const chosen = new Set((plain.length > 0 ? plain : ['all']).flatMap(word => matching(word, groups)));
  const only = words.filter(word => word.startsWith('&')).map(word => new Set(matching(word.slice(1), groups)));
  const without = new Set(words.filter(word => word.startsWith('!')).flatMap(word => matching(word.slice(1), groups)));
  return [...chosen].filter(host => !without.has(host) && only.every(set => set.has(host)));
}

function matching(word: string, groups: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const all = groups.get('all') ?? [...new Set([...groups.values()].flat())];
  if (word === 'all' || word === '*') return all;
  const glob = new Wildcard(word, { classes: true });
  const inGroups = [...groups].filter(([name]) => glob.test(name)).flatMap(([, hosts]) => hosts);
  return [...inGroups, ...all.filter(host => glob.test(host))];
}

export const variableLookups: readonly (readonly [string, Lookup])[] = [
  ['vars', vars],
  ['varnames', varnames],
  ['inventory_hostnames', inventoryHostnames],
];
