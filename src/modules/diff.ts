import { decode } from '../core/bytes.js';
import type { Change } from '../core/change.js';
import { type Plain, plain, type Value } from '../core/value.js';

/*
 * What is registered as `diff`, in the shapes of Ansible's modules.
 */

/** What a path was and what it becomes, by the names of its attributes; `state` for the path as a whole. */
export function attributeDiff(path: string, changes: readonly Change[]): Value {
  const side = (of: 'before' | 'after') => ({
    path,
    ...Object.fromEntries(
      changes.map(change => [change.what === path ? 'state' : change.what, (change[of] as Plain) ?? 'absent']),
    ),
  });
  return { before: plain(side('before')), after: plain(side('after')) };
}

/** Text of what stands here with one character for each byte. */
export const textIn = (bytes: string): string => decode(Buffer.from(bytes, 'latin1'));
