import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bytesOf, expand, missingGroup, patternOf, replacementOf, search } from '../../src/modules/pattern.js';

type Span = readonly [number, number] | null;

/** What Python 3.11 says: for each pattern the span of its first match in each text, or null if it is none at all. */
const truth: {
  readonly texts: readonly string[];
  readonly patterns: readonly (readonly [string, 'bytes' | 'text', readonly Span[] | null])[];
  readonly expansions: readonly (readonly [string, string, string | null])[];
} = JSON.parse(readFileSync(new URL('recorded/pattern.json', import.meta.url), 'utf8'));

describe('a Python pattern', () => {
  it.each(truth.patterns)('%j on %s finds what Python finds', (written, on, spans) => {
    const pattern = patternOf(written, { on });
    const found = truth.texts.map(text => {
      const match = pattern.ok && search(pattern.regex, on === 'bytes' ? bytesOf(text) : text);
      return match ? [match.index, match.index + match[0].length] : null;
    });
    expect(pattern.ok ? found : null).toEqual(spans);
  });

  it.each([
    ['(?i:a)', '(?i is not supported'],
    ['a++', 'possessive repeats are not supported'],
    ['(?>a)', 'atomic groups are not supported'],
    ['(a)?(?(1)b|c)', 'conditional groups are not supported'],
    ['b(?i)', 'flags must stand at the start of the expression'],
    ['(a', 'a parenthesis is not closed'],
    ['a)', 'a parenthesis is closed that was not opened'],
    ['[a', 'a [ is not closed'],
    ['a\\', 'a backslash stands at the end'],
    ['\\y', '\\y is not known'],
  ])('%j is refused with a reason', (written, why) => {
    expect(patternOf(written, { on: 'bytes' })).toEqual({ ok: false, why });
  });
});

describe('a Python replacement', () => {
  it.each(truth.expansions)('%j for %j expands as with Python', (written, source, expanded) => {
    const pattern = patternOf(source, { on: 'text' });
    const replacement = replacementOf(written, { on: 'text' });
    if (!pattern.ok) throw new Error(pattern.why);
    const isMeant = replacement.ok && missingGroup(replacement, pattern.regex) === undefined;
    expect(isMeant ? expand(replacement, search(pattern.regex, 'cab')!) : null).toBe(expanded);
  });
});
