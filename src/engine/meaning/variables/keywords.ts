import type { Nearest, Play, Task } from '../../../core/play.js';
import { RenderError, type Scope, type Source, Template, Unknown, type Value } from '../../../core/value.js';
import { withoutOmitted } from '../../../template/omit.js';
import { render } from '../../../template/render.js';
import { factsAmong } from './scope.js';

/**
 * A keyword's value; of one that may stand at several levels that of the nearest which is not omitted. Undefined where it is
 * written nowhere, or omitted everywhere. Throws RenderError.
 */
export function keyword(source: Source | Nearest | undefined, scope: Scope): Value | undefined {
  const value = nearest(source, scope);
  if (value instanceof Unknown)
    throw new RenderError('this keyword needs something that is not known before the task runs');
  return value;
}

/** The same; Unknown where it is not known yet. */
export function nearest(source: Source | Nearest | undefined, scope: Scope): Value | undefined {
  for (const each of levelsOf(source)) {
    const value = withoutOmitted(render(each, scope));
    if (value !== undefined) return value;
  }
  return undefined;
}

const levelsOf = (source: Source | Nearest | undefined): Nearest =>
  source === undefined ? [] : Array.isArray(source) ? (source as Nearest) : [source];

/**
 * Facts that keywords of a task read. Keywords must be known before the task runs, and some behind it, so these are
 * fetched when it is prepared. What cannot be rendered is said where it is needed.
 */
export const factsForKeywords = (task: Task, play: Play, scope: Scope): readonly string[] =>
  keywordsOf(task, play).flatMap(source => factsFor(source, scope));

function factsFor(source: Source | Nearest | undefined, scope: Scope): readonly string[] {
  for (const each of levelsOf(source)) {
    if (!(each instanceof Template)) return [];
    try {
      const value = each.render(scope);
      if (value instanceof Unknown) return factsAmong(value.because);
      if (withoutOmitted(value) !== undefined) return [];
    } catch (error) {
      if (error instanceof RenderError) return [];
      throw error;
    }
  }
  return [];
}

function keywordsOf(
  { keywords, retries, delay, async, poll, loop, notify }: Task,
  play: Play,
): readonly (Source | Nearest | undefined)[] {
  const { become, becomeUser, becomeMethod, delegateFacts, runOnce, throttle, timeout } = keywords;
  const { checkMode, diff, noLog, ignoreErrors, ignoreUnreachable, anyErrorsFatal } = keywords;
  return [
    ...[become, becomeUser, becomeMethod, delegateFacts, runOnce, throttle, timeout],
    ...[checkMode, diff, noLog, ignoreErrors, ignoreUnreachable, anyErrorsFatal],
    ...[retries, delay, async, poll, loop?.pause, ...notify],
    ...[play.maxFailPercentage, play.forceHandlers],
  ];
}
