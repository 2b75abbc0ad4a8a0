/** How a scalar is written. */
export type Spelling = 'plain' | 'single' | 'double' | 'block';

/** Characters behind a backslash in double quotes that stand for one character of the value. */
const WIDE: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/**
 * For every character of a scalar's value, the offset of the file it comes from. The value is walked beside the
 * source: what YAML drops or changes is only white space (folds, indentation), doubled quotes and escapes, so the next
 * black character of the value is always the next black one of the source. White space made by a fold is put where
 * the fold is; all else is exact.
 */
export function offsetsOf(value: string, source: string, from: number, to: number, spelling: Spelling): Uint32Array {
  const offsets = new Uint32Array(Math.max(1, value.length));
  let at = contentStart(source, from, to, spelling);
  offsets[0] = at;
  for (let i = 0; i < value.length; i++) {
    const wanted = value[i]!;
    if (spelling === 'double') at = pastFold(source, at, to);
    if (spelling === 'double' && source[at] === '\\') {
      offsets[i] = at;
      const wide = WIDE[source[at + 1]!];
      // A pair of surrogates comes from one escape.
      if (isHighSurrogate(wanted) && wide) offsets[++i] = at;
      at += 2 + (wide ?? 0);
      continue;
    }
    if (!isWhite(wanted)) while (at < to && source[at] !== wanted && isWhite(source[at]!)) at++;
    offsets[i] = Math.min(at, to);
    if (source[at] === wanted) at += spelling === 'single' && wanted === "'" ? 2 : 1;
    else if (spelling === 'double') while (at < to && isWhite(source[at]!)) at++;
  }
  return offsets;
}

/** Escaped line ends in double quotes give nothing at all. */
function pastFold(source: string, at: number, to: number): number {
  let next = at;
  while (source[next] === '\\' && (source[next + 1] === '\n' || source[next + 1] === '\r')) {
    next += 1;
    while (next < to && isWhite(source[next]!)) next++;
  }
  return next;
}

/** Behind the quote, or below the header of a block (`|2- # comment`). */
function contentStart(source: string, from: number, to: number, spelling: Spelling): number {
  if (spelling === 'plain') return from;
  if (spelling !== 'block') return from + 1;
  const end = source.indexOf('\n', from);
  return end < 0 || end >= to ? to : end + 1;
}

const isWhite = (char: string): boolean => char === ' ' || char === '\n' || char === '\t' || char === '\r';
const isHighSurrogate = (char: string): boolean => char >= '\ud800' && char <= '\udbff';
