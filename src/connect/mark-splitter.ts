const NEWLINE = 0x0a;

/**
 * Cuts a byte stream at its marks, lines of the form `<mark> words…` that our own scripts print after a newline.
 * Holds back only bytes that may be the beginning of a mark, so that output without a final newline is seen at once.
 */
export class MarkSplitter {
  readonly #needle: Buffer;
  readonly #onData: (bytes: Buffer) => void;
  readonly #onMark: (words: readonly string[]) => void;
  #held: Buffer = Buffer.alloc(0);

  constructor(mark: string, onData: (bytes: Buffer) => void, onMark: (words: readonly string[]) => void) {
    this.#needle = Buffer.from(`\n${mark} `, 'latin1');
    this.#onData = onData;
    this.#onMark = onMark;
  }

  feed(chunk: Buffer): void {
    let data = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    for (;;) {
      const at = data.indexOf(this.#needle);
      if (at < 0) {
        const from = data.length - this.#unsure(data);
        this.#give(data.subarray(0, from));
        this.#held = Buffer.from(data.subarray(from));
        return;
      }
      this.#give(data.subarray(0, at));
      const end = data.indexOf(NEWLINE, at + this.#needle.length);
      if (end < 0) {
        this.#held = Buffer.from(data.subarray(at));
        return;
      }
      this.#onMark(data.toString('latin1', at + this.#needle.length, end).split(' '));
      data = data.subarray(end + 1);
    }
  }

  #give(bytes: Buffer): void {
    if (bytes.length > 0) this.#onData(bytes);
  }

  /** How many bytes at the end may be the beginning of a mark. A mark has its only newline in front. */
  #unsure(data: Buffer): number {
    const at = data.lastIndexOf(NEWLINE);
    const length = data.length - at;
    if (at < 0 || length >= this.#needle.length) return 0;
    return data.subarray(at).equals(this.#needle.subarray(0, length)) ? length : 0;
  }
}
