import type { Failure, Outcome } from '../../../core/outcome.js';
import type { Diagnostic, Place } from '../../../core/place.js';
import type { Task } from '../../../core/play.js';
import type { Output } from '../../../core/probe.js';
import { isVars, RenderError, Unknown, type Value, type Vars } from '../../../core/value.js';
import { LazyVars } from '../variables/scope.js';

/** The host is gone, as against: the task failed. */
export const isLost = (failure: Failure): boolean =>
  failure.reason === 'unreachable' || failure.reason === 'lost' || failure.reason === 'interrupted';

/** The outcome of a failure; its result is what `register` sees. */
export const failed = (failure: Failure): Outcome => ({
  kind: 'failed',
  failure,
  ignored: false,
  // As Ansible registers it: a host that was lost is unreachable, its task is not failed.
  result: { changed: false, msg: sayFailure(failure), ...(isLost(failure) ? { unreachable: true } : { failed: true }) },
});

/** In apply mode everything is known once a task is done, so this is our bug: it is said, since to pass over it might be a false ok. */
export const undecided = (task: Task, because: readonly string[]): Failure => ({
  reason: 'internal',
  why: `${task.id} waits for ${because.join(', ')}`,
});

/** The outcome of a task whose condition `why` is false. */
export const skipped = (why: string): Outcome => ({
  kind: 'skipped',
  why,
  result: { changed: false, skipped: true, skip_reason: 'Conditional result was False' },
});

/** Check mode: a result of something that was not done. What it does not say yet is unknown, not missing. */
export function openResult(result: Vars, task: Task): Value {
  const pending = new Unknown([`task:${task.id}`]);
  const { results } = result;
  const members: Vars = Array.isArray(results)
    ? { ...result, results: (results as readonly Value[]).map(item => (isVars(item) ? openResult(item, task) : item)) }
    : result;
  if (members.skipped === true || members.failed === true) return members;
  return new LazyVars(
    key => (Object.hasOwn(members, key) ? members[key] : pending),
    () => Object.keys(members),
  );
}

/** A result, and those of the items in it. */
export const resultsIn = (result: Vars): readonly Vars[] => [
  result,
  ...(Array.isArray(result.results) ? (result.results as readonly Value[]).filter(isVars) : []),
];

/**
 * What was thrown, as the failure of the task or play that stands at `place`. What is no RenderError is our own bug: it
 * fails that task with all that is known of it, since the other hosts are in the midst of something.
 */
export function failureOf(error: unknown, { place }: { readonly place: Place }): Failure {
  if (!(error instanceof RenderError))
    return { reason: 'internal', why: (error instanceof Error && error.stack) || String(error) };
  const diagnostic: Diagnostic = {
    code: error.undefinedName === undefined ? 'template-error' : 'undefined-variable',
    message: error.message,
    place: error.place ?? place,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
  return { reason: 'template', diagnostics: [diagnostic] };
}

/** The line of an output that most likely says what went wrong. */
export function firstWords(output: Output): string {
  const said = output.stderr.trim() || output.stdout.trim();
  return said === '' ? `non-zero return code ${output.status}` : said.length > 2000 ? `…${said.slice(-2000)}` : said;
}

/** A failure in one line. */
export function sayFailure(failure: Failure): string {
  switch (failure.reason) {
    case 'bad-args':
    case 'template':
      return failure.diagnostics.map(d => d.message).join('; ');
    case 'act-failed':
      return firstWords(failure.output);
    case 'not-converged':
      return `still differs after the change: ${failure.left.join(', ')}`;
    default:
      return failure.why;
  }
}
