import type { Failure, Outcome, TaskLabel } from '../core/outcome.js';
import type { Handler, Step, Task } from '../core/play.js';
import { isVars, RenderError, type Source, type SourceVars, Template, Unknown, type Value, type Vars } from '../core/value.js';
import { render } from '../template/render.js';
import { isYes } from './yes.js';
import { toText } from '../template/text.js';
import { Ahead, type Foreseen } from './ahead.js';
import { type Directed, direct } from './directives/direct.js';
import { explore } from './explore.js';
import { type Frame, PART, tasksAhead } from './frames.js';
import { handlersNamed } from './handlers.js';
import type { HostRun } from './host.js';
import { Include } from './include.js';
import { sayFailure } from './judge.js';
import { fold } from './loop.js';
import { behind, compare, type Position } from './position.js';
import { awaited, type Item, failureOf, keyword, type Node, type Piece, type Prepared, prepare, shortName } from './prepare.js';
import { Settle } from './settle.js';
import type { Stage } from './stage.js';
import { LazyVars } from './scope.js';
import { isSelected } from './tags.js';
import { scopeOf, type Viewpoint } from './variables.js';

/** How the walk goes on behind a step: to the next, to a rescue, or not at all. */
export type Flow = 'on' | 'failed' | 'left';

/** A flush is a position of its own behind each section. */
const ROUNDS_OF_HANDLERS = 10;

/** One host's walk through one play. */
export class Walk {
  readonly #frames: Frame[] = [];
  readonly #ahead: Ahead;
  readonly #settle: Settle;
  readonly #include: Include;
  #lastFailure: { readonly task: Task; readonly result: Vars } | undefined;
  /** Set by `meta: end_role`. */
  #endedRole: Task['role'];
  /** Position of the flush that ends the present section. */
  #flush: Position = [];

  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
  ) {
    this.#ahead = new Ahead(stage, host, node => this.#isSelected(node));
    this.#settle = new Settle(stage, host, {
      ahead: node => this.#ahead.look(node, tasksAhead(this.#frames)),
      handlers: changed => this.#handlersBehind(changed),
      label: node => this.label(node),
    });
    this.#include = new Include(stage, host);
  }

  /** Goes through the play. Never throws, but for our own bugs. */
  async run(): Promise<void> {
    const { stage, host } = this;
    try {
      let flow: Flow = 'on';
      for (const [i, section] of stage.play.sections.entries()) {
        this.#flush = [2 * i + 1];
        if (flow === 'on') flow = await this.#walk({ steps: section.steps, base: [2 * i], local: undefined, isHandlers: false });
        if (flow === 'on' || (flow === 'failed' && this.#forcesHandlers())) {
          const flushed = await this.flush(this.#flush);
          if (flow === 'on') flow = flushed;
        }
      }
      if (flow === 'failed' && host.standing === 'well') host.standing = 'failed';
    } finally {
      stage.gate?.leave(host);
    }
  }

  #forcesHandlers(): boolean {
    const forced = this.stage.play.forceHandlers;
    return this.stage.run.options.forceHandlers || (forced !== undefined && isYes(render(forced, scopeOf(this.stage, this.host, {}))));
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
    let flow = await this.#walk({ steps: block.body, base: [...position, PART.body], local, isHandlers, then });
    if (flow === 'failed' && block.rescue.length > 0) {
      const failed = this.#lastFailure;
      const told: Vars = failed ? { ...local, ansible_failed_result: failed.result, ansible_failed_task: describe(failed.task) } : { ...local };
      flow = await this.#walk({ steps: block.rescue, base: [...position, PART.rescue], local: told, isHandlers, then });
      if (flow === 'on') {
        this.stage.rescued(this.host);
        this.#emit({ kind: 'host-rescued', host: this.host.name });
      }
    }
    if (flow === 'left' || block.always.length === 0) return flow;
    const failed = this.#lastFailure;
    const told: Vars | undefined = flow === 'failed' && failed ? { ...local, ansible_failed_result: failed.result, ansible_failed_task: describe(failed.task) } : local;
    const last = await this.#walk({ ...always, local: told, isHandlers });
    return last === 'on' ? flow : last;
  }

  async #task(node: Node): Promise<Flow> {
    const { stage, host } = this;
    stage.gate?.reach(host, node.position);
    if (!this.#isSelected(node)) return 'on';
    if (stage.run.options.signal?.aborted) return 'left';
    if (stage.fatal !== undefined && !stage.gate) return 'failed';
    if (node.isHandler) {
      const handler = this.#allHandlers().find(h => h.task === node.task);
      const isSure = handler === undefined || host.notified.delete(handler);
      if (handler) host.perhapsNotified.delete(handler);
      if (!isSure) return await this.#conclude(node, stage.run.ports.clock.now(), { kind: 'unsure', because: host.doubts, result: {} }, undefined);
    }
    if (await this.#isRunOnce(node)) return await this.#once(node);
    const began = stage.run.ports.clock.now();
    return await this.#perform(node, began);
  }

  // ── run_once ──────────────────────────────────────────────────────────────

  async #isRunOnce({ task, local }: Node): Promise<boolean> {
    if (task.keywords.runOnce === undefined || this.stage.batch.length === 1) return false;
    try {
      const value = keyword(task.keywords.runOnce, scopeOf(this.stage, this.host, { task, local }));
      return value !== undefined && isYes(value);
    } catch {
      return false; // reported when the task is prepared
    }
  }

  /** The first host of the batch that comes here does it; the others take its result. */
  async #once(node: Node): Promise<Flow> {
    const { stage, host } = this;
    const { gate } = stage;
    await gate?.pass(host, node.position);
    const key = node.position.join('.');
    const doer = gate ? stage.batch.find(other => compare(gate.at(other), node.position) === 0) : host;
    const doing = stage.once.get(key) as Promise<Flow> | undefined;
    if (doing) return await doing;
    if (doer !== undefined && doer !== host) {
      // It stands at the same place and begins as soon as it is let.
      await new Promise<void>(resolve => setImmediate(resolve));
      return await this.#once(node);
    }
    const begun = this.#perform(node, stage.run.ports.clock.now());
    stage.once.set(key, begun);
    const flow = await begun;
    this.#share(node.task);
    return flow;
  }

  /** What a run_once task registered or set is known on every host of the batch. */
  #share(task: Task): void {
    const names = [...(task.register === undefined ? [] : [task.register]), ...(shortName(task.module) === 'set_fact' ? Object.keys(task.args as Vars) : [])];
    for (const other of this.stage.batch) {
      if (other === this.host) continue;
      for (const name of names) if (Object.hasOwn(this.host.registered, name)) other.registered[name] = this.host.registered[name]!;
      other.version++;
    }
  }

  // ── one task ──────────────────────────────────────────────────────────────

  async #perform(node: Node, began: number): Promise<Flow> {
    const prepared = await this.#ready(node);
    if ('reason' in prepared) return await this.#conclude(node, began, failed(prepared), undefined);
    if (prepared.kind === 'once') {
      const { piece } = prepared;
      if (piece.kind === 'directive') return await this.#direct(node, piece, began, 0);
      this.#emit({ kind: 'task-started', task: this.label(node), host: this.host.name });
      return await this.#conclude(node, began, await this.#settle.settle(node, piece, {}, []), undefined);
    }
    return await this.#loop(node, prepared.items, began);
  }

  async #loop(node: Node, items: readonly Item[], began: number): Promise<Flow> {
    const { task } = node;
    const outcomes: Outcome[] = [];
    const variable = task.loop!.variable;
    this.#emit({ kind: 'task-started', task: this.label(node), host: this.host.name });
    for (const [i, item] of items.entries()) {
      let outcome: Outcome;
      if (item.piece.kind === 'directive') {
        if (isInclude(task)) {
          const flow = await this.#direct({ ...node, local: { ...node.local, [variable]: item.value, ansible_loop_var: variable } }, item.piece, began, i);
          if (flow !== 'on') return flow;
          continue;
        }
        const directed = await this.#carryOut(node, item.piece);
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
      this.#emit({ kind: 'item-finished', task: this.label(node), host: this.host.name, item: item.label, outcome: this.#veiled(node, outcome) });
      if (outcome.kind === 'failed' && isLost(outcome.failure)) break;
      await this.#pauseBetween(node, i < items.length - 1);
    }
    if (isInclude(task) && outcomes.length === 0) return items.length > 0 ? 'on' : await this.#conclude(node, began, fold(items, outcomes, variable), 0);
    return await this.#conclude(node, began, fold(items, outcomes, variable), items.length);
  }

  async #pauseBetween({ task, local }: Node, hasNext: boolean): Promise<void> {
    if (!hasNext || task.loop?.pause === undefined) return;
    const seconds = keyword(task.loop.pause, scopeOf(this.stage, this.host, { task, local }));
    if (seconds !== undefined && seconds !== null) await this.stage.run.ports.clock.sleep(Number(toText(seconds)) * 1000);
  }

  /** Prepares the present task; what it waits for (facts, the lockstep) is fetched. In apply mode nothing else can be missing. */
  async #ready(node: Node): Promise<Prepared | Failure> {
    const { stage, host } = this;
    let isGated = !stage.gate;
    let prepared = this.#ahead.take(node);
    for (let tries = 0; ; tries++) {
      prepared ??= await prepare(stage, host, node, { isGated });
      const waiting = waits(prepared);
      if (waiting.some(word => word.startsWith('fact:')) && tries < 30) {
        const lost = await explore(stage, host, pieces(prepared), this.#ahead.look(node, tasksAhead(this.#frames)));
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
    const directed = await this.#carryOut(node, piece);
    switch (directed.kind) {
      case 'outcome':
        return await this.#conclude(node, began, directed.outcome, undefined);
      case 'flush':
        return await this.flush(node.position);
      case 'leave':
        this.host.standing = this.host.standing === 'well' ? 'ended' : this.host.standing;
        return 'left';
      case 'end-role':
        this.#endedRole = node.task.role;
        return 'on';
      case 'include': {
        const included = await this.#include.load(node, directed);
        if (!included.ok) return await this.#conclude(node, began, failed({ reason: 'template', diagnostics: included.error }), undefined);
        return await this.#walk({ steps: included.value.steps, base: [...node.position, index], local: node.local, isHandlers: node.isHandler });
      }
    }
  }

  async #carryOut(node: Node, piece: Piece & { kind: 'directive' }): Promise<Directed> {
    try {
      return await direct({ stage: this.stage, host: this.host, node, piece, label: this.label(node), explore: this.#exploreFacts(node) });
    } catch (error) {
      return { kind: 'outcome', outcome: failed(failureOf(error, node.task)) };
    }
  }

  #exploreFacts(node: Node): (because: readonly string[]) => Promise<Failure | undefined> {
    return because => explore(this.stage, this.host, [{ kind: 'wait', because }], this.#ahead.look(node, tasksAhead(this.#frames)));
  }

  // ── what follows from an outcome ──────────────────────────────────────────

  async #conclude(node: Node, began: number, outcome: Outcome, items: number | undefined): Promise<Flow> {
    const { stage, host } = this;
    const { task } = node;
    const scope = scopeOf(stage, host, { task, local: node.local });
    const says = (source: Task['keywords']['noLog']): boolean => {
      try {
        const value = keyword(source, scope);
        return value !== undefined && isYes(value);
      } catch {
        return false;
      }
    };
    let final = outcome;
    if (outcome.kind === 'failed') {
      const ignored = isLost(outcome.failure) ? says(task.keywords.ignoreUnreachable) : says(task.keywords.ignoreErrors);
      final = { ...outcome, ignored };
    }
    if (final.kind === 'failed' && this.#isDoubtful(task, final.failure)) final = { kind: 'unsure', because: host.doubts, result: { ...final.result, failed: false } };
    if (task.register !== undefined) {
      host.registered[task.register] = final.kind === 'ok' || stage.run.options.mode === 'apply' ? final.result : openResult(final.result, task);
      if (host.doubts.length > 0) host.doubtful.add(task.register);
    }
    const facts = final.result['ansible_facts'];
    if (facts !== undefined && typeof facts === 'object' && facts !== null && !(facts instanceof Unknown)) {
      Object.assign(host.facts, facts);
      host.version++;
    }
    const problem = final.kind === 'changed' || final.kind === 'unsure' ? this.#notify(task, node, final.kind) : undefined;
    if (problem) final = failed(problem);
    if ((final.kind === 'changed' || final.kind === 'unsure') && stage.run.options.mode === 'check') host.doubts.push(this.label(node).name);
    const now = stage.run.ports.clock.now();
    this.#emit({ kind: 'task-finished', task: this.label(node), host: host.name, outcome: this.#veiled(node, final), place: task.place, ms: now - began, noLog: says(task.keywords.noLog), items });
    const flow = this.#flowOf(node, final);
    return await this.#agree(node, flow, final);
  }

  /** Check mode: a failure over what was seen while changes are pending is no failure yet; the changes may mend it. */
  #isDoubtful(task: Task, failure: Failure): boolean {
    if (this.host.doubtful.size === 0 || (failure.reason !== 'template' && failure.reason !== 'condition' && failure.reason !== 'blocked')) return false;
    return readsOf(task).some(name => this.host.doubtful.has(name));
  }

  #flowOf(node: Node, outcome: Outcome): Flow {
    if (outcome.kind !== 'failed' || outcome.ignored) return 'on';
    this.#lastFailure = { task: node.task, result: outcome.result };
    if (!isLost(outcome.failure)) {
      this.stage.failed(this.host);
      return 'failed';
    }
    this.host.standing = outcome.failure.reason === 'interrupted' ? 'ended' : 'unreachable';
    this.#emit({ kind: 'host-lost', host: this.host.name, why: sayFailure(outcome.failure) });
    this.stage.failed(this.host);
    return 'left';
  }

  /** any_errors_fatal and max_fail_percentage: the task ends on all hosts of the batch, then all hear the verdict. */
  async #agree({ task, position, local }: Node, flow: Flow, outcome: Outcome): Promise<Flow> {
    const { stage, host } = this;
    const scope = scopeOf(stage, host, { task, local });
    const fatal = keyword(task.keywords.anyErrorsFatal, scope);
    const isFatal = fatal !== undefined && isYes(fatal);
    const percentage = stage.play.maxFailPercentage;
    if (!isFatal && percentage === undefined) return flow;
    const here = position.join('.');
    if (flow !== 'on' && isFatal) stage.verdicts.set(here, `${host.name} failed, and any_errors_fatal is set`);
    if (!stage.gate) {
      if (flow !== 'on' && isFatal) stage.fatal = stage.verdicts.get(here);
      return flow;
    }
    await stage.gate.pass(host, behind(position));
    if (percentage !== undefined) {
      const limit = Number(toText(keyword(percentage, scope) ?? 100));
      if ((stage.failures.size / stage.batch.length) * 100 > limit) stage.verdicts.set(here, `more than ${limit} % of the hosts failed`);
    }
    const verdict = stage.verdicts.get(here);
    if (verdict === undefined || flow !== 'on') return flow;
    stage.fatal ??= verdict;
    this.#lastFailure = { task, result: { ...outcome.result, failed: true, msg: verdict } };
    return 'failed';
  }

  #notify(task: Task, node: Node, kind: 'changed' | 'unsure'): Failure | undefined {
    const scope = scopeOf(this.stage, this.host, { task, local: node.local });
    for (const source of task.notify) {
      let value: Value;
      try {
        value = render(source, scope);
      } catch (error) {
        return failureOf(error, task);
      }
      for (const name of (Array.isArray(value) ? (value as readonly Value[]) : [value]).map(toText)) {
        const found = handlersNamed(this.stage, this.host, name);
        if (found.length === 0) return { reason: 'condition', why: `no handler is called, or listens to, \`${name}\`` };
        for (const handler of found) (kind === 'changed' ? this.host.notified : this.host.perhapsNotified).add(handler);
      }
    }
    return undefined;
  }

  // ── handlers ──────────────────────────────────────────────────────────────

  #allHandlers(): readonly Handler[] {
    return [...this.stage.play.handlers, ...this.host.handlers];
  }

  /** Runs what was notified, in definition order; handlers may notify further ones. */
  async flush(at: Position): Promise<Flow> {
    const { host } = this;
    for (let round = 0; round < ROUNDS_OF_HANDLERS; round++) {
      if (host.notified.size === 0 && host.perhapsNotified.size === 0) return 'on';
      const handlers = this.#allHandlers();
      const flow = await this.#walk({ steps: handlers.map(handler => handler.task), base: [...at, 0, round], local: undefined, isHandlers: true });
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
    return this.#allHandlers().flatMap((handler, i) => (wanted.has(handler) ? [{ task: handler.task, position: [...this.#flush, 0, 0, i], isHandler: true }] : []));
  }

  // ── selection and naming ──────────────────────────────────────────────────

  #isSelected(node: Node): boolean {
    const { stage, host } = this;
    const { task } = node;
    if (node.isHandler && this.#frames.some(frame => frame.isHandlers)) {
      const handler = this.#allHandlers().find(h => h.task === task);
      // Tasks that a handler includes are not handlers themselves.
      if (handler) return host.notified.has(handler) || host.perhapsNotified.has(handler);
    }
    if (this.#endedRole !== undefined && task.role === this.#endedRole) return false;
    const { tags, skipTags, startAtTask } = stage.run.options;
    if (startAtTask !== undefined && !host.hasStarted) {
      if (this.label(node).name !== startAtTask && !(typeof task.name === 'string' && task.name === startAtTask)) return false;
      host.hasStarted = true;
    }
    if (tags.length === 0 && skipTags.length === 0 && task.keywords.tags.length === 0) return true;
    return isSelected(this.#tagsOf(task), tags, skipTags);
  }

  #tagsOf(task: Task): readonly string[] {
    return task.keywords.tags.flatMap(source => {
      const value = typeof source === 'string' ? source : render(source, scopeOf(this.stage, this.host, { task, purpose: 'connection' }));
      return (Array.isArray(value) ? (value as readonly Value[]) : [value]).flatMap(tag => toText(tag).split(',').map(word => word.trim()));
    });
  }

  label(node: Node): TaskLabel {
    const { task } = node;
    let name = task.module;
    if (task.name !== undefined) {
      try {
        const value = typeof task.name === 'string' ? task.name : render(task.name, scopeOf(this.stage, this.host, { task, local: node.local } satisfies Viewpoint));
        name = value instanceof Unknown ? sourceText(task) : toText(value);
      } catch (error) {
        if (!(error instanceof RenderError)) throw error;
        name = sourceText(task);
      }
    }
    return { id: task.id, name, module: shortName(task.module), role: task.role?.name, isHandler: node.isHandler };
  }

  /** An outcome as reporters may see it: nothing of it, where `no_log` says so. */
  #veiled(node: Node, outcome: Outcome): Outcome {
    let hides = false;
    try {
      const value = keyword(node.task.keywords.noLog, scopeOf(this.stage, this.host, { task: node.task, local: node.local }));
      hides = value !== undefined && isYes(value);
    } catch {
      hides = true; // not knowing whether it is secret, it is
    }
    if (!hides) return outcome;
    const censored = { censored: 'hidden, since no_log is set for this task', changed: outcome.result['changed'] ?? false };
    switch (outcome.kind) {
      case 'changed':
        return { kind: 'changed', changes: [], result: censored };
      case 'failed':
        return { kind: 'failed', ignored: outcome.ignored, failure: isLost(outcome.failure) ? outcome.failure : { reason: 'condition', why: 'hidden, since no_log is set for this task' }, result: censored };
      default:
        return { ...outcome, result: censored };
    }
  }

  #emit(event: DistributiveOmit<Parameters<Stage['run']['ports']['emit']>[0], 'at'>): void {
    const { ports } = this.stage.run;
    ports.emit({ at: ports.clock.now(), ...event } as Parameters<typeof ports.emit>[0]);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

const failed = (failure: Failure): Outcome => ({ kind: 'failed', failure, ignored: false, result: { changed: false, failed: true, msg: sayFailure(failure), ...(isLost(failure) ? { unreachable: true } : {}) } });

/** The host is gone, as against: the task failed. */
export const isLost = (failure: Failure): boolean => failure.reason === 'unreachable' || failure.reason === 'lost' || failure.reason === 'interrupted';

const isInclude = (task: Task): boolean => /^include_(?:tasks|role)$/.test(shortName(task.module));

const sourceText = (task: Task): string => {
  const { name } = task;
  if (typeof name === 'string') return name;
  return typeof name === 'object' && name !== null && 'text' in name && typeof name.text === 'string' ? name.text : task.module;
};

/** Check mode: a result of something that was not done. What it does not say yet is unknown, not missing. */
function openResult(result: Vars, task: Task): Value {
  const pending = new Unknown([`task:${task.id}`]);
  const { results } = result;
  const members: Vars = Array.isArray(results) ? { ...result, results: (results as readonly Value[]).map(item => (isVars(item) ? openResult(item, task) : item)) } : result;
  if (members['skipped'] === true || members['failed'] === true) return members;
  return new LazyVars(
    key => (Object.hasOwn(members, key) ? members[key] : pending),
    () => Object.keys(members),
  );
}

/** Names that a task's own templates read. */
function readsOf(task: Task): readonly string[] {
  const names: string[] = [];
  const collect = (source: Source): void => {
    if (source instanceof Template) names.push(...source.reads.map(read => read.name));
    else if (Array.isArray(source)) for (const item of source as readonly Source[]) collect(item);
    else if (isVars(source as Value)) for (const member of Object.values(source as SourceVars)) collect(member);
  };
  collect(task.args);
  if (task.loop) collect(task.loop.over);
  for (const template of [...task.keywords.when, ...(task.failedWhen ?? []), ...(task.until ?? [])]) collect(template);
  for (const vars of task.keywords.vars) collect(vars);
  return names;
}

const describe = (task: Task): Vars => ({ name: sourceText(task), action: task.module });

const pieces = (prepared: Prepared): readonly Piece[] => (prepared.kind === 'once' ? [prepared.piece] : prepared.items.map(item => item.piece));

const waits = (prepared: Prepared): readonly string[] =>
  pieces(prepared).flatMap(awaited);

export type { Foreseen };
