import type { Place } from '../core/place.js';
import type { Reading } from './reading.js';

/** Files and roles that import each other, one below the other. */
const DEEPEST = 200;
/** What a file or role costs besides its tasks: it is read again each time. */
export const OPENING = 10;

/** Two imports in each file, and thirty levels of them, are a thousand million tasks. */
const MOST_STEPS = 100_000;

/**
 * Counts what was read, files that are read again counted again. False, with one mistake at `place`, where it became too
 * much; from then on nothing more may be read.
 */
export function hasRoom(steps: number, place: Place, { size, mistakes }: Pick<Reading, 'size' | 'mistakes'>): boolean {
  if (isExhausted(size)) return false;
  size.steps += steps;
  if (!isExhausted(size)) return true;
  mistakes.error('too-large', `with all that is imported these are more than ${MOST_STEPS} tasks`, {
    place,
    hint: 'do files or roles import each other twice, level by level?',
  });
  return false;
}

/** Whether more was asked for than may be read. */
export const isExhausted = ({ steps }: Reading['size']): boolean => steps > MOST_STEPS;

/** Whether a chain of files and roles may become longer by one; a mistake where not. */
export function isShallow(chain: readonly string[], place: Place, { mistakes }: Pick<Reading, 'mistakes'>): boolean {
  if (chain.length < DEEPEST) return true;
  mistakes.error('circle', `files and roles are nested more than ${DEEPEST} deep`, { place });
  return false;
}
