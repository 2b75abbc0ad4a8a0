import { describe, expect, it } from 'vitest';
import { Wildcard } from '../../src/core/wildcard.js';

const matches = (pattern: string, text: string, isCaseFolded = false): boolean =>
  new Wildcard(pattern, { classes: true, isCaseFolded }).test(text);

describe('shell patterns', () => {
  it.each([
    ['', '', true],
    ['*', '', true],
    ['a*b', 'ab', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['*.conf', 'x.conf', true],
    ['*.conf', 'xconf', false],
    ['?', 'ä', true],
    ['?', '😀', true],
    ['a?c', 'ac', false],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['[!a-c]x', 'dx', true],
    ['[]]', ']', true],
    ['[!]]', ']', false],
    ['[a-]', '-', true],
    ['[z-a]', 'm', false],
    ['[a', '[a', true],
    ['a.b', 'axb', false],
    ['**a', 'ba', true],
    ['a\nb*', 'a\nbc', true],
  ])('%j and %j: %s', (pattern, text, is) => expect(matches(pattern, text)).toBe(is));

  it('folds case where it is asked to, and has no classes where there are none', () => {
    expect(matches('WEB*', 'web1', true)).toBe(true);
    expect(new Wildcard('[a]', { classes: false }).test('[a]')).toBe(true);
  });

  it('many stars cost no more than the product of both lengths', () => {
    expect(matches(`${'*a'.repeat(500)}*b`, 'a'.repeat(20_000))).toBe(false);
  });
});
