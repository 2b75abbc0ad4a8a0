import { Float } from '../core/value.js';
import type { Scalar } from './node.js';

/**
 * What a plain (unquoted) word means: PyYAML's resolver, since that is what playbooks were written for, less its traps.
 * `12:30` and `2024-01-01` stay text. `y` and `n` stay text too, as PyYAML has it. `0644` is octal, `0o644` is text.
 */
export function plainScalar(words: string): Scalar | { readonly tooBig: true } {
  if (NULL.test(words)) return null;
  if (TRUE.test(words)) return true;
  if (FALSE.test(words)) return false;
  if (!/^[-+.\d]/.test(words)) return words;
  if (INT.test(words)) return integer(words.replaceAll('_', ''));
  return float(words) ?? words;
}

const NULL = /^(?:~|null|Null|NULL|)$/;
const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const INT = /^[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][\d_]*|0x[\da-fA-F_]+)$/;
const FLOAT = /^[-+]?(?:\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\.\d[\d_]*(?:[eE][-+]\d+)?)$/;
const INFINITE = /^([-+]?)\.(?:inf|Inf|INF)$/;
const NAN = /^\.(?:nan|NaN|NAN)$/;

function integer(words: string): number | { readonly tooBig: true } {
  const sign = words.startsWith('-') ? -1 : 1;
  const digits = words.replace(/^[-+]/, '');
  const value = Number(/^0[0-7]+$/.test(digits) ? `0o${digits}` : digits);
  if (!Number.isSafeInteger(value)) return { tooBig: true };
  return value === 0 ? 0 : sign * value;
}

function float(words: string): Float | undefined {
  const infinite = INFINITE.exec(words);
  if (infinite) return new Float(infinite[1] === '-' ? -Infinity : Infinity);
  if (NAN.test(words)) return new Float(Number.NaN);
  return FLOAT.test(words) ? new Float(Number(words.replaceAll('_', ''))) : undefined;
}

const PREFIX = 'tag:yaml.org,2002:';
/** Tags whose meaning is only which type a scalar or collection has. */
export const isCoreTag = (tag: string): boolean =>
  /^(?:str|int|float|bool|null|map|seq)$/.test(tag.startsWith(PREFIX) ? tag.slice(PREFIX.length) : '');
/** `!!str 5` is text whatever it looks like. */
export const isTextTag = (tag: string | undefined): boolean => tag === `${PREFIX}str` || tag === '!';
