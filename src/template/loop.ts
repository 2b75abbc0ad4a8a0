import { RenderError } from '../core/value.js';
import { deeper, spend } from './budget.js';
import { equal } from './operate.js';
import { Output } from './output.js';
import type { Run } from './run.js';
import { type Arguments, Callable, orElse, type Term, tupleOf, Undefined } from './terms.js';

/** Runs the body of a recursive loop for other items, one level deeper. */
export type Recurse = (items: Term, depth: number, out: Output) => void;

/** The variable `loop` inside `{% for %}`. */
export class Loop extends Callable {
  readonly title = 'loop';
  /** Of the turn that is on, from 0. */
  at = 0;
  #watched: readonly Term[] | undefined;

  constructor(
    readonly items: readonly Term[],
    /** From 0. */
    readonly depth: number,
    readonly recurse: Recurse | undefined,
  ) {
    super();
  }

  override attribute(name: string): Term | undefined {
    const { at, items } = this;
    switch (name) {
      case 'index':
        return at + 1;
      case 'index0':
        return at;
      case 'revindex':
        return items.length - at;
      case 'revindex0':
        return items.length - at - 1;
      case 'first':
        return at === 0;
      case 'last':
        return at === items.length - 1;
      case 'length':
        return items.length;
      case 'depth':
        return this.depth + 1;
      case 'depth0':
        return this.depth;
      case 'previtem':
        return orElse(items[at - 1], () => new Undefined('there is no previous item', 'loop.previtem'));
      case 'nextitem':
        return orElse(items[at + 1], () => new Undefined('there is no next item', 'loop.nextitem'));
      case 'cycle':
        return new LoopMethod('loop.cycle', ({ positional }) => this.#cycle(positional));
      case 'changed':
        return new LoopMethod('loop.changed', ({ positional }) => this.#changed(positional));
      default:
        return undefined;
    }
  }

  #cycle(values: readonly Term[]): Term {
    if (values.length === 0) throw new RenderError('no items for cycling given');
    return values[this.at % values.length]!;
  }

  #changed(values: readonly Term[]): boolean {
    const before = this.#watched;
    this.#watched = values;
    return before === undefined || !equal(tupleOf(before), tupleOf(values));
  }

  override call({ positional }: Arguments): Term {
    if (!this.recurse)
      throw new RenderError("only a loop marked 'recursive' can be called", undefined, '{% for … in … recursive %}');
    if (positional.length !== 1) throw new RenderError('loop() takes the items of the next level');
    const out = new Output();
    spend(1);
    deeper(() => this.recurse!(positional[0]!, this.depth + 1, out));
    return out.text();
  }
}

class LoopMethod extends Callable {
  constructor(
    readonly title: string,
    readonly body: (given: Arguments) => Term,
  ) {
    super();
  }
  override call(given: Arguments, _run: Run): Term {
    return this.body(given);
  }
}
