import { RenderError } from '../core/value.js';
import { Output } from './output.js';
import { type BlockBody, Frame } from './run.js';
import { Callable, type Term } from './terms.js';

/** A block's body, with `super()` for the body of the parent's block of that name. */
export function runBlock(stack: readonly BlockBody[], level: number, frame: Frame, out: Output): void {
  const inner = new Frame(frame.run, frame);
  inner.vars.set('super', new ParentBlock(stack, level + 1, frame));
  stack[level]!(inner, out);
}

class ParentBlock extends Callable {
  readonly title = 'super';
  constructor(
    readonly stack: readonly BlockBody[],
    readonly level: number,
    readonly frame: Frame,
  ) {
    super();
  }
  override call(): Term {
    if (this.level >= this.stack.length) throw new RenderError('there is no parent block for super()');
    const out = new Output();
    runBlock(this.stack, this.level, this.frame, out);
    return out.text();
  }
}
