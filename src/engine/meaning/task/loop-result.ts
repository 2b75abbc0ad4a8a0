import type { Failure, Outcome } from '../../../core/outcome.js';
import type { Loop } from '../../../core/play.js';
import { Unknown, type Value, type Vars } from '../../../core/value.js';
import type { Item } from '../../state/pending-task.js';
import { isLost } from './outcomes.js';

/** The outcome of a loop from those of its items, as `register` sees it: `results`, and changed, failed, skipped over all. */
export function fold(
  items: readonly Item[],
  outcomes: readonly Outcome[],
  loop: Pick<Loop, 'variable' | 'indexVariable'>,
): Outcome {
  const { variable, indexVariable } = loop;
  const results = outcomes.map(
    (outcome, i): Vars => ({
      ...outcome.result,
      ...(outcome.kind === 'skipped' ? { skipped: true } : {}),
      [variable]: items[i]!.value,
      ansible_loop_var: variable,
      ...(indexVariable === undefined ? {} : { [indexVariable]: i, ansible_index_var: indexVariable }),
      ...pick(items[i]!.local, 'ansible_loop'),
    }),
  );
  if (outcomes.length === 0) {
    const why = 'No items in the list';
    return { kind: 'skipped', why, result: { changed: false, skipped: true, skipped_reason: why, results: [] } };
  }
  const failures = outcomes.flatMap(outcome => (outcome.kind === 'failed' ? [outcome.failure] : []));
  const because = outcomes.flatMap(outcome => (outcome.kind === 'unsure' ? outcome.because : []));
  const changes = outcomes.flatMap(outcome => (outcome.kind === 'changed' ? outcome.changes : []));
  const isChanged = outcomes.some(outcome => outcome.kind === 'changed');
  const isSkipped = outcomes.every(outcome => outcome.kind === 'skipped');
  const changed: Value =
    isChanged || outcomes.some(o => o.result.changed === true)
      ? true
      : because.length > 0
        ? new Unknown(because)
        : false;
  // Who was lost has not failed, as Ansible has it.
  const isFailed = failures.some(failure => !isLost(failure));
  const result: Vars = {
    results,
    changed,
    ...(isFailed ? { failed: true } : {}),
    ...(isFailed || failures.length === 0 ? {} : { unreachable: true }),
    ...gathered(results, 'warnings'),
    ...gathered(results, 'deprecations'),
    skipped: isSkipped,
    msg: failures.length > 0 ? 'One or more items failed' : isSkipped ? 'All items skipped' : 'All items completed',
  };
  const first: Failure | undefined = failures[0];
  if (first) return { kind: 'failed', failure: first, ignored: false, changes, result };
  if (isSkipped) return { kind: 'skipped', why: outcomes[0]!.kind === 'skipped' ? outcomes[0]!.why : '', result };
  if (isChanged) return { kind: 'changed', changes, result };
  if (because.length > 0) return { kind: 'unsure', because, result };
  return { kind: 'ok', result };
}

const pick = (vars: Vars, name: string): Vars => (vars[name] === undefined ? {} : { [name]: vars[name] });

/** What all items say under a name, in one list. */
function gathered(results: readonly Vars[], name: string): Vars {
  const all = results.flatMap(result => (Array.isArray(result[name]) ? (result[name] as readonly Value[]) : []));
  return all.length > 0 ? { [name]: all } : {};
}
