import type { Failure } from '../../../core/outcome.js';
import type { Step } from '../../../core/play.js';
import { render } from '../../../template/render.js';
import type { Flow } from '../../state/flow.js';
import { type Frame, PART } from '../../state/frames.js';
import type { HostRun } from '../../state/host.js';
import type { Node } from '../../state/pending-task.js';
import { behind, type Position } from '../../state/position.js';
import type { Stage } from '../../state/stage.js';
import { failed, failureOf } from '../task/outcomes.js';
import { isInclude, shortName } from '../task/task.js';
import type { Trips } from '../trips/trips.js';
import { isTrue } from '../variables/boolean.js';
import { withFacts } from '../variables/facts.js';
import { factsForKeywords, keyword } from '../variables/keywords.js';
import { numberOf } from '../variables/number.js';
import { scopeOf } from '../variables/variables.js';
import { Conclusion } from './conclude.js';
import { Emitter } from './emit.js';
import { RunOnce } from './run-once.js';
import { Selection } from './selection.js';
import { Turn } from './turn.js';

/** In lockstep with more hosts than this, connections are closed while a host waits for the others. */
const MOST_CONNECTED = 500;

/** Rounds of one flush at most: handlers that notify each other must come to an end. */
const ROUNDS_OF_HANDLERS = 10;

/** What is ahead of a host, for whoever looks there. */
export interface Outlook {
  /** The lists of steps being walked, the innermost last. */
  readonly frames: readonly Frame[];
  /** Whether the host will do a task, as far as can be told now. */
  foresees(node: Node): boolean;
  readonly emitter: Emitter;
}

/** Makes the trips of a host on one play. */
export type TripsOf = (stage: Stage, host: HostRun, outlook: Outlook) => Trips;

/** One host's walk through one play. */
export class Walk {
  readonly #frames: Frame[] = [];
  readonly #emitter: Emitter;
  readonly #selection: Selection;
  readonly #conclusion: Conclusion;
  readonly #trips: Trips;
  readonly #turn: Turn;
  readonly #once: RunOnce;
  #isForced: boolean | undefined;
  /** Blocks with a rescue in whose bodies the host is now. */
  #rescuers = 0;

  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
    tripsOf: TripsOf,
  ) {
    this.#emitter = new Emitter(stage, host);
    this.#selection = new Selection(stage, host, this.#emitter);
    this.#conclusion = new Conclusion(stage, host, this.#emitter, () => this.#rescuers > 0);
    this.#trips = tripsOf(stage, host, {
      frames: this.#frames,
      foresees: node => this.#selection.foresees(node),
      emitter: this.#emitter,
    });
    this.#once = new RunOnce(stage, host, (...heard) => this.#conclusion.obey(...heard));
    this.#turn = new Turn(stage, host, {
      emitter: this.#emitter,
      conclusion: this.#conclusion,
      selection: this.#selection,
      trips: this.#trips,
      walk: start => this.#walk(start),
      flush: position => this.#flush(position),
      inLoop: loop => {
        this.#frames.at(-1)!.loop = loop;
      },
    });
  }

  /** Goes through the play. Never throws, but for our own bugs. */
  async run(): Promise<void> {
    const { stage, host } = this;
    try {
      let flow: Flow = 'on';
      // Handlers run behind each section, at the numbers between.
      const sections = stage.play.sections.map(({ steps }, i) => ({ steps, base: [2 * i] }));
      for (const [i, section] of sections.entries()) {
        const then = sections.slice(i + 1);
        if (flow === 'on')
          flow = await this.#walk({ ...section, local: undefined, isHandlers: false, isFollowed: true, then });
        if (flow === 'on' || (flow === 'failed' && this.#forcesHandlers)) {
          const flushed = await this.#flush([2 * i + 1]);
          if (flow === 'on') flow = flushed;
        }
      }
      if (flow === 'failed' && host.standing === 'well') host.standing = 'failed';
    } finally {
      stage.gate?.leave(host);
      await this.#trips.idle();
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
      return isTrue(render(play.forceHandlers, scopeOf(this.stage, this.host, {})));
    } catch (error) {
      // The host has failed already: that its handlers do not run is said, and is no failure of its own.
      const failure = failureOf(error, play);
      const diagnostics = failure.reason === 'template' ? failure.diagnostics : [];
      for (const diagnostic of diagnostics) this.#emitter.emit({ kind: 'warned', diagnostic, host: this.host.name });
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
    const then = block.always.length > 0 ? [always] : undefined;
    const catches = block.rescue.length > 0 ? 1 : 0;
    this.#rescuers += catches;
    let flow = await this.#walk({ steps: block.body, base: [...position, PART.body], local, isHandlers, then });
    this.#rescuers -= catches;
    if (flow === 'failed' && block.rescue.length > 0) {
      flow = await this.#walk({ steps: block.rescue, base: [...position, PART.rescue], local, isHandlers, then });
      if (flow === 'left') this.#leaveAsFailed();
      if (flow === 'on') this.stage.rescued(this.host);
    }
    if (flow === 'left' || block.always.length === 0) return flow;
    const { pardons } = this.host;
    const ended = await this.#walk({ ...always, local, isHandlers });
    // `meta: clear_host_errors` there undoes the failure: the host goes on behind the block.
    if (flow === 'failed' && this.host.pardons > pardons) return ended;
    if (flow === 'failed' && ended === 'left') this.#leaveAsFailed();
    return ended === 'on' ? flow : ended;
  }

  /** Who ends its play behind a failure that was not rescued to the end has failed. */
  #leaveAsFailed(): void {
    const { stage, host } = this;
    if (host.standing === 'ended' && !stage.run.options.signal?.aborted) host.standing = 'failed';
  }

  /** One task; those that the host will not do need no lockstep. Keywords that cannot be rendered are the task's own failure. */
  async #task(node: Node): Promise<Flow> {
    const { stage, host } = this;
    const began = stage.run.ports.clock.now();
    if (stage.gate && this.#selection.foresees(node)) {
      if (stage.batch.length > MOST_CONNECTED) await stage.run.leave(host);
      await stage.gate.pass(host, node.position);
    }
    return await this.#caught(node, began, () => this.#attempt(node));
  }

  async #caught(node: Node, began: number, act: () => Promise<Flow>): Promise<Flow> {
    try {
      return await act();
    } catch (error) {
      return await this.#conclusion.draw(node, failed(failureOf(error, node.task)), { began });
    }
  }

  async #attempt(node: Node): Promise<Flow> {
    const { stage, host } = this;
    if (!this.#selection.takes(node)) return 'on';
    // `meta: end_play` on one host ends the play for all of them.
    if (host.standing === 'ended') return 'left';
    // No further task starts, but tasks that a chain has already done are reported.
    if (stage.run.options.signal?.aborted && !(await this.#trips.owes())) return 'left';
    const verdict = stage.hear(host);
    if (verdict) return this.#conclusion.obey(verdict, node.task, {});
    const began = stage.run.ports.clock.now();
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
      const act = (): Promise<Flow> => this.#turn.take(node, stage.run.ports.clock.now());
      return await this.#once.perform(node, () => this.#caught(node, began, act));
    }
    const width = this.#throttleOf(node);
    if (width === undefined) return await this.#unlessEnded(node, await this.#turn.take(node, began));
    return await stage.throttle(node.position, width)(() => this.#turn.take(node, stage.run.ports.clock.now()));
  }

  /** Facts that `run_once` and `throttle` depend on, which are asked for before the task is prepared. */
  async #fetchForWay(node: Node): Promise<Failure | undefined> {
    const { stage, host } = this;
    const { task, local } = node;
    if (task.keywords.runOnce === undefined && task.keywords.throttle === undefined) return undefined;
    const fetched = await withFacts(
      () => factsForKeywords(task, stage.play, scopeOf(stage, host, { task, local })),
      facts => facts,
      because => this.#trips.fetch(because),
    );
    return 'lost' in fetched ? fetched.lost : undefined;
  }

  /** Where one host may end the play for all, all come along first. */
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

  /** Runs what was notified, in definition order; handlers may notify further ones. */
  async #flush(at: Position): Promise<Flow> {
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
}
