import { isBlocked } from '../../core/change.js';
import type { Outcome } from '../../core/outcome.js';
import type { Vars } from '../../core/value.js';
import { foresee, judge } from '../meaning/task/judge.js';
import { fold } from '../meaning/task/loop-result.js';
import { skipped } from '../meaning/task/outcomes.js';
import { scopesWithResult } from '../meaning/variables/variables.js';
import type { HostRun } from '../state/host.js';
import type { Piece, Prepared, Work } from '../state/pending-task.js';
import type { Stage } from '../state/stage.js';
import { isCurrent, sightOf } from './sight.js';

/**
 * What a task ahead will register if nothing changes on the target until its turn: told from a sight that is fresh now.
 * It serves to look farther ahead, and to chain on: the task stands in the chain with a guard on that very sight. At
 * its turn everything is prepared again from what really came.
 */
export function guessResult(stage: Stage, host: HostRun, prepared: Prepared): Vars | undefined {
  if (prepared.kind === 'once') return guessPiece(stage, host, prepared.piece)?.result;
  const { items } = prepared;
  const outcomes: Outcome[] = [];
  for (const { piece } of items) {
    const outcome = guessPiece(stage, host, piece);
    if (!outcome) return undefined;
    outcomes.push(outcome);
  }
  const work = items.map(item => item.piece).find(piece => piece.kind === 'work');
  const loop = work?.kind === 'work' ? work.work.node.task.loop : undefined;
  return fold(items, outcomes, loop ?? { variable: 'item' }).result;
}

function guessPiece(stage: Stage, host: HostRun, piece: Piece): Outcome | undefined {
  if (piece.kind === 'skip') return skipped(piece.why);
  if (piece.kind !== 'work' || piece.perhaps.length > 0) return undefined;
  const { work } = piece;
  const { task } = work.node;
  if (task.until || task.async !== undefined) return undefined;
  const sight = sightOf(host, work);
  if (!sight || !isCurrent(sight, work)) return undefined;
  const outcome = guessWork(stage, host, work, sight.output);
  return outcome?.kind === 'ok' || (work.isDry && outcome?.kind === 'changed') ? outcome : undefined;
}

function guessWork(
  stage: Stage,
  host: HostRun,
  work: Work,
  output: Parameters<Work['probe']['parse']>[0],
): Outcome | undefined {
  const withResult = scopesWithResult(stage, host, work.node, {});
  if (work.asLook) {
    const state = work.probe.parse({ stdout: '', stderr: '', status: 0 });
    return judge(
      work,
      { state, plan: work.module.plan(work.args, state, work.given), ran: { kind: 'done', outputs: [output] } },
      withResult,
    );
  }
  const state = work.probe.parse(output);
  const plan = work.module.plan(work.args, state, work.given);
  if (work.isDry) return foresee(work, state, plan, host.doubts, withResult);
  return isBlocked(plan) || plan.length > 0
    ? undefined
    : judge(work, { state, plan, ran: { kind: 'nothing' } }, withResult);
}
