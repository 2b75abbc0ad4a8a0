import { createContext, Script } from 'node:vm';
import { RenderError } from './value.js';

/*
 * Patterns of a project meet texts of hosts, and a pattern such as `(a+)+b` takes longer than anybody lives on an unlucky
 * one, with the controller deaf. V8 looks for an end of its time while it goes back and forth, so that one that takes
 * long can be ended from a watching thread. That costs some hundredth of a millisecond, and is done only where a pattern
 * may take long at all.
 */

/** Milliseconds for one search; and as much again for each of so many characters. */
const TIME = 1000;
const PER = 8 * 1024 * 1024;
/** Steps that surely take no time. */
const HARMLESS = 1e7;

const box: { work: () => unknown; result: unknown } = { work: () => undefined, result: undefined };
const context = createContext(box);
const script = new Script('result = work()');
const degrees = new Map<string, number>();

/**
 * Does some matching of one expression against one text. `work` must do nothing else: it may be cut off in its midst,
 * without `finally`. Throws RenderError where it takes more than a second.
 */
export function bounded<T>(regex: RegExp, text: string, work: () => T): T {
  if (isHarmless(regex.source, text.length)) return work();
  box.work = work;
  try {
    script.runInContext(context, { timeout: Math.ceil(TIME * (1 + text.length / PER)) });
    return box.result as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new RenderError(
      `the regular expression \`${regex.source}\` takes too long on a text of ${text.length} characters`,
      undefined,
      'a repeat inside of a repeat, such as (a+)+, is tried in all ways: write it without',
    );
  } finally {
    box.work = () => undefined;
    box.result = undefined;
  }
}

function isHarmless(source: string, length: number): boolean {
  let degree = degrees.get(source);
  if (degree === undefined) {
    degree = degreeOf(source);
    if (degrees.size > 500) degrees.clear();
    degrees.set(source, degree);
  }
  return length ** (degree + 1) <= HARMLESS;
}

const PARTS = /\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\(\?<?[=!]|\(|\)|[*+]|\{\d*,?\d*\}|\||[\s\S]/g;

/** How many repeats may be tried against each other; without bound where one, or a choice, stands inside of another. */
function degreeOf(source: string): number {
  let degree = 0;
  /** For each open group, whether there is a repeat or a choice in it. */
  const open: boolean[] = [false];
  /** The same of the group that ended just before. */
  let closed = false;
  for (const [part] of source.matchAll(PARTS)) {
    const isRepeat = /^[*+{]/.test(part) && part !== '{';
    if (/^\\[1-9k]/.test(part) || (isRepeat && closed)) return Number.POSITIVE_INFINITY;
    if (isRepeat) degree++;
    if (isRepeat || part === '|' || part === '?') open[open.length - 1] = true;
    closed = false;
    if (part.startsWith('(')) open.push(false);
    if (part === ')') {
      closed = open.pop() ?? false;
      if (open.length === 0) open.push(false);
      open[open.length - 1] ||= closed;
    }
  }
  return degree;
}
