import { at, type Diagnostic } from '../core/place.js';
import type { Paint } from './paint.js';
import { visible } from './visible.js';

/** Gives the text of a project file, for the line under which the caret stands. */
export type Sources = (file: string) => string | undefined;

/** A mistake as a reader wants it: what, where, the line, a caret, and what would help. */
export function printDiagnostic({ code, message, place, hint }: Diagnostic, sources: Sources, paint: Paint, word: 'error' | 'warning'): string {
  const colour = word === 'error' ? paint.red : paint.magenta;
  const lines = [`${colour(`${word}[${code}]`)}: ${visible(message)}`];
  const text = place && sources(place.file)?.split(/\r?\n/)[place.line - 1];
  if (place) {
    const gutter = ' '.repeat(String(place.line).length);
    lines.push(`${gutter} ┌─ ${at(place)}`);
    if (text !== undefined) {
      const before = visible(text.slice(0, place.column - 1)).replaceAll('\t', ' ');
      const length = Math.max(1, Math.min(place.length, text.length - place.column + 1));
      lines.push(`${place.line} │ ${visible(text).replaceAll('\t', ' ')}`);
      lines.push(`${gutter} │ ${' '.repeat(before.length)}${colour('^'.repeat(length))}${hint === undefined ? '' : ` ${hint}`}`);
      return lines.join('\n');
    }
  }
  if (hint !== undefined) lines.push(`  = ${hint}`);
  return lines.join('\n');
}
