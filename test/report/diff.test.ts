import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.js';
import { Unknown } from '../../src/core/value.js';
import { printChange } from '../../src/report/diff.js';
import { paintOf } from '../../src/report/paint.js';
import { change } from './scene.js';

const print = (...[what, before, after]: Parameters<typeof change>): string =>
  printChange(change(what, before, after), paintOf(false)).join('\n');

describe('a change', () => {
  it.each([
    ['of a word', 'mode', '0644', '0600', 'mode: 0644 → 0600'],
    ['of nothing into something', '/x', null, 'directory', '/x: (absent) → directory'],
    ['of something into nothing', '/x', 'file', null, '/x: file → (absent)'],
    ['to an empty text', 'gecos', 'A', '', "gecos: A → ''"],
    ['of numbers and lists', 'mtu', 1500, [9000, 'x'], 'mtu: 1500 → [9000,"x"]'],
    ['of what only the doing tells', 'run', null, new Unknown([]), 'run'],
    [
      'of which a part is not known',
      'u',
      null,
      { uid: new Unknown([]), pw: new Secret('hunter22') },
      'u: (absent) → {"uid":"(not known yet)","pw":"«secret»"}',
    ],
    ['with control characters', 'x\u001b', 'a\u0007', 'b', 'x\\x1b: a\\x07 → b'],
  ] as const)('%s', (_name, what, before, after, text) => {
    expect(print(what, before, after)).toBe(text);
  });

  it('of a text is a unified diff with three lines around', () => {
    const before = Array.from({ length: 20 }, (_, i) => `line ${i}\n`).join('');
    expect(print('f', before, before.replace('line 10\n', 'new\u001b[2J\n'))).toMatchInlineSnapshot(`
      "f
      @@ -8,7 +8,7 @@
       line 7
       line 8
       line 9
      -line 10
      +new\\x1b[2J
       line 11
       line 12
       line 13"
    `);
  });

  it('of a new text, a removed one, and a last line without its end', () => {
    expect(print('f', null, 'a\nb\n')).toBe('f\n@@ -0,0 +1,2 @@\n+a\n+b');
    expect(print('f', 'a\nb\n', null)).toBe('f\n@@ -1,2 +0,0 @@\n-a\n-b');
    expect(print('f', 'a\nb', 'a\nb\n')).toContain('\\ No newline at end of file');
  });

  it('of a long text is cut, of a hopeless one counted', () => {
    const lines = (word: string, count: number): string =>
      Array.from({ length: count }, (_, i) => `${word} ${i}\n`).join('');
    expect(print('f', null, lines('a', 500)).split('\n')).toHaveLength(122);
    expect(print('f', null, lines('a', 500))).toMatch(/… 381 more lines$/);
    const began = Date.now();
    expect(print('f', lines('a', 60_000), lines('b', 60_000))).toMatch(/too different|more lines/);
    expect(Date.now() - began).toBeLessThan(10_000);
  });
});
