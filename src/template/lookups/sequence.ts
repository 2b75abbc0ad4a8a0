import { RenderError } from '../../core/value.js';
import { rangeLength } from '../budget.js';
import { formatPercent } from '../format-percent.js';
import { parseInteger } from '../number.js';
import { tupleOf } from '../terms.js';
import { keyValues } from './words.js';

const NUMBER = '(0?x?[0-9a-f]+)';
const SHORT = new RegExp(`^(?:${NUMBER}-)?${NUMBER}(?:/${NUMBER})?(?::(.+))?$`, 'i');
const KEYS: readonly string[] = ['start', 'end', 'count', 'stride', 'format'];

/** `start=1 end=5 stride=2 format=web%02d`, or `[start-]end[/stride][:format]`. The results are texts. */
export function sequence(term: string): string[] {
  const parts = partsOf(term);
  const number = (key: string): number | undefined => {
    const word = parts.get(key);
    if (word === undefined) return undefined;
    const value = parseInteger(/^0\d+$/.test(word) ? `0o${word}` : word, 0);
    if (value === undefined) throw new RenderError(`can't parse ${key}=${word} as integer`);
    return Number(value);
  };
  const start = number('start') ?? 1;
  const stride = number('stride') ?? 1;
  const count = number('count');
  const format = parts.get('format') ?? '%d';
  if ((count === undefined) === (number('end') === undefined))
    throw new RenderError('with_sequence must be told either count or end');
  if (count === 0 || stride === 0) return [];
  const end = count === undefined ? number('end')! : start + count * stride - 1;
  if (stride > 0 && end < start) throw new RenderError('to count backwards make stride negative');
  if (stride < 0 && end > start) throw new RenderError("to count forward don't make stride negative");
  if (format.split('%').length !== 2) throw new RenderError(`bad formatting string: ${format}`);
  const length = rangeLength(Math.floor((end - start) / stride) + 1);
  return Array.from({ length }, (_, i) => formatPercent(format, tupleOf([start + i * stride])));
}

function partsOf(term: string): ReadonlyMap<string, string> {
  const short = SHORT.exec(term);
  if (short) {
    const [, start, end, stride, format] = short;
    return new Map(
      Object.entries({ start, end, stride, format }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );
  }
  const { pairs, rest } = keyValues(term);
  const strange = [...pairs.keys()].filter(key => !KEYS.includes(key));
  if (strange.length > 0 || rest !== '')
    throw new RenderError(`unrecognized arguments to with_sequence: ${[...strange, rest].filter(Boolean).join(', ')}`);
  return pairs;
}
