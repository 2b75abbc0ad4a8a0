import { describe, expect, it } from 'vitest';
import { visible, visibleJson, visibleLine } from '../../src/report/visible.js';
import { pad, widthOf } from '../../src/report/width.js';

describe('visible', () => {
  it.each([
    ['plain text, tabs and line ends', 'a\tb\nc', 'a\tb\nc'],
    ['colours', '\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
    [
      'a title (OSC), ended either way',
      '\u001b]0;evil\u0007\u001b]0;evil\u001b\\',
      '\\x1b]0;evil\\x07\\x1b]0;evil\\x1b\\',
    ],
    ['C1 controls, as CSI in one character', '\u009b2J', '\\x9b2J'],
    ['NUL and DEL', '\u0000\u007f', '\\x00\\x7f'],
    ['carriage returns of progress bars', '10%\r20%', '10%\\x0d20%'],
    ['line ends of other systems', 'a\r\nb\r\r\n', 'a\nb\n'],
    ['text turned round', 'user\u202enimda\u2066x\u200f', 'user\\u202enimda\\u2066x\\u200f'],
    ['separators and the byte order mark', '\ufeffa\u2028b', '\\ufeffa\\u2028b'],
    ['invisible tags', 'a\u{e0041}', 'a\\u{e0041}'],
    ['halves of pairs, and so bytes that were no text', 'a\ud800b\udce4', 'a\ufffdb\ufffd'],
    ['letters of the world, and joined emoji', 'é日本👩‍👧', 'é日本👩‍👧'],
  ])('shows %s', (_name, text, shown) => {
    expect(visible(text)).toBe(shown);
    expect(visible(visible(text))).toBe(shown);
  });

  it('keeps a name on one line', () => {
    expect(visibleLine('a\n\tb\r\n')).toBe('a b');
  });

  it('leaves JSON what it is', () => {
    const value = { 'k\u202e': '\u001b\u009b\u{e0041}日 \\ud800 \\\\' };
    expect(JSON.parse(visibleJson(JSON.stringify(value)))).toEqual(value);
    const bytes = { 'a\udce4': 'b\udcff\\\udcfe"' };
    expect(JSON.parse(visibleJson(JSON.stringify(bytes)))).toEqual({ 'a\ufffd': 'b\ufffd\\\ufffd"' });
  });
});

describe('the width of a text', () => {
  it.each([
    ['abc', 3],
    ['日本語', 6],
    ['e\u0301', 1],
    ['ｆｕｌｌ', 8],
    ['😀', 2],
    ['✓ ~ ✗ – !', 9],
    ['', 0],
  ])('of %s is %i', (text, width) => {
    expect(widthOf(text)).toBe(width);
    expect(widthOf(pad(text, 12))).toBe(12);
  });
});
