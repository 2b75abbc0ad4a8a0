import { compare, END, type Position, START } from './position.js';

/** Hosts that have come to one place of a play. */
interface Place {
  readonly position: Position;
  hosts: number;
  readonly waiting: (() => void)[];
}

/**
 * The lockstep of `linear`: a host comes to a task only when every other host of the batch has come that far, so that
 * what it looks at and reads there is what a walk task by task would have found.
 */
export class Gate<Host> {
  readonly #at = new Map<Host, Place>();
  /** In order; few, since hosts in lockstep stand close together. */
  readonly #places: Place[] = [];

  constructor(hosts: Iterable<Host>) {
    for (const host of hosts) this.#move(host, START);
  }

  /** The host has come as far as `position`. */
  reach(host: Host, position: Position): void {
    this.#move(host, position);
    this.#release();
  }

  /** The host has no task left. */
  leave(host: Host): void {
    this.reach(host, END);
  }

  /** Resolves when every other host has come as far. All that wait at one position go on at once. */
  async pass(host: Host, position: Position): Promise<void> {
    const place = this.#move(host, position);
    const opened =
      this.#places[0] === place ? undefined : new Promise<void>(resolve => void place.waiting.push(resolve));
    this.#release();
    await opened;
  }

  /** How far a host has come. */
  at(host: Host): Position {
    return this.#at.get(host)?.position ?? END;
  }

  #move(host: Host, position: Position): Place {
    const old = this.#at.get(host);
    if (old && compare(old.position, position) === 0) return old;
    const place = this.#placeAt(position);
    place.hosts++;
    this.#at.set(host, place);
    if (old && --old.hosts === 0) this.#places.splice(this.#places.indexOf(old), 1);
    return place;
  }

  #placeAt(position: Position): Place {
    let i = this.#places.length;
    while (i > 0 && compare(this.#places[i - 1]!.position, position) > 0) i--;
    const before = this.#places[i - 1];
    if (before && compare(before.position, position) === 0) return before;
    const place: Place = { position, hosts: 0, waiting: [] };
    this.#places.splice(i, 0, place);
    return place;
  }

  /** Opens for those at the hindmost place. */
  #release(): void {
    for (const open of this.#places[0]?.waiting.splice(0) ?? []) open();
  }
}
