import type { Standing } from '../../core/effect.js';
import type { Settled } from '../attributes.js';
import { isNumber } from './account.js';
import type { Status } from './status.js';

/** A thing that a change makes or has changed. */
export interface Made {
  readonly kind: 'file' | 'directory';
  /** In bytes. */
  readonly size: number;
  /** What a new one gets if no mode is wished. */
  readonly umask: number;
  readonly content?: Uint8Array | undefined;
}

/** Content longer than this is not remembered, in bytes. */
const LONGEST = 65_536;

/**
 * How a thing stands after a change: with the wished attributes, those it had, or those of a new thing of root's, since
 * it is root who mostly makes them.
 */
export function standingOf(settled: Settled, before: Status | undefined, made: Made): Standing {
  const owner = settled.owner ?? before?.owner ?? 'root';
  const group = settled.group ?? before?.group ?? 'root';
  const uid = settled.owner === undefined ? (before?.uid ?? 0) : (settled.uid ?? before?.uid);
  const gid = settled.group === undefined ? (before?.gid ?? 0) : (settled.gid ?? before?.gid);
  // A number is shown by its name, which is not known here.
  const isNamed = !(settled.owner && isNumber(owner)) && !(settled.group && isNumber(group));
  if (uid === undefined || gid === undefined || !isNamed) return 'unknown';
  const mode = settled.mode ?? before?.mode ?? (made.kind === 'directory' ? 0o777 : 0o666) & ~made.umask;
  const raw = ((made.kind === 'directory' ? 0o040000 : 0o100000) | mode).toString(16);
  const links = made.kind === 'directory' ? (before?.links ?? 2) : 1;
  const content = made.content && made.content.length <= LONGEST ? { content: made.content } : {};
  return { status: `${raw} ${uid} ${gid} ${made.size} ${links}:${owner}:${group}`, ...content };
}
