import type { EffectsSince } from './effect.js';
import type { Sh } from './sh.js';
import type { Shared } from './shared.js';

/** What a snippet answered. `status` is an exit status that really arrived; a lost one is never an Output. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
  /** Bytes that were left out of the middle of each stream, where one said more than {@link MOST_OUTPUT}. */
  readonly cut?: { readonly stdout: number; readonly stderr: number } | undefined;
}

/** Of each stream of a snippet, so much is kept whole, in bytes. */
export const MOST_OUTPUT = 64 * 1024 * 1024;

/** What is wrong with an output that is not whole; nothing where it is. */
export function cutInWords({ cut }: Output): string | undefined {
  if (cut === undefined) return undefined;
  const streams = (['stdout', 'stderr'] as const).filter(stream => cut[stream] > 0);
  return `${streams.join(' and ')} said more than ${MOST_OUTPUT / 1024 ** 2} MiB: ${cut.stdout + cut.stderr} bytes are left out`;
}

/** A read-only question to a target. A fact is a probe nobody plans from. */
export interface Probe<S> {
  /**
   * Must change nothing and answer the same bytes on stdout as long as the target is the same:
   * no times, no pids, no unordered lists. stderr does not count.
   */
  readonly script: Sh;
  readonly parse: (output: Output) => S;
  /** Slow (package index, network): asked only when its turn has come, never ahead. */
  readonly dear?: boolean;
  /** What the script takes from {@link Shared} if the trip has asked for it, and asks by itself if not. */
  readonly shares?: readonly Shared[];
  /**
   * What the script would print, byte for byte, now that these effects have come since it printed `seen`: `seen` itself
   * where they do not concern it, nothing where that cannot be told.
   */
  readonly after?: (seen: Output, effects: EffectsSince) => Output | undefined;
}

export const probe = <S>(script: Sh, parse: (output: Output) => S): Probe<S> => ({ script, parse });
