import type { FileSearch } from './files.js';
import { Float } from './float.js';
import { jsonKey, keysIn, keyText } from './keys.js';
import type { Place } from './place.js';
import { Secret } from './secret.js';

export { Float } from './float.js';
export { Secret } from './secret.js';

/** A Python tuple: prints as `(1, 2)` and never equals a list. */
export class Tuple extends Array<Value> {}

/**
 * A value that nobody can know yet: a fact not gathered, the result of a task not run.
 * It spreads through expressions. `because` names what it waits for: `fact:os`, `task:<TaskId>`.
 */
export class Unknown {
  constructor(readonly because: readonly string[]) {}
}

/** A dictionary that finds its members when asked: `hostvars`, `ansible_facts`, `vars`. */
export abstract class Lazy {
  /** The member, `undefined` where there is none, {@link Unknown} where it is not known yet. */
  abstract get(key: string): Value | undefined;
  abstract keys(): readonly string[];
}

/** Data: anything YAML or a target can say. Never a template: what a host said is data for ever after. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | Secret
  | Unknown
  | Lazy
  | readonly Value[]
  | Vars;
export interface Vars {
  readonly [name: string]: Value;
}

/** What project files hold: data with compiled templates as leaves. Only the project loader makes these. */
export type Source = Value | Template | readonly Source[] | SourceVars;
export interface SourceVars {
  readonly [name: string]: Source;
}

/**
 * Why the value of an expression is not settled by the variables it reads. `random`: chance or the clock, so that the
 * next evaluation may give another value. `controller`: the controller's files, which a task may change meanwhile.
 */
export type Impurity = 'random' | 'controller';

/** A hash for /etc/shadow that takes long: SHA-crypt with its default of rounds is a second of CPU. */
export interface PasswordHashing {
  readonly scheme: 'sha256' | 'sha512';
  readonly password: string;
  /** Absent: any. */
  readonly salt?: string | undefined;
  readonly rounds: number;
}

/** Where a template finds variables, looked up only when it is asked for one. */
export interface Scope {
  /** The value, already rendered; `undefined` if no such variable; {@link Unknown} if not known yet. Throws {@link RenderError}. */
  get(name: string): Value | undefined;
  /** Names that may be asked for; for hints ("did you mean") and `vars`. */
  names(): readonly string[];
  /** The controller's files, for lookups and includes; absent where no file may be read. */
  readonly files?: FileSearch | undefined;
  /**
   * Whether the value of a name is made of the project's own texts alone (variables of plays, roles, inventory and the
   * command line), so that a text in it may be evaluated as a condition. Absent: of no name.
   */
  isOfProject?(name: string): boolean;
  /**
   * Whether the value of a name stands somewhere as it is, and is not what a template printed: Ansible takes a number of the
   * one kind for a number, of the other for text, to which a line end may be added. Absent: of every name.
   */
  isWritten?(name: string): boolean;
  /**
   * The line for /etc/shadow, or {@link Unknown} of a reason `compute:…` to wait for before rendering again, while it is
   * made elsewhere. Absent: it is computed at once, and everything else waits.
   */
  readonly hashPassword?: ((hashing: PasswordHashing) => string | Unknown) | undefined;
  /** Called whenever a render with this scope takes something that is not a variable; perhaps many times. */
  readonly note?: ((what: Impurity) => void) | undefined;
}

/**
 * A name that a template reads. `guarded`: it may be undefined, since it stands under `is defined`, `default(…)` or similar.
 * `needed`: if it is undefined, rendering the template surely fails.
 */
export interface Read {
  readonly name: string;
  readonly place: Place;
  readonly guarded: boolean;
  readonly needed: boolean;
}

/** A compiled text or expression of the project. */
export abstract class Template {
  abstract readonly text: string;
  abstract readonly place: Place;
  abstract readonly reads: readonly Read[];
  /**
   * One pass; the output is never rendered again. One lone `{{ expression }}` keeps the type of its value.
   * Gives an {@link Unknown} when it touched one. Throws {@link RenderError}, and nothing else.
   */
  abstract render(scope: Scope): Value;
}

/** The one exception of rendering: caught at the edge of each task, where it becomes a failure with a place. */
export class RenderError extends Error {
  override readonly name = 'RenderError';
  constructor(
    message: string,
    readonly place?: Place,
    readonly hint?: string,
    /** Set when an undefined variable was used; `default` and `is defined` look at it. */
    readonly undefinedName?: string,
  ) {
    super(message);
  }
}

export const isVars = (value: unknown): value is Vars =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Float) &&
  !(value instanceof Secret) &&
  !(value instanceof Unknown) &&
  !(value instanceof Lazy) &&
  !(value instanceof Template);

/** Data as JSON has it: floats and tuples flattened, lazy members read. Unknown and Secret stay as they are. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | Secret
  | Unknown
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** A value that is nested deeper holds itself, such as a variable made of `vars`. */
const DEEPEST = 500;

/** Turns a value into {@link Plain}; bigints become numbers where exact, else decimal text. Throws RenderError for one that holds itself. */
export function plain(value: Value, depth = 0): Plain {
  if (depth > DEEPEST) throw new RenderError(`values are nested more than ${DEEPEST} deep: does one hold itself?`);
  if (value instanceof Float) return value.value;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value === null || typeof value !== 'object' || value instanceof Secret || value instanceof Unknown) return value;
  if (Array.isArray(value)) return (value as readonly Value[]).map(item => plain(item, depth + 1));
  const out: Record<string, Plain> = {};
  if (value instanceof Lazy) {
    for (const key of value.keys()) out[key] = plain(value.get(key) ?? null, depth + 1);
  } else for (const key of keysIn(value as Vars)) out[jsonKey(key)] = plain((value as Vars)[keyText(key)]!, depth + 1);
  return out;
}

/** Every Unknown inside a value, so that nobody plans from one. Lazy members are not walked. */
export function unknownsIn(value: Value): readonly string[] {
  // One that says nothing of why is unknown all the same: it must never be taken for data.
  if (value instanceof Unknown) return value.because.length > 0 ? value.because : ['unknown:'];
  if (value === null || typeof value !== 'object' || value instanceof Secret || value instanceof Float) return [];
  if (value instanceof Lazy) return [];
  if (Array.isArray(value)) return (value as readonly Value[]).flatMap(unknownsIn);
  return Object.values(value as Vars).flatMap(unknownsIn);
}
