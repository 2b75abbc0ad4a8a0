import { RenderError, Tuple } from '../core/value.js';
import { formatNumber, type Layout, pad, padNumber, wholeDigits } from './format.js';
import { amountOf, isFloat, isNumber, toInteger } from './number.js';
import { bare, isDict, isList, memberOf, type Term, touch, typeName } from './terms.js';
import { toRepr, toText } from './text.js';

/** Python's `text % values`. */
export function formatPercent(text: string, values: Term): string {
  const listed = values instanceof Tuple ? (values as readonly Term[]) : [values];
  let next = 0;
  const take = (): Term => {
    if (next >= listed.length) throw new RenderError('not enough arguments for format string');
    return listed[next++]!;
  };
  let named = false;
  const result = text.replace(
    /%(?:\(([^)]*)\))?([-0+ #]*)(\*|\d+)?(?:\.(\*|\d+)?)?([hlL]?)([a-zA-Z%]|$|.)/gs,
    (all, key, flags, width, precision, _size, type) => {
      if (type === '%') return '%';
      if (type === '') throw new RenderError('incomplete format');
      if (!/[diouxXeEfFgGcrsa]/.test(type))
        throw new RenderError(
          `unsupported format character '${type}' (0x${type.codePointAt(0).toString(16)}) in format string`,
        );
      if (key !== undefined) named = true;
      const wide = width === '*' ? Number(toInteger(take()) ?? 0) : Number(width ?? 0);
      const exact = precision === '*' ? Number(toInteger(take()) ?? 0) : precision;
      const value = key === undefined ? take() : memberFor(values, key);
      const hasPrecision = all.includes('.') && exact === undefined ? 0 : exact;
      return onePercent(value, {
        fill: flags.includes('0') && !flags.includes('-') && type !== 's' && type !== 'r' ? '0' : ' ',
        align: flags.includes('-') ? '<' : flags.includes('0') && !/[src]/.test(type) ? '=' : '>',
        sign: flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '',
        alternate: flags.includes('#'),
        width: wide,
        group: '',
        precision: hasPrecision === undefined ? undefined : Number(hasPrecision),
        type,
      });
    },
  );
  // A lone list or dictionary may go unused: either could have been asked by key.
  if (!named && next < listed.length && !isDict(values) && (values instanceof Tuple || !isList(values)))
    throw new RenderError('not all arguments converted during string formatting');
  return result;
}

function memberFor(values: Term, key: string): Term {
  if (!isDict(values)) throw new RenderError('format requires a mapping');
  const value = memberOf(values, key);
  if (value === undefined) throw new RenderError(`format string asks for the key '${key}', which is not there`);
  return value;
}

function onePercent(value: Term, layout: Layout): string {
  const { type, precision } = layout;
  if (type === 's' || type === 'r' || type === 'a') {
    const text = type === 's' ? toText(value) : toRepr(value);
    return pad(precision === undefined ? text : text.slice(0, precision), layout);
  }
  if (type === 'c')
    return pad(typeof value === 'string' ? value : String.fromCodePoint(integerFor(value, type)), layout);
  const number = bare(value);
  touch(number);
  if (!isNumber(number)) throw new RenderError(`%${type} format: a real number is required, not ${typeName(number)}`);
  if (/[diu]/.test(type)) return padNumber(wholeDigits(toInteger(number)!, { ...layout, type: 'd' }), layout);
  if (/[oxX]/.test(type) && isFloat(number))
    throw new RenderError(`%${type} format: an integer is required, not float`);
  return padNumber(formatNumber(number, layout), layout);
}

function integerFor(value: Term, type: string): number {
  if (!isNumber(value) || isFloat(value)) throw new RenderError(`%${type} requires int or char`);
  return Number(amountOf(value));
}
