import { compare, END, type Position, START } from './position.js';

/**
 * Lockstep where it is wanted: under `linear` a host may act on a task only when every other host of the batch has
 * come that far. Hosts that only look, or find nothing to do, need not wait.
 */
export class Gate<Host> {
  readonly #at = new Map<Host, Position>();
  #waiting: { readonly host: Host; readonly position: Position; readonly open: () => void }[] = [];

  constructor(hosts: Iterable<Host>) {
    for (const host of hosts) this.#at.set(host, START);
  }

  /** The host has come as far as `position`. */
  reach(host: Host, position: Position): void {
    this.#at.set(host, position);
    this.#recheck();
  }

  /** The host will not act any more. */
  leave(host: Host): void {
    this.reach(host, END);
  }

  /** Resolves when every other host has come as far. */
  async pass(host: Host, position: Position): Promise<void> {
    this.#at.set(host, position);
    if (this.isOpen(host, position)) {
      this.#recheck();
      return;
    }
    await new Promise<void>(open => {
      this.#waiting.push({ host, position, open });
      this.#recheck();
    });
  }

  /** How far a host has come. */
  at(host: Host): Position {
    return this.#at.get(host) ?? END;
  }

  isOpen(host: Host, position: Position): boolean {
    for (const [other, at] of this.#at) if (other !== host && compare(at, position) < 0) return false;
    return true;
  }

  #recheck(): void {
    const ready = this.#waiting.filter(w => this.isOpen(w.host, w.position));
    if (ready.length === 0) return;
    this.#waiting = this.#waiting.filter(w => !ready.includes(w));
    for (const w of ready) w.open();
  }
}
