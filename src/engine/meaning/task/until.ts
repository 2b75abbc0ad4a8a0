import type { Failure, Outcome, TaskLabel } from '../../../core/outcome.js';
import type { Task } from '../../../core/play.js';
import type { Vars } from '../../../core/value.js';
import type { HostRun } from '../../state/host.js';
import type { Node, PendingTask } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';
import { conditions, type Verdict } from '../variables/conditions.js';
import { type Fetch, withFacts } from '../variables/facts.js';
import { keyword } from '../variables/keywords.js';
import { numberOf } from '../variables/number.js';
import type { LayeredScope } from '../variables/scope.js';
import { scopeOf, scopesWithResult } from '../variables/variables.js';
import { failed, undecided } from './outcomes.js';

const TRIES_BY_DEFAULT = 3;
const SECONDS_BETWEEN_TRIES = 5;

/** A task with `until` or `retries`, or one item of its loop. */
interface Repeated {
  readonly node: Node;
  readonly piece: PendingTask;
  readonly local: Vars;
  readonly label: TaskLabel;
  readonly fetch: Fetch;
}

/**
 * Does a task again until its `until` holds, or without one until it does not fail; `retries` times more at most. `once`
 * does it once, from a look.
 */
export async function repeat(
  stage: Stage,
  host: HostRun,
  { node, piece, local, label, fetch }: Repeated,
  once: () => Promise<Outcome>,
): Promise<Outcome> {
  const { task } = node;
  const scope = scopeOf(stage, host, { task, local: { ...node.local, ...local } });
  const retries = numberOf(keyword(task.retries, scope), 'retries', task.retries) ?? TRIES_BY_DEFAULT;
  const delay = numberOf(keyword(task.delay, scope), 'delay', task.delay) ?? SECONDS_BETWEEN_TRIES;
  const withResult = scopesWithResult(stage, host, node, { local });
  for (let attempt = 1; ; attempt++) {
    const outcome = await once();
    if (outcome.kind === 'skipped' || (piece.kind !== 'work' && piece.kind !== 'directive')) return outcome;
    const result: Vars = { ...outcome.result, attempts: attempt };
    const asked = await withFacts(
      () => isThrough(task, outcome, withResult(result)),
      each => (each.kind === 'unknown' ? each.because : []),
      fetch,
    );
    if ('lost' in asked) return failed(asked.lost);
    const verdict = asked.answer;
    if (verdict.kind === 'true') return { ...outcome, result };
    const isDry = piece.kind === 'work' ? piece.work.isDry : stage.run.options.mode === 'check';
    if (verdict.kind === 'unknown' && !isDry) return failed(undecided(task, verdict.because));
    // A dry run waits for nothing: what it waits for is most likely one of the changes not made.
    if (verdict.kind === 'unknown' || (isDry && host.doubts.length > 0))
      return { kind: 'unsure', because: host.doubts, result: { ...result, failed: false } };
    if (attempt > retries || stage.run.options.signal?.aborted) {
      // Ansible counts the tries behind the first here, and those that were made where one was not in vain.
      const vain: Vars = { ...result, failed: true, attempts: attempt - 1 };
      // Where the task says itself what a failure is, that stands; what is registered says that it was in vain.
      if (task.failedWhen && outcome.kind !== 'failed') return { ...outcome, result: vain };
      const failure: Failure =
        outcome.kind === 'failed'
          ? outcome.failure
          : { reason: 'condition', why: `still not so after ${attempt} attempts: ${verdict.why}` };
      return {
        kind: 'failed',
        failure,
        ignored: false,
        result: vain,
      };
    }
    const { ports } = stage.run;
    ports.emit({
      at: ports.clock.now(),
      kind: 'task-retried',
      task: label,
      host: host.name,
      attempt,
      retries,
    });
    await ports.clock.sleep(delay * 1000);
    stage.run.changes.suspect();
  }
}

/** Whether the tries are at an end: by `until`; without one, by a try that did not fail. */
function isThrough(task: Task, outcome: Outcome, scope: LayeredScope): Exclude<Verdict, { kind: 'none' }> {
  const verdict = conditions(task.until ?? [], scope);
  if (verdict.kind !== 'none') return verdict;
  return outcome.kind === 'failed' ? { kind: 'false', why: 'the task failed' } : { kind: 'true' };
}
