import { RenderError } from '../core/value.js';
import { LONGEST_RANGE, spend } from './budget.js';
import { Live, type MutableList, type Term } from './terms.js';

/** A range that is too long to be made a list: one of its numbers can be had, its length, and whether it holds a number. */
export class LongRange extends Live {
  readonly title = 'range';

  constructor(
    private readonly start: number,
    private readonly step: number,
    readonly length: number,
  ) {
    super();
  }

  /** The number at a place; from the end where that is negative. */
  at(index: number): number | undefined {
    const place = index < 0 ? index + this.length : index;
    return place >= 0 && place < this.length ? this.start + place * this.step : undefined;
  }

  holds(number: number): boolean {
    const place = (number - this.start) / this.step;
    return Number.isInteger(place) && place >= 0 && place < this.length;
  }

  override printed(): string {
    const stop = this.start + this.length * this.step;
    return this.step === 1 ? `range(${this.start}, ${stop})` : `range(${this.start}, ${stop}, ${this.step})`;
  }

  override tooLong(): RenderError {
    return new RenderError(`a range of ${this.length} is longer than the ${LONGEST_RANGE} that can be gone through`);
  }
}

/** Python's range(): a list, where it is not too long. */
export function rangeOf(start: number, stop: number, step: number): MutableList | LongRange {
  if (step === 0) throw new RenderError('range() arg 3 must not be zero');
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (length > LONGEST_RANGE) return new LongRange(start, step, length);
  spend(length);
  return Array.from({ length }, (_, i): Term => start + i * step);
}
