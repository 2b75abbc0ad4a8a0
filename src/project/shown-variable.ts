import { type Read, RenderError, type Scope, Template, type Value } from '../core/value.js';

/** What `debug` shows for a variable that is not there. */
const NOT_DEFINED = 'VARIABLE IS NOT DEFINED!';

/** The `var` of debug, which may be undefined. */
export class ShownVariable extends Template {
  readonly reads: readonly Read[];

  constructor(private readonly expression: Template) {
    super();
    this.reads = expression.reads.map(read => ({ ...read, guarded: true, needed: false }));
  }

  get text(): string {
    return this.expression.text;
  }

  get place(): Template['place'] {
    return this.expression.place;
  }

  render(scope: Scope): Value {
    try {
      return this.expression.render(scope);
    } catch (error) {
      if (error instanceof RenderError && error.undefinedName !== undefined) return NOT_DEFINED;
      throw error;
    }
  }
}
