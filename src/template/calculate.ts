import { type Float, RenderError } from '../core/value.js';
import { weigh } from './budget.js';
import { amountOf, floatOf, intOf, isFloat } from './number.js';
import type { BinaryWord } from './syntax.js';
import type { Term } from './terms.js';

/** Any of Python's numbers. */
export type PythonNumber = number | bigint | Float | boolean;

/** A binary operator on two numbers, by Python's rules. */
export function calculate(operator: BinaryWord, left: PythonNumber, right: PythonNumber): Term {
  const a = amountOf(left);
  const b = amountOf(right);
  if (operator === '/') {
    if (Number(b) === 0) throw new RenderError('division by zero');
    return floatOf(Number(a) / Number(b));
  }
  if ((operator === '//' || operator === '%') && Number(b) === 0)
    throw new RenderError('integer division or modulo by zero');
  if (isFloat(left) || isFloat(right)) return floatOf(onFloats(operator, Number(a), Number(b)));
  if (typeof a === 'number' && typeof b === 'number') {
    const result = onFloats(operator, a, b);
    if (operator === '**' && b < 0) return floatOf(result);
    if (Number.isSafeInteger(result)) return result + 0;
  }
  return onBigInts(operator, BigInt(a), BigInt(b));
}

function onFloats(operator: BinaryWord, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '//':
      return floorDivided(a, b);
    case '%':
      return modulo(a, b);
    default:
      if (a === 0 && b < 0) throw new RenderError('0.0 cannot be raised to a negative power');
      if (a < 0 && !Number.isInteger(b)) throw new RenderError(`${a} ** ${b} is a complex number`);
      return a ** b;
  }
}

/** Of the sign of the divisor, zero too. */
function modulo(a: number, b: number): number {
  const rest = a % b;
  if (rest === 0) return b < 0 ? -0 : 0;
  return rest < 0 !== b < 0 ? rest + b : rest;
}

/** By way of the remainder, as CPython: `1.0 // 0.1` is 9.0. */
function floorDivided(a: number, b: number): number {
  const quotient = (a - modulo(a, b)) / b;
  if (quotient === 0) return a / b < 0 ? -0 : 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function onBigInts(operator: BinaryWord, a: bigint, b: bigint): Term {
  switch (operator) {
    case '+':
      return intOf(a + b);
    case '-':
      return intOf(a - b);
    case '*':
      weigh(a.toString(16).length + b.toString(16).length);
      return intOf(a * b);
    case '**':
      return powered(a, b);
    default: {
      const rest = a % b;
      const crossed = rest !== 0n && rest < 0n !== b < 0n;
      if (operator === '%') return intOf(crossed ? rest + b : rest);
      return intOf(crossed ? a / b - 1n : a / b);
    }
  }
}

/** Digits a power may have: more is a slip of the pen, and would take for ever to print. */
const LONGEST_POWER = 100_000;

function powered(a: bigint, b: bigint): Term {
  if (b < 0n) return floatOf(Number(a) ** Number(b));
  if (a.toString().length * Number(b) > LONGEST_POWER) throw new RenderError(`${a} ** ${b} is too big`);
  return intOf(a ** b);
}
