import { setFlagsFromString } from 'node:v8';
import { RenderError } from '../core/value.js';
import { type Traits, Translation } from './regex-translation.js';

/*
 * A pattern such as `(a+)+$` takes for ever on an unlucky text, and texts come from hosts. V8 has a second engine that
 * takes linear time; with this flag it takes over when the first one has gone back and forth too often.
 */
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

export interface RegexFlags {
  readonly ignoreCase?: boolean;
  readonly multiline?: boolean;
  readonly dotAll?: boolean;
  readonly verbose?: boolean;
}

const CACHE_SIZE = 500;
const cache = new Map<string, RegExp>();

/**
 * A JavaScript pattern that finds in `subject` what Python's `re` would. Plain constructs are used where the subject
 * allows (ASCII, no line end at its end), since the linear engine knows no lookaround. `sticky` is for re.match.
 * Throws RenderError for what is no pattern in Python, or has no counterpart here.
 */
export function pythonRegex(pattern: string, flags: RegexFlags, subject: string, sticky = false): RegExp {
  const traits: Traits = {
    ascii: !/[^\0-\x7f]/.test(subject),
    oddLines: /[\r\u2028\u2029]/.test(subject),
    endsInNewline: subject.endsWith('\n'),
  };
  const key = JSON.stringify([pattern, flags, traits, sticky]);
  let regex = cache.get(key);
  if (!regex) {
    const { source, letters } = new Translation(pattern, flags, traits).result();
    try {
      regex = new RegExp(source, `g${letters}${sticky ? 'y' : ''}`);
    } catch (error) {
      throw new RenderError(`not a valid regular expression: ${pattern} (${(error as Error).message})`);
    }
    if (cache.size >= CACHE_SIZE) cache.clear();
    cache.set(key, regex);
  }
  regex.lastIndex = 0;
  return regex;
}

/** Expands `\1`, `\g<name>`, `\n` of a replacement as Python's re.sub does. */
export function expandReplacement(replacement: string, match: RegExpExecArray | RegExpMatchArray): string {
  if (!replacement.includes('\\')) return replacement;
  return replacement.replace(
    /\\(?:g<([^>]*)>|([1-9]\d?)|(0[0-7]{0,2})|([\s\S])|$)/g,
    (_, name, number, octal, letter) => {
      if (name !== undefined) return groupOf(match, name);
      if (number !== undefined) return groupOf(match, number);
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      const plain = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07', b: '\b', '\\': '\\' }[letter as string];
      if (plain !== undefined) return plain;
      if (letter === undefined || /[A-Za-z]/.test(letter))
        throw new RenderError(`bad escape \\${letter ?? ''} in the replacement ${replacement}`);
      return `\\${letter}`;
    },
  );
}

/** A group of a match by number or name; empty where it took no part. */
export function groupOf(match: RegExpExecArray | RegExpMatchArray, group: string): string {
  if (/^\d+$/.test(group)) {
    if (Number(group) >= match.length) throw new RenderError(`invalid group reference ${group}`);
    return match[Number(group)] ?? '';
  }
  if (!match.groups || !Object.hasOwn(match.groups, group)) throw new RenderError(`unknown group name '${group}'`);
  return match.groups[group] ?? '';
}
