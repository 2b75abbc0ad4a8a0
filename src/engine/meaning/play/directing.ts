import type { Outcome, TaskLabel } from '../../../core/outcome.js';
import { Unknown, type Vars } from '../../../core/value.js';
import type { HostRun } from '../../state/host.js';
import type { Node, PendingTask } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';
import { direct } from '../directives/direct.js';
import type { Directed } from '../directives/directive.js';
import { delegateOf, learnersOf } from '../task/delegation.js';
import { decide, finish } from '../task/judge.js';
import { failed, failureOf, isLost } from '../task/outcomes.js';
import { isInclude } from '../task/task.js';
import { repeat } from '../task/until.js';
import type { Trips } from '../trips/trips.js';
import type { Fetch } from '../variables/facts.js';
import { scopesWithResult } from '../variables/variables.js';

type DirectivePiece = PendingTask & { kind: 'directive' };

/** Has the directives of one host carried out, and judges them by the conditions of their tasks. */
export class Directing {
  readonly #fetch: Fetch = because => this.trips.fetch(because);

  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
    private readonly trips: Trips,
    private readonly labelOf: (node: Node) => TaskLabel,
  ) {}

  /** `local`: the item of its loop. */
  async carryOut(node: Node, piece: DirectivePiece, local: Vars): Promise<Directed> {
    const { task } = node;
    const turnsTheWay = isInclude(task) || piece.verb === 'meta';
    const { clock, emit } = this.stage.run.ports;
    if (!turnsTheWay) emit({ at: clock.now(), kind: 'task-started', task: this.labelOf(node), host: this.host.name });
    if (turnsTheWay || (task.until === undefined && task.retries === undefined))
      return await this.#once(node, piece, local);
    const repeated = { node, piece, local, label: this.labelOf(node), fetch: this.#fetch };
    const outcome = await repeat(this.stage, this.host, repeated, async () => {
      const directed = await this.#once(node, piece, local);
      if (directed.kind !== 'outcome') throw new Error(`${piece.verb} turns the way, and was tried again`);
      return directed.outcome;
    });
    return { kind: 'outcome', outcome };
  }

  async #once(node: Node, piece: DirectivePiece, local: Vars): Promise<Directed> {
    const { stage } = this;
    try {
      const { host } = this;
      const label = this.labelOf(node);
      const on = (): HostRun => known(delegateOf(stage, host, node.task, piece.scope), host);
      const learners = learnersOf(stage, host, node.task, piece.scope);
      const directed = await direct({ ...{ stage, host, learners, on, node, piece, label }, fetch: this.#fetch });
      if (directed.kind !== 'outcome') return directed;
      return { kind: 'outcome', outcome: await this.#judged(node, directed.outcome, local) };
    } catch (error) {
      return { kind: 'outcome', outcome: failed(failureOf(error, node.task)) };
    }
  }

  /** changed_when and failed_when. What could not be carried out at all is not judged. */
  async #judged(node: Node, outcome: Outcome, local: Vars): Promise<Outcome> {
    const { stage, host } = this;
    const { task } = node;
    if (!task.changedWhen && !task.failedWhen) return outcome;
    if (outcome.kind === 'skipped' || outcome.kind === 'unsure') return outcome;
    const failure = outcome.kind === 'failed' ? outcome.failure : undefined;
    if (failure && (isLost(failure) || failure.reason === 'template')) return outcome;
    const withResult = scopesWithResult(stage, host, node, { local });
    const judgement = () => finish(task, { result: outcome.result, failure, changes: [] }, withResult);
    return await decide(task, stage.run.options.mode === 'check', judgement, this.#fetch);
  }
}

/** What it waits for was fetched when the task was prepared. */
const known = (delegate: HostRun | Unknown, host: HostRun): HostRun => (delegate instanceof Unknown ? host : delegate);
