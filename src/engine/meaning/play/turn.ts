import type { Failure, Outcome } from '../../../core/outcome.js';
import type { Diagnostic } from '../../../core/place.js';
import type { Vars } from '../../../core/value.js';
import type { Flow } from '../../state/flow.js';
import type { Frame } from '../../state/frames.js';
import type { HostRun } from '../../state/host.js';
import { awaited, type Item, type Node, type PendingTask, type Prepared } from '../../state/pending-task.js';
import type { Position } from '../../state/position.js';
import type { Stage } from '../../state/stage.js';
import { withLoopNames } from '../task/loop-names.js';
import { fold } from '../task/loop-result.js';
import { failed, isLost } from '../task/outcomes.js';
import { Performer } from '../task/perform.js';
import { prepare, prepareItem } from '../task/prepare.js';
import { isInclude } from '../task/task.js';
import type { Trips } from '../trips/trips.js';
import { factsAmong, factsNamed, MOST_FETCHES } from '../variables/facts.js';
import { keyword } from '../variables/keywords.js';
import { numberOf } from '../variables/number.js';
import { scopeOf } from '../variables/variables.js';
import type { Conclusion } from './conclude.js';
import { Directing } from './directing.js';
import type { Emitter } from './emit.js';
import { Include, type Requested } from './include.js';
import type { Selection } from './selection.js';

/** How deep files and roles may include each other at run time. A person writes five levels; a loop made of an include, perhaps a hundred. */
const MOST_INCLUDES = 300;

/** What a turn needs of the walk it belongs to. */
interface Around {
  readonly emitter: Emitter;
  readonly conclusion: Conclusion;
  readonly selection: Selection;
  readonly trips: Trips;
  /** Walks the steps that an include brought. */
  walk(start: Omit<Frame, 'index'>): Promise<Flow>;
  flush(at: Position): Promise<Flow>;
  /** Tells which item of the present task's loop is being done. */
  inLoop(loop: Frame['loop']): void;
}

const takesTime = (verb: string): boolean => verb === 'pause' || verb === 'wait_for_connection';

/** One task at its turn: prepared from the variables as they are, done, and concluded, before anything else is. */
export class Turn {
  readonly #performer: Performer;
  readonly #directing: Directing;
  readonly #include: Include;
  /** Whether the facts that the play names were read. */
  #hasFacts = false;
  /** How many includes the host stands in now. */
  #depth = 0;

  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
    private readonly around: Around,
  ) {
    const labelOf = (node: Node) => around.emitter.label(node);
    this.#performer = new Performer(stage, host, around.trips, labelOf);
    this.#directing = new Directing(stage, host, around.trips, labelOf);
    this.#include = new Include(stage, host);
  }

  async take(written: Node, began: number): Promise<Flow> {
    const node = withLoopNames(this.stage, this.host, written);
    const { conclusion, emitter } = this.around;
    const prepared = await this.#ready(
      () => prepare(this.stage, this.host, node, {}),
      each => (each.kind === 'once' ? awaited(each.piece) : []),
    );
    if ('reason' in prepared) return await conclusion.draw(node, failed(prepared), { began });
    if (prepared.kind === 'loop') {
      try {
        return isInclude(node.task)
          ? await this.#includeAll(node, prepared, began)
          : await this.#loop(node, prepared, began);
      } finally {
        this.around.inLoop(undefined);
      }
    }
    const { piece } = prepared;
    const lost = await this.#readFacts(piece);
    if (lost) return await conclusion.draw(node, failed(lost), { began });
    if (piece.kind === 'directive') return await this.#direct(node, piece, began);
    emitter.emit({ kind: 'task-started', task: emitter.label(node), host: this.host.name });
    return await conclusion.draw(node, await this.#performer.perform(node, piece, {}), { began });
  }

  /** Prepares; facts that are waited for are fetched. In apply mode nothing else can be missing. */
  async #ready<T>(make: () => Promise<T>, waits: (made: T) => readonly string[]): Promise<T | Failure> {
    for (let tries = 0; ; tries++) {
      const made = await make();
      const facts = factsAmong(waits(made));
      if (facts.length === 0 || tries === MOST_FETCHES) return made;
      const lost = await this.around.trips.fetch([...facts, ...this.#factsNamed()]);
      if (lost) return lost;
    }
  }

  /** The facts that the play names, as they are before its first task that may change any of them, or takes time. */
  async #readFacts(piece: PendingTask): Promise<Failure | undefined> {
    if (piece.kind !== 'work' && !(piece.kind === 'directive' && takesTime(piece.verb))) return undefined;
    const facts = this.#factsNamed();
    if (facts.length === 0) return undefined;
    return await this.around.trips.fetch(facts, piece.kind === 'work' ? piece.work : undefined);
  }

  /** Once; then none. */
  #factsNamed(): readonly string[] {
    if (this.#hasFacts) return [];
    this.#hasFacts = true;
    return factsNamed(this.stage, this.host);
  }

  // ── loops ─────────────────────────────────────────────────────────────────

  async #loop(node: Node, { values }: Prepared & { kind: 'loop' }, began: number): Promise<Flow> {
    const { conclusion, emitter } = this.around;
    const { task } = node;
    const { variable } = task.loop!;
    const items: Item[] = [];
    const outcomes: Outcome[] = [];
    emitter.emit({ kind: 'task-started', task: emitter.label(node), host: this.host.name });
    for (let index = 0; index < values.length; index++) {
      this.around.inLoop({ values, index });
      const item = await this.#item(node, values, index);
      if ('reason' in item) return await conclusion.draw(node, failed(item), { began });
      const lost = await this.#readFacts(item.piece);
      if (lost) return await conclusion.draw(node, failed(lost), { began });
      const outcome = await this.#outcomeOf(node, item, { [variable]: item.value });
      items.push(item);
      outcomes.push(outcome);
      conclusion.registerItem(node, outcome, item);
      emitter.finishItem(node, item.label, outcome);
      if (outcome.kind === 'failed' && this.#isGone(item, outcome.failure)) break;
      await this.#pauseBetween(node, index < values.length - 1);
    }
    return await conclusion.draw(node, fold(items, outcomes, task.loop!), { began, items: items.length });
  }

  /** One item, prepared. Where what the task says of it cannot be rendered the loop ends, and the task fails without results. */
  async #item(node: Node, values: readonly Item['value'][], index: number): Promise<Item | Failure> {
    const item = await this.#ready(
      () => prepareItem(this.stage, this.host, node, {}, values, index),
      ({ piece }) => awaited(piece),
    );
    return 'reason' in item || item.piece.kind !== 'not-rendered' ? item : item.piece.failure;
  }

  /** Whether no item behind can be done: the host of the task is lost, and not only one it delegates to, or the run was interrupted. */
  #isGone({ piece }: Item, failure: Failure): boolean {
    if (failure.reason === 'interrupted') return true;
    return isLost(failure) && (piece.kind !== 'work' || piece.work.on === this.host);
  }

  async #outcomeOf(node: Node, { piece }: Item, local: Vars): Promise<Outcome> {
    if (piece.kind !== 'directive') return await this.#performer.perform(node, piece, local);
    const directed = await this.#directing.carryOut(node, piece, local);
    return directed.kind === 'outcome'
      ? directed.outcome
      : failed({ reason: 'condition', why: `${piece.verb} takes no loop here` });
  }

  async #pauseBetween({ task, local }: Node, hasNext: boolean): Promise<void> {
    if (!hasNext || task.loop?.pause === undefined) return;
    const { pause } = task.loop;
    const value = keyword(pause, scopeOf(this.stage, this.host, { task, local }));
    const seconds = numberOf(value, 'pause', pause);
    if (seconds === undefined) return;
    await this.stage.run.ports.clock.sleep(seconds * 1000);
    this.stage.run.changes.suspect();
  }

  // ── directives ────────────────────────────────────────────────────────────

  async #direct(node: Node, piece: PendingTask & { kind: 'directive' }, began: number): Promise<Flow> {
    const { conclusion, selection } = this.around;
    const directed = await this.#directing.carryOut(node, piece, {});
    switch (directed.kind) {
      case 'outcome':
        return await conclusion.draw(node, directed.outcome, { began });
      case 'flush':
        return await this.around.flush(node.position);
      case 'leave':
        this.host.standing = this.host.standing === 'well' ? 'ended' : this.host.standing;
        return 'left';
      case 'end-role':
        selection.endedRole = node.task.role;
        return 'on';
      case 'include':
        return await this.#included(node, [{ request: directed, local: undefined }], began);
    }
  }

  /** Of a loop over an include all items are prepared before the tasks of the first are done, as Ansible does. */
  async #includeAll(node: Node, { values }: Prepared & { kind: 'loop' }, began: number): Promise<Flow> {
    const { conclusion, emitter } = this.around;
    const { variable } = node.task.loop!;
    const requests: Requested[] = [];
    const items: Item[] = [];
    const outcomes: Outcome[] = [];
    for (let index = 0; index < values.length; index++) {
      const item = await this.#item(node, values, index);
      if ('reason' in item) return await conclusion.draw(node, failed(item), { began });
      const local = { [variable]: item.value };
      if (item.piece.kind === 'directive') {
        const directed = await this.#directing.carryOut(node, item.piece, local);
        if (directed.kind === 'include') {
          requests.push({ request: directed, local: item.local });
          continue;
        }
      }
      const outcome = await this.#outcomeOf(node, item, local);
      items.push(item);
      outcomes.push(outcome);
      emitter.finishItem(node, item.label, outcome);
    }
    if (outcomes.length > 0 || requests.length === 0) {
      const flow = await conclusion.draw(node, fold(items, outcomes, node.task.loop!), { began, items: values.length });
      if (flow !== 'on') return flow;
    }
    return await this.#included(node, requests, began);
  }

  /** Walks what an include brings, file by file. */
  async #included(node: Node, requests: readonly Requested[], began: number): Promise<Flow> {
    const { conclusion } = this.around;
    if (this.#depth >= MOST_INCLUDES)
      return await conclusion.draw(node, failed({ reason: 'template', diagnostics: [tooDeep(node)] }), { began });
    const places = await this.#include.placesOf(node, requests);
    this.#depth++;
    try {
      return await this.#walkAll(node, requests, places, began);
    } finally {
      this.#depth--;
    }
  }

  async #walkAll(node: Node, requests: readonly Requested[], places: readonly number[], began: number): Promise<Flow> {
    const { conclusion, walk } = this.around;
    for (const [i, { request, local }] of requests.entries()) {
      const included = await this.#include.load(node, request);
      // Tasks that ask nothing of a host would run without a pause, and signals would not be heard.
      await new Promise<void>(resolve => setImmediate(resolve));
      if (!included.ok)
        return await conclusion.draw(node, failed({ reason: 'template', diagnostics: included.error }), { began });
      const flow = await walk({
        steps: included.value.steps,
        base: [...node.position, places[i]!],
        local: local ? { ...node.local, ...local } : node.local,
        isHandlers: node.isHandler,
        isFollowed: i < requests.length - 1,
      });
      if (flow !== 'on') return flow;
    }
    return 'on';
  }
}

const tooDeep = ({ task }: Node): Diagnostic => ({
  code: 'circle',
  message: `includes are nested more than ${MOST_INCLUDES} deep: ${task.id.split(' < ', 4).join(' < ')} …`,
  place: task.place,
  hint: 'a file that includes itself needs a `when` that becomes false',
});
