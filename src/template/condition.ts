import type { Place } from '../core/place.js';
import {
  type Impurity,
  isVars,
  type Read,
  RenderError,
  type Scope,
  Secret,
  Template,
  Unknown,
  type Value,
} from '../core/value.js';
import { OMIT } from './omit.js';
import { isTruthy } from './operate.js';
import { isList, mergeUnknown, type Term } from './terms.js';
import { toText } from './text.js';

/** Compiles the expression that a condition's text turned out to be. Throws RenderError. */
export type CompileClaim = (text: string) => Template;

/**
 * A condition with tags in it, such as `{{ x }} == 2`. As in Ansible it is rendered first; if text comes of that, the
 * text is evaluated as an expression (ansible-core 2.14, playbook/conditional.py). Only what the project itself says may
 * become code: a text from a host, a file or a lookup makes the condition fail. What is no text carries no code.
 */
export class Condition extends Template {
  readonly text: string;
  readonly place: Place;
  readonly reads: readonly Read[];
  readonly #claims = new Map<string, Template>();

  constructor(
    whole: Template,
    /** The text between the tags, and what stands in them. */
    readonly pieces: readonly (string | Template)[],
    /** `claims`: a list that comes of it is a list of conditions, as for `that` of assert. */
    readonly form: 'condition' | 'claims',
    readonly compile: CompileClaim,
  ) {
    super();
    this.text = whole.text;
    this.place = whole.place;
    this.reads = whole.reads;
  }

  override render(scope: Scope): Value {
    const watched = new WatchedScope(scope);
    const values = this.pieces.map(piece => (typeof piece === 'string' ? piece : watched.render(piece)));
    const because = values.flatMap(value => (value instanceof Unknown ? value.because : []));
    if (because.length > 0) return mergeUnknown(because);
    const value = values.length === 1 ? values[0]! : values.map(one => (one === null ? '' : toText(one))).join('');
    if (this.form === 'claims' && isList(value))
      return (value as readonly Value[]).map(one => this.#hold(one, scope, watched));
    return this.#hold(value, scope, watched);
  }

  #hold(value: Value, scope: Scope, { strange }: WatchedScope): Value {
    if (value === OMIT) return value; // no condition at all
    if (typeof value !== 'string' || value.trim() === '') return value instanceof Unknown ? value : isTruthy(value);
    if (strange.size > 0)
      throw new RenderError(
        `the condition holds text that is not the project's own (of ${[...strange].join(', ')}), which is never evaluated as an expression`,
        this.place,
        'write it without braces: name == "text" compares values',
      );
    return this.#claim(value).render(scope);
  }

  #claim(text: string): Template {
    let claim = this.#claims.get(text);
    if (!claim) {
      claim = this.compile(text);
      this.#claims.set(text, claim);
    }
    return claim;
  }
}

/** Sees to it whether text comes from elsewhere than the project. */
class WatchedScope implements Scope {
  readonly files;
  readonly hashPassword;
  /** Where text came from that is not the project's. */
  readonly strange = new Set<string>();
  readonly #asked = new Set<string>();

  constructor(readonly whole: Scope) {
    this.files = whole.files;
    this.hashPassword = whole.hashPassword;
  }

  /** The value of one piece; if it holds text, whatever it asked for must be of the project. */
  render(piece: Template): Value {
    this.#asked.clear();
    const value = piece.render(this);
    if (holdsText(value)) for (const name of this.#asked) this.strange.add(name);
    return value;
  }

  get(name: string): Value | undefined {
    const value = this.whole.get(name);
    if (value !== undefined && this.whole.isOfProject?.(name) !== true) this.#asked.add(`\`${name}\``);
    return value;
  }
  names(): readonly string[] {
    return this.whole.names();
  }
  isWritten(name: string): boolean {
    return this.whole.isWritten?.(name) ?? true;
  }
  note(what: Impurity): void {
    if (what === 'controller') this.#asked.add('a file of the controller');
    this.whole.note?.(what);
  }
}

function holdsText(value: Term): boolean {
  if (typeof value === 'string' || value instanceof Secret) return true;
  if (isList(value)) return value.some(holdsText);
  return isVars(value) ? Object.entries(value).length > 0 : typeof value === 'object' && value !== null;
}
