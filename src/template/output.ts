import { Unknown } from '../core/value.js';
import { weigh } from './budget.js';
import { mergeUnknown, Nothing, type Term, Undefined } from './terms.js';
import { toText } from './text.js';

/** How a value stands in the text around it: as Python prints it, but None is nothing, as Ansible has it. */
const printed = (value: Term): string => (value === null ? '' : toText(value));

/** Where the text of a template, a macro or a block is gathered. */
export class Output {
  #text = '';
  #pieces = 0;
  /** The first piece as long as it is the only one: a lone expression keeps its type. */
  #lone: Term | undefined;
  readonly #because = new Set<string>();

  write(text: string): void {
    if (text === '') return;
    this.flatten();
    this.#pieces++;
    weigh(this.#text.length + text.length);
    this.#text += text;
  }

  /** Prints a value. */
  put(value: Term): void {
    if (value instanceof Undefined) {
      if (value instanceof Nothing) return;
      throw value.fail();
    }
    this.flatten();
    if (this.#pieces++ === 0) this.#lone = value;
    else if (value instanceof Unknown) this.miss(value.because);
    else this.write(printed(value));
  }

  /** Something unknown would have stood here: the whole becomes unknown. */
  miss(because: readonly string[]): void {
    for (const one of because) this.#because.add(one);
  }

  /** Makes text of a lone value: something comes behind it, or it was printed by a loop. */
  flatten(): void {
    const lone = this.#lone;
    if (lone === undefined) return;
    this.#lone = undefined;
    if (lone instanceof Unknown) this.miss(lone.because);
    else this.#text += printed(lone);
  }

  /** What came together as text. */
  text(): string | Unknown {
    this.flatten();
    return this.#because.size > 0 ? mergeUnknown(this.#because) : this.#text;
  }

  /** The value itself where one was all that was printed, else the text. */
  value(): Term {
    return this.#lone !== undefined && this.#because.size === 0 ? this.#lone : this.text();
  }

  get because(): ReadonlySet<string> {
    return this.#because;
  }
}
