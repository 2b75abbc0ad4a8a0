/**
 * Counts acts, so that a look knows whether it still holds: it does if nothing was done since it was asked. Raised when an
 * act starts and when it has ended, since a look beside an act may have seen either state.
 */
export class Changes {
  #count = 0;
  #running = 0;

  /** The same number twice: nothing was done in between. */
  get count(): number {
    return this.#count;
  }

  /** Acts under way. */
  get running(): number {
    return this.#running;
  }

  start(): void {
    this.#count++;
    this.#running++;
  }

  end(): void {
    this.#count++;
    this.#running--;
  }

  /** Something else may have changed the world meanwhile: time was waited for, or a connection was closed. */
  suspect(): void {
    this.#count++;
  }
}
