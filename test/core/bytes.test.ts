import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { decode, encode, wellFormed } from '../../src/core/bytes.js';

const bytes = (...values: readonly number[]) => Buffer.from(values);

describe('decode and encode', () => {
  it.each([
    ['nothing', bytes(), ''],
    ['ASCII with NUL', bytes(0x61, 0, 0x62), 'a\0b'],
    ['UTF-8 of every length', Buffer.from('aä€😀'), 'aä€😀'],
    ['a byte order mark', bytes(0xef, 0xbb, 0xbf, 0x61), '\ufeffa'],
    ['Latin-1 beside UTF-8', bytes(0xe4, 0x20, 0xc3, 0xa4), '\udce4 ä'],
    ['a character that is cut off', bytes(0x61, 0xe2, 0x82), 'a\udce2\udc82'],
    ['a character that is cut in two by another', bytes(0xe2, 0xc3, 0xa4), '\udce2ä'],
    ['an overlong slash', bytes(0xc0, 0xaf), '\udcc0\udcaf'],
    [
      'overlong forms of three and four bytes',
      bytes(0xe0, 0x80, 0xaf, 0xf0, 0x80, 0x80, 0xaf),
      '\udce0\udc80\udcaf\udcf0\udc80\udc80\udcaf',
    ],
    ['a surrogate (CESU-8)', bytes(0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80), '\udced\udca0\udcbd\udced\udcb8\udc80'],
    ['a surrogate that would stand for a byte', bytes(0xed, 0xb2, 0x80), '\udced\udcb2\udc80'],
    ['what is beyond U+10FFFF', bytes(0xf4, 0x90, 0x80, 0x80), '\udcf4\udc90\udc80\udc80'],
    ['a byte behind an astral character', bytes(0xf0, 0x9f, 0x98, 0x80, 0x80), '😀\udc80'],
  ])('%s', (_what, given, text) => {
    expect(decode(given)).toBe(text);
    expect(encode(text)).toEqual(given);
  });

  it('take all bytes there and back, alone, in pairs and in random rows', () => {
    for (let a = 0; a < 256; a++) {
      expect(encode(decode(bytes(a)))).toEqual(bytes(a));
      for (let b = 0; b < 256; b++) expect(encode(decode(bytes(a, b))).equals(bytes(a, b))).toBe(true);
    }
    for (const row of rows()) expect(encode(decode(row)).equals(row)).toBe(true);
  });

  it("are Python's surrogateescape", () => {
    const given = rows();
    const script =
      'import sys\nfor line in sys.stdin: print(" ".join("%x" % ord(c) for c in bytes.fromhex(line.strip()).decode("utf-8", "surrogateescape")))';
    const said = execFileSync('python3', ['-c', script], {
      input: given.map(row => `${row.toString('hex')}\n`).join(''),
      encoding: 'utf8',
    });
    const ours = given.map(row => [...decode(row)].map(c => c.codePointAt(0)!.toString(16)).join(' '));
    expect(ours).toEqual(said.split('\n').slice(0, -1));
  });

  it('have no byte for other halves of pairs', () => {
    expect(encode('a\ud800b\udc00c\udc7fd')).toEqual(Buffer.from('a\ufffdb\ufffdc\ufffdd'));
    expect(wellFormed('a\udcff😀')).toBe('a\ufffd😀');
  });
});

/** Rows that are nearly UTF-8: pieces of it and of what is none. The same each time. */
function rows(): readonly Buffer[] {
  const pieces = ['a', 'ä', '€', '😀', '\n'].map(text => Buffer.from(text));
  let seed = 42;
  const next = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
  return Array.from({ length: 2000 }, () =>
    Buffer.concat(
      Array.from({ length: next(8) }, () => {
        const piece = pieces[next(pieces.length)]!;
        return [piece, piece.subarray(0, next(piece.length + 1)), bytes(next(256)), bytes(128 + next(128))][next(4)]!;
      }),
    ),
  );
}
