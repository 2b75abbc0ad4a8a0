import { type PasswordHashing, Unknown } from '../core/value.js';
import { shaCrypt } from './crypt.js';

/** Makes a hash somewhere else, such as in a thread. */
export type HashElsewhere = (hashing: PasswordHashing) => Promise<string>;

/**
 * So many hashes that were made and never fetched show that somebody hashes what is another at each render, such as a
 * random password: waiting for those would have no end.
 */
const MOST_UNFETCHED = 3;

/**
 * Hashes under way and those that are done. Rendering asks, and gets {@link Unknown} until the hash is there; whoever
 * renders waits for the reason and renders again. A hash with a salt is kept for all who ask. One with any salt is given
 * out once, since each use shall have a salt of its own; it is made ready at the first render, for the next.
 */
export class Hashings {
  readonly #kept = new Map<string, string | Unknown>();
  readonly #ready = new Map<string, string[]>();
  readonly #pending = new Map<string, Promise<void>>();
  /** Keys of what is made and was not asked for again. */
  readonly #unfetched = new Set<string>();
  #count = 0;

  constructor(
    readonly elsewhere: HashElsewhere,
    readonly atOnce: (hashing: PasswordHashing) => string = shaCrypt,
  ) {}

  /** The hash, or what to wait for. Computed at once where waiting has led to nothing before. */
  readonly ask = (hashing: PasswordHashing): string | Unknown => {
    const key = JSON.stringify([hashing.scheme, hashing.password, hashing.salt ?? null, hashing.rounds]);
    const known = hashing.salt === undefined ? this.#ready.get(key)?.shift() : this.#kept.get(key);
    if (known !== undefined) {
      this.#unfetched.delete(key);
      return known;
    }
    if (this.#unfetched.size >= MOST_UNFETCHED) return this.atOnce(hashing);
    const begun = this.#begin(hashing, hash => {
      this.#unfetched.add(key);
      if (hashing.salt !== undefined) this.#kept.set(key, hash);
      else this.#ready.set(key, [...(this.#ready.get(key) ?? []), hash]);
    });
    if (hashing.salt !== undefined) this.#kept.set(key, begun);
    return begun;
  };

  /** Waits for a reason of an Unknown; at once if it is none of these, or done. Rejects if the hash could not be made. */
  async settled(reason: string): Promise<void> {
    await this.#pending.get(reason);
  }

  #begin(hashing: PasswordHashing, keep: (hash: string) => void): Unknown {
    const reason = `compute:${++this.#count}`;
    const work = this.elsewhere(hashing).then(hash => {
      keep(hash);
      this.#pending.delete(reason);
    });
    // Whoever waits hears of a failure; where nobody does, it is none.
    work.catch(() => {});
    this.#pending.set(reason, work);
    return new Unknown([reason]);
  }
}
