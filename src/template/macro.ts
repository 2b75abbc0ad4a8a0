import { RenderError } from '../core/value.js';
import { deeper, spend } from './budget.js';
import type { Evaluate } from './evaluate.js';
import type { Execute } from './execute.js';
import { Output } from './output.js';
import { Frame, type Run } from './run.js';
import { type Arguments, Callable, dictOf, orElse, type Term, tupleOf, Undefined } from './terms.js';

/** What is the same for every call of a macro. */
export interface MacroShape {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly otherwise: Evaluate | undefined }[];
  readonly body: Execute;
  /** Which of `varargs`, `kwargs` and `caller` the body names: only then it takes such arguments. */
  readonly names: ReadonlySet<string>;
}

/** A macro, or the body of a `{% call %}`. Calling it gives the text it prints. */
export class Macro extends Callable {
  readonly title: string;
  constructor(
    readonly shape: MacroShape,
    /** Where it was defined: its body sees the names there. */
    readonly home: Frame,
  ) {
    super();
    this.title = shape.name;
  }

  override attribute(name: string): Term | undefined {
    return name === 'name' ? this.shape.name : undefined;
  }

  override call(given: Arguments, _run: Run): Term {
    spend(1);
    return deeper(() => {
      const frame = new Frame(this.home.run, this.home);
      this.#bind(given, frame);
      const out = new Output();
      this.shape.body(frame, out);
      return out.text();
    });
  }

  #bind({ positional, named }: Arguments, frame: Frame): void {
    const { parameters, names, name } = this.shape;
    const extra = positional.slice(parameters.length);
    if (extra.length > 0 && !names.has('varargs'))
      throw new RenderError(`macro '${name}' takes not more than ${parameters.length} argument(s)`);
    const others = new Map(named);
    parameters.forEach((parameter, i) => {
      others.delete(parameter.name);
      const value = i < positional.length ? positional[i] : named.get(parameter.name);
      frame.vars.set(
        parameter.name,
        orElse(value, () => this.#otherwise(parameter, frame)),
      );
    });
    const caller = others.get('caller');
    others.delete('caller');
    if (caller !== undefined && !names.has('caller'))
      throw new RenderError(`macro '${name}' was invoked with a call block, but does not use caller()`);
    if (names.has('caller'))
      frame.vars.set(
        'caller',
        orElse(caller, () => new Undefined('No caller defined', 'caller')),
      );
    if (others.size > 0 && !names.has('kwargs'))
      throw new RenderError(`macro '${name}' takes no keyword argument '${[...others.keys()][0]}'`);
    if (names.has('varargs')) frame.vars.set('varargs', tupleOf(extra));
    if (names.has('kwargs')) frame.vars.set('kwargs', dictOf(others));
  }

  #otherwise(parameter: MacroShape['parameters'][number], frame: Frame): Term {
    if (parameter.otherwise) return parameter.otherwise(frame);
    return new Undefined(`parameter '${parameter.name}' was not provided`, parameter.name);
  }
}
