import { RenderError } from '../core/value.js';

/**
 * What one render may cost. Rendering is synchronous, so one account serves whoever renders; renders inside renders
 * (a variable that is itself a template) draw on the account of the outermost.
 */
const STEPS = 5_000_000;
/** Characters of one text. */
const SIZE = 64 * 1024 * 1024;
/** Renders inside renders, macros inside macros. */
const DEPTH = 150;
/** Milliseconds; looked at once in a while only. */
const TIME = 60_000;
const STEPS_PER_LOOK = 65_536;

let left = STEPS;
let nextLook = STEPS - STEPS_PER_LOOK;
let started = 0;
let depth = 0;

/** Runs a render, or a part of one that may recurse, one level deeper. */
export function deeper<T>(work: () => T): T {
  if (depth === 0) {
    left = STEPS;
    nextLook = STEPS - STEPS_PER_LOOK;
    started = performance.now();
  }
  if (depth >= DEPTH) throw new RenderError(`templates, macros or includes call each other more than ${DEPTH} deep`);
  depth++;
  try {
    return work();
  } finally {
    depth--;
  }
}

/** Lists inside lists; more is a list that holds itself. */
const NESTING = 500;
let nesting = 0;

/** Walks into a list or dictionary, one level deeper. */
export function nested<T>(walk: () => T): T {
  if (nesting >= NESTING) throw new RenderError(`lists and dictionaries are nested more than ${NESTING} deep`);
  nesting++;
  try {
    return walk();
  } finally {
    nesting--;
  }
}

/** Pays for so many steps: loop turns, items looked at. */
export function spend(steps: number): void {
  left -= steps;
  if (left < 0) throw new RenderError(`rendering took more than ${STEPS} steps: is there a loop that grows?`);
  if (left < nextLook) {
    nextLook = left - STEPS_PER_LOOK;
    if (performance.now() - started > TIME) throw new RenderError(`rendering took more than ${TIME / 1000} seconds`);
  }
}

/** Refuses a text that would grow beyond all reason, before it is made. */
export function weigh(characters: number): void {
  if (characters > SIZE) throw new RenderError(`a text of ${characters} characters is more than the ${SIZE} allowed`);
}

/** A longer range is never made a list: nobody writes files of a million lines with a template. */
export const LONGEST_RANGE = 1_000_000;

/** Refuses a sequence that would be too long, pays for it otherwise; answers its length. */
export function rangeLength(length: number): number {
  if (length > LONGEST_RANGE)
    throw new RenderError(`a sequence of ${length} is longer than the ${LONGEST_RANGE} allowed`);
  spend(Math.max(0, length));
  return Math.max(0, length);
}
