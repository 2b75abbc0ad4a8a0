/** The time, as whoever makes a reporter gives it. */
export interface Timing {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls once, so many milliseconds from now; answers how to call it off. */
  after(ms: number, call: () => void): () => void;
}

/** Speaks up when nothing was written for some time, and again after as much silence. */
export class Silence {
  #last: number;
  #cancel: (() => void) | undefined;

  /** `patience`: in milliseconds. */
  constructor(
    private readonly timing: Timing,
    private readonly patience: number,
    private readonly speak: () => void,
  ) {
    this.#last = timing.now();
    this.#wait(patience);
  }

  /** Something was written. */
  break(): void {
    this.#last = this.timing.now();
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #wait(ms: number): void {
    this.#cancel = this.timing.after(ms, () => {
      const left = this.#last + this.patience - this.timing.now();
      if (left <= 0) {
        this.break();
        this.speak();
      }
      this.#wait(left > 0 ? left : this.patience);
    });
  }
}
