import { describe, expect, it } from 'vitest';
import { MarkSplitter } from '../../src/connect/mark-splitter.js';

/** All that a splitter gives for a text fed in pieces. */
function cut(text: string, piece: number): readonly string[] {
  const given: string[] = [];
  let data = '';
  const splitter = new MarkSplitter(
    'MARK',
    bytes => {
      data += bytes.toString('latin1');
    },
    words => {
      given.push(data, `<${words.join('|')}>`);
      data = '';
    },
  );
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += piece) splitter.feed(bytes.subarray(at, at + piece));
  return [...given, data];
}

describe('MarkSplitter', () => {
  const text = 'one\nMAR\n\nMARK 0 1\n\nMARK 1 0\n\n\nMARK\nMARK 2\nrest';
  const parts = ['one\nMAR\n', '<0|1>', '', '<1|0>', '\n\nMARK', '<2>', 'rest'];

  it.each([1, 2, 3, 5, 7, 11, 100])('cuts at marks, however the bytes come (by %i)', piece => {
    expect(cut(text, piece)).toEqual(parts);
  });

  it('holds back nothing but the possible beginning of a mark', () => {
    const seen: string[] = [];
    const splitter = new MarkSplitter(
      'MARK',
      bytes => seen.push(bytes.toString()),
      () => {},
    );
    splitter.feed(Buffer.from('50 %'));
    expect(seen).toEqual(['50 %']);
    splitter.feed(Buffer.from('x\nMA'));
    expect(seen).toEqual(['50 %', 'x']);
    splitter.feed(Buffer.from('N'));
    expect(seen).toEqual(['50 %', 'x', '\nMAN']);
  });
});
