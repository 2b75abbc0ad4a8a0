import { describe, expect, it } from 'vitest';
import { pairOf, splitWords } from '../../src/project/words.js';
import { cutWords } from '../../src/project/words-cut.js';

describe('splitting (language page, 4.24)', () => {
  it.each([
    ['a b  c', ['a', 'b', 'c']],
    ['a="b c" d', ['a="b c"', 'd']],
    ["a='b c' d", ["a='b c'", 'd']],
    ['x={{ a b }} y', ['x={{ a b }}', 'y']],
    ["x={{ 'a }} b' }} y", ["x={{ 'a }} b' }}", 'y']],
    ['x="{{ a | default("b c") }}" y', ['x="{{ a | default("b c") }}"', 'y']],
    ['{% if a b %}c d{% endif %} e', ['{% if a b %}c', 'd{% endif %}', 'e']],
    ['a\\ b c', ['a\\ b', 'c']],
    ['a\nb\tc', ['a', 'b', 'c']],
    ['', []],
  ])('%s', (text, words) => expect(splitWords(text).words.map(word => word.text)).toEqual(words));

  it.each([
    ['a "b', 2],
    ['a {{ b', 2],
    ["it's", 2],
  ])('says where %j is left open', (text, open) => expect(splitWords(text).open).toBe(open));
});

describe('pairs', () => {
  it.each([
    ['a=b', 'a', 'b', 2],
    ['a="b c"', 'a', 'b c', 3],
    ["a='b'", 'a', 'b', 3],
    ['a=', 'a', '', 2],
    ['a=b=c', 'a', 'b=c', 2],
    ['{{ x }}=y', '{{ x }}', 'y', 8],
  ])('%s', (text, key, value, offset) =>
    expect(pairOf({ text, offset: 0 })).toMatchObject({ key: { text: key }, value: { text: value, offset } }),
  );
  it.each(['a', '=b', '"a=b"', '{{ a == b }}'])('%s is none', text =>
    expect(pairOf({ text, offset: 0 })).toBeUndefined(),
  );
});

describe('cutting words out', () => {
  it('leaves all else byte for byte, and knows where it was', () => {
    const text = 'echo  hi chdir=/tmp  there "a  b"';
    const { words } = splitWords(text);
    const cut = cutWords(
      text,
      words.filter(word => word.text.startsWith('chdir')),
    );
    expect(cut.text).toBe('echo  hi there "a  b"');
    expect(text.slice(cut.whole(cut.text.indexOf('there'))).startsWith('there')).toBe(true);
    expect(cut.whole(0)).toBe(0);
  });
});
