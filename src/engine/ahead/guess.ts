import { isBlocked } from '../../core/change.js';
import type { Outcome } from '../../core/outcome.js';
import type { Vars } from '../../core/value.js';
import { foresee, judge } from '../meaning/task/judge.js';
import { fold } from '../meaning/task/loop-result.js';
import { skipped } from '../meaning/task/outcomes.js';
import { planFrom } from '../meaning/trips/single-trips.js';
import { scopesWithResult } from '../meaning/variables/variables.js';
import type { HostRun } from '../state/host.js';
import type { Item, Node, PendingTask } from '../state/pending-task.js';
import type { Stage } from '../state/stage.js';
import type { Sights } from './sights.js';

/**
 * What a task ahead will register if nothing changes on the target until its turn, told from what was seen already. It only
 * serves to look farther ahead: what was asked on a wrong guess is a look in vain.
 */
export class Guesser {
  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
    private readonly sights: Sights,
  ) {}

  guess(piece: PendingTask): Vars | undefined {
    return this.#outcomeOf(piece)?.result;
  }

  guessLoop(node: Node, items: readonly Item[]): Vars | undefined {
    const outcomes: Outcome[] = [];
    for (const { piece } of items) {
      const outcome = this.#outcomeOf(piece);
      if (!outcome) return undefined;
      outcomes.push(outcome);
    }
    return fold(items, outcomes, node.task.loop!).result;
  }

  #outcomeOf(piece: PendingTask): Outcome | undefined {
    if (piece.kind === 'skip') return skipped(piece.why);
    if (piece.kind !== 'work' || piece.perhaps.length > 0) return undefined;
    const { work } = piece;
    const { task } = work.node;
    if (task.until || task.async !== undefined) return undefined;
    const sight = work.isLooked ? this.sights.current(work) : undefined;
    if (!sight) return undefined;
    const { state, plan } = planFrom(work, sight.output);
    const withResult = scopesWithResult(this.stage, this.host, work.node, {});
    if (work.isDry) {
      const outcome = foresee(work, state, plan, this.host.doubts, withResult);
      return outcome.kind === 'ok' || outcome.kind === 'changed' ? outcome : undefined;
    }
    if (isBlocked(plan) || plan.length > 0) return undefined;
    const outcome = judge(work, { state, plan, ran: { kind: 'nothing' } }, withResult);
    return outcome.kind === 'ok' ? outcome : undefined;
  }
}
