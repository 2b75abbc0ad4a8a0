import { keyText } from '../core/keys.js';
import { didYouMean, type Place } from '../core/place.js';
import { RenderError, Tuple, Unknown } from '../core/value.js';
import { methodOf } from './methods.js';
import { wholeOf } from './number.js';
import { LongRange } from './range.js';
import {
  bare,
  characters,
  isDict,
  isList,
  keyOf,
  keysOf,
  Live,
  memberOf,
  Nothing,
  objectName,
  orElse,
  revealed,
  type Term,
  touch,
  tupleOf,
  Undefined,
} from './terms.js';
import { toRepr } from './text.js';

/** Where a member was asked for, to name it should it be missing. */
export interface Asked {
  /** The object as written: `users.0`; empty if it has no name. */
  readonly object: string;
  readonly place: Place | undefined;
}
export const NOWHERE: () => Asked = () => ({ object: '', place: undefined });

/** `object.name`: Python's methods come before keys. What is missing in the undefined is that same undefined. */
export function attributeOf(object: Term, name: string, asked: () => Asked): Term {
  const value = revealed(object);
  if (value instanceof Nothing) throw value.fail();
  if (value instanceof Undefined || value instanceof Unknown) return value;
  const method = methodOf(value, name);
  if (method) return method;
  const member = value instanceof Live ? value.attribute(name) : isDict(value) ? memberOf(value, name) : undefined;
  return orElse(member, () => missingMember(value, name, asked));
}

/** `object[key]`: keys come before Python's methods. */
export function itemOf(object: Term, key: Term, asked: () => Asked): Term {
  const value = revealed(object);
  if (value instanceof Nothing) throw value.fail();
  if (value instanceof Undefined || value instanceof Unknown) return value;
  if (key instanceof Unknown) return key;
  // As a member of the undefined: `default` and `is defined` may look at it, and using it says what is missing.
  if (key instanceof Undefined && !(key instanceof Nothing)) return key;
  const member = memberAt(value, bare(key));
  if (member !== undefined) return member;
  const method = typeof key === 'string' ? methodOf(value, key) : undefined;
  return method ?? missingMember(value, key, asked);
}

function memberAt(value: Term, key: Term): Term | undefined {
  if (isDict(value)) return isList(key) && !(key instanceof Tuple) ? undefined : memberOf(value, keyOf(key));
  if (value instanceof LongRange) return typeof key === 'number' ? value.at(wholeIndex(key)) : undefined;
  if (value instanceof Live) return typeof key === 'string' ? value.attribute(key) : undefined;
  if (typeof key !== 'number' && typeof key !== 'boolean') return undefined;
  if (isList(value)) return value.at(wholeIndex(key));
  if (typeof value === 'string') return characters(value).at(wholeIndex(key));
  return undefined;
}

/** at() would cut off fractions. */
const wholeIndex = (key: number | boolean): number =>
  Number.isInteger(Number(key)) ? Number(key) : Number.MAX_SAFE_INTEGER;

const SHOWN_KEYS = 8;

function missingMember(value: Term, key: Term, asked: () => Asked): Undefined {
  const { object, place } = asked();
  const name = typeof key === 'string' ? key : toRepr(key);
  const path = object === '' ? name : `${object}.${name}`;
  const within = object === '' ? '' : ` (looked for in ${object})`;
  if (typeof key === 'string' && key.startsWith('__'))
    return new Undefined(`access to attribute '${key}' of '${objectName(value)}' is unsafe`, path, place);
  const message =
    typeof key === 'string'
      ? `'${objectName(value)}' has no attribute '${key}'${within}`
      : `${objectName(value)} has no element ${name}${within}`;
  return new Undefined(message, path, place, () => memberHint(value, name));
}

function memberHint(value: Term, name: string): string | undefined {
  if (!isDict(value)) return isList(value) ? `it has ${value.length} elements` : undefined;
  const keys = keysOf(value).map(keyText);
  if (keys.length === 0) return 'it is empty';
  const listed = keys.slice(0, SHOWN_KEYS).join(', ') + (keys.length > SHOWN_KEYS ? ', …' : '');
  return didYouMean(name, keys) ?? `it has ${listed}`;
}

/** A dotted path of attributes and numbers, as `map(attribute='a.0.b')` has it. */
export function pathOf(object: Term, path: Term): Term {
  if (typeof path !== 'string') return itemOf(object, path, NOWHERE);
  let value = object;
  for (const part of path.split('.')) value = itemOf(value, /^\d+$/.test(part) ? Number(part) : part, NOWHERE);
  return value;
}

export interface SliceBounds {
  readonly start: Term | undefined;
  readonly stop: Term | undefined;
  readonly step: Term | undefined;
}

/** Python's `object[start:stop:step]`. */
export function sliceOf(object: Term, bounds: SliceBounds): Term {
  const value = revealed(object);
  if (value instanceof Undefined && !(value instanceof Nothing)) return value;
  touch(value);
  if (typeof value === 'string') return cut(characters(value), bounds).join('');
  if (!isList(value)) throw new RenderError(`'${objectName(value)}' cannot be sliced`);
  const items = cut(value, bounds);
  return value instanceof Tuple ? tupleOf(items) : items;
}

function cut<T>(items: readonly T[], bounds: SliceBounds): T[] {
  const number = (term: Term | undefined) => (term === undefined || term === null ? undefined : wholeOf(term));
  const [start, stop, step = 1] = [number(bounds.start), number(bounds.stop), number(bounds.step)];
  if (step === 0) throw new RenderError('slice step cannot be zero');
  const size = items.length;
  const within = (index: number) =>
    index < 0 ? Math.max(index + size, step < 0 ? -1 : 0) : Math.min(index, step < 0 ? size - 1 : size);
  const from = start === undefined ? (step < 0 ? size - 1 : 0) : within(start);
  const to = stop === undefined ? (step < 0 ? -1 : size) : within(stop);
  const out: T[] = [];
  for (let i = from; step > 0 ? i < to : i > to; i += step) out.push(items[i]!);
  return out;
}
