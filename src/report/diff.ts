import { structuredPatch } from 'diff';
import type { ToldChange } from '../core/outcome.js';
import { type Plain, Unknown } from '../core/value.js';
import type { Paint } from './paint.js';
import { visible, wellFormedJson } from './visible.js';

/** Longer diffs are cut, in lines. */
const LONGEST_DIFF = 120;
/** Texts that differ everywhere take a comparison forever; in milliseconds. */
const LONGEST_COMPARISON = 1000;

/** One change as it is shown under --diff, line by line. */
export function printChange({ what, before, after }: ToldChange, paint: Paint): readonly string[] {
  if (after instanceof Unknown) return [visible(what)];
  const isText = [before, after].some(one => typeof one === 'string' && one.includes('\n'));
  if (isText && isTextOrAbsent(before) && isTextOrAbsent(after))
    return [visible(what), ...patch(before ?? '', after ?? '', paint)];
  return [`${visible(what)}: ${show(before)} → ${show(after)}`];
}

const isTextOrAbsent = (value: Plain): value is string | null => value === null || typeof value === 'string';

/** The hunks of a unified diff with three lines around each change. */
function patch(before: string, after: string, paint: Paint): readonly string[] {
  const compared = structuredPatch('', '', before, after, '', '', { context: 3, timeout: LONGEST_COMPARISON });
  if (!compared)
    return [paint.dim(`${linesIn(before)} → ${linesIn(after)} lines, too different to be compared line by line`)];
  const lines = compared.hunks.flatMap(hunk => [
    paint.cyan(`@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`),
    ...hunk.lines.map(line => painted(visible(line), paint)),
  ]);
  if (lines.length <= LONGEST_DIFF) return lines;
  return [...lines.slice(0, LONGEST_DIFF), paint.dim(`… ${lines.length - LONGEST_DIFF} more lines`)];
}

/** Of no lines, the place is the line before them (the unified format of diffutils). */
const range = (start: number, lines: number): string => `${lines === 0 ? start - 1 : start},${lines}`;

const painted = (line: string, paint: Paint): string =>
  line.startsWith('+') ? paint.green(line) : line.startsWith('-') ? paint.red(line) : line;

const linesIn = (text: string): number => text.split('\n').length;

function show(value: Plain): string {
  if (value === null) return '(absent)';
  if (value === '') return "''";
  return visible(typeof value === 'string' ? value : wellFormedJson(JSON.stringify(value, unknown)));
}

const unknown = (_key: string, value: unknown): unknown => (value instanceof Unknown ? '(not known yet)' : value);
