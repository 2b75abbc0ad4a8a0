import { encode } from '../../core/bytes.js';
import { RenderError } from '../../core/value.js';
import { weigh } from '../budget.js';
import { dictFor, flagOr, given, strictText, textOr, wholeOr } from '../cast.js';
import { formatPercent } from '../format-percent.js';
import { capitalize, centered, replaceText, split, splitLines, strip } from '../methods-text.js';
import { numberOf, parseFloatText } from '../number.js';
import {
  characters,
  dictOf,
  isDict,
  itemsOf,
  lengthOf,
  namedMembersOf,
  type Term,
  tupleOf,
  Undefined,
} from '../terms.js';
import { toText } from '../text.js';
import { wrap } from '../wrap.js';
import { comment } from './comment.js';
import { type Filters, filter } from './filter.js';
import { length as lengthOfTerm } from './lists.js';

/** Jinja's title: words start behind white space, hyphens and opening brackets. */
const title = (text: string): string =>
  text
    .split(/([-\s({[<]+)/)
    .map(part => part.charAt(0).toUpperCase() + part.slice(1).toLowerCase())
    .join('');

interface Indent {
  readonly by: string;
  readonly first: boolean;
  readonly blank: boolean;
}

function indent(text: string, { by, first, blank }: Indent): string {
  const lines = splitLines(`${text}\n`, false);
  weigh(text.length + by.length * lines.length);
  const rest = lines.slice(1).map(line => (blank || line !== '' ? by + line : line));
  return (first ? by : '') + [lines[0] ?? '', ...rest].join('\n');
}

interface Truncation {
  readonly length: number;
  readonly killWords: boolean;
  readonly end: string;
  readonly leeway: number;
}

function truncate(input: Term, { length, killWords, end, leeway }: Truncation): Term {
  if (length < lengthOf(end)) throw new RenderError(`expected length >= ${lengthOf(end)}, got ${length}`);
  if (lengthOfTerm(input) <= length + leeway) return input;
  const letters = characters(strictText(input, 'what to truncate'));
  const kept = letters.slice(0, length - lengthOf(end)).join('');
  if (killWords || !kept.includes(' ')) return kept + end;
  return kept.slice(0, kept.lastIndexOf(' ')) + end;
}

function center(text: string, width: number): string {
  weigh(width);
  const missing = Math.max(0, width - lengthOf(text));
  const before = centered(missing, width);
  return ' '.repeat(before) + text + ' '.repeat(missing - before);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, letter => ENTITIES[letter]!);

/** Python's urllib quote. */
const percentEncoded = (text: string, safe: string): string =>
  Array.from(encode(text), byte => {
    const letter = String.fromCharCode(byte);
    return /[A-Za-z0-9_.~-]/.test(letter) || safe.includes(letter)
      ? letter
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');

function urlencode(input: Term): string {
  if (typeof input === 'string' || (!isDict(input) && !Array.isArray(input))) return percentEncoded(toText(input), '/');
  const pairs = isDict(input)
    ? namedMembersOf(input)
    : itemsOf(input).map(pair => {
        const parts = itemsOf(pair);
        if (parts.length !== 2) throw new RenderError(`urlencode needs pairs, not ${parts.length} values`);
        const [key, value] = parts;
        return [toText(key!), value!] as const;
      });
  const field = (text: string) => percentEncoded(text, '').replaceAll('%20', '+');
  return pairs.map(([key, value]) => `${field(key)}=${field(toText(value))}`).join('&');
}

const UNITS = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];

function sizeIn(input: Term): number {
  if (typeof input !== 'string') return numberOf(input);
  const size = parseFloatText(input);
  if (size === undefined) throw new RenderError(`'${input}' is no size`);
  return size;
}

function fileSize(size: number, binary: boolean): string {
  const base = binary ? 1024 : 1000;
  if (size === 1) return '1 Byte';
  if (size < base) return `${Math.trunc(size)} Bytes`;
  let amount = size;
  let unit = '';
  for (const one of UNITS) {
    amount /= base;
    unit = one;
    if (amount < base) break;
  }
  return `${amount.toFixed(1)} ${binary ? `${unit.toUpperCase()}iB` : `${unit}B`}`;
}

const NAMED_LETTERS: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', '\xa0'],
]);

const unescapeHtml = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (all, decimal, hex, name) => {
    if (name !== undefined) return NAMED_LETTERS.get(name) ?? all;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });

const stripTags = (text: string): string =>
  unescapeHtml(
    text
      .replace(/<!--.*?-->|<[^>]*>/gs, '')
      .split(/\s+/)
      .filter(Boolean)
      .join(' '),
  );

function urlize(text: string): string {
  return text.replace(/(?<![\w/@.])(?:https?:\/\/|www\.)[^\s<>()]*[^\s<>().,;:!?]/g, url => {
    const target = url.startsWith('www.') ? `https://${url}` : url;
    return `<a href="${escapeHtml(target)}" rel="noopener">${escapeHtml(url)}</a>`;
  });
}

function attributes(input: Term, space: boolean): string {
  const parts = namedMembersOf(dictFor(input, 'xmlattr'))
    .filter(([, value]) => value !== null && !(value instanceof Undefined))
    .map(([key, value]) => {
      if (/[\s/>=]/.test(key)) throw new RenderError(`'${key}' cannot be the name of an attribute`);
      return `${escapeHtml(key)}="${escapeHtml(toText(value))}"`;
    });
  return (space && parts.length > 0 ? ' ' : '') + parts.join(' ');
}

/** As Python's shlex.quote. */
function shellQuoted(text: string): string {
  if (text === '') return "''";
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}

function format(input: Term, rest: readonly Term[], named: ReadonlyMap<string, Term>): string {
  if (rest.length > 0 && named.size > 0)
    throw new RenderError("can't handle positional and keyword arguments at the same time");
  return formatPercent(toText(input), named.size > 0 ? dictOf(named) : tupleOf(rest));
}

export const textFilters: Filters = [
  ['upper', filter('', input => toText(input).toUpperCase())],
  ['lower', filter('', input => toText(input).toLowerCase())],
  ['capitalize', filter('', input => capitalize(toText(input)))],
  ['title', filter('', input => title(toText(input)))],
  [
    'trim',
    filter('chars?', (input, [letters]) =>
      strip(toText(input), given(letters) === undefined ? undefined : strictText(letters, 'what to trim'), 'both'),
    ),
  ],
  [
    'replace',
    filter('old new count?', (input, [old, now, count]) =>
      replaceText(toText(input), toText(old!), toText(now!), wholeOr(given(count), -1)),
    ),
  ],
  [
    'indent',
    filter('width? first? blank?', (input, [width, first, blank]) =>
      indent(strictText(input, 'what to indent'), {
        by: typeof width === 'string' ? width : ' '.repeat(Math.min(10_000, wholeOr(width, 4))),
        first: flagOr(first, false),
        blank: flagOr(blank, false),
      }),
    ),
  ],
  [
    'truncate',
    filter('length? killwords? end? leeway?', (input, [length, killWords, end, leeway]) =>
      truncate(input, {
        length: wholeOr(length, 255),
        killWords: flagOr(killWords, false),
        end: textOr(end, '...'),
        leeway: wholeOr(given(leeway), 5),
      }),
    ),
  ],
  ['center', filter('width?', (input, [width]) => center(toText(input), wholeOr(width, 80)))],
  ['wordcount', filter('', input => toText(input).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0)],
  [
    'wordwrap',
    filter('width? break_long_words? wrapstring? break_on_hyphens?', (input, [width, long, mark, hyphens]) =>
      splitLines(strictText(input, 'what to wrap'), false)
        .map(line =>
          wrap(line, {
            width: wholeOr(width, 79),
            breakLong: flagOr(long, true),
            onHyphens: flagOr(hyphens, true),
          }).join(textOr(given(mark), '\n')),
        )
        .join(textOr(given(mark), '\n')),
    ),
  ],
  ['format', filter('*values **named', (input, _, { rest, named }) => format(input, rest, named))],
  ['escape', filter('', input => escapeHtml(toText(input)))],
  ['e', filter('', input => escapeHtml(toText(input)))],
  ['forceescape', filter('', input => escapeHtml(toText(input)))],
  ['striptags', filter('', input => stripTags(toText(input)))],
  ['urlize', filter('trim_url_limit? nofollow? target? rel?', input => urlize(toText(input)))],
  ['urlencode', filter('', urlencode)],
  ['xmlattr', filter('autospace?', (input, [space]) => attributes(input, flagOr(space, true)))],
  ['filesizeformat', filter('binary?', (input, [binary]) => fileSize(sizeIn(input), flagOr(binary, false)))],
  ['quote', filter('', input => shellQuoted(input === null ? '' : toText(input)))],
  [
    'split',
    filter('sep? maxsplit?', (input, [separator, limit]) =>
      split(
        strictText(input, 'what to split'),
        given(separator) === undefined ? undefined : strictText(separator, 'the separator'),
        wholeOr(limit, -1),
      ),
    ),
  ],
  [
    'comment',
    filter('style? **settings', (input, [style], { named }) =>
      comment(strictText(input, 'a comment'), textOr(style, 'plain'), named),
    ),
  ],
];
