import type { Place } from '../core/place.js';

/** One text of the project, with the lines of its offsets. */
export class Text {
  #starts: number[] | undefined;
  constructor(
    /** As shown: relative to the working directory where inside it. */
    readonly file: string,
    /** Absolute; of words from the command line, the same as `file`. */
    readonly path: string,
    readonly content: string,
  ) {}

  /** Where a stretch of the text stands; a stretch over several lines is cut at the end of its first. */
  place(offset: number, length: number): Place {
    const starts = this.#lines();
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    const lineEnd = (starts[low + 1] ?? this.content.length + 1) - 1;
    return {
      file: this.file,
      line: low + 1,
      column: offset - starts[low]! + 1,
      length: Math.max(1, Math.min(length, lineEnd - offset)),
    };
  }

  /** The line at an offset, without its end. */
  lineAt(offset: number): { readonly start: number; readonly text: string } {
    const start = this.content.lastIndexOf('\n', offset - 1) + 1;
    const end = this.content.indexOf('\n', offset);
    return { start, text: this.content.slice(start, end < 0 ? undefined : end).replace(/\r$/, '') };
  }

  #lines(): readonly number[] {
    if (!this.#starts) {
      this.#starts = [0];
      for (let at = this.content.indexOf('\n'); at >= 0; at = this.content.indexOf('\n', at + 1))
        this.#starts.push(at + 1);
    }
    return this.#starts;
  }
}
