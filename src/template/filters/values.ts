import { Float, RenderError } from '../../core/value.js';
import { flagOr, given, textOr, wholeOr } from '../cast.js';
import { methodOf } from '../methods.js';
import {
  amountOf,
  floatOf,
  isFloat,
  isInteger,
  isNumber,
  parseFloatText,
  parseInteger,
  roundHalfEven,
  toInteger,
} from '../number.js';
import { isTruthy } from '../operate.js';
import { bare, orElse, type Term, touch, typeName, Undefined } from '../terms.js';
import { toRepr, toText } from '../text.js';
import { type Filters, filter } from './filter.js';

const TRUE: ReadonlySet<string> = new Set(['yes', 'on', '1', 'true']);

/** Ansible's `bool` filter: `yes`, `on`, `1`, `true` in any case are true, None stays None, anything else is false. */
export function asBoolean(term: Term): boolean | null {
  const value = bare(term);
  touch(value);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return TRUE.has(value.toLowerCase());
  return isNumber(value) && Number(amountOf(value)) === 1;
}

const standIn = filter('default_value? boolean?', (input, [otherwise, boolean]) => {
  const missing = input instanceof Undefined || (flagOr(boolean, false) && !isTruthy(input));
  return missing ? orElse(otherwise, () => '') : input;
});

function mandatory(input: Term, message: Term | undefined): Term {
  if (!(input instanceof Undefined)) return input;
  const name = input.name === undefined ? '' : `'${input.name}' `;
  throw new RenderError(
    given(message) === undefined ? `Mandatory variable ${name}not defined.` : textOr(message, ''),
    input.place,
    input.hint?.(),
    input.name,
  );
}

/** Python's int() with Jinja's leniency: what is no number at all gives the default. */
function toInt(input: Term, otherwise: Term, base: number): Term {
  touch(input);
  const exact = typeof input === 'string' ? parseInteger(input, base) : toInteger(input);
  if (exact !== undefined) return exact;
  const real = typeof input === 'string' ? parseFloatText(input) : undefined;
  return real !== undefined && Number.isFinite(real) ? toInteger(floatOf(real))! : otherwise;
}

function toFloat(input: Term, otherwise: Term): Term {
  touch(input);
  if (isNumber(input)) return floatOf(Number(amountOf(input)));
  const real = typeof input === 'string' ? parseFloatText(input) : undefined;
  return real === undefined ? otherwise : floatOf(real);
}

function round(input: Term, precision: number, method: string): Term {
  if (!['common', 'ceil', 'floor'].includes(method)) throw new RenderError('method must be common, ceil or floor');
  if (!isNumber(input)) throw new RenderError(`type ${typeName(input)} doesn't define __round__ method`);
  if (method === 'common') {
    if (isInteger(input) && precision >= 0) return input;
    const rounded = roundHalfEven(Number(amountOf(input)), precision);
    return isFloat(input) ? floatOf(rounded) : rounded;
  }
  const unit = 10 ** precision;
  const scaled = Number(amountOf(input)) * unit;
  return floatOf(((method === 'ceil' ? Math.ceil(scaled) : Math.floor(scaled)) + 0) / unit);
}

function absolute(input: Term): Term {
  if (input instanceof Float) return new Float(Math.abs(input.value));
  if (typeof input === 'bigint') return input < 0n ? -input : input;
  if (typeof input === 'number' || typeof input === 'boolean') return Math.abs(Number(input));
  throw new RenderError(`bad operand type for abs(): '${typeName(input)}'`);
}

/** What Ansible calls the types of data it read. */
const DEBUG_NAMES: Readonly<Record<string, string>> = { Undefined: 'AnsibleUndefined' };

export const valueFilters: Filters = [
  ['default', standIn],
  ['d', standIn],
  ['mandatory', filter('msg?', (input, [message]) => mandatory(input, message))],
  ['bool', filter('', asBoolean)],
  ['string', filter('', toText)],
  [
    'int',
    filter('default? base?', (input, [otherwise, base]) =>
      toInt(
        input,
        orElse(otherwise, () => 0),
        wholeOr(base, 10),
      ),
    ),
  ],
  [
    'float',
    filter('default?', (input, [otherwise]) =>
      toFloat(
        input,
        orElse(otherwise, () => new Float(0)),
      ),
    ),
  ],
  ['abs', filter('', absolute)],
  [
    'round',
    filter('precision? method?', (input, [precision, method]) =>
      round(input, wholeOr(precision, 0), textOr(method, 'common')),
    ),
  ],
  [
    'ternary',
    filter('true_val false_val none_val?', (input, [yes, no, none]) => {
      if (input === null && given(none) !== undefined) return none!;
      return isTruthy(input) ? yes! : no!;
    }),
  ],
  [
    'attr',
    filter('name', (input, [name]) => {
      if (input instanceof Undefined) return input;
      const found = methodOf(bare(input), textOr(name, ''));
      return found ?? new Undefined(`'${typeName(input)}' object has no attribute ${toRepr(name!)}`, textOr(name, ''));
    }),
  ],
  ['type_debug', filter('', input => DEBUG_NAMES[typeName(input)] ?? typeName(input))],
  ['safe', filter('', toText)],
  ['pprint', filter('verbose?', toRepr)],
];
