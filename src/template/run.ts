import type { FileSearch } from '../core/files.js';
import { keepKeys } from '../core/keys.js';
import { didYouMean, type Place } from '../core/place.js';
import { type Impurity, isVars, RenderError, type Scope, type Value } from '../core/value.js';
import { globalNamed, globalNames } from './globals.js';
import type { Language } from './language.js';
import type { Output } from './output.js';
import type { Program } from './program.js';
import { isList, Live, type MutableDict, type MutableList, orElse, setMember, type Term, Undefined } from './terms.js';

/** One render from end to end, with everything it includes and imports. */
export class Run {
  readonly #seen = new Map<string, Term>();

  constructor(
    readonly scope: Scope,
    /** Whether the template changes lists or dictionaries in place: then it works on copies, never on host variables. */
    readonly copies: boolean,
    readonly language: Language,
  ) {}

  /** A run that sees globals only: what an import without context is given. */
  isolated(): Run {
    return new Run(new NoVariables(this.scope), this.copies, this.language);
  }

  /** Says that the result depends on more than variables. */
  note(what: Impurity): void {
    this.scope.note?.(what);
  }

  /** The controller's files, where they may be read. Whoever asks for them is taken to have read one. */
  get files(): FileSearch | undefined {
    this.note('controller');
    return this.scope.files;
  }

  /** A variable, or a global; asked of the scope once per render. {@link Undefined} if there is none. */
  lookup(name: string, place: () => Place | undefined): Term {
    const seen = this.#seen.get(name);
    if (seen !== undefined) return seen;
    const value = this.#find(name, place);
    const own = this.copies ? copyOf(value) : value;
    if (!(own instanceof Undefined)) this.#seen.set(name, own);
    return own;
  }

  #find(name: string, place: () => Place | undefined): Term {
    let value: Value | undefined;
    try {
      value = this.scope.get(name);
    } catch (error) {
      // A variable whose own template misses something is undefined in turn: `default` must be able to help it.
      if (!(error instanceof RenderError) || error.undefinedName === undefined) throw error;
      return new Undefined(error.message, error.undefinedName, error.place ?? place(), () => error.hint);
    }
    if (value !== undefined) return value;
    return orElse(
      globalNamed(name, this),
      () =>
        new Undefined(`'${name}' is undefined`, name, place(), () =>
          didYouMean(name, [...this.scope.names(), ...globalNames()]),
        ),
    );
  }
}

/** A deep copy of data; lazy dictionaries stay, since nothing can change those. */
export function copyOf(term: Term): Term {
  if (isList(term)) {
    // slice keeps a Tuple a Tuple
    const copy = term.slice() as MutableList;
    copy.forEach((item, i) => {
      copy[i] = copyOf(item);
    });
    return copy;
  }
  if (!isVars(term) || term instanceof Live || (term as Term) instanceof Undefined) return term;
  const copy: MutableDict = {};
  for (const [name, value] of Object.entries(term)) setMember(copy, name, copyOf(value as Term));
  return keepKeys(term, copy);
}

/** Nothing of a scope but the files. */
class NoVariables implements Scope {
  readonly files;
  readonly hashPassword;
  constructor(readonly whole: Scope) {
    this.files = whole.files;
    this.hashPassword = whole.hashPassword;
  }
  note(what: Impurity): void {
    this.whole.note?.(what);
  }
  get(): undefined {
    return undefined;
  }
  names(): readonly string[] {
    return [];
  }
}

/** What one template and its ancestors share while one of them is run. */
export interface Page {
  /** The bodies of each block, those of the youngest template first. */
  readonly blocks: Map<string, BlockBody[]>;
  /** Set once `{% extends %}` was met: nothing more is printed, and the parent is run at the end. */
  parent: Program | undefined;
}
export type BlockBody = (frame: Frame, out: Output) => void;
export const newPage = (): Page => ({ blocks: new Map(), parent: undefined });

/** Names set inside a template: one frame per template, loop turn, macro call, block. */
export class Frame {
  readonly vars = new Map<string, Term>();
  readonly page: Page;

  constructor(
    readonly run: Run,
    readonly parent?: Frame,
    page?: Page,
  ) {
    this.page = page ?? parent?.page ?? newPage();
  }

  /** A name set in this frame or one around it. */
  local(name: string): Term | undefined {
    for (let frame: Frame | undefined = this; frame; frame = frame.parent) {
      const value = frame.vars.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }
}
