import { isBlocked } from '../core/change.js';
import type { Failure, Outcome, TaskLabel } from '../core/outcome.js';
import type { Task } from '../core/play.js';
import { Unknown, type Vars } from '../core/value.js';
import { toText } from '../template/text.js';
import { type Foreseen, isPassable } from './ahead.js';
import { keyword } from './arguments.js';
import { Chain, type ChainLink, draw, FRESH_FOR, LONGEST_CHAIN } from './chain.js';
import { explore } from './explore.js';
import { failed } from './failing.js';
import type { HostRun, Sight } from './host.js';
import { runJob } from './job.js';
import { foresee, judge, sayFailure, type WithResult } from './judge.js';
import type { Node, Piece, Work } from './piece.js';
import { conditions, prepare } from './prepare.js';
import { sendChain } from './send.js';
import type { Stage } from './stage.js';
import { identityWord } from './target.js';
import { scopeOf } from './variables.js';

/** What settling needs to know of the walk. */
export interface Surroundings {
  /** The tasks behind this one, prepared as far as can be. */
  ahead(node: Node): AsyncIterable<Foreseen>;
  /** Handlers that run at the end of the section if these tasks change something. */
  handlers(changed: readonly Task[]): readonly Node[];
  label(node: Node): TaskLabel;
}

/** Looks behind a chain at most: they are a guess at what will be wanted next. */
const WIDEST_TAIL = 100;
const TRIES_BY_DEFAULT = 3;
const SECONDS_BETWEEN_TRIES = 5;
/** A probe that never answers the same twice still gets on: fresh sights go unguarded. This only bounds our own mistakes. */
const MOST_ROUNDS = 1000;

/** Brings one piece of work to its outcome: look, plan, and act or foresee. */
export class Settle {
  /** Groups of facts that were known when the host was looked at last. */
  #gathered = 0;

  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
    private readonly around: Surroundings,
  ) {}

  /** `rest`: the items of the same loop behind this one. */
  async settle(node: Node, piece: Piece, local: Vars, rest: readonly Piece[]): Promise<Outcome> {
    const { task } = node;
    if (task.until === undefined && task.retries === undefined) return await this.#once(node, piece, local, rest);
    return await this.#until(node, piece, local);
  }

  async #once(node: Node, piece: Piece, local: Vars, rest: readonly Piece[]): Promise<Outcome> {
    switch (piece.kind) {
      case 'skip':
        return {
          kind: 'skipped',
          why: piece.why,
          result: {
            changed: false,
            skipped: true,
            skip_reason: 'Conditional result was False',
            false_condition: piece.why,
          },
        };
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

  /** In apply mode everything is known at its turn; if not, that is our bug and is said, not passed over. */
  #unsure({ task }: Node, because: readonly string[]): Outcome {
    if (this.stage.run.options.mode === 'apply')
      return failed({ reason: 'internal', why: `${task.id} waits for ${because.join(', ')}` });
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
    const withResult = this.#withResult(work, local);
    const isAsync = await this.#isAsync(work);
    for (let round = 0; round < MOST_ROUNDS; round++) {
      if (stage.run.options.signal?.aborted)
        return failed({ reason: 'interrupted', why: 'interrupted before this task began' });
      const acted = host.acted.get(work.key);
      if (acted && acted.script === work.probe.script.text) {
        host.acted.delete(work.key);
        if (acted.kind === 'lost') return failed(acted.failure);
        const state = work.probe.parse(acted.sight.output);
        return judge(
          work,
          {
            state,
            plan: acted.changes,
            ran: acted.changes.length > 0 ? { kind: 'done', outputs: acted.outputs } : { kind: 'nothing' },
          },
          withResult,
        );
      }
      const sight = this.#sightOf(work);
      const isFresh = sight !== undefined && sight.epoch === work.link.epoch;
      if (!sight || (!isFresh && (work.isDry || work.asLook))) {
        const lost = await this.#explore(work, rest);
        if (lost) return failed(lost);
        if (this.#sightOf(work) === undefined) return failed({ reason: 'lost', why: 'the look was not answered' });
        continue;
      }
      if (work.asLook) return this.#judgeLook(work, sight, withResult);
      const drawn = draw(work, sight, work.link.effects);
      if (!drawn) throw new Error('a sight of other work was taken for one of this');
      const { plan } = drawn;
      const state = work.probe.parse(drawn.sight.output);
      if (work.isDry) return foresee(work, state, plan, host.doubts, withResult);
      if (isFresh && isBlocked(plan)) return judge(work, { state, plan, ran: { kind: 'nothing' } }, withResult);
      if (isFresh && !isBlocked(plan) && plan.length === 0)
        return judge(work, { state, plan, ran: { kind: 'nothing' } }, withResult);
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
      if (this.#sightOf(work) !== sight) continue;
      const isStillFresh = sight.epoch === work.link.epoch && clock.now() - sight.at < FRESH_FOR;
      await this.#chain({ work, sight: drawn.sight, changes: plan, isFresh: isStillFresh }, rest);
    }
    return failed({ reason: 'internal', why: `${work.node.task.id} did not come to an end` });
  }

  async #explore(work: Work, rest: readonly Piece[]): Promise<Failure | undefined> {
    this.#gathered = this.host.gathered.size;
    const present: readonly Piece[] = [{ kind: 'work', work, perhaps: [] }, ...rest];
    return await explore(this.stage, this.host, present, this.around.ahead(work.node));
  }

  #sightOf(work: Work): Sight | undefined {
    const sight = this.host.sights.get(work.key);
    return sight && sight.link === work.link && sight.script === (work.asLook ?? work.probe.script).text
      ? sight
      : undefined;
  }

  #judgeLook(work: Work, sight: Sight, withResult: WithResult): Outcome {
    const state = work.probe.parse({ stdout: '', stderr: '', status: 0 });
    const plan = work.module.plan(work.args, state, work.given);
    return judge(work, { state, plan, ran: { kind: 'done', outputs: [sight.output] } }, withResult);
  }

  #withResult(work: Work, local: Vars): WithResult {
    const { task } = work.node;
    return result =>
      scopeOf(this.stage, this.host, {
        task,
        local: { ...work.node.local, ...local, ...(task.register === undefined ? {} : { [task.register]: result }) },
        isGated: true,
      });
  }

  // ── the chain ─────────────────────────────────────────────────────────────

  /**
   * Acts, and takes along in the same trip whatever behind it can be acted on unseen, or only needs to be seen again.
   * What was blocked when it was looked at is looked at once more behind the last act, which may have made what it lacked.
   */
  async #chain(first: ChainLink, rest: readonly Piece[]): Promise<void> {
    const { host, stage } = this;
    const { ports } = stage.run;
    const chain = new Chain(first);
    const blocked: Work[] = [];
    let isOpen = first.work.timeout === undefined && endsChain(first.work.node.task) === 'no';
    const take = (piece: Piece): void => {
      if (isOpen) isOpen = this.#extend(chain, piece);
      if (!isOpen && piece.kind === 'work' && this.#isBlocked(chain, piece.work)) blocked.push(piece.work);
    };
    for (const piece of rest) take(piece);
    for await (const { node, prepared } of this.around.ahead(first.work.node)) {
      if (endsChain(node.task) === 'before') isOpen = false;
      for (const piece of prepared.kind === 'once' ? [prepared.piece] : prepared.items.map(item => item.piece))
        take(piece);
      if (endsChain(node.task) === 'behind') isOpen = false;
      // Under lockstep the next chain goes no farther than the next task that changes something: the others are looked at behind it.
      if (stage.gate && blocked.length > 0) break;
      if (
        blocked.length >= WIDEST_TAIL ||
        chain.links.length >= LONGEST_CHAIN ||
        (!isOpen && first.work.timeout !== undefined)
      )
        break;
    }
    const tail = isOpen ? await this.#handlersSeen(chain.links) : blocked;
    await sendChain(host, {
      links: chain.links,
      tail,
      now: () => ports.clock.now(),
      watch: (work, text) => {
        // Only what the user's own commands say is worth telling as it comes, and nothing that is to be hidden.
        if (!work.module.opaque || work.noLog) return;
        const task = this.around.label(work.node);
        ports.emit({ at: ports.clock.now(), kind: 'task-output', task, host: host.name, text });
      },
    });
  }

  /** Whether work ahead lacked something when it was looked at, and can be looked at behind this chain. */
  #isBlocked(chain: Chain, work: Work): boolean {
    const first = chain.first.work;
    if (work.link !== first.link || identityWord(work.become) !== identityWord(first.become)) return false;
    if (work.isDry || work.asLook || work.probe.dear) return false;
    const drawn = chain.draw(work, this.host.sights.get(work.key));
    return drawn !== undefined && isBlocked(drawn.plan);
  }

  /** Adds a piece to a chain; false where the chain has to end before it. */
  #extend(chain: Chain, piece: Piece): boolean {
    if (piece.kind === 'skip') return true;
    if (piece.kind === 'directive') return isPassable(piece);
    if (piece.kind !== 'work' || piece.perhaps.length > 0) return false;
    const { work } = piece;
    const first = chain.first.work;
    if (
      chain.links.length >= LONGEST_CHAIN ||
      work.link !== first.link ||
      identityWord(work.become) !== identityWord(first.become)
    )
      return false;
    if (work.isDry || work.timeout !== undefined) return false;
    const drawn = chain.draw(work, this.host.sights.get(work.key));
    if (!drawn || isBlocked(drawn.plan)) return false;
    // Under lockstep others may not have come this far: what is to change must wait for them, what is not may be seen.
    if (drawn.plan.length > 0 && this.stage.gate && !this.stage.gate.isOpen(this.host, work.node.position))
      return false;
    chain.extend(work, drawn.sight, drawn.plan);
    return true;
  }

  async #handlersSeen(links: readonly ChainLink[]): Promise<readonly Work[]> {
    const changed = links.filter(link => link.changes.length > 0).map(link => link.work.node.task);
    const works: Work[] = [];
    const first = links[0]!.work;
    for (const node of this.around.handlers(changed)) {
      const prepared = await prepare(this.stage, this.host, node, { isGated: true });
      const piece = prepared.kind === 'once' ? prepared.piece : undefined;
      if (piece?.kind !== 'work' || piece.work.asLook || piece.work.probe.dear) continue;
      if (piece.work.link === first.link && identityWord(piece.work.become) === identityWord(first.become))
        works.push(piece.work);
    }
    return works;
  }

  // ── until, async ──────────────────────────────────────────────────────────

  async #until(node: Node, piece: Piece, local: Vars): Promise<Outcome> {
    const { stage, host } = this;
    const { task } = node;
    const scope = scopeOf(stage, host, { task, local: { ...node.local, ...local }, isGated: true });
    const number = (source: Task['retries'], byDefault: number): number => {
      const value = keyword(source, scope);
      return value === undefined || value === null ? byDefault : Number(toText(value));
    };
    const retries = number(task.retries, TRIES_BY_DEFAULT);
    const delay = number(task.delay, SECONDS_BETWEEN_TRIES);
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#once(node, piece, local, []);
      if (outcome.kind === 'skipped' || piece.kind !== 'work') return outcome;
      const result: Vars = { ...outcome.result, attempts: attempt };
      const told = scopeOf(stage, host, {
        task,
        local: { ...node.local, ...local, ...(task.register === undefined ? {} : { [task.register]: result }) },
        isGated: true,
      });
      const verdict = task.until
        ? conditions(task.until, told)
        : {
            kind: outcome.kind === 'failed' ? ('false' as const) : ('true' as const),
            why: 'the task failed',
            because: [],
          };
      if (verdict.kind === 'true') return { ...outcome, result };
      // A dry run waits for nothing: what it waits for is most likely one of the changes not made.
      if (verdict.kind === 'unknown' || (piece.work.isDry && host.doubts.length > 0))
        return { kind: 'unsure', because: host.doubts, result: { ...result, failed: false } };
      if (attempt > retries || stage.run.options.signal?.aborted) {
        const failure: Failure =
          outcome.kind === 'failed'
            ? outcome.failure
            : { reason: 'condition', why: `still not so after ${attempt} attempts: ${verdict.why}` };
        return {
          kind: 'failed',
          failure,
          ignored: false,
          result: { ...result, failed: true, msg: outcome.result.msg ?? sayFailure(failure) },
        };
      }
      const { ports } = stage.run;
      ports.emit({
        at: ports.clock.now(),
        kind: 'task-retried',
        task: this.around.label(node),
        host: host.name,
        attempt,
        retries,
      });
      await ports.clock.sleep(delay * 1000);
      host.sights.delete(piece.work.key);
      host.acted.delete(piece.work.key);
    }
  }

  async #isAsync(work: Work): Promise<boolean> {
    const { task } = work.node;
    if (task.async === undefined) return false;
    const value = keyword(task.async, scopeOf(this.stage, this.host, { task, local: work.node.local }));
    return value !== undefined && value !== null && Number(toText(value)) > 0;
  }

  /** A long act, detached from the connection: a lost link does not end it. */
  async #detached(work: Work, sight: Sight, withResult: WithResult): Promise<Outcome> {
    const { task } = work.node;
    const scope = scopeOf(this.stage, this.host, { task, local: work.node.local });
    const state = work.probe.parse(sight.output);
    const plan = work.module.plan(work.args, state, work.given);
    if (isBlocked(plan)) return judge(work, { state, plan, ran: { kind: 'nothing' } }, withResult);
    const seconds = Number(toText(keyword(task.async, scope) ?? 0));
    const poll = Number(toText(keyword(task.poll, scope) ?? 10));
    if (poll <= 0) {
      return failed({
        reason: 'condition',
        why: '`poll: 0`, which leaves a job behind, is not supported: give a `poll` above 0',
      });
    }
    const ran = await runJob(this.stage, work, plan, { seconds, poll });
    if ('reason' in ran) return failed(ran);
    return judge(work, { state, plan, ran: { kind: 'done', outputs: ran } }, withResult);
  }
}

/** Whether the controller has to judge, or wait, at this task, so that a chain cannot run on through it. */
function endsChain(task: Task): 'no' | 'before' | 'behind' {
  const { keywords } = task;
  if (task.until || task.retries !== undefined || task.async !== undefined || task.loop?.pause !== undefined)
    return 'before';
  if (keywords.runOnce !== undefined || keywords.throttle !== undefined) return 'before';
  if (task.failedWhen || keywords.anyErrorsFatal !== undefined) return 'behind';
  return 'no';
}
