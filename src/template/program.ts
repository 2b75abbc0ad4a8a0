import type { Place } from '../core/place.js';
import { Float, type Read, RenderError, type Scope, Template, type Value } from '../core/value.js';
import { deeper } from './budget.js';
import type { Evaluate } from './evaluate.js';
import type { Execute } from './execute.js';
import { finalize } from './finalize.js';
import { LANGUAGE } from './language.js';
import { Output } from './output.js';
import { Frame, newPage, type Page, Run } from './run.js';
import { mergeUnknown, UnknownTouched } from './terms.js';
import { toText } from './text.js';

/** What every compiled template knows of itself. */
export interface Facts {
  readonly text: string;
  readonly place: Place;
  readonly reads: readonly Read[];
  /** It changes lists or dictionaries in place, or includes what may. */
  readonly mutates: boolean;
}

/** The part that all kinds of templates share: one pass, a budget, and nothing thrown but RenderError. */
abstract class Compiled extends Template {
  readonly text: string;
  readonly place: Place;
  readonly reads: readonly Read[];
  readonly mutates: boolean;

  constructor(facts: Facts) {
    super();
    this.text = facts.text;
    this.place = facts.place;
    this.reads = facts.reads;
    this.mutates = facts.mutates;
  }

  protected abstract result(run: Run): Value;

  override render(scope: Scope): Value {
    try {
      return deeper(() => this.result(new Run(scope, this.mutates, LANGUAGE)));
    } catch (error) {
      if (error instanceof UnknownTouched) return mergeUnknown(error.because);
      if (error instanceof RenderError) throw error.place ? error : this.#placed(error);
      if (error instanceof RangeError) throw this.#placed(new RenderError('too deeply nested, or too long'));
      throw error;
    }
  }

  #placed(error: RenderError): RenderError {
    return new RenderError(error.message, this.place, error.hint, error.undefinedName);
  }
}

/** A text without any tag. */
export class Constant extends Compiled {
  protected override result(): Value {
    return this.text;
  }
}

/** One bare expression; its value keeps its type. */
export class Formula extends Compiled {
  constructor(
    facts: Facts,
    readonly evaluate: Evaluate,
    /** Line ends to add to a text, see {@link Program}, and the name, where it is a variable and no more. */
    readonly form: { readonly lineEnds: number; readonly name?: string } = { lineEnds: 0 },
  ) {
    super(facts);
  }

  protected override result(run: Run): Value {
    const { lineEnds, name } = this.form;
    const value = finalize(this.evaluate(new Frame(run)));
    // A line end behind a number makes it text, unless the number is a variable alone, as it is written (Ansible's SINGLE_VAR).
    const isNumber = typeof value === 'number' || value instanceof Float;
    const isAlone = name !== undefined && lineEnds === 1 && run.scope.isWritten?.(name) !== false;
    return withLineEnds(lineEnds > 0 && isNumber && !isAlone ? toText(value) : value, lineEnds);
  }
}

/** A text with tags. */
export class Program extends Compiled {
  constructor(
    facts: Facts,
    readonly body: readonly Execute[],
    readonly blocks: ReadonlyMap<string, Execute>,
    /** `native`: a value that is all that was printed keeps its type. `text`: always text. */
    readonly form: 'native' | 'text',
    /** How many line ends the source ends in: Ansible gives them back where Jinja took them. */
    readonly lineEnds: number,
    readonly newline = '\n',
  ) {
    super(facts);
  }

  protected override result(run: Run): Value {
    const out = new Output();
    try {
      this.execute(this.frame(run), out);
    } catch (error) {
      if (!(error instanceof UnknownTouched)) throw error;
      out.flatten();
      return mergeUnknown([...out.because, ...error.because]);
    }
    const value = this.form === 'native' ? out.value() : out.text();
    const ended = withLineEnds(finalize(value), this.lineEnds);
    return typeof ended === 'string' && this.newline !== '\n' ? ended.replaceAll('\n', this.newline) : ended;
  }

  /** A page of which this template is the youngest. */
  page(): Page {
    return newPage();
  }

  frame(run: Run): Frame {
    return new Frame(run, undefined, this.page());
  }

  /** Prints the template, or its ancestor with its blocks. */
  execute(frame: Frame, out: Output): void {
    for (const [name, body] of this.blocks) frame.page.blocks.set(name, [...(frame.page.blocks.get(name) ?? []), body]);
    const nowhere = new Output();
    for (const statement of this.body) statement(frame, frame.page.parent ? nowhere : out);
    const { parent } = frame.page;
    if (!parent) return;
    frame.page.parent = undefined;
    deeper(() => parent.execute(frame, out));
  }
}

function withLineEnds(value: Value, wanted: number): Value {
  if (wanted === 0 || typeof value !== 'string') return value;
  const has = /\n*$/.exec(value)![0].length;
  return has < wanted ? value + '\n'.repeat(wanted - has) : value;
}
