import { Wildcard } from '../core/wildcard.js';

/** A shell pattern (`*`, `?`, `[a-c]`, `[!x]`) for whole names. */
export const glob = (pattern: string): Wildcard => new Wildcard(pattern, { classes: true });
