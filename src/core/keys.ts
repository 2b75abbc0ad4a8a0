import { Float } from './float.js';

/**
 * A key of a dictionary. Python has keys of any type, and `d[1]` is not `d['1']`; `Vars` are objects of JavaScript,
 * whose names are text, and which list whole numbers first. So a dictionary that has a key other than text, or one that
 * JavaScript would move, carries its keys beside it. What makes a new object of the members alone loses them, and has
 * text keys in JavaScript's order then; a spread keeps them. 1 and '1' in one dictionary are one member here.
 */
export type Key = string | number | bigint | boolean | null | Float;

/** By text, in their order. */
type Keys = ReadonlyMap<string, Key>;
const KEYS = Symbol('keys');
interface Keyed {
  [KEYS]?: Keys;
}

/** Under which name of the object a key's member stands. */
export function keyText(key: Key): string {
  if (typeof key === 'string') return key;
  if (key === null) return 'None';
  if (typeof key === 'boolean') return key ? 'True' : 'False';
  return String(key instanceof Float ? key.value : key);
}

/** How JSON writes a key: always as text. */
export const jsonKey = (key: Key): string => (key === null || typeof key === 'boolean' ? String(key) : keyText(key));

/** Whether JavaScript would list the name before others. */
const isMoved = (text: string): boolean => /^(?:0|[1-9]\d{0,9})$/.test(text);

/** The keys in their order. */
export function keysIn(vars: object): readonly Key[] {
  const listed = (vars as Keyed)[KEYS];
  const names = Object.keys(vars);
  if (!listed) return names;
  // Members may have come or gone since, in a copy that was spread.
  const there = [...listed].filter(([text]) => Object.hasOwn(vars, text)).map(([, key]) => key);
  return there.length === names.length ? there : [...there, ...names.filter(name => !listed.has(name))];
}

/** Whether there is a member of this very key. */
export function isKeyOf(vars: object, key: Key): boolean {
  const text = keyText(key);
  if (!Object.hasOwn(vars, text)) return false;
  const own = (vars as Keyed)[KEYS]?.get(text) ?? ((vars as Keyed)[KEYS]?.has(text) ? null : text);
  return (typeof own === 'string') === (typeof key === 'string');
}

/** Notes the keys of an object whose members are there already, where it needs them; gives it back. */
export function withKeys<T extends object>(vars: T, keys: Iterable<Key>): T {
  const map = new Map<string, Key>();
  let isNeeded = false;
  for (const key of keys) {
    const text = keyText(key);
    isNeeded ||= typeof key !== 'string' || isMoved(text);
    if (!map.has(text)) map.set(text, key);
  }
  if (isNeeded) (vars as Keyed)[KEYS] = map;
  return vars;
}

/** Notes a key before its member is set. */
export function addKey(vars: object, key: Key): void {
  const text = keyText(key);
  if (Object.hasOwn(vars, text)) return;
  const listed = (vars as Keyed)[KEYS];
  if (listed || typeof key !== 'string' || isMoved(text)) withKeys(vars, [...keysIn(vars), key]);
}

/** The keys of one object for another with the same members, or fewer. */
export function keepKeys<T extends object>(from: object, to: T): T {
  const listed = (from as Keyed)[KEYS];
  if (listed) (to as Keyed)[KEYS] = listed;
  return to;
}
