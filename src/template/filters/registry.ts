import type { Operation } from '../signature.js';
import type { Term } from '../terms.js';
import { choosingFilters } from './choosing.js';
import { dictFilters } from './dicts.js';
import { formatFilters } from './formats.js';
import { hashFilters } from './hashes.js';
import { listFilters } from './lists.js';
import { networkFilters } from './network.js';
import { numberFilters } from './numbers.js';
import { pathFilters } from './paths.js';
import { regexFilters } from './regexes.js';
import { setFilters } from './sets.js';
import { textFilters } from './texts.js';
import { timeFilters } from './times.js';
import { valueFilters } from './values.js';

/** Every filter by its short name. */
export const filters: ReadonlyMap<string, Operation<Term>> = new Map([
  ...valueFilters,
  ...textFilters,
  ...listFilters,
  ...choosingFilters,
  ...setFilters,
  ...dictFilters,
  ...formatFilters,
  ...regexFilters,
  ...pathFilters,
  ...hashFilters,
  ...numberFilters,
  ...networkFilters,
  ...timeFilters,
]);

/** Filters that one may well know from Ansible, but that are not here: why, and what does instead. */
export const unsupportedFilters: ReadonlyMap<string, string> = new Map([
  [
    'json_query',
    'selectattr, rejectattr and map reach the same: users | selectattr("state", "eq", "present") | map(attribute="name")',
  ],
  ['to_datetime', 'now() and strftime print times; there is no arithmetic with them'],
  ['vault', 'values are encrypted on the command line'],
  ['unvault', 'vault values are decrypted when the project is loaded'],
]);
