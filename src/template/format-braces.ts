import { type Float, RenderError } from '../core/value.js';
import { weigh } from './budget.js';
import { formatNumber, grouped, type Layout, pad, padNumber } from './format.js';
import { amountOf, isFloat, isNumber } from './number.js';
import { bare, isDict, isList, keyOf, memberOf, type Term, touch, typeName } from './terms.js';
import { toRepr, toText } from './text.js';

/** Python's format(value, spec): `>8`, `08.2f`, `,`. */
function formatSpec(term: Term, spec: string): string {
  const value = bare(term);
  if (spec === '') return toText(value);
  const match = /^(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/su.exec(spec);
  if (!match) throw new RenderError(`Invalid format specifier '${spec}'`);
  touch(value);
  const [, fill, align, sign, alternate, zero, width, group, precision, type] = match;
  const layout: Layout = {
    fill: fill ?? (zero && !align ? '0' : zero ? '0' : ' '),
    align: (align ?? (zero ? '=' : '')) as Layout['align'],
    sign: sign === '+' || sign === ' ' ? sign : '',
    alternate: alternate !== undefined,
    width: Number(width ?? 0),
    group: (group ?? '') as Layout['group'],
    precision: precision === undefined ? undefined : Number(precision),
    type: type ?? '',
  };
  if (typeof value === 'string') return formatTextSpec(value, layout);
  if (isNumber(value)) return formatNumberSpec(value, layout);
  throw new RenderError(`unsupported format string for '${typeName(value)}'`);
}

function formatTextSpec(value: string, layout: Layout): string {
  if (layout.type !== '' && layout.type !== 's')
    throw new RenderError(`Unknown format code '${layout.type}' for object of type 'str'`);
  if (layout.group !== '') throw new RenderError(`Cannot specify '${layout.group}' with 's'.`);
  if (layout.align === '=' && layout.fill !== '0')
    throw new RenderError("'=' alignment not allowed in string format specifier");
  const cut = layout.precision === undefined ? value : Array.from(value).slice(0, layout.precision).join('');
  return pad(cut, layout.align === '=' ? { ...layout, align: '<' } : layout);
}

function formatNumberSpec(value: number | bigint | boolean | Float, layout: Layout): string {
  const { type, precision } = layout;
  if (type === 'c') return pad(String.fromCodePoint(Number(amountOf(value))), layout);
  if (!isFloat(value) && precision !== undefined && (type === '' || /[dxXobnc]/.test(type)))
    throw new RenderError('Precision not allowed in integer format specifier');
  if (type === 's') throw new RenderError(`Unknown format code 's' for object of type '${typeName(value)}'`);
  if (isFloat(value) && /[dxXobc]/.test(type))
    throw new RenderError(`Unknown format code '${type}' for object of type 'float'`);
  if (type === 'n') return padNumber(formatNumber(value, { ...layout, type: isFloat(value) ? 'g' : 'd' }), layout);
  if (type !== '') return padNumber(formatNumber(value, layout), layout);
  if (!isFloat(value)) return padNumber(formatNumber(value, { ...layout, type: 'd', precision: undefined }), layout);
  if (precision !== undefined) return padNumber(withPoint(formatNumber(value, { ...layout, type: 'g' })), layout);
  const text = toText(value);
  const sign = text.startsWith('-') ? '' : layout.sign;
  return padNumber(sign + grouped(text, layout.group), layout);
}

/** Without a letter, a float keeps a digit behind the point. */
const withPoint = (text: string): string => (/[.e]|inf|nan/.test(text) ? text : `${text}.0`);

/** Python's str.format: `'{0} {name[key]!r:>8}'`. */
export function formatBraces(text: string, given: readonly Term[], named: ReadonlyMap<string, Term>): string {
  let next = 0;
  const field = (name: string): Term => {
    const [, first, rest] = /^([^.[]*)(.*)$/s.exec(name)!;
    const key = first === '' ? String(next++) : first!;
    let value = /^\d+$/.test(key) ? given[Number(key)] : named.get(key);
    if (value === undefined)
      throw new RenderError(
        /^\d+$/.test(key)
          ? `Replacement index ${key} out of range for positional args tuple`
          : `format text asks for '${key}', which was not given`,
      );
    for (const [, attribute, index] of rest!.matchAll(/\.([^.[]+)|\[([^\]]+)\]/g))
      value = stepInto(value, attribute ?? index!);
    return value;
  };
  return fillBraces(text, field);
}

function fillBraces(text: string, field: (name: string) => Term): string {
  let out = '';
  let i = 0;
  while (i < text.length) {
    const letter = text[i]!;
    if ((letter === '{' || letter === '}') && text[i + 1] === letter) {
      out += letter;
      i += 2;
    } else if (letter === '}') throw new RenderError("Single '}' encountered in format string");
    else if (letter === '{') {
      const end = closingBrace(text, i);
      const [, name, conversion, spec] = /^([^!:]*)(?:!([a-z]))?(?::(.*))?$/s.exec(text.slice(i + 1, end)) ?? [];
      if (name === undefined) throw new RenderError(`cannot read the format field {${text.slice(i + 1, end)}}`);
      const value = field(name);
      const shown =
        conversion === 'r' || conversion === 'a' ? toRepr(value) : conversion === 's' ? toText(value) : value;
      out += formatSpec(shown, spec === undefined ? '' : fillBraces(spec, field));
      i = end + 1;
    } else {
      out += letter;
      i++;
    }
    weigh(out.length);
  }
  return out;
}

function closingBrace(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === '{') depth++;
    if (text[i] === '}' && --depth === 0) return i;
  }
  throw new RenderError("expected '}' before end of string");
}

/** `{0.name}` and `{0[name]}` reach members only, never attributes of the implementation. */
function stepInto(value: Term, key: string): Term {
  touch(value);
  const member = isDict(value)
    ? memberOf(value, keyOf(key))
    : isList(value) && /^\d+$/.test(key)
      ? value[Number(key)]
      : undefined;
  if (member === undefined) throw new RenderError(`'${typeName(value)}' object has no attribute '${key}'`);
  return member;
}
