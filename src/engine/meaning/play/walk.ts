import type { Failure, Outcome } from '../../../core/outcome.js';
import type { Handler, Step, Task } from '../../../core/play.js';
import type { Vars } from '../../../core/value.js';
import { render } from '../../../template/render.js';
import { Ahead } from '../../ahead/ahead.js';
import { explore } from '../../ahead/explore.js';
import type { Flow } from '../../state/flow.js';
import { type Frame, PART, tasksAhead } from '../../state/frames.js';
import type { HostRun } from '../../state/host.js';
import { awaited, type Item, type Node, type Piece, type Prepared } from '../../state/pending-task.js';
import { behind, type Position } from '../../state/position.js';
import type { Stage } from '../../state/stage.js';
import { fold } from '../task/loop-result.js';
import { failed, failureOf, isLost } from '../task/outcomes.js';
import { Settle } from '../task/perform.js';
import { prepare } from '../task/prepare.js';
import type { Surroundings } from '../task/surroundings.js';
import { describeTask, isInclude, shortName } from '../task/task.js';
import { isYes } from '../variables/boolean.js';
import { factsAmong, MOST_FETCHES, withFacts } from '../variables/facts.js';
import { factsForKeywords, keyword } from '../variables/keywords.js';
import { numberOf } from '../variables/number.js';
import { scopeOf } from '../variables/variables.js';
import { Conclusion } from './conclude.js';
import { Directing } from './directing.js';
import { Teller } from './emit.js';
import { handlersNamed } from './handlers.js';
import { Include } from './include.js';
import { RunOnce } from './run-once.js';
import { Selection } from './selection.js';

/** Rounds of one flush at most: handlers that notify each other must come to an end. */
const ROUNDS_OF_HANDLERS = 10;

/** One host's walk through one play. */
export class Walk {
  readonly #frames: Frame[] = [];
  readonly #teller: Teller;
  readonly #selection: Selection;
  readonly #conclusion: Conclusion;
  readonly #ahead: Ahead;
  readonly #around: Surroundings;
  readonly #settle: Settle;
  readonly #directing: Directing;
  readonly #include: Include;
  readonly #once: RunOnce;
  #isForced: boolean | undefined;
  /** Blocks with a rescue in whose bodies the host is now. */
  #rescuers = 0;
  /** Position of the flush that ends the present section. */
  #flush: Position = [];

  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
  ) {
    this.#teller = new Teller(stage, host);
    this.#selection = new Selection(stage, host, this.#teller);
    this.#conclusion = new Conclusion(stage, host, this.#teller, () => this.#rescuers > 0);
    this.#ahead = new Ahead(stage, host, node => this.#selection.foresees(node));
    const around: Surroundings = {
      ahead: node => this.#ahead.look(node, tasksAhead(this.#frames)),
      handlers: changed => this.#handlersBehind(changed),
      label: node => this.#teller.label(node),
      fetch: node => because => explore(stage, host, [{ kind: 'wait', because }], around.ahead(node)),
    };
    this.#around = around;
    this.#settle = new Settle(stage, host, around);
    this.#directing = new Directing(stage, host, around);
    this.#include = new Include(stage, host);
    this.#once = new RunOnce(stage, host);
  }

  /** Goes through the play. Never throws, but for our own bugs. */
  async run(): Promise<void> {
    const { stage, host } = this;
    try {
      let flow: Flow = 'on';
      for (const [i, section] of stage.play.sections.entries()) {
        this.#flush = [2 * i + 1];
        if (flow === 'on')
          flow = await this.#walk({ steps: section.steps, base: [2 * i], local: undefined, isHandlers: false });
        if (flow === 'on' || (flow === 'failed' && this.#forcesHandlers)) {
          const flushed = await this.flush(this.#flush);
          if (flow === 'on') flow = flushed;
        }
      }
      if (flow === 'failed' && host.standing === 'well') host.standing = 'failed';
    } finally {
      stage.gate?.leave(host);
    }
  }

  /** Whether handlers run though the host failed; asked once. */
  get #forcesHandlers(): boolean {
    this.#isForced ??= this.#askForced();
    return this.#isForced;
  }

  #askForced(): boolean {
    const { play, run } = this.stage;
    if (run.options.forceHandlers) return true;
    if (play.forceHandlers === undefined) return false;
    try {
      return isYes(render(play.forceHandlers, scopeOf(this.stage, this.host, {})));
    } catch (error) {
      // The host has failed already: that its handlers do not run is said, and is no failure of its own.
      const failure = failureOf(error, play);
      const diagnostics = failure.reason === 'template' ? failure.diagnostics : [];
      for (const diagnostic of diagnostics) this.#teller.tell({ kind: 'warned', diagnostic, host: this.host.name });
      return false;
    }
  }

  async #walk(start: Omit<Frame, 'index'>): Promise<Flow> {
    const frame: Frame = { ...start, index: 0 };
    this.#frames.push(frame);
    try {
      for (; frame.index < frame.steps.length; frame.index++) {
        const step = frame.steps[frame.index]!;
        const position = [...frame.base, frame.index];
        const flow =
          step.kind === 'block'
            ? await this.#block(step, position, frame)
            : await this.#task({ task: step, position, isHandler: frame.isHandlers, local: frame.local });
        if (flow !== 'on') return flow;
      }
      return 'on';
    } finally {
      this.#frames.pop();
    }
  }

  async #block(block: Step & { kind: 'block' }, position: Position, { local, isHandlers }: Frame): Promise<Flow> {
    const always = { steps: block.always, base: [...position, PART.always] };
    const then = block.always.length > 0 ? always : undefined;
    const catches = block.rescue.length > 0 ? 1 : 0;
    this.#rescuers += catches;
    let flow = await this.#walk({ steps: block.body, base: [...position, PART.body], local, isHandlers, then });
    this.#rescuers -= catches;
    if (flow === 'failed' && block.rescue.length > 0) {
      const told = this.#toldOfFailure(local);
      flow = await this.#walk({ steps: block.rescue, base: [...position, PART.rescue], local: told, isHandlers, then });
      if (flow === 'left') this.#leaveAsFailed();
      if (flow === 'on') {
        this.stage.rescued(this.host);
        this.#teller.tell({ kind: 'host-rescued', host: this.host.name });
      }
    }
    if (flow === 'left' || block.always.length === 0) return flow;
    const told = flow === 'failed' ? this.#toldOfFailure(local) : local;
    const ended = await this.#walk({ ...always, local: told, isHandlers });
    if (flow === 'failed' && ended === 'left') this.#leaveAsFailed();
    return ended === 'on' ? flow : ended;
  }

  /** Who ends its play behind a failure that was not rescued to the end has failed. */
  #leaveAsFailed(): void {
    const { stage, host } = this;
    if (host.standing === 'ended' && !stage.run.options.signal?.aborted) host.standing = 'failed';
  }

  /** What a rescue or an always may read of the failure it follows. */
  #toldOfFailure(local: Vars | undefined): Vars | undefined {
    const last = this.#conclusion.lastFailure;
    if (!last) return local;
    return { ...local, ansible_failed_result: last.result, ansible_failed_task: describeTask(last.task) };
  }

  /** One task. Keywords of it that cannot be rendered, and arguments, are its own failure. */
  async #task(node: Node): Promise<Flow> {
    const { stage, host } = this;
    stage.gate?.reach(host, node.position);
    const began = stage.run.ports.clock.now();
    return await this.#caught(node, began, () => this.#attempt(node, began));
  }

  async #caught(node: Node, began: number, act: () => Promise<Flow>): Promise<Flow> {
    try {
      return await act();
    } catch (error) {
      return await this.#conclusion.draw(node, failed(failureOf(error, node.task)), { began });
    }
  }

  async #attempt(node: Node, began: number): Promise<Flow> {
    const { stage, host } = this;
    if (!this.#selection.takes(node)) return 'on';
    // `meta: end_play` on one host ends the play for all of them.
    if (stage.run.options.signal?.aborted || host.standing === 'ended') return 'left';
    if (stage.fatal !== undefined && !stage.gate && !stage.heeded.has(host)) {
      stage.heeded.add(host);
      return 'failed';
    }
    if (node.isHandler) {
      const handler = this.#selection.handlerOf(node);
      const isSure = handler === undefined || host.notified.delete(handler);
      if (handler) host.perhapsNotified.delete(handler);
      if (!isSure)
        return await this.#conclusion.draw(node, { kind: 'unsure', because: host.doubts, result: {} }, { began });
    }
    const lost = await this.#fetchForWay(node);
    if (lost) return await this.#conclusion.draw(node, failed(lost), { began });
    if (this.#once.holds(node)) {
      const act = (): Promise<Flow> => this.#perform(node, stage.run.ports.clock.now());
      return await this.#once.perform(node, () => this.#caught(node, began, act));
    }
    const width = this.#throttleOf(node);
    if (width === undefined) return await this.#unlessEnded(node, await this.#perform(node, began));
    return await stage.throttle(node.position, width)(() => this.#perform(node, began));
  }

  /** Facts that `run_once` and `throttle` hang on, which are asked for before the task is prepared. */
  async #fetchForWay(node: Node): Promise<Failure | undefined> {
    const { stage, host } = this;
    const { task, local } = node;
    if (task.keywords.runOnce === undefined && task.keywords.throttle === undefined) return undefined;
    const fetched = await withFacts(
      () => factsForKeywords(task, stage.play, scopeOf(stage, host, { task, local })),
      facts => facts,
      this.#around.fetch(node),
    );
    return 'lost' in fetched ? fetched.lost : undefined;
  }

  /** Where one host may end the play for all, all come along first: who ran ahead would do what is not to be done. */
  async #unlessEnded({ task, position }: Node, flow: Flow): Promise<Flow> {
    if (flow !== 'on' || shortName(task.module) !== 'meta' || !/end_(?:play|batch)/.test(JSON.stringify(task.args)))
      return flow;
    await this.stage.gate?.pass(this.host, behind(position));
    return this.host.standing === 'ended' ? 'left' : flow;
  }

  /** `throttle`: how many hosts may do the task at once. Not for includes, whose tasks wait for other hosts to come along. */
  #throttleOf({ task, local }: Node): number | undefined {
    if (task.keywords.throttle === undefined || isInclude(task)) return undefined;
    const { throttle } = task.keywords;
    const value = keyword(throttle, scopeOf(this.stage, this.host, { task, local }));
    const width = numberOf(value, 'throttle', throttle) ?? 0;
    return width > 0 ? width : undefined;
  }

  // ── one task ──────────────────────────────────────────────────────────────

  async #perform(node: Node, began: number): Promise<Flow> {
    const prepared = await this.#ready(node);
    if ('reason' in prepared) return await this.#conclusion.draw(node, failed(prepared), { began });
    if (prepared.kind === 'once') {
      const { piece } = prepared;
      if (piece.kind === 'directive') return await this.#direct(node, piece, began, 0);
      this.#teller.tell({ kind: 'task-started', task: this.#teller.label(node), host: this.host.name });
      return await this.#conclusion.draw(node, await this.#settle.settle(node, piece, {}, []), { began });
    }
    return await this.#loop(node, prepared.items, began);
  }

  async #loop(node: Node, items: readonly Item[], began: number): Promise<Flow> {
    const { task } = node;
    const outcomes: Outcome[] = [];
    const variable = task.loop!.variable;
    this.#teller.tell({ kind: 'task-started', task: this.#teller.label(node), host: this.host.name });
    for (const [i, item] of items.entries()) {
      let outcome: Outcome;
      if (item.piece.kind === 'directive') {
        if (isInclude(task)) {
          const flow = await this.#direct(
            { ...node, local: { ...node.local, [variable]: item.value, ansible_loop_var: variable } },
            item.piece,
            began,
            i,
          );
          if (flow !== 'on') return flow;
          continue;
        }
        const directed = await this.#directing.carryOut(node, item.piece, { [variable]: item.value });
        if (directed.kind !== 'outcome') continue;
        outcome = directed.outcome;
      } else {
        outcome = await this.#settle.settle(
          node,
          item.piece,
          { [variable]: item.value },
          items.slice(i + 1).map(next => next.piece),
        );
      }
      outcomes.push(outcome);
      this.#teller.tell({
        kind: 'item-finished',
        task: this.#teller.label(node),
        host: this.host.name,
        item: item.label,
        outcome: this.#teller.veiled(node, outcome),
      });
      if (outcome.kind === 'failed' && isLost(outcome.failure)) break;
      await this.#pauseBetween(node, i < items.length - 1);
    }
    if (isInclude(task) && outcomes.length === 0)
      return items.length > 0
        ? 'on'
        : await this.#conclusion.draw(node, fold(items, outcomes, task.loop!), { began, items: 0 });
    return await this.#conclusion.draw(node, fold(items, outcomes, task.loop!), { began, items: items.length });
  }

  async #pauseBetween({ task, local }: Node, hasNext: boolean): Promise<void> {
    if (!hasNext || task.loop?.pause === undefined) return;
    const { pause } = task.loop;
    const value = keyword(pause, scopeOf(this.stage, this.host, { task, local }));
    const seconds = numberOf(value, 'pause', pause);
    if (seconds !== undefined) await this.stage.run.ports.clock.sleep(seconds * 1000);
  }

  /** Prepares the present task; what it waits for (facts, the lockstep) is fetched. In apply mode nothing else can be missing. */
  async #ready(node: Node): Promise<Prepared | Failure> {
    const { stage, host } = this;
    let isGated = !stage.gate;
    let prepared = this.#ahead.take(node);
    for (let tries = 0; ; tries++) {
      prepared ??= await prepare(stage, host, node, { isGated });
      const waiting = waits(prepared);
      if (factsAmong(waiting).length > 0 && tries < MOST_FETCHES) {
        const lost = await explore(stage, host, pieces(prepared), this.#around.ahead(node));
        if (lost) return lost;
      } else if (waiting.includes('gate:') && !isGated) {
        await stage.gate?.pass(host, node.position);
        isGated = true;
      } else return prepared;
      prepared = undefined;
    }
  }

  // ── directives ────────────────────────────────────────────────────────────

  async #direct(node: Node, piece: Piece & { kind: 'directive' }, began: number, index: number): Promise<Flow> {
    const directed = await this.#directing.carryOut(node, piece, {});
    switch (directed.kind) {
      case 'outcome':
        return await this.#conclusion.draw(node, directed.outcome, { began });
      case 'flush':
        return await this.flush(node.position);
      case 'leave':
        this.host.standing = this.host.standing === 'well' ? 'ended' : this.host.standing;
        return 'left';
      case 'end-role':
        this.#selection.endedRole = node.task.role;
        return 'on';
      case 'include': {
        const included = await this.#include.load(node, directed);
        if (!included.ok)
          return await this.#conclusion.draw(node, failed({ reason: 'template', diagnostics: included.error }), {
            began,
          });
        return await this.#walk({
          steps: included.value.steps,
          base: [...node.position, index],
          local: node.local,
          isHandlers: node.isHandler,
        });
      }
    }
  }

  // ── handlers ──────────────────────────────────────────────────────────────

  /** Runs what was notified, in definition order; handlers may notify further ones. */
  async flush(at: Position): Promise<Flow> {
    const { host } = this;
    for (let round = 0; round < ROUNDS_OF_HANDLERS; round++) {
      if (host.notified.size === 0 && host.perhapsNotified.size === 0) return 'on';
      const handlers = this.#selection.handlers();
      const flow = await this.#walk({
        steps: handlers.map(handler => handler.task),
        base: [...at, 0, round],
        local: undefined,
        isHandlers: true,
      });
      if (flow !== 'on') return flow;
    }
    return 'on';
  }

  /** Handlers that the flush behind this section will run, if these tasks change something: worth looking at in advance. */
  #handlersBehind(changed: readonly Task[]): readonly Node[] {
    const names = new Set<string>();
    for (const task of changed) for (const source of task.notify) if (typeof source === 'string') names.add(source);
    const wanted = new Set<Handler>(this.host.notified);
    for (const name of names) for (const handler of handlersNamed(this.stage, this.host, name)) wanted.add(handler);
    return this.#selection
      .handlers()
      .flatMap((handler, i) =>
        wanted.has(handler) ? [{ task: handler.task, position: [...this.#flush, 0, 0, i], isHandler: true }] : [],
      );
  }
}

const pieces = (prepared: Prepared): readonly Piece[] =>
  prepared.kind === 'once' ? [prepared.piece] : prepared.items.map(item => item.piece);

const waits = (prepared: Prepared): readonly string[] => pieces(prepared).flatMap(awaited);
