import { at, type Diagnostic, type Place } from '../core/place.js';
import { indent } from './lines.js';
import type { Paint } from './paint.js';
import { visible } from './visible.js';
import { widthOf } from './width.js';

/** Gives the text of a project file, for the line under which the caret stands. */
export type Sources = (file: string) => string | undefined;

/** Of a longer line only the part around the caret is shown, in characters. */
const LONGEST_LINE = 160;

/** A mistake as a reader wants it: what, where, the line, a caret, and what would help. Without a final line end. */
export function printDiagnostic(
  { code, message, place, hint }: Diagnostic,
  sources: Sources,
  paint: Paint,
  word: 'error' | 'warning',
): string {
  const colour = word === 'error' ? paint.red : paint.magenta;
  const [first, ...rest] = visible(message).split('\n');
  const lines = [`${colour(`${word}[${code}]`)}: ${first}`, ...rest.map(line => `  ${line}`)];
  const line = place && sources(place.file)?.split(/\r?\n/)[place.line - 1];
  const hints = hint === undefined ? [] : visible(hint).split('\n');
  if (!place || line === undefined) {
    if (place) lines.push(`  ┌─ ${visible(at(place))}`);
    return [...lines, ...hints.map(behindSign)].join('\n');
  }
  const gutter = ' '.repeat(String(place.line).length);
  const { text, caret } = underlined(line, place);
  // A short hint stands by the caret, where the eye is; a long one below.
  const isShort = hints.length === 1;
  lines.push(`${gutter} ┌─ ${visible(at(place))}`);
  lines.push(`${place.line} │ ${text}`);
  lines.push(`${gutter} │ ${caret.before}${colour(caret.marks)}${isShort ? ` ${hints[0]}` : ''}`);
  return [...lines, ...(isShort ? [] : hints.map(behindSign))].join('\n');
}

const behindSign = (hint: string, index: number): string => indent(hint, index === 0 ? '  = ' : '    ');

/** A line, or of a long one the part that matters, and what must stand below it so that the marks are under the place. */
function underlined(line: string, { column, length }: Place) {
  const from = line.length > LONGEST_LINE ? Math.max(0, column - 1 - LONGEST_LINE / 3) : 0;
  const to = line.length > LONGEST_LINE ? from + LONGEST_LINE : line.length;
  const cut = from > 0 ? '…' : '';
  const before = cut + visible(line.slice(from, column - 1));
  const marked = visible(line.slice(column - 1, Math.min(to, column - 1 + length)));
  return {
    text: `${cut}${visible(line.slice(from, to))}${to < line.length ? '…' : ''}`,
    // Tabs are kept in both lines, so that both are moved alike however wide they are.
    caret: {
      before: before.replace(/[^\t]+/g, text => ' '.repeat(widthOf(text))),
      marks: '^'.repeat(Math.max(1, widthOf(marked))),
    },
  };
}
