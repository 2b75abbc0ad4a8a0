import type { Outcome, TaskLabel } from '../../../core/outcome.js';
import type { Vars } from '../../../core/value.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Node, Piece } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';
import { direct } from '../directives/direct.js';
import type { Directed } from '../directives/directive.js';
import { decide, finish } from '../task/judge.js';
import { failed, failureOf, isLost } from '../task/outcomes.js';
import { isInclude } from '../task/task.js';
import type { Trips } from '../task/trips.js';
import { repeat } from '../task/until.js';
import { isYes } from '../variables/boolean.js';
import type { Fetch } from '../variables/facts.js';
import { keyword } from '../variables/keywords.js';
import { scopeOf, scopesWithResult } from '../variables/variables.js';

type DirectivePiece = Piece & { kind: 'directive' };

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
      const [host, label] = [this.#factsGoTo(node), this.labelOf(node)];
      const directed = await direct({ stage, host, node, piece, label, fetch: this.#fetch });
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

  /** Whose variables a directive sets: with `delegate_facts` those of the host it is delegated to. */
  #factsGoTo({ task, local }: Node): HostRun {
    const scope = scopeOf(this.stage, this.host, { task, local });
    const goes = keyword(task.keywords.delegateFacts, scope);
    if (goes === undefined || !isYes(goes)) return this.host;
    const name = keyword(task.keywords.delegateTo, scope);
    return (name === undefined || name === null ? undefined : this.stage.run.host(toText(name))) ?? this.host;
  }
}
