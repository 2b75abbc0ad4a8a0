import { fail, ok, type Result } from '../core/result.js';

/**
 * What stopped the lab. The one exception of this layer: thrown where a command failed, caught at the edge by
 * {@link attempt}, where it becomes a value. Twenty system commands in a row read better without twenty branches.
 */
export class LabError extends Error {
  override readonly name = 'LabError';
  constructor(
    /** A stable word such as `lab-boot`. */
    readonly code: string,
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/**
 * Waits for all of them, whatever becomes of each, and then throws the first failure: what is cleaned up after that
 * failure must not be made again by one that was still under way.
 */
export async function all<T>(pieces: readonly Promise<T>[]): Promise<readonly T[]> {
  const ended = await Promise.allSettled(pieces);
  return ended.map(one => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

/** Turns the {@link LabError} of a piece of work into a value; anything else is a bug of ours and goes on up. */
export async function attempt<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    const { code, message, hint } = error;
    return fail(hint === undefined ? { code, message } : { code, message, hint });
  }
}
