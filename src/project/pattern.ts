import type { HostName } from '../core/names.js';
import { type Diagnostic, didYouMean } from '../core/place.js';
import type { Inventory } from '../core/play.js';
import { bounded } from '../core/regex-time.js';
import { fail, ok, type Result } from '../core/result.js';
import { RenderError } from '../core/value.js';
import { glob } from './glob.js';

/**
 * The hosts a pattern names: `a:b`, `a,b`, `!c`, `&d`, `~regex`, `grp[0]`, `grp[1:3]` (both ends included), `[-1]`,
 * globs, `all`, `*`. Words are taken from left to right, then `&`, then `!`, as Ansible does; hosts come in the order of
 * the words and, within one, in that of the inventory. A plain word that names nothing is an error.
 */
export function hostsMatching(pattern: string, inventory: Inventory): Result<readonly HostName[]> {
  const mistakes: Diagnostic[] = [];
  const words = splitPattern(pattern);
  const named = (word: string): readonly HostName[] => {
    const found = hostsOf(word, inventory);
    if (found.ok) return found.value;
    mistakes.push(...found.error);
    return [];
  };
  const plain = words.filter(word => !/^[!&]/.test(word));
  let hosts = new Set((plain.length > 0 ? plain : words.length > 0 ? ['all'] : []).flatMap(named));
  for (const word of words.filter(one => one.startsWith('&'))) {
    const wanted = new Set(named(word.slice(1)));
    hosts = new Set([...hosts].filter(host => wanted.has(host)));
  }
  for (const word of words.filter(one => one.startsWith('!')))
    for (const host of named(word.slice(1))) hosts.delete(host);
  return mistakes.length > 0 ? fail(...mistakes) : ok([...hosts]);
}

/**
 * At commas, and then at colons except those of brackets, regular expressions and IPv6 addresses. (Ansible splits a text
 * with commas at these alone; no name can hold a colon, so that taking both changes nothing that works.)
 */
export const splitPattern = (pattern: string): readonly string[] =>
  splitAt(pattern, ',')
    .map(part => part.trim())
    .flatMap(part => (isAddress(part) ? [part] : splitAt(part, ':')))
    .map(part => part.trim())
    .filter(part => part !== '');

const isAddress = (pattern: string): boolean => /^[0-9a-f]*:[0-9a-f:.]*:[0-9a-f.]*$/i.test(pattern);

function splitAt(pattern: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === '[' || char === '(' || char === '{') depth++;
    else if (char === ']' || char === ')' || char === '}') depth--;
    else if (char === separator && depth <= 0 && !(separator === ':' && pattern[i - 1] === '?')) {
      parts.push(pattern.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, pattern.slice(start)];
}

/** Hosts of one word without `!` or `&`. */
function hostsOf(word: string, inventory: Inventory): Result<readonly HostName[]> {
  if (word.startsWith('~')) return byRegex(word, inventory);
  const subscript = /^(.+)\[(?:(-?\d+)|(-?\d+)?:(-?\d+)?)\]$/.exec(word);
  if (subscript && !inventory.hosts.has(word as HostName)) return pick(subscript, inventory);
  if (word === 'all' || word === '*') return ok(inventory.groups.get('all')?.hosts ?? []);
  const group = inventory.groups.get(word);
  if (group) return ok(group.hosts);
  if (inventory.hosts.has(word as HostName)) return ok([word as HostName]);
  if (/[*?[]/.test(word)) return ok(matching(glob(word), inventory));
  if (LOCAL.has(word)) return ok([(word === '::1' ? 'localhost' : word) as HostName]);
  return fail({
    code: 'unknown-host',
    message: `there is no host or group \`${word}\` in the inventory`,
    hint: didYouMean(word, [...inventory.groups.keys(), ...someOf(inventory.hosts.keys())]) ?? NO_HINT,
  });
}

/** Hosts that are there though no inventory names them. */
const LOCAL = new Set(['localhost', '127.0.0.1', '::1']);
const NO_HINT = '`ringmaster inventory` lists what there is';

/** Comparing a slip with a hundred thousand names helps nobody. */
function someOf<T>(all: Iterable<T>): readonly T[] {
  const some: T[] = [];
  for (const one of all) {
    some.push(one);
    if (some.length >= 5000) break;
  }
  return some;
}

function byRegex(word: string, inventory: Inventory): Result<readonly HostName[]> {
  try {
    const regex = new RegExp(`^(?:${word.slice(1)})`);
    return ok(matching({ test: name => bounded(regex, name, () => regex.test(name)) }, inventory));
  } catch (error) {
    if (error instanceof RenderError) return fail({ code: 'bad-pattern', message: error.message });
    return fail({ code: 'bad-pattern', message: `\`${word.slice(1)}\` is no regular expression` });
  }
}

/** Members of groups that match, then hosts that match. */
function matching(test: Pick<RegExp, 'test'>, { groups, hosts }: Inventory): readonly HostName[] {
  const found = new Set<HostName>();
  for (const group of groups.values()) if (test.test(group.name)) for (const host of group.hosts) found.add(host);
  for (const host of hosts.values()) if (test.test(host.name)) found.add(host.name);
  return [...found];
}

/** `grp[0]`, `grp[-1]`, `grp[1:3]` with both ends, `grp[2:]`. */
function pick([, word = '', single, from, to]: RegExpExecArray, inventory: Inventory): Result<readonly HostName[]> {
  const named = hostsOf(word, inventory);
  if (!named.ok) return named;
  const hosts = named.value;
  if (single !== undefined) return ok(hosts.slice(Number(single)).slice(0, 1));
  const start = Number(from ?? 0);
  const end = to === undefined ? hosts.length - 1 : Number(to);
  return ok(hosts.slice(start, end === -1 ? undefined : end + 1));
}
