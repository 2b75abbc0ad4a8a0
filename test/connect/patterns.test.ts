import { describe, expect, it } from 'vitest';
import { matches, matchesList } from '../../src/connect/patterns.js';

describe('patterns', () => {
  it.each([
    ['*.example.org', 'a.example.org', true],
    ['*.example.org', 'example.org', false],
    ['192.168.0.?', '192.168.0.7', true],
    ['192.168.0.?', '192.168.0.17', false],
    ['192.168.0.?', '192.168.0.', false],
    ['[127.0.0.1]:2222', '[127.0.0.1]:2222', true],
    ['a.c', 'abc', false],
    ['WEB*', 'web1', true],
    ['*', '', true],
  ])('%s and %s: %s', (pattern, text, fits) => {
    expect(matches(pattern, text)).toBe(fits);
  });

  it.each([
    [['*', '!web2'], 'web1', true],
    [['*', '!web2'], 'web2', false],
    [['!web2'], 'web1', false],
    [[], 'web1', false],
  ])('the list %j and %s: %s', (list, text, fits) => {
    expect(matchesList(list, text)).toBe(fits);
  });
});
