import type { Place } from '../core/place.js';
import { RenderError, Unknown } from '../core/value.js';
import type { Expression, Span } from './syntax.js';
import { mergeUnknown, type Term, UnknownTouched } from './terms.js';

/** Maps a stretch of a template's text to where it stands in the project. */
export type Locate = (offset: number, length: number) => Place;

/** The text a template was compiled from: says where things stand, and what they are called there. */
export class Origin {
  constructor(
    readonly text: string,
    readonly locate: Locate,
  ) {}

  place(span: Span): Place {
    return this.locate(span.offset, span.length);
  }

  /** How an object is called in the text, if it is a plain path such as `users[0].name`; else empty. */
  pathOf(expression: Expression): string {
    switch (expression.kind) {
      case 'name':
        return expression.name;
      case 'attribute':
      case 'item':
        return this.pathOf(expression.object) === ''
          ? ''
          : this.text.slice(expression.offset, expression.offset + expression.length);
      default:
        return '';
    }
  }

  /** The error with the place where it happened, unless it knows a nearer one. */
  placed(error: unknown, span: Span): unknown {
    if (!(error instanceof RenderError) || error instanceof UnknownTouched || error.place) return error;
    return new RenderError(error.message, this.place(span), error.hint, error.undefinedName);
  }

  /**
   * What comes of an operation that was interrupted: an unknown operand makes the result unknown, for the reasons of
   * all operands; anything else is an error, thrown on with its place.
   */
  outcome(error: unknown, span: Span, operands: readonly Term[]): Unknown {
    if (!(error instanceof UnknownTouched)) throw this.placed(error, span);
    return mergeUnknown([...error.because, ...operands.flatMap(term => (term instanceof Unknown ? term.because : []))]);
  }
}
