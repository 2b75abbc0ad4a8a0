import { RenderError } from '../core/value.js';
import { weigh } from './budget.js';
import { dictFor, flagOr, given, strictText, wholeOr } from './cast.js';
import { formatBraces } from './format-braces.js';
import { type Bound, type Operation, operation } from './signature.js';
import { bare, characters, itemsOf, lengthOf, namedMembersOf, type Term, tupleOf, typeName } from './terms.js';

/** What Python's `str.strip()` and `str.split()` take for white space. */
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const SPACE_AT_START = new RegExp(`^[${SPACE}]+`);
const SPACES = new RegExp(`[${SPACE}]+`);

type Side = 'left' | 'right' | 'both';

/** Takes white space, or any of the given letters, off the ends. */
export function strip(text: string, letters: string | undefined, side: Side): string {
  const drop = (letter: string) => (letters === undefined ? SPACE_AT_START.test(letter) : letters.includes(letter));
  let start = 0;
  let end = text.length;
  if (side !== 'right') while (start < end && drop(text[start]!)) start++;
  if (side !== 'left') while (end > start && drop(text[end - 1]!)) end--;
  return text.slice(start, end);
}

const stripper = (side: Side) =>
  operation<string>('letters?', (text, [letters]) =>
    strip(text, given(letters) === undefined ? undefined : strictText(letters, 'what to strip'), side),
  );

/** Python's str.split; without a separator at runs of white space. */
export function split(text: string, separator: string | undefined, limit: number): string[] {
  if (separator === undefined) return splitSpaces(text, limit);
  if (separator === '') throw new RenderError('empty separator');
  const parts = text.split(separator);
  if (limit < 0 || parts.length <= limit + 1) return parts;
  return [...parts.slice(0, limit), parts.slice(limit).join(separator)];
}

function splitSpaces(text: string, limit: number): string[] {
  const parts: string[] = [];
  let rest = strip(text, undefined, 'left');
  while (rest !== '') {
    const gap = SPACES.exec(rest);
    if (!gap || (limit >= 0 && parts.length >= limit)) {
      parts.push(limit >= 0 && parts.length >= limit ? strip(rest, undefined, 'right') : rest);
      break;
    }
    parts.push(rest.slice(0, gap.index));
    rest = rest.slice(gap.index + gap[0].length);
  }
  return parts;
}

function splitFromRight(text: string, separator: string | undefined, limit: number): string[] {
  if (limit < 0) return split(text, separator, -1);
  const backwards = (word: string) => characters(word).toReversed().join('');
  return split(backwards(text), separator === undefined ? undefined : backwards(separator), limit)
    .map(backwards)
    .reverse();
}

function splitting(how: (text: string, separator: string | undefined, limit: number) => string[]) {
  return operation<string>('sep? maxsplit?', (text, [separator, limit]) =>
    how(text, given(separator) === undefined ? undefined : strictText(separator, 'the separator'), wholeOr(limit, -1)),
  );
}

const affixes = (term: Term): readonly string[] =>
  Array.isArray(term)
    ? term.map(one => strictText(one as Term, 'the beginning or end'))
    : [strictText(term, 'the beginning or end')];

/** Position in code points of what was found at a UTF-16 position. */
const position = (text: string, found: number): number => (found < 0 ? -1 : lengthOf(text.slice(0, found)));

const finder = (find: (text: string, part: string) => number, mustBe: 'there' | 'anywhere') =>
  operation<string>('part start? stop?', (text, [part, start, stop]) => {
    const from = wholeOr(given(start), 0);
    const piece = characters(text)
      .slice(from, given(stop) === undefined ? undefined : wholeOr(stop, 0))
      .join('');
    const found = position(piece, find(piece, strictText(part, 'what to find')));
    if (found < 0 && mustBe === 'there') throw new RenderError('substring not found');
    return found < 0 ? -1 : found + (from < 0 ? Math.max(0, lengthOf(text) + from) : from);
  });

/** Pads a text to a width; `before` says how much of what is missing goes to the left. */
const justify = (before: (missing: number, width: number) => number) =>
  operation<string>('width fill?', (text, [width, fill]) => {
    const missing = wholeOr(width, 0) - lengthOf(text);
    if (missing <= 0) return text;
    weigh(missing);
    const letter = fill === undefined ? ' ' : strictText(fill, 'the fill character');
    const left = before(missing, wholeOr(width, 0));
    return letter.repeat(left) + text + letter.repeat(missing - left);
  });

/** CPython gives the odd one to the left where the width is odd too. */
export const centered = (missing: number, width: number): number => (missing >> 1) + (missing & width & 1);

const every = (pattern: RegExp) => operation<string>('', text => pattern.test(text));
const hasCase = (text: string) => text.toLowerCase() !== text.toUpperCase();

/** Python's str.title(): every run of letters starts with a capital. */
const title = (text: string): string =>
  text.replace(/\p{L}+/gu, word => {
    const [first, ...rest] = Array.from(word);
    return first!.toUpperCase() + rest.join('').toLowerCase();
  });

/** Python's str.capitalize(). */
export function capitalize(text: string): string {
  const [first = '', ...rest] = characters(text);
  return first.toUpperCase() + rest.join('').toLowerCase();
}

/** Python's str.replace(old, new, count). */
export function replaceText(text: string, old: string, now: string, count: number): string {
  if (count < 0) {
    const parts = old === '' ? ['', ...characters(text), ''] : text.split(old);
    weigh(text.length + parts.length * now.length);
    return parts.join(now);
  }
  const parts = old === '' ? ['', ...characters(text), ''] : text.split(old);
  const done = parts.slice(0, count + 1).join(now);
  return parts.length > count + 1 ? done + old + parts.slice(count + 1).join(old) : done;
}

function partition([separator]: Bound, text: string, from: 'left' | 'right'): Term {
  const mark = strictText(separator, 'the separator');
  const found = from === 'left' ? text.indexOf(mark) : text.lastIndexOf(mark);
  if (found < 0) return tupleOf(from === 'left' ? [text, '', ''] : ['', '', text]);
  return tupleOf([text.slice(0, found), mark, text.slice(found + mark.length)]);
}

function joinStrictly(separator: string, items: readonly Term[]): string {
  const words = items.map((item, i) => {
    const word = bare(item);
    if (typeof word !== 'string')
      throw new RenderError(
        `sequence item ${i}: expected str instance, ${typeName(word)} found`,
        undefined,
        `the filter join takes anything: x | join('${separator}')`,
      );
    return word;
  });
  return words.join(separator);
}

export const splitLines = (text: string, keepEnds: boolean): string[] => {
  const lines =
    text.match(/[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]|$)/g) ?? [];
  const kept = lines.filter(line => line !== '');
  return keepEnds ? kept : kept.map(line => line.replace(/(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])$/, ''));
};

export const textMethods: ReadonlyMap<string, Operation<string>> = new Map<string, Operation<string>>([
  ['lower', operation('', text => text.toLowerCase())],
  ['upper', operation('', text => text.toUpperCase())],
  ['casefold', operation('', text => text.toLowerCase().replaceAll('ß', 'ss'))],
  ['title', operation('', text => title(text))],
  ['capitalize', operation('', text => capitalize(text))],
  [
    'swapcase',
    operation('', text =>
      characters(text)
        .map(letter => (letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase()))
        .join(''),
    ),
  ],
  ['strip', stripper('both')],
  ['lstrip', stripper('left')],
  ['rstrip', stripper('right')],
  ['split', splitting(split)],
  ['rsplit', splitting(splitFromRight)],
  ['splitlines', operation('keepends?', (text, [keep]) => splitLines(text, flagOr(keep, false)))],
  ['partition', operation('sep', (text, args) => partition(args, text, 'left'))],
  ['rpartition', operation('sep', (text, args) => partition(args, text, 'right'))],
  ['join', operation('items', (text, [items]) => joinStrictly(text, itemsOf(items!)))],
  [
    'replace',
    operation('old new count?', (text, [old, now, count]) =>
      replaceText(text, strictText(old, 'what to replace'), strictText(now, 'the replacement'), wholeOr(count, -1)),
    ),
  ],
  [
    'removeprefix',
    operation('prefix', (text, [prefix]) => {
      const start = strictText(prefix, 'the prefix');
      return text.startsWith(start) ? text.slice(start.length) : text;
    }),
  ],
  [
    'removesuffix',
    operation('suffix', (text, [suffix]) => {
      const end = strictText(suffix, 'the suffix');
      return end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text;
    }),
  ],
  ['startswith', operation('prefix', (text, [prefix]) => affixes(prefix!).some(start => text.startsWith(start)))],
  ['endswith', operation('suffix', (text, [suffix]) => affixes(suffix!).some(end => text.endsWith(end)))],
  ['find', finder((text, part) => text.indexOf(part), 'anywhere')],
  ['rfind', finder((text, part) => text.lastIndexOf(part), 'anywhere')],
  ['index', finder((text, part) => text.indexOf(part), 'there')],
  ['rindex', finder((text, part) => text.lastIndexOf(part), 'there')],
  [
    'count',
    operation('part', (text, [part]) => {
      const what = strictText(part, 'what to count');
      return what === '' ? lengthOf(text) + 1 : text.split(what).length - 1;
    }),
  ],
  ['ljust', justify(() => 0)],
  ['rjust', justify(missing => missing)],
  ['center', justify(centered)],
  [
    'zfill',
    operation('width', (text, [width]) => {
      const [, sign, digits] = /^([+-]?)(.*)$/s.exec(text)!;
      const wide = wholeOr(width, 0);
      weigh(wide);
      return sign + digits!.padStart(wide - sign!.length, '0');
    }),
  ],
  ['format', operation('*values **named', (text, _args, { rest, named }) => formatBraces(text, rest, named))],
  [
    'format_map',
    operation('values', (text, [values]) =>
      formatBraces(text, [], new Map(namedMembersOf(dictFor(values, 'format_map()')))),
    ),
  ],
  // Python makes bytes of it; here every text is one already wherever bytes are wanted.
  ['encode', operation('encoding? errors?', text => text)],
  ['decode', operation('encoding? errors?', text => text)],
  ['isdigit', every(/^\p{Nd}+$/u)],
  ['isdecimal', every(/^\p{Nd}+$/u)],
  ['isnumeric', every(/^\p{N}+$/u)],
  ['isalpha', every(/^\p{L}+$/u)],
  ['isalnum', every(/^[\p{L}\p{N}]+$/u)],
  ['isspace', every(new RegExp(`^[${SPACE}]+$`))],
  ['isascii', every(/^[\0-\x7f]*$/)],
  ['isidentifier', every(/^[\p{L}_][\p{L}\p{N}_]*$/u)],
  ['islower', operation('', text => hasCase(text) && text === text.toLowerCase())],
  ['isupper', operation('', text => hasCase(text) && text === text.toUpperCase())],
  ['istitle', operation('', text => hasCase(text) && text === title(text))],
]);
