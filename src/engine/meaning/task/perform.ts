import { isBlocked } from '../../../core/change.js';
import type { Failure, Outcome, TaskLabel } from '../../../core/outcome.js';
import { Unknown, type Vars } from '../../../core/value.js';
import type { HostRun } from '../../state/host.js';
import type { ModuleTask, Node, PendingTask } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';
import { runJob } from '../trips/job.js';
import type { Trips } from '../trips/trips.js';
import type { Fetch } from '../variables/facts.js';
import { keyword } from '../variables/keywords.js';
import { numberOf } from '../variables/number.js';
import { scopeOf, scopesWithResult } from '../variables/variables.js';
import { type Deed, decide, foresee, judge, rehearse } from './judge.js';
import { failed, skipped, undecided } from './outcomes.js';
import { repeat } from './until.js';

/** At a job: `poll`, where the task does not say. */
const SECONDS_BETWEEN_LOOKS = 10;

/** Brings a task, or one item of its loop, to its outcome. */
export class Performer {
  readonly #fetch: Fetch;

  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
    private readonly trips: Trips,
    private readonly labelOf: (node: Node) => TaskLabel,
  ) {
    this.#fetch = because => trips.fetch(because);
  }

  /** `local`: the item of its loop. */
  async perform(node: Node, piece: PendingTask, local: Vars): Promise<Outcome> {
    const { task } = node;
    if (task.until === undefined && task.retries === undefined) return await this.#once(node, piece, local);
    const repeated = { node, piece, local, label: this.labelOf(node), fetch: this.#fetch };
    return await repeat(this.stage, this.host, repeated, () => this.#once(node, piece, local));
  }

  async #once(node: Node, piece: PendingTask, local: Vars): Promise<Outcome> {
    switch (piece.kind) {
      case 'skip':
        return skipped(piece.why);
      case 'broken':
      case 'not-rendered':
        return failed(piece.failure);
      case 'wait':
        return this.#unsure(node, piece.because);
      case 'directive':
        return failed({ reason: 'internal', why: `${piece.verb} was taken for a module` });
      case 'work':
        if (piece.perhaps.length > 0) return this.#unsure(node, piece.perhaps);
        return await this.#work(piece.work, local);
    }
  }

  #unsure({ task }: Node, because: readonly string[]): Outcome {
    if (this.stage.run.options.mode === 'apply') return failed(undecided(task, because));
    const pending = new Unknown(because);
    return {
      kind: 'unsure',
      because,
      result: {
        changed: pending,
        failed: pending,
        skipped: pending,
        stdout: pending,
        stderr: pending,
        rc: pending,
        msg: pending,
        results: pending,
      },
    };
  }

  async #work(work: ModuleTask, local: Vars): Promise<Outcome> {
    const { host, stage } = this;
    const { task } = work.node;
    const withResult = scopesWithResult(stage, host, work.node, { local });
    const deed = this.#isAsync(work) ? await this.#detached(work) : await this.trips.perform(work);
    if ('reason' in deed) return failed(deed);
    // Conditions of the task may read facts that nobody asked for so far.
    const judgement = (): Outcome => {
      if (!work.isDry) return judge(work, deed, withResult);
      if (stage.run.options.mode === 'apply') return rehearse(work, deed, withResult);
      return foresee(work, deed.state, deed.plan, host.doubts, withResult);
    };
    return await decide(task, work.isDry, judgement, this.#fetch);
  }

  #isAsync({ node, isDry }: ModuleTask): boolean {
    const { task, local } = node;
    if (task.async === undefined || isDry) return false;
    const value = keyword(task.async, scopeOf(this.stage, this.host, { task, local }));
    return (numberOf(value, 'async', task.async) ?? 0) > 0;
  }

  /** A long act, detached from the connection: a lost link does not end it. */
  async #detached(work: ModuleTask): Promise<Deed | Failure> {
    const { task, local } = work.node;
    const seen = await this.trips.look(work);
    if ('reason' in seen) return seen;
    const { plan } = seen;
    if (isBlocked(plan) || plan.length === 0) return { ...seen, ran: { kind: 'nothing' } };
    const scope = scopeOf(this.stage, this.host, { task, local });
    const seconds = numberOf(keyword(task.async, scope), 'async', task.async) ?? 0;
    const poll = numberOf(keyword(task.poll, scope), 'poll', task.poll) ?? SECONDS_BETWEEN_LOOKS;
    if (poll <= 0) {
      return {
        reason: 'condition',
        why: '`poll: 0`, which leaves a job behind, is not supported: give a `poll` above 0',
      };
    }
    const outputs = await runJob(this.stage, work, plan, { seconds, poll });
    this.stage.run.changes.suspect();
    return 'reason' in outputs ? outputs : { ...seen, ran: { kind: 'done', outputs } };
  }
}
