import type { Place } from '../core/place.js';
import { RenderError, type Scope, type Source, Template, type Value, type Vars } from '../core/value.js';
import { render } from '../template/render.js';
import { templatesIn } from './source.js';

/** A dictionary whose keys are templates too, which only `set_fact` has: `set_fact: { "{{ name }}": … }`. */
export class KeyedTemplate extends Template {
  readonly reads;
  constructor(
    readonly text: string,
    readonly place: Place,
    readonly pairs: readonly { readonly key: Source; readonly value: Source }[],
  ) {
    super();
    this.reads = pairs.flatMap(({ key, value }) => templatesIn([key, value])).flatMap(template => template.reads);
  }

  render(scope: Scope): Vars {
    const vars: Record<string, Value> = Object.create(null);
    for (const { key, value } of this.pairs) {
      const name = render(key, scope);
      if (typeof name !== 'string') throw new RenderError('a name must be text', this.place);
      vars[name] = render(value, scope);
    }
    return vars;
  }
}
