import { createHash, randomInt } from 'node:crypto';
import { RenderError } from '../core/value.js';
import type { Run } from './run.js';
import { bare, type Term, touch, typeName } from './terms.js';

/** Where chance comes from: the system, or Python's generator with a seed, so that a seed gives what Ansible gives. */
export interface Chance {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
}

/** Chance of the system; whoever uses it while rendering says so with `run.note('random')`. */
export const SYSTEM: Chance = { below: limit => randomInt(limit) };

/** The time now, which is another at every look. */
export function now(run: Run): Date {
  run.note('random');
  return new Date();
}

/** Chance of the system, or repeatable chance for a seed. */
export function chanceFor(seed: Term | undefined, run: Run): Chance {
  touch(seed);
  const value = bare(seed ?? null);
  if (value === null) {
    run.note('random');
    return SYSTEM;
  }
  if (typeof value === 'string') return new MersenneTwister(seedOfText(value));
  if (typeof value === 'number' && Number.isInteger(value)) return new MersenneTwister(BigInt(Math.abs(value)));
  if (typeof value === 'bigint') return new MersenneTwister(value < 0n ? -value : value);
  if (typeof value === 'boolean') return new MersenneTwister(BigInt(value));
  throw new RenderError(`a seed must be text or a whole number, not ${typeName(value)}`);
}

export function choose<T>(items: readonly T[], chance: Chance): T {
  if (items.length === 0) throw new RenderError('cannot choose from an empty sequence');
  return items[chance.below(items.length)]!;
}

/** Python's random.shuffle. */
export function shuffled<T>(items: readonly T[], chance: Chance): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = chance.below(i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/** Python seeds with a text and its SHA-512 behind it, read as one big number. */
function seedOfText(text: string): bigint {
  const bytes = Buffer.from(text, 'utf8');
  const whole = Buffer.concat([bytes, createHash('sha512').update(bytes).digest()]);
  return BigInt(`0x${whole.toString('hex')}`);
}

const SIZE = 624;
const SHIFT = 397;

/** MT19937 by Matsumoto and Nishimura, seeded by array, as CPython's `random` does. */
class MersenneTwister implements Chance {
  readonly #state = new Uint32Array(SIZE);
  #at = SIZE;

  constructor(seed: bigint) {
    const key: number[] = [];
    for (let rest = seed; rest > 0n; rest >>= 32n) key.push(Number(rest & 0xffffffffn));
    this.#seed(key.length > 0 ? key : [0]);
  }

  #fill(seed: number): void {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < SIZE; i++) {
      const previous = state[i - 1]! ^ (state[i - 1]! >>> 30);
      state[i] = Math.imul(1812433253, previous) + i;
    }
  }

  #seed(key: readonly number[]): void {
    const state = this.#state;
    this.#fill(19650218);
    let i = 1;
    const step = (factor: number, addend: number) => {
      const previous = state[i - 1]! ^ (state[i - 1]! >>> 30);
      state[i] = (state[i]! ^ Math.imul(previous, factor)) + addend;
      if (++i >= SIZE) {
        state[0] = state[SIZE - 1]!;
        i = 1;
      }
    };
    for (let k = Math.max(SIZE, key.length), j = 0; k > 0; k--, j = (j + 1) % key.length) step(1664525, key[j]! + j);
    for (let k = SIZE - 1; k > 0; k--) step(1566083941, -i);
    state[0] = 0x80000000;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < SIZE; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % SIZE]! & 0x7fffffff);
      state[i] = state[(i + SHIFT) % SIZE]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#at = 0;
  }

  #next(): number {
    if (this.#at >= SIZE) this.#twist();
    let y = this.#state[this.#at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  below(limit: number): number {
    if (limit <= 0 || limit > 0xffffffff) throw new RenderError(`cannot choose a number below ${limit}`);
    const bits = 32 - Math.clz32(limit);
    for (;;) {
      const found = this.#next() >>> (32 - bits);
      if (found < limit) return found;
    }
  }
}
