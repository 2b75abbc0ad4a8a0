import { Float, RenderError } from '../core/value.js';
import { bare, type Term, touch, typeName } from './terms.js';

/**
 * Python's numbers. An int is a whole JavaScript number or, beyond 2^53, a bigint; a float is any other number, or a
 * {@link Float} where its value is whole. A boolean counts as 0 or 1.
 */
export const isFloat = (term: Term): term is Float | number =>
  term instanceof Float || (typeof term === 'number' && !Number.isInteger(term));
export const isInteger = (term: Term): term is number | bigint =>
  typeof term === 'bigint' || (typeof term === 'number' && Number.isInteger(term));
export const isNumber = (term: Term | undefined): term is number | bigint | Float | boolean =>
  typeof term === 'number' || typeof term === 'bigint' || typeof term === 'boolean' || term instanceof Float;

/** A float of this value. */
export const floatOf = (value: number): Term => (Number.isInteger(value) ? new Float(value) : value);

/** An int of this value: a number where that is exact. */
export const intOf = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;

/** The bare JavaScript number or bigint of a number. */
export function amountOf(term: number | bigint | Float | boolean): number | bigint {
  if (term instanceof Float) return term.value;
  return typeof term === 'boolean' ? Number(term) : term;
}

/** The value of a number as a JavaScript number; throws on what is none. */
export function numberOf(term: Term): number {
  if (isNumber(term)) return Number(amountOf(term));
  touch(term);
  throw new RenderError(`a number is needed, not '${typeName(term)}'`);
}

/** A whole number for a count, an index, a width; throws on what is none. */
export function wholeOf(term: Term): number {
  if (typeof term === 'number' && Number.isInteger(term)) return term;
  if (typeof term === 'boolean') return Number(term);
  if (typeof term === 'bigint') return Number(term);
  touch(term);
  throw new RenderError(`'${typeName(term)}' object cannot be interpreted as an integer`);
}

/** Python's int(text, base); undefined where it is no number. */
export function parseInteger(text: string, base = 10): number | bigint | undefined {
  const match = /^\s*([+-]?)(0[xX]|0[oO]|0[bB])?([\da-zA-Z]+(?:_[\da-zA-Z]+)*)\s*$/.exec(text);
  if (!match) return undefined;
  const prefixBase = { x: 16, o: 8, b: 2 }[match[2]?.[1]?.toLowerCase() ?? ''];
  if (match[2] && base !== 0 && base !== prefixBase) return undefined;
  const radix = match[2] ? prefixBase! : base === 0 ? 10 : base;
  let value = 0n;
  for (const digit of match[3]!.replaceAll('_', '')) {
    const amount = Number.parseInt(digit, 36);
    if (amount >= radix) return undefined;
    value = value * BigInt(radix) + BigInt(amount);
  }
  return intOf(match[1] === '-' ? -value : value);
}

/** Python's float(text); undefined where it is no number. */
export function parseFloatText(text: string): number | undefined {
  const word = text.trim().replace(/(?<=\d)_(?=\d)/g, '');
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(word)) return Number(word);
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(word);
  if (!special) return undefined;
  if (special[2]!.toLowerCase() === 'nan') return Number.NaN;
  return special[1] === '-' ? -Infinity : Infinity;
}

/** Python's int(): towards zero; undefined where that is not possible. */
export function toInteger(term: Term): number | bigint | undefined {
  const value = bare(term);
  if (isNumber(value)) {
    const amount = amountOf(value);
    if (typeof amount === 'bigint') return amount;
    if (!Number.isFinite(amount)) return undefined;
    return Number.isSafeInteger(Math.trunc(amount)) ? Math.trunc(amount) + 0 : intOf(BigInt(Math.trunc(amount)));
  }
  return typeof value === 'string' ? parseInteger(value) : undefined;
}

/** Python rounds a half to the even neighbour, and knows the decimal digits that are really there. */
export function roundHalfEven(value: number, digits: number): number {
  if (!Number.isFinite(value)) return value;
  if (digits > 20) return value;
  if (digits >= 0) return (value < 0 || Object.is(value, -0) ? -1 : 1) * Number(toFixedEven(Math.abs(value), digits));
  const unit = 10 ** -digits;
  const scaled = Math.abs(value) / unit;
  const low = Math.floor(scaled);
  const rest = scaled - low;
  const up = rest > 0.5 || (rest === 0.5 && low % 2 !== 0);
  return (value < 0 ? -1 : 1) * (up ? low + 1 : low) * unit;
}

/** The decimal digits of a size. JavaScript rounds what lies exactly half way up, Python to the even digit. */
export function toFixedEven(size: number, digits: number): string {
  const places = Math.min(digits, 100);
  // toFixed gives up at 1e21.
  if (size >= 1e21) return BigInt(size).toString() + (places > 0 ? `.${'0'.repeat(places)}` : '');
  const exact = size.toFixed(Math.min(100, places + 50));
  const point = exact.indexOf('.');
  if (!/^50*$/.test(exact.slice(point + 1 + places))) return size.toFixed(places);
  const low = exact.slice(0, point + 1 + places).replace(/\.$/, '');
  return /[02468]$/.test(low) ? low : size.toFixed(places);
}
