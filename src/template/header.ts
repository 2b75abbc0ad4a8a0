import { didYouMean } from '../core/place.js';
import type { Delimiters } from './lex.js';
import { SyntaxFault } from './syntax.js';

/** What a template file says of itself in its first line: `#jinja2: lstrip_blocks: True, variable_start_string: '[%'`. */
export interface Header {
  readonly marks: Partial<Delimiters>;
  readonly newline: string | undefined;
  /** Characters of the line with its line end; 0 where there is none. */
  readonly length: number;
}

const START = '#jinja2:';

const KEYS: ReadonlyMap<string, keyof Delimiters> = new Map<string, keyof Delimiters>([
  ['variable_start_string', 'variableStart'],
  ['variable_end_string', 'variableEnd'],
  ['block_start_string', 'blockStart'],
  ['block_end_string', 'blockEnd'],
  ['comment_start_string', 'commentStart'],
  ['comment_end_string', 'commentEnd'],
  ['trim_blocks', 'trimBlocks'],
  ['lstrip_blocks', 'lstripBlocks'],
]);

/** Reads the header of a template file. Throws {@link SyntaxFault} for an option that does not exist. */
export function readHeader(text: string): Header {
  if (!text.startsWith(START)) return { marks: {}, newline: undefined, length: 0 };
  const end = text.indexOf('\n');
  const line = end < 0 ? text : text.slice(0, end);
  const marks: Record<string, string | boolean> = {};
  let newline: string | undefined;
  const pair = /\s*(\w+)\s*:\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\w+)\s*(?:,|$)/y;
  pair.lastIndex = START.length;
  while (pair.lastIndex < line.trimEnd().length) {
    const offset = pair.lastIndex;
    const match = pair.exec(line);
    if (!match)
      throw new SyntaxFault('the #jinja2: line must be key: value, …', { offset, length: line.length - offset });
    const [, key, value] = match as unknown as [string, string, string];
    const name = KEYS.get(key);
    if (name !== undefined) marks[name] = settingOf(value);
    else if (key === 'newline_sequence') newline = String(settingOf(value));
    else if (key !== 'keep_trailing_newline')
      throw new SyntaxFault(
        `the #jinja2: line knows no '${key}'`,
        { offset: line.indexOf(key), length: key.length },
        didYouMean(key, KEYS.keys()) ?? `it knows ${[...KEYS.keys(), 'newline_sequence'].join(', ')}`,
      );
  }
  return { marks: marks as Partial<Delimiters>, newline, length: end < 0 ? text.length : end + 1 };
}

function settingOf(word: string): string | boolean {
  if (/^['"]/.test(word))
    return word
      .slice(1, -1)
      .replace(/\\([nrt\\'"])/g, (_, letter: string) => ({ n: '\n', r: '\r', t: '\t' })[letter] ?? letter);
  return /^(true|yes|on|1)$/i.test(word);
}
