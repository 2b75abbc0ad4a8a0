import { describe, expect, it } from 'vitest';
import type { Diagnostic, Place } from '../../src/core/place.js';
import { printDiagnostic } from '../../src/report/diagnostic.js';
import { paintOf } from '../../src/report/paint.js';
import { widthOf } from '../../src/report/width.js';

const print = (diagnostic: Partial<Diagnostic>, source?: string, word: 'error' | 'warning' = 'error'): string =>
  printDiagnostic({ code: 'a-code', message: 'what is wrong', ...diagnostic }, () => source, paintOf(false), word);
const at = (line: number, column: number, length: number): Place => ({ file: 'site.yml', line, column, length });

describe('a diagnostic', () => {
  it('shows the line, a caret and the hint', () => {
    expect(print({ place: at(2, 3, 5), hint: 'did you mean `dest`?' }, 'copy:\n  desst: x\n')).toMatchInlineSnapshot(`
      "error[a-code]: what is wrong
        ┌─ site.yml:2:3
      2 │   desst: x
        │   ^^^^^ did you mean \`dest\`?"
    `);
  });

  it('puts the caret where the place is, under tabs and wide characters', () => {
    const line = "\t- 名前: 'こんにちは' # e\u0301 x";
    for (const word of ['名前', 'こんにちは', 'x']) {
      const [, , shown, carets] = print({ place: at(1, line.indexOf(word) + 1, word.length) }, line).split('\n');
      const before = shown!.slice(0, shown!.indexOf(word));
      // Tabs stand in both lines at the same place, so that both lines are moved alike.
      const spaces = carets!.slice(0, carets!.indexOf('^')).replace('│', ' ');
      expect(spaces.replaceAll('\t', '')).toHaveLength(widthOf(before.replaceAll('\t', '')));
      expect(spaces.indexOf('\t')).toBe(before.indexOf('\t'));
      expect(carets!.trimEnd().match(/\^+$/)![0]).toHaveLength(widthOf(word));
    }
  });

  it('shows control characters where the line has them', () => {
    expect(print({ place: at(1, 4, 1) }, 'a\u001bbc')).toMatchInlineSnapshot(`
      "error[a-code]: what is wrong
        ┌─ site.yml:1:4
      1 │ a\\x1bbc
        │       ^"
    `);
  });

  it('goes no further than the line, and marks at least one column', () => {
    expect(print({ place: at(1, 5, 400) }, 'abcdefgh\nnext')).toMatch(/│ {5}\^{4}$/);
    expect(print({ place: at(1, 9, 0) }, 'abcdefgh\nnext')).toMatch(/│ {9}\^$/);
  });

  it('shows of a huge line the part that matters', () => {
    const text = print({ place: at(1, 500_001, 4) }, `${'x'.repeat(500_000)}here${'y'.repeat(500_000)}`);
    const [, , shown, carets] = text.split('\n');
    expect(shown!.length).toBeLessThan(180);
    expect(shown!.indexOf('here')).toBe(carets!.indexOf('^^^^'));
  });

  it('lines up with numbers of several digits', () => {
    expect(print({ place: at(100, 1, 1), hint: 'first\nsecond' }, `${'\n'.repeat(99)}- x`)).toMatchInlineSnapshot(`
      "error[a-code]: what is wrong
          ┌─ site.yml:100:1
      100 │ - x
          │ ^
        = first
          second"
    `);
  });

  it('does without the source, without a place, and with several lines of text', () => {
    expect(print({ place: at(3, 1, 1), hint: 'a hint' })).toMatchInlineSnapshot(`
      "error[a-code]: what is wrong
        ┌─ site.yml:3:1
        = a hint"
    `);
    expect(print({ message: 'one\ntwo\u001b', hint: 'a\nb' }, undefined, 'warning')).toMatchInlineSnapshot(`
      "warning[a-code]: one
        two\\x1b
        = a
          b"
    `);
  });
});
