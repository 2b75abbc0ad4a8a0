import { createTwoFilesPatch } from 'diff';
import type { Change } from '../core/change.js';
import { Unknown, type Plain } from '../core/value.js';
import type { Paint } from './paint.js';
import { visible } from './visible.js';

/** Longer diffs are cut, in lines. */
const LONGEST_DIFF = 120;

/** One change as it is shown under --diff. */
export function printChange(change: Change, paint: Paint): readonly string[] {
  const { what, before, after } = change;
  if (after instanceof Unknown) return [`${visible(what)}`];
  if (isText(before) && isText(after) && (before.includes('\n') || after.includes('\n'))) return [visible(what), ...patch(before, after, paint)];
  if (before === null && isText(after) && after.includes('\n')) return [visible(what), ...patch('', after, paint)];
  return [`${visible(what)}: ${show(before)} → ${show(after)}`];
}

const isText = (value: unknown): value is string => typeof value === 'string';

function patch(before: string, after: string, paint: Paint): readonly string[] {
  const lines = createTwoFilesPatch('', '', before, after, '', '', { context: 3 })
    .split('\n')
    .slice(4)
    .filter(line => line !== '')
    .map(visible);
  const shown = lines.slice(0, LONGEST_DIFF).map(line => (line.startsWith('+') ? paint.green(line) : line.startsWith('-') ? paint.red(line) : line.startsWith('@@') ? paint.cyan(line) : line));
  return lines.length > LONGEST_DIFF ? [...shown, paint.dim(`… ${lines.length - LONGEST_DIFF} more lines`)] : shown;
}

function show(value: Plain | undefined): string {
  if (value === null || value === undefined) return '(absent)';
  return visible(typeof value === 'string' ? (value === '' ? "''" : value) : JSON.stringify(value));
}
