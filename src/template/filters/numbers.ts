import { RenderError } from '../../core/value.js';
import { flagOr, given, textOr, wholeOr } from '../cast.js';
import { floatOf, isInteger, numberOf } from '../number.js';
import { chanceFor, choose, shuffled } from '../random.js';
import { LongRange } from '../range.js';
import type { Bound, Call } from '../signature.js';
import { isDict, isList, itemsOf, type Term, typeName } from '../terms.js';
import { toText } from '../text.js';
import { type Filters, filter } from './filter.js';

const LETTERS = 'ZYEPTGMK';
/** Bytes in a unit, the biggest first. */
const UNITS: ReadonlyMap<string, number> = new Map(
  [...LETTERS, 'B'].map((letter, i) => [letter, 2 ** (10 * (LETTERS.length - i))] as const),
);

/** Ansible's human_readable: the biggest unit that is not above the size, or the one that is asked for. */
function humanReadable(size: number, isBits: boolean, unit: string | undefined): string {
  const wanted = unit?.toUpperCase();
  const found = [...UNITS].find(([letter, limit]) => (wanted === undefined ? size >= limit : letter === wanted)) ?? [
    'B',
    1,
  ];
  const [letter, limit] = found as [string, number];
  const suffix = limit === 1 ? (isBits ? 'bits' : 'Bytes') : letter + (isBits ? 'b' : 'B');
  return `${(size / limit).toFixed(2)} ${suffix}`;
}

function humanToBytes(input: string, defaultUnit: string | undefined, isBits: boolean): number {
  const match = /^\s*(\d*\.?\d*)\s*([A-Za-z]+)?/.exec(input);
  const amount = match?.[1] ? Number(match[1]) : Number.NaN;
  if (Number.isNaN(amount)) throw new RenderError(`human_to_bytes() can't interpret following string: ${input}`);
  const unit = match![2] ?? defaultUnit;
  if (unit === undefined) return Math.round(amount);
  const limit = UNITS.get(unit[0]!.toUpperCase());
  const [letter, word] = isBits ? ['b', 'bit'] : ['B', 'byte'];
  if (limit === undefined || (unit.length > 1 && !unit.toLowerCase().includes(word) && unit[1] !== letter))
    throw new RenderError(`human_to_bytes() can't interpret following string: ${input}`);
  return Math.round(amount * limit);
}

function random(input: Term, args: Bound, { run }: Call): Term {
  const [start, step, seed] = args;
  const chance = chanceFor(given(seed), run);
  if (!isInteger(input)) {
    if (input instanceof LongRange) return input.at(chance.below(input.length))!;
    if (!isList(input) && !isDict(input) && typeof input !== 'string')
      throw new RenderError(`random can only be used on sequences and integers, not ${typeName(input)}`);
    if (start !== undefined || step !== undefined)
      throw new RenderError('start and step can only be used with integer values');
    return choose(itemsOf(input), chance);
  }
  const from = wholeOr(given(start), 0);
  const by = wholeOr(given(step), 1) || 1;
  const width = Math.ceil((Number(input) - from) / by);
  if (width <= 0) throw new RenderError(`there is no number from ${from} to below ${input}`);
  return from + by * chance.below(width);
}

function logarithm(value: number, base: number | undefined): Term {
  if (value <= 0) throw new RenderError('math domain error');
  if (base === undefined) return floatOf(Math.log(value));
  return floatOf(base === 10 ? Math.log10(value) : base === 2 ? Math.log2(value) : Math.log(value) / Math.log(base));
}

function root(value: number, base: number): Term {
  if (value < 0) throw new RenderError('math domain error');
  return floatOf(base === 2 ? Math.sqrt(value) : value ** (1 / base));
}

export const numberFilters: Filters = [
  [
    'log',
    filter('base?', (input, [base]) => logarithm(numberOf(input), base === undefined ? undefined : numberOf(base))),
  ],
  ['pow', filter('y', (input, [exponent]) => floatOf(numberOf(input) ** numberOf(exponent!)))],
  ['root', filter('base?', (input, [base]) => root(numberOf(input), base === undefined ? 2 : numberOf(base)))],
  [
    'human_readable',
    filter('isbits? unit?', (input, [isBits, unit]) =>
      humanReadable(numberOf(input), flagOr(isBits, false), given(unit) === undefined ? undefined : textOr(unit, '')),
    ),
  ],
  [
    'human_to_bytes',
    filter('default_unit? isbits?', (input, [unit, isBits]) =>
      humanToBytes(toText(input), given(unit) === undefined ? undefined : textOr(unit, ''), flagOr(isBits, false)),
    ),
  ],
  ['random', filter('start? step? seed?', random)],
  ['shuffle', filter('seed?', (input, [seed], { run }) => shuffled(itemsOf(input), chanceFor(given(seed), run)))],
];
