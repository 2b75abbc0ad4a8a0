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

describe('escapes in key=value are decoded (ansible/parsing/splitter.py)', () => {
  it.each([
    [String.raw`a="x\ny\n"`, 'x\ny\n'],
    [String.raw`a=x\ny`, 'x\ny'],
    [String.raw`a='x\ty'`, 'x\ty'],
    [String.raw`a="x\\ny"`, String.raw`x\ny`],
    [String.raw`a="x\"y"`, 'x"y'],
    [String.raw`a="\x41\u00e9\U0001F600"`, 'Aé😀'],
    [String.raw`a=\d+\.\w`, String.raw`\d+\.\w`],
    [String.raw`a="C:\\temp\\new"`, String.raw`C:\temp\new`],
    [String.raw`a="{{ 'p\nq' }}"`, "{{ 'p\nq' }}"],
    [String.raw`a="\\1"`, String.raw`\1`],
    [String.raw`a=x\n`, 'x'],
    [String.raw`a="\101\qy"`, String.raw`\101\qy`],
    [String.raw`a="\a\b\f\v\r"`, '\x07\b\f\v\r'],
  ])('%s', (text, value) => expect(pairOf({ text, offset: 0 })?.value.text).toBe(value));

  it('and what stands behind them is still found', () => {
    const value = pairOf({ text: String.raw`a="x\ny\\z"`, offset: 10 })!.value;
    expect([...value.text].map((_, i) => value.offset + value.at!(i))).toEqual([13, 14, 16, 17, 19]);
  });
});
