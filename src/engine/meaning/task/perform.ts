import { isBlocked } from '../../../core/change.js';
import type { Ran } from '../../../core/module.js';
import type { Failure, Outcome } from '../../../core/outcome.js';
import { Unknown, type Vars } from '../../../core/value.js';
import { draw, FRESH_FOR } from '../../ahead/chain.js';
import { Chaining } from '../../ahead/chaining.js';
import { explore } from '../../ahead/explore.js';
import { isCurrent, sightOf } from '../../ahead/sight.js';
import type { HostRun, Sight } from '../../state/host.js';
import type { Node, Piece, Work } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';
import { keyword } from '../variables/keywords.js';
import { numberOf } from '../variables/number.js';
import { scopeOf, scopesWithResult } from '../variables/variables.js';
import { runJob } from './job.js';
import { decide, foresee, judge, type WithResult } from './judge.js';
import { failed, skipped, undecided } from './outcomes.js';
import type { Surroundings } from './surroundings.js';
import { repeat } from './until.js';

/** A probe that never answers the same twice still gets on: fresh sights go unguarded. This only bounds our own mistakes. */
const MOST_ROUNDS = 1000;

/** At a job: `poll`, where the task does not say. */
const SECONDS_BETWEEN_LOOKS = 10;

/** Brings one piece of work to its outcome: look, plan, and act or foresee. */
export class Settle {
  /** Groups of facts that were known when the host was looked at last. */
  #gathered = 0;
  readonly #chaining: Chaining;

  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
    private readonly around: Surroundings,
  ) {
    this.#chaining = new Chaining(stage, host, around);
  }

  /** `rest`: the items of the same loop behind this one. */
  async settle(node: Node, piece: Piece, local: Vars, rest: readonly Piece[]): Promise<Outcome> {
    const { task } = node;
    if (task.until === undefined && task.retries === undefined) return await this.#once(node, piece, local, rest);
    const repeated = { node, piece, local, label: this.around.label(node), fetch: this.around.fetch(node) };
    return await repeat(this.stage, this.host, repeated, () => this.#once(node, piece, local, []));
  }

  async #once(node: Node, piece: Piece, local: Vars, rest: readonly Piece[]): Promise<Outcome> {
    switch (piece.kind) {
      case 'skip':
        return skipped(piece.why);
      case 'broken':
        return failed(piece.failure);
      case 'wait':
        return this.#unsure(node, piece.because);
      case 'directive':
        return failed({ reason: 'internal', why: `${piece.verb} was taken for a module` });
      case 'work':
        if (piece.perhaps.length > 0) return this.#unsure(node, piece.perhaps);
        return await this.#work(piece.work, local, rest);
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

  async #work(work: Work, local: Vars, rest: readonly Piece[]): Promise<Outcome> {
    const { host, stage } = this;
    const { clock } = stage.run.ports;
    const withResult = scopesWithResult(stage, host, work.node, { local, isGated: true });
    const isAsync = this.#isAsync(work);
    for (let round = 0; round < MOST_ROUNDS; round++) {
      if (stage.run.options.signal?.aborted)
        return failed({ reason: 'interrupted', why: 'interrupted before this task began' });
      const acted = host.acted.get(work.key);
      if (acted && acted.script === work.probe.script.text) {
        host.acted.delete(work.key);
        if (acted.kind === 'lost') return failed(acted.failure);
        const state = work.probe.parse(acted.sight.output);
        const ran: Ran = acted.changes.length > 0 ? { kind: 'done', outputs: acted.outputs } : { kind: 'nothing' };
        return await this.#judged(work, () => judge(work, { state, plan: acted.changes, ran }, withResult));
      }
      const sight = sightOf(host, work);
      const isFresh = sight !== undefined && isCurrent(sight, work);
      if (!sight || (!isFresh && (work.isDry || work.asLook))) {
        const lost = await this.#explore(work, rest);
        if (lost) return failed(lost);
        if (sightOf(host, work) === undefined) return failed({ reason: 'lost', why: 'the look was not answered' });
        continue;
      }
      if (work.asLook) return await this.#judged(work, () => this.#judgeLook(work, sight, withResult));
      const drawn = draw(work, sight, work.link.effects);
      if (!drawn) throw new Error('a sight of other work was taken for one of this');
      const { plan } = drawn;
      const state = work.probe.parse(drawn.sight.output);
      if (work.isDry) return await this.#judged(work, () => foresee(work, state, plan, host.doubts, withResult));
      if (isFresh && (isBlocked(plan) || plan.length === 0))
        return await this.#judged(work, () => judge(work, { state, plan, ran: { kind: 'nothing' } }, withResult));
      if (isBlocked(plan)) {
        host.sights.delete(work.key); // an old sight says it is blocked: look again before believing it
        continue;
      }
      if (plan.length > 0) await stage.gate?.pass(host, work.node.position);
      if (host.gathered.size > this.#gathered) {
        // Facts came with the last look: what they were awaited for can be looked at now, and taken along.
        const lost = await this.#explore(work, rest);
        if (lost) return failed(lost);
        continue;
      }
      if (isAsync && plan.length > 0) return await this.#detached(work, sight, withResult);
      if (sightOf(host, work) !== sight) continue;
      const isStillFresh = isCurrent(sight, work) && clock.now() - sight.at < FRESH_FOR;
      await this.#chaining.send({ work, sight: drawn.sight, changes: plan, isFresh: isStillFresh }, rest);
    }
    return failed({ reason: 'internal', why: `${work.node.task.id} did not come to an end` });
  }

  async #explore(work: Work, rest: readonly Piece[]): Promise<Failure | undefined> {
    this.#gathered = this.host.gathered.size;
    const present: readonly Piece[] = [{ kind: 'work', work, perhaps: [] }, ...rest];
    return await explore(this.stage, this.host, present, this.around.ahead(work.node));
  }

  /** Conditions of the task may read facts that nobody asked for so far. */
  async #judged({ node, isDry }: Work, judgement: () => Outcome): Promise<Outcome> {
    return await decide(node.task, isDry, judgement, this.around.fetch(node));
  }

  #judgeLook(work: Work, sight: Sight, withResult: WithResult): Outcome {
    const state = work.probe.parse({ stdout: '', stderr: '', status: 0 });
    const plan = work.module.plan(work.args, state, work.given);
    return judge(work, { state, plan, ran: { kind: 'done', outputs: [sight.output] } }, withResult);
  }

  #isAsync(work: Work): boolean {
    const { task } = work.node;
    if (task.async === undefined) return false;
    const value = keyword(task.async, scopeOf(this.stage, this.host, { task, local: work.node.local }));
    return (numberOf(value, 'async', task.async) ?? 0) > 0;
  }

  /** A long act, detached from the connection: a lost link does not end it. */
  async #detached(work: Work, sight: Sight, withResult: WithResult): Promise<Outcome> {
    const { task } = work.node;
    const scope = scopeOf(this.stage, this.host, { task, local: work.node.local });
    const state = work.probe.parse(sight.output);
    const plan = work.module.plan(work.args, state, work.given);
    if (isBlocked(plan))
      return await this.#judged(work, () => judge(work, { state, plan, ran: { kind: 'nothing' } }, withResult));
    const seconds = numberOf(keyword(task.async, scope), 'async', task.async) ?? 0;
    const poll = numberOf(keyword(task.poll, scope), 'poll', task.poll) ?? SECONDS_BETWEEN_LOOKS;
    if (poll <= 0) {
      return failed({
        reason: 'condition',
        why: '`poll: 0`, which leaves a job behind, is not supported: give a `poll` above 0',
      });
    }
    const ran = await runJob(this.stage, work, plan, { seconds, poll });
    if ('reason' in ran) return failed(ran);
    return await this.#judged(work, () =>
      judge(work, { state, plan, ran: { kind: 'done', outputs: ran } }, withResult),
    );
  }
}
