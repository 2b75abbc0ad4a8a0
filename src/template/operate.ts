import { Float, type Lazy, RenderError, Tuple } from '../core/value.js';
import { nested, spend, weigh } from './budget.js';
import { calculate } from './calculate.js';
import { formatPercent } from './format-percent.js';
import { amountOf, intOf, isFloat, isNumber } from './number.js';
import { LongRange } from './range.js';
import type { BinaryWord } from './syntax.js';
import {
  bare,
  type Dict,
  hasKey,
  isDict,
  isList,
  keyOf,
  keysOf,
  memberOf,
  Nothing,
  revealed,
  someKnown,
  type Term,
  touch,
  tupleOf,
  typeName,
} from './terms.js';
import { toText } from './text.js';

/** Whether Python would take the value for true. */
export function isTruthy(term: Term): boolean {
  if (typeof term === 'boolean') return term;
  const value = bare(term);
  touch(value);
  if (value === null) return false;
  if (typeof value === 'string') return value !== '';
  if (isNumber(value)) return Number(amountOf(value)) !== 0;
  if (isList(value)) return value.length > 0;
  if (isDict(value)) return keysOf(value).length > 0;
  return true;
}

/** Python's `==`: numbers by value, whatever their kind; lists and dictionaries deeply; a tuple is never a list. */
export function equal(left: Term, right: Term): boolean {
  if (left === right && (typeof left !== 'object' || left === null)) return true;
  if (left instanceof Nothing || right instanceof Nothing) return left instanceof Nothing && right instanceof Nothing;
  const a = bare(left);
  const b = bare(right);
  touch(a);
  touch(b);
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  if (isNumber(a) && isNumber(b)) return amountsEqual(amountOf(a), amountOf(b));
  if (isList(a) && isList(b)) {
    if (a instanceof Tuple !== b instanceof Tuple || a.length !== b.length) return false;
    spend(a.length);
    return nested(() => !someKnown([...a.keys()], i => !equal(a[i]!, b[i]!)));
  }
  if (isDict(a) && isDict(b)) return a === b || dictsEqual(a, b);
  return a === b;
}

// biome-ignore lint/suspicious/noDoubleEquals: a number equals a bigint of the same value only by ==
const amountsEqual = (a: number | bigint, b: number | bigint): boolean => a == b;

function dictsEqual(a: Dict | Lazy, b: Dict | Lazy): boolean {
  const keys = keysOf(a);
  spend(keys.length);
  if (keys.length !== keysOf(b).length) return false;
  return nested(() => !someKnown(keys, key => !hasKey(b, key) || !equal(memberOf(a, key)!, memberOf(b, key)!)));
}

/** Python's order: below 0, 0, above 0; NaN where neither is true. Throws where Python has no order. */
export function compare(left: Term, right: Term, operator = '<'): number {
  const a = revealed(left);
  const b = revealed(right);
  if (isNumber(a) && isNumber(b)) {
    const [x, y] = [amountOf(a), amountOf(b)];
    return x < y ? -1 : x > y ? 1 : amountsEqual(x, y) ? 0 : Number.NaN;
  }
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  touch(a);
  touch(b);
  if (isList(a) && isList(b) && a instanceof Tuple === b instanceof Tuple) {
    for (let i = 0; i < Math.min(a.length, b.length); i++)
      if (!equal(a[i]!, b[i]!)) return compare(a[i]!, b[i]!, operator);
    return a.length - b.length;
  }
  throw new RenderError(
    `'${operator}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`,
    undefined,
    numberHint(a, b),
  );
}

/** By code point, as Python, where JavaScript goes by UTF-16 unit. */
function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  const [x, y] = [a.codePointAt(i) ?? -1, b.codePointAt(i) ?? -1];
  return x - y;
}

const numberHint = (a: Term, b: Term): string | undefined =>
  (typeof a === 'string' && isNumber(b)) || (typeof b === 'string' && isNumber(a))
    ? 'one side is text: `| int` makes a number of it'
    : undefined;

/** Python's `item in container`. */
export function contains(container: Term, item: Term): boolean {
  const where = bare(container);
  touch(where);
  if (typeof where === 'string') {
    const what = revealed(item);
    touch(what);
    if (typeof what === 'string') return where.includes(what);
    throw new RenderError(`'in <string>' requires string as left operand, not ${typeName(what)}`);
  }
  if (isList(where)) {
    spend(where.length);
    return someKnown(where, member => equal(member, item));
  }
  if (isDict(where)) return hasKey(where, keyOf(item));
  if (where instanceof LongRange) return typeof item === 'number' && where.holds(item);
  throw new RenderError(`argument of type '${typeName(where)}' is not iterable`);
}

/** One of Python's binary operators, on whatever types it is defined for. */
export function operate(operator: BinaryWord, left: Term, right: Term): Term {
  if (operator === '~') return joined(toText(left), toText(right));
  const a = revealed(left);
  const b = revealed(right);
  if (isNumber(a) && isNumber(b)) return calculate(operator, a, b);
  touch(a);
  touch(b);
  const result = operateOnSequences(operator, a, b);
  if (result !== undefined) return result;
  throw new RenderError(
    `unsupported operand type(s) for ${operator}: '${typeName(a)}' and '${typeName(b)}'`,
    undefined,
    operator === '+' && (typeof a === 'string' || typeof b === 'string')
      ? '`~` joins anything as text; `| int` makes a number of a text'
      : undefined,
  );
}

function joined(a: string, b: string): string {
  weigh(a.length + b.length);
  return a + b;
}

function operateOnSequences(operator: BinaryWord, a: Term, b: Term): Term | undefined {
  if (operator === '+') {
    if (typeof a === 'string' && typeof b === 'string') return joined(a, b);
    if (isList(a) && isList(b) && a instanceof Tuple === b instanceof Tuple) {
      spend(a.length + b.length);
      return a instanceof Tuple ? tupleOf([...a, ...b]) : [...a, ...b];
    }
  }
  if (operator === '%' && typeof a === 'string') return formatPercent(a, b);
  if (operator === '*') {
    if (isCount(b)) return repeated(a, Number(b));
    if (isCount(a)) return repeated(b, Number(a));
  }
  return undefined;
}

const isCount = (term: Term): boolean =>
  typeof term === 'boolean' || typeof term === 'bigint' || (typeof term === 'number' && Number.isInteger(term));

function repeated(what: Term, count: number): Term | undefined {
  const times = Math.max(0, count);
  if (typeof what === 'string') {
    weigh(what.length * times);
    return what.repeat(times);
  }
  if (!isList(what)) return undefined;
  spend(what.length * times);
  const items = Array.from({ length: times }, () => [...what]).flat();
  return what instanceof Tuple ? tupleOf(items) : items;
}

/** Unary minus and plus. */
export function signed(operator: '-' | '+', operand: Term): Term {
  touch(operand);
  if (!isNumber(operand)) throw new RenderError(`bad operand type for unary ${operator}: '${typeName(operand)}'`);
  const amount = amountOf(operand);
  if (operand instanceof Float) return operator === '-' ? new Float(-operand.value) : operand;
  if (operator === '+') return amount;
  return typeof amount === 'bigint' ? intOf(-amount) : isFloat(operand) ? -amount : 0 - amount;
}
