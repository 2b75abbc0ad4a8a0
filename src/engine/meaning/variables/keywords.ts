import type { Play, Task } from '../../../core/play.js';
import { RenderError, type Source, Template, Unknown, type Value } from '../../../core/value.js';
import { withoutOmitted } from '../../../template/omit.js';
import { render } from '../../../template/render.js';
import { factsAmong } from './facts.js';
import type { LayeredScope } from './scope.js';

/** A keyword's value; undefined where it is not set, or omitted. */
export function keyword(source: Source | undefined, scope: LayeredScope): Value | undefined {
  if (source === undefined) return undefined;
  const value = withoutOmitted(render(source, scope));
  if (value instanceof Unknown)
    throw new RenderError('this keyword hangs on something that is not known before the task runs');
  return value;
}

/**
 * Facts that keywords of a task hang on. Keywords must be known before the task is begun, and some behind it, so these are
 * fetched when it is prepared. What cannot be rendered is said where it is needed.
 */
export function factsForKeywords(task: Task, play: Play, scope: LayeredScope): readonly string[] {
  return keywordsOf(task, play).flatMap(source => {
    if (!(source instanceof Template)) return [];
    try {
      const value = source.render(scope);
      return value instanceof Unknown ? factsAmong(value.because) : [];
    } catch (error) {
      if (error instanceof RenderError) return [];
      throw error;
    }
  });
}

function keywordsOf(
  { keywords, retries, delay, async, poll, loop, notify }: Task,
  play: Play,
): readonly (Source | undefined)[] {
  const { become, becomeUser, becomeMethod, delegateFacts, runOnce, throttle, timeout } = keywords;
  const { checkMode, diff, noLog, ignoreErrors, ignoreUnreachable, anyErrorsFatal } = keywords;
  return [
    ...[become, becomeUser, becomeMethod, delegateFacts, runOnce, throttle, timeout],
    ...[checkMode, diff, noLog, ignoreErrors, ignoreUnreachable, anyErrorsFatal],
    ...[retries, delay, async, poll, loop?.pause, ...notify],
    ...[play.maxFailPercentage, play.forceHandlers],
  ];
}
