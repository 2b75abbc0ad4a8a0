/** How a line is broken. */
export interface Wrapping {
  readonly width: number;
  /** Words longer than the width are cut. */
  readonly breakLong: boolean;
  /** Compound words may be broken behind their hyphens. */
  readonly onHyphens: boolean;
}

const LETTER = '[\\p{L}_]';
const PUNCTUATION = '[\\p{L}\\p{N}_!"\'&.,?]';
const WORD = '[\\p{L}\\p{N}_]';

/** Python's textwrap: white space, dashes between words, and words, which may end behind a hyphen between letters. */
const PIECES = new RegExp(
  `\\s+|(?<=${PUNCTUATION})-{2,}(?=${WORD})|\\S+?(?:-(?:(?<=${LETTER}{2}-)|(?<=${LETTER}-${PUNCTUATION}-))(?=${LETTER}-?${LETTER})|(?=\\s|$)|(?<=${PUNCTUATION})(?=-{2,}${WORD}))`,
  'gu',
);

/** Breaks one line as Python's textwrap does. */
export function wrap(line: string, how: Wrapping): string[] {
  const pieces = (line.match(how.onHyphens ? PIECES : /\s+|\S+/g) ?? []).reverse();
  const lines: string[] = [];
  while (pieces.length > 0) {
    if (lines.length > 0 && pieces.at(-1)!.trim() === '') pieces.pop();
    const current: string[] = [];
    let length = 0;
    while (pieces.length > 0 && length + pieces.at(-1)!.length <= how.width) {
      length += pieces.at(-1)!.length;
      current.push(pieces.pop()!);
    }
    const next = pieces.at(-1);
    if (next !== undefined && next.length > how.width)
      current.push(...cut(pieces, how.width - length, current.length === 0, how));
    if (current.at(-1)?.trim() === '') current.pop();
    if (current.length > 0) lines.push(current.join(''));
  }
  return lines;
}

/** Takes as much of a word that is longer than a line as there is room for. */
function cut(pieces: string[], room: number, isAlone: boolean, how: Wrapping): string[] {
  const word = pieces.pop()!;
  if (!how.breakLong) {
    if (isAlone) return [word];
    pieces.push(word);
    return [];
  }
  let end = Math.max(1, room);
  const hyphen = how.onHyphens && word.length > end ? word.lastIndexOf('-', end - 1) : -1;
  if (hyphen > 0 && /[^-]/.test(word.slice(0, hyphen))) end = hyphen + 1;
  if (end < word.length) pieces.push(word.slice(end));
  return [word.slice(0, end)];
}
