import type { Place } from '../core/place.js';
import { didYouMean } from '../core/place.js';
import { type Keywords, type Nearest, NO_KEYWORDS } from '../core/play.js';
import { type Source, type SourceVars, Template } from '../core/value.js';
import type { Mistakes } from './mistakes.js';
import { type Entry, isNull, itemsOf, kindOf, type MapNode, type Node, wordsOf } from './node.js';
import { conditionsOf, isSourceVars, sourceOf, variablesOf } from './source.js';

/** What one play, role entry, block or task says itself, beside what it inherits. */
export type Own = { -readonly [K in keyof Keywords]?: Keywords[K] };

/** Keywords of which the nearest wins, with what a static value of each must be. */
const NEAREST = {
  become: ['become', 'boolean'],
  become_user: ['becomeUser', 'text'],
  become_method: ['becomeMethod', 'method'],
  delegate_to: ['delegateTo', 'text'],
  delegate_facts: ['delegateFacts', 'boolean'],
  run_once: ['runOnce', 'boolean'],
  ignore_errors: ['ignoreErrors', 'boolean'],
  ignore_unreachable: ['ignoreUnreachable', 'boolean'],
  no_log: ['noLog', 'boolean'],
  check_mode: ['checkMode', 'boolean'],
  diff: ['diff', 'boolean'],
  connection: ['connection', 'connection'],
  remote_user: ['remoteUser', 'text'],
  port: ['port', 'number'],
  timeout: ['timeout', 'number'],
  throttle: ['throttle', 'number'],
  any_errors_fatal: ['anyErrorsFatal', 'boolean'],
} as const satisfies Readonly<Record<string, readonly [keyof Keywords, Kind]>>;
type Kind = 'boolean' | 'number' | 'text' | 'method' | 'connection';

/** Keywords that may stand on plays, roles, blocks and tasks alike. */
export const COMMON: readonly string[] = [
  ...Object.keys(NEAREST),
  'tags',
  'environment',
  'vars',
  'module_defaults',
  'collections',
  'name',
];
/** What no part of ringmaster does; named so that nobody waits for it in vain. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  debugger: 'there is no debugger here',
  become_exe: 'the programs of become_method are found on the PATH',
  become_flags: 'the flags of sudo and su are fixed',
  sudo: 'write `become: true`',
  sudo_user: 'write `become_user:`',
  su: 'write `become: true` and `become_method: su`',
  su_user: 'write `become_user:`',
};
/** Whether a key is one of those. */
export const isUnsupported = (key: string): boolean => Object.hasOwn(UNSUPPORTED, key);

/** Names a keyword that exists in Ansible and not here. */
export function refuseUnsupported(entry: Entry, mistakes: Mistakes): void {
  mistakes.error('unsupported-keyword', `\`${entry.key}\` is not supported here`, {
    place: entry.keyPlace,
    hint: UNSUPPORTED[entry.key],
  });
}

/** Reads the common keywords and `when` of a dictionary; other keys are left for the caller. */
export function readKeywords(map: MapNode, mistakes: Mistakes): Own {
  const own: Own = {};
  for (const entry of map.entries.values()) {
    const { key, value } = entry;
    if (isUnsupported(key)) refuseUnsupported(entry, mistakes);
    else if (isNull(value)) continue;
    else if (key === 'when') own.when = conditionsOf(value, mistakes, '`when`');
    else if (key === 'tags') own.tags = readTags(value, mistakes);
    else if (key === 'environment') own.environment = dictionaries(value, mistakes, '`environment`');
    else if (key === 'module_defaults') own.moduleDefaults = dictionaries(value, mistakes, '`module_defaults`');
    else if (key === 'vars') own.vars = listOfVars(value, mistakes);
    else if (Object.hasOwn(NEAREST, key)) readNearest(key as keyof typeof NEAREST, value, own, mistakes);
  }
  return own;
}

function readNearest(key: keyof typeof NEAREST, value: Node, own: Own, mistakes: Mistakes): void {
  const [member, kind] = NEAREST[key];
  const source = sourceOf(value, mistakes);
  if (!(source instanceof Template)) checkKeyword(key, kind, source, value, mistakes);
  own[member] = [source];
}

/** Whether a static value is of the kind a keyword takes. */
export function checkKeyword(key: string, kind: Kind, source: Source, node: Node, mistakes: Mistakes): void {
  const wrong = (what: string, hint?: string) =>
    mistakes.error('bad-value', `\`${key}\` ${what}`, { place: node.place, hint });
  const words = wordsOf(node);
  if (words === undefined) wrong(`cannot be ${kindOf(node)}`);
  else if (kind === 'boolean' && typeof source !== 'boolean' && !BOOLEAN.test(words)) wrong('is yes or no');
  else if (kind === 'number' && !/^-?\d+(?:\.\d+)?$/.test(words)) wrong('is a number');
  else if (kind === 'method' && !METHODS.includes(words))
    wrong(`cannot be ${words} here`, didYouMean(words, METHODS) ?? `supported are ${METHODS.join(' and ')}`);
  else if (kind === 'connection' && !CONNECTIONS.includes(words.replace(/^ansible\.builtin\./, '')))
    wrong(`cannot be ${words} here`, didYouMean(words, CONNECTIONS) ?? 'supported are ssh and local');
}

const BOOLEAN = /^(?:yes|no|on|off|true|false|y|n|t|f|1|0)$/i;
const METHODS: readonly string[] = ['sudo', 'su'];
const CONNECTIONS: readonly string[] = ['ssh', 'local', 'smart', 'paramiko', 'paramiko_ssh'];

/** Tags: text with commas, or a list of such. */
export function readTags(node: Node, mistakes: Mistakes): readonly Source[] {
  return itemsOf(node).flatMap((item): readonly Source[] => {
    const source = sourceOf(item, mistakes);
    if (source instanceof Template) return [source];
    const words = wordsOf(item);
    if (words === undefined) {
      mistakes.error('bad-value', `a tag is a word, not ${kindOf(item)}`, { place: item.place });
      return [];
    }
    return words
      .split(',')
      .map(tag => tag.trim())
      .filter(tag => tag !== '');
  });
}

function dictionaries(node: Node, mistakes: Mistakes, what: string): readonly Source[] {
  return itemsOf(node).flatMap((item): readonly Source[] => {
    const source = sourceOf(item, mistakes);
    if (source instanceof Template || isSourceVars(source)) return [source];
    mistakes.error('bad-value', `${what} is a dictionary, not ${kindOf(item)}`, { place: item.place });
    return [];
  });
}

/** `vars`: a dictionary, or a list of them of which later ones win (ansible-core, playbook/base.py `_load_vars`). */
function listOfVars(node: Node, mistakes: Mistakes): readonly SourceVars[] {
  if (node.kind === 'seq')
    mistakes.warn(
      'list-of-vars',
      '`vars` is a dictionary; lists of them are no longer read from ansible-core 2.18 on',
      {
        place: node.place,
      },
    );
  return itemsOf(node).flatMap((item): readonly SourceVars[] => {
    const vars = variablesOf(item, mistakes, '`vars`');
    return vars ? [vars] : [];
  });
}

/**
 * What a step is under, after inheritance: `when`, `environment`, `module_defaults`, `vars` and params accumulate,
 * parents first; tags are united; of everything else the nearest wins that is not omitted. (language page, 4.15)
 */
export function inherit(outer: Keywords, own: Own): Keywords {
  return {
    ...outer,
    ...nearest(outer, own),
    when: [...outer.when, ...(own.when ?? [])],
    tags: unite(outer.tags, own.tags),
    environment: [...outer.environment, ...(own.environment ?? [])],
    vars: [...outer.vars, ...(own.vars ?? [])],
    params: [...outer.params, ...(own.params ?? [])],
    moduleDefaults: [...outer.moduleDefaults, ...(own.moduleDefaults ?? [])],
  };
}

/** The keywords that are written here, each before what it is outside. */
function nearest(outer: Keywords, own: Own): Own {
  const all: Own = {};
  for (const [member] of Object.values(NEAREST)) {
    const values: Nearest | undefined = own[member];
    if (values) all[member] = [...values, ...(outer[member] ?? [])];
  }
  return all;
}

const unite = (outer: readonly Source[], own: readonly Source[] | undefined): readonly Source[] =>
  own ? [...new Set([...outer, ...own])] : outer;

/** Two layers of own keywords as one, the second the nearer. */
export const combineOwn = (outer: Own, inner: Own): Own => inherit({ ...NO_KEYWORDS, ...outer }, inner);

/** Says that a key is none of the known ones. */
export function unknownKeyword(entry: Entry, known: Iterable<string>, where: string, mistakes: Mistakes): void {
  mistakes.error('unknown-keyword', `\`${entry.key}\` is no keyword of ${where}`, {
    place: entry.keyPlace,
    hint: didYouMean(entry.key, known),
  });
}

/** The place of a key in a dictionary, or of the dictionary. */
export const keyPlace = (map: MapNode, key: string): Place => map.entries.get(key)?.keyPlace ?? map.place;
