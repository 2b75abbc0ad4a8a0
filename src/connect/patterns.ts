import { Wildcard } from '../core/wildcard.js';

/** OpenSSH's patterns (ssh_config(5), PATTERNS): `*` and `?` only, case folded, a list may hold negated ones. */

/** Whether text matches one pattern, from end to end. */
export const matches = (pattern: string, text: string): boolean =>
  new Wildcard(pattern, { classes: false, isCaseFolded: true }).test(text);

/** Whether text matches a list: at least one pattern, and none of the negated. */
export function matchesList(patterns: readonly string[], text: string): boolean {
  let found = false;
  for (const pattern of patterns) {
    if (!pattern.startsWith('!')) found ||= matches(pattern, text);
    else if (matches(pattern.slice(1), text)) return false;
  }
  return found;
}
