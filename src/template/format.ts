import type { Float } from '../core/value.js';
import { weigh } from './budget.js';
import { amountOf, toFixedEven, toInteger } from './number.js';

/** How one number or text is to be laid out: the common part of `%5.2f` and `{:>5.2f}`. */
export interface Layout {
  readonly fill: string;
  readonly align: '<' | '>' | '^' | '=' | '';
  readonly sign: '+' | ' ' | '';
  /** `#`: 0x, 0o, 0b before the digits. */
  readonly alternate: boolean;
  readonly width: number;
  /** Separator of thousands. */
  readonly group: ',' | '_' | '';
  readonly precision: number | undefined;
  /** The letter of the conversion: d, f, s, x … */
  readonly type: string;
}

/** Pads a text; the default alignment is to the left in `{}`, to the right in `%`. */
export function pad(text: string, { width, align, fill }: Layout): string {
  weigh(width);
  const missing = width - Array.from(text).length;
  if (missing <= 0) return text;
  if (align === '>' || align === '=') return fill.repeat(missing) + text;
  if (align === '^') return fill.repeat(missing >> 1) + text + fill.repeat(missing - (missing >> 1));
  return text + fill.repeat(missing);
}

/** Pads a number: zeros go between the sign and the digits. */
export function padNumber(text: string, layout: Layout): string {
  if (layout.align !== '=') return pad(text, layout.align === '' ? { ...layout, align: '>' } : layout);
  const [, sign, digits] = /^([+\- ]?(?:0[xXob])?)(.*)$/s.exec(text)!;
  weigh(layout.width);
  return sign + digits!.padStart(layout.width - sign!.length, layout.fill);
}

const SIGNIFICANT = 6;

/** The digits of a number, with sign, as the letter of the layout asks for. */
export function formatNumber(value: number | bigint | boolean | Float, layout: Layout): string {
  const { type, precision } = layout;
  if (/[dxXob]/.test(type)) return wholeDigits(toInteger(value) ?? 0, layout);
  const amount = Number(amountOf(value));
  const size = Math.abs(amount);
  const sign = amount < 0 || Object.is(amount, -0) ? '-' : layout.sign;
  if (!Number.isFinite(amount)) {
    const name = Number.isNaN(amount) ? 'nan' : 'inf';
    return (Number.isNaN(amount) ? layout.sign : sign) + (/[A-Z]/.test(type) ? name.toUpperCase() : name);
  }
  const digits = realDigits(size, type, precision ?? SIGNIFICANT);
  return sign + grouped(digits, layout.group) + (type === '%' ? '%' : '');
}

function realDigits(size: number, type: string, precision: number): string {
  switch (type) {
    case 'e':
    case 'E': {
      const text = size.toExponential(Math.min(precision, 100)).replace(/e([+-])(\d)$/, 'e$10$2');
      return type === 'E' ? text.toUpperCase() : text;
    }
    case 'g':
    case 'G': {
      const text = general(size, precision);
      return type === 'G' ? text.toUpperCase() : text;
    }
    case '%':
      return toFixedEven(size * 100, precision);
    default:
      return toFixedEven(size, precision);
  }
}

/** `%g`: significant digits, without trailing zeros, in exponent form where that is shorter. */
function general(size: number, precision: number): string {
  const places = Math.max(1, precision);
  if (size === 0) return '0';
  const exponent = Number(size.toExponential(places - 1).split('e')[1]);
  const trim = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  if (exponent >= -4 && exponent < places) return trim(size.toFixed(Math.max(0, places - 1 - exponent)));
  const [digits] = size.toExponential(places - 1).split('e') as [string];
  return `${trim(digits)}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

const BASES: Readonly<Record<string, readonly [number, string]>> = {
  d: [10, ''],
  x: [16, '0x'],
  X: [16, '0X'],
  o: [8, '0o'],
  b: [2, '0b'],
};

/** The digits of a whole number in the base that the letter asks for. */
export function wholeDigits(value: number | bigint, layout: Layout): string {
  const [base, prefix] = BASES[layout.type]!;
  const whole = BigInt(value);
  let digits = (whole < 0n ? -whole : whole).toString(base);
  if (layout.type === 'X') digits = digits.toUpperCase();
  if (layout.precision !== undefined) digits = digits.padStart(layout.precision, '0');
  return (whole < 0n ? '-' : layout.sign) + (layout.alternate ? prefix : '') + grouped(digits, layout.group);
}

/** Digits in groups of three. */
export function grouped(digits: string, group: string): string {
  if (group === '') return digits;
  const [whole, ...rest] = digits.split('.');
  return [whole!.replace(/\B(?=(\d{3})+(?!\d))/g, group), ...rest].join('.');
}
