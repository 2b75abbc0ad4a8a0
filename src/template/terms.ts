import { addKey, isKeyOf, type Key, keysIn, keyText, withKeys } from '../core/keys.js';
import type { Place } from '../core/place.js';
import { Float, isVars, Lazy, RenderError, Secret, Tuple, Unknown, type Value } from '../core/value.js';
import type { Run } from './run.js';

/**
 * What an expression may come to while it is being evaluated: data, and beside it what only lives inside a render:
 * the undefined, functions, and live objects such as `loop`. A finished render holds {@link Value}s only.
 */
export type Term = Value | Undefined | Live | readonly Term[] | Dict;
/** A dictionary whose members may be terms. */
export interface Dict {
  readonly [name: string]: Term;
}
/** A list under construction, or one that a method such as `append` changes. */
export type MutableList = Term[];
/** A dictionary under construction, or one that a method such as `update` changes. */
export interface MutableDict {
  [name: string]: Term;
}

/** A name or member that is not there. Harmless until used: only `is defined`, `default` and the like may look at it. */
export class Undefined {
  constructor(
    readonly message: string,
    /** As written, such as `users.0.nmae`. */
    readonly name?: string,
    readonly place?: Place,
    readonly hint?: () => string | undefined,
  ) {}

  /** What using it comes to. */
  fail(): RenderError {
    return new RenderError(this.message, this.place, this.hint?.(), this.name ?? this.message);
  }
}

/** What `'x' if condition` comes to where the condition is false: prints as nothing, and `default` stands in for it. */
export class Nothing extends Undefined {
  constructor(place: Place) {
    super('the inline if was false, and has no else', undefined, place);
  }
}

/**
 * Thrown where a value that cannot be known yet would have to be looked at; caught at the nearest operation, which
 * becomes unknown in turn. Outside of a render it is an error like any other.
 */
export class UnknownTouched extends RenderError {
  constructor(readonly because: readonly string[]) {
    super(`not known yet: ${because.join(', ')}`);
  }
}

/** The arguments of a call, as written. */
export interface Arguments {
  readonly positional: readonly Term[];
  readonly named: ReadonlyMap<string, Term>;
}
export const NO_ARGUMENTS: Arguments = { positional: [], named: new Map() };

/** An object that exists only while rendering: `loop`, a namespace, an imported template, a function. */
export abstract class Live {
  abstract readonly title: string;
  /** A member, or undefined where there is none. */
  attribute(_name: string): Term | undefined {
    return undefined;
  }
  /** What is wrong with going over it, where it has items, but too many. */
  tooLong(): RenderError | undefined {
    return undefined;
  }
  /** How it prints; undefined for what is no more than a tool. */
  printed(): string | undefined {
    return undefined;
  }
}

/** Something that can be called from a template: a method, a macro, a global function. */
export abstract class Callable extends Live {
  abstract call(given: Arguments, run: Run): Term;
}

export const isList = (term: Term | undefined): term is readonly Term[] => Array.isArray(term);
/** A plain or a lazy dictionary. */
export const isDict = (term: Term | undefined): term is Dict | Lazy =>
  term instanceof Lazy || (isVars(term) && !(term instanceof Undefined) && !(term instanceof Live));

/** The term, or another where there is none. `??` would take None for none. */
export const orElse = (term: Term | undefined, otherwise: () => Term): Term =>
  term === undefined ? otherwise() : term;

/**
 * What operations work on. A secret is text to every one of them; the sinks mask its value. What an `if` without `else`
 * leaves behind is empty text: Jinja is lenient there, and only there.
 */
export function bare(term: Term): Term {
  if (term instanceof Secret) return term.reveal();
  return term instanceof Nothing ? '' : term;
}

/** The same where Jinja is not lenient: for order, arithmetic and members. */
export const revealed = (term: Term): Term => (term instanceof Secret ? term.reveal() : term);

/** Throws if the term is undefined or unknown: whoever calls this is about to look into it. */
export function touch(term: Term | undefined): void {
  if (term instanceof Undefined) throw term.fail();
  if (term instanceof Unknown) throw new UnknownTouched(term.because);
}

/** Several unknowns as one. */
export function mergeUnknown(because: Iterable<string>): Unknown {
  return new Unknown([...new Set(because)]);
}

/**
 * What `work` makes of each item. All items are gone through even where one is unknown, so that what is thrown names
 * everything that is missing, and it can be fetched at once.
 */
export function mapKnown<T, R>(items: readonly T[], work: (item: T) => R): R[] {
  const because = new Set<string>();
  const out: R[] = [];
  for (const item of items) {
    try {
      out.push(work(item));
    } catch (error) {
      if (!(error instanceof UnknownTouched)) throw error;
      for (const one of error.because) because.add(one);
    }
  }
  if (because.size > 0) throw new UnknownTouched([...because]);
  return out;
}

/** Whether any item passes. One that does settles it, even behind some that are unknown. */
export function someKnown<T>(items: readonly T[], test: (item: T) => boolean): boolean {
  const because = new Set<string>();
  for (const item of items) {
    try {
      if (test(item)) return true;
    } catch (error) {
      if (!(error instanceof UnknownTouched)) throw error;
      for (const one of error.because) because.add(one);
    }
  }
  if (because.size > 0) throw new UnknownTouched([...because]);
  return false;
}

/** Python's name of the type, as its messages have it. That of the unknown is not known either. */
export function typeName(term: Term): string {
  switch (typeof term) {
    case 'string':
      return 'str';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return Number.isInteger(term) ? 'int' : 'float';
  }
  if (term === null) return 'NoneType';
  if (term instanceof Secret) return 'str';
  if (term instanceof Float) return 'float';
  if (term instanceof Tuple) return 'tuple';
  if (isList(term)) return 'list';
  if (term instanceof Undefined) return 'Undefined';
  if (term instanceof Callable) return 'function';
  if (term instanceof Live) return term.title;
  touch(term);
  return 'dict';
}

/** The type as Jinja speaks of an object: `dict object`, `str object`, but `None`. */
export const objectName = (term: Term): string => (term === null ? 'None' : `${typeName(term)} object`);

/** What a term is as a key. Python makes one of anything hashable; here a tuple becomes text. */
export function keyOf(term: Term): Key {
  if (typeof term === 'string') return term;
  touch(term);
  if (term === null || typeof term === 'boolean' || typeof term === 'number' || typeof term === 'bigint') return term;
  if (term instanceof Float) return term;
  if (term instanceof Secret) return term.reveal();
  if (term instanceof Tuple) return `(${[...(term as readonly Term[])].map(keyOf).map(keyText).join(', ')})`;
  throw new RenderError(`unhashable type: '${typeName(term)}'`);
}

/** The member of a dictionary, or undefined. Never anything of JavaScript's. */
export function memberOf(dict: Dict | Lazy, key: Key): Term | undefined {
  if (dict instanceof Lazy) return dict.get(keyText(key));
  return isKeyOf(dict, key) ? dict[keyText(key)] : undefined;
}

export const keysOf = (dict: Dict | Lazy): readonly Key[] => (dict instanceof Lazy ? dict.keys() : keysIn(dict));

export const hasKey = (dict: Dict | Lazy, key: Key): boolean =>
  dict instanceof Lazy ? dict.keys().includes(keyText(key)) : isKeyOf(dict, key);

export function entriesOf(dict: Dict | Lazy): readonly (readonly [Key, Term])[] {
  if (dict instanceof Lazy) return entriesOfLazy(dict);
  return keysIn(dict).map(key => [key, dict[keyText(key)]!] as const);
}

/** The members by the texts of their keys, where only text can be a name. */
export const namedMembersOf = (dict: Dict | Lazy): readonly (readonly [string, Term])[] =>
  entriesOf(dict).map(([key, value]) => [keyText(key), value] as const);

/**
 * Whoever walks over facts will want them all: each unknown member waits for what the others of its kind (`fact`, `task`)
 * wait for as well, so that one trip fetches them. Kinds are not mixed: what can be had must not wait for what cannot.
 */
function entriesOfLazy(dict: Lazy): readonly (readonly [string, Term])[] {
  const entries = dict.keys().map(key => [key, dict.get(key) ?? null] as const);
  const all = new Set(entries.flatMap(([, value]) => (value instanceof Unknown ? value.because : [])));
  if (all.size < 2) return entries;
  const kind = (reason: string) => reason.slice(0, reason.indexOf(':'));
  return entries.map(([key, value]) => {
    if (!(value instanceof Unknown)) return [key, value];
    const kinds = new Set(value.because.map(kind));
    return [key, new Unknown([...all].filter(reason => kinds.has(kind(reason))))];
  });
}

/** A dictionary of entries; the last of equal keys wins. `__proto__` is a key like any other. */
export function dictOf(entries: Iterable<readonly [Key, Term]>): MutableDict {
  const all = [...entries];
  const dict: MutableDict = Object.fromEntries(all.map(([key, value]) => [keyText(key), value] as const));
  return withKeys(
    dict,
    all.map(([key]) => key),
  );
}

/** Sets one member. */
export function putMember(dict: MutableDict, key: Key, value: Term): void {
  addKey(dict, key);
  setMember(dict, keyText(key), value);
}

/** Sets one member of an object whose keys are noted otherwise. A plain assignment to `__proto__` would change its prototype. */
export function setMember(dict: MutableDict, name: string, value: Term): void {
  if (name === '__proto__')
    Object.defineProperty(dict, name, { value, writable: true, enumerable: true, configurable: true });
  else dict[name] = value;
}

export const tupleOf = (items: readonly Term[]): readonly Term[] => {
  const tuple: MutableList = new Tuple() as MutableList;
  for (const item of items) tuple.push(item);
  return tuple;
};

/** One text as Python sees it: an array of code points. */
export const characters = (text: string): readonly string[] =>
  /[\ud800-\udfff]/.test(text) ? Array.from(text) : text.split('');

/** Length of a text in code points. */
export const lengthOf = (text: string): number =>
  /[\ud800-\udfff]/.test(text) ? Array.from(text).length : text.length;

/** What `for` and most filters walk over: the items of a list, the keys of a dictionary, the letters of a text. */
export function itemsOf(term: Term): readonly Term[] {
  // What is made of the items of a tuple is a list.
  if (isList(term)) return term instanceof Tuple ? Array.from(term) : term;
  const value = bare(term);
  if (typeof value === 'string') return characters(value);
  touch(value);
  if (isDict(value)) return keysOf(value);
  const tooLong = value instanceof Live ? value.tooLong() : undefined;
  if (tooLong) throw tooLong;
  throw new RenderError(`'${typeName(value)}' object is not iterable`);
}
