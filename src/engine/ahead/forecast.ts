import { isVars, Unknown, type Value, type Vars } from '../../core/value.js';
import type { Outlook } from '../meaning/play/walk.js';
import { prepare, prepareItem } from '../meaning/task/prepare.js';
import { shortName } from '../meaning/task/task.js';
import { notePrinted } from '../meaning/variables/printed.js';
import type { Read } from '../meaning/variables/scope.js';
import { presentTask, tasksAhead } from '../state/frames.js';
import type { HostRun } from '../state/host.js';
import type { Item, Node, PendingTask } from '../state/pending-task.js';
import type { Stage } from '../state/stage.js';
import type { Guesser } from './guess.js';

/** A task ahead, or one item of its loop, as far as it can be known now. */
export interface Foreseen {
  readonly node: Node;
  readonly piece: PendingTask;
  /** What its preparation read that may be another thing at its turn. */
  readonly read: ReadonlySet<Read>;
  /** Whether nothing but tasks that were foreseen comes before it. */
  readonly isNext: boolean;
}

/** How many tasks ahead are prepared at most: a bound for plays of thousands. */
const FARTHEST = 600;

/** Names that tasks ahead will set: their values, or Unknown. */
type Overlay = Record<string, Value>;

/**
 * Prepares the tasks ahead, in order, from the variables as they are now. What a task will register or set is Unknown, so
 * that no later task is prepared from a value that will be another by then; with a guesser it may be a guess. Nothing of it
 * counts at the task's turn: then it is prepared again.
 */
export class Forecast {
  /** Of the names that tasks ahead will set, those that templates print. */
  readonly #printed = new Set<string>();

  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
    private readonly outlook: Outlook,
    private readonly guesser: Guesser | undefined,
  ) {}

  /** `isKnown`: tasks that nobody needs to know of, and which are not prepared unless others may read what they register or set. */
  async *tasks(isKnown: (node: Node) => boolean = () => false): AsyncGenerator<Foreseen> {
    const { frames, foresees } = this.outlook;
    const overlay: Overlay = {};
    const present = presentTask(frames);
    if (present) {
      setPending(overlay, present);
      const loop = frames.at(-1)!.loop;
      if (loop) yield* this.#items(present, loop.values, loop.index + 1, overlay);
    }
    let count = 0;
    let isNext = true;
    for (const node of tasksAhead(frames)) {
      if (node === 'unknown') isNext = false;
      else if (foresees(node)) {
        if (++count > FARTHEST) return;
        if (node.task.register === undefined && isKnown(node)) continue;
        for await (const foreseen of this.#task(node, overlay)) yield { ...foreseen, isNext };
      }
    }
  }

  async *#task(node: Node, overlay: Overlay): AsyncGenerator<Foreseen> {
    const read = new Set<Read>();
    const note = (what: Read): void => void read.add(what);
    const view = { ahead: { ...overlay }, printed: this.#printed, note };
    const prepared = await prepare(this.stage, this.host, node, view);
    if (prepared.kind === 'loop') {
      const items: Item[] = [];
      for await (const foreseen of this.#items(node, prepared.values, 0, overlay, read)) {
        items.push(foreseen.item);
        yield foreseen;
      }
      setPending(overlay, node);
      const guess = node.task.register === undefined ? undefined : this.guesser?.guessLoop(node, items);
      if (guess) overlay[node.task.register!] = guess;
      return;
    }
    const { piece } = prepared;
    yield { node, piece, read, isNext: true };
    if (piece.kind === 'skip' && node.task.register === undefined) return;
    setPending(overlay, node);
    const guess = node.task.register === undefined ? undefined : this.guesser?.guess(piece);
    if (guess) overlay[node.task.register!] = guess;
    if (piece.kind === 'directive' && piece.verb === 'set_fact') {
      Object.assign(overlay, piece.args);
      notePrinted(piece.args, node.task.args, piece.scope, this.#printed);
    }
  }

  async *#items(
    node: Node,
    values: readonly Value[],
    from: number,
    overlay: Overlay,
    readByLoop: ReadonlySet<Read> = new Set(),
  ): AsyncGenerator<Foreseen & { readonly item: Item }> {
    for (let index = from; index < values.length; index++) {
      const read = new Set(readByLoop);
      const note = (what: Read): void => void read.add(what);
      const view = { ahead: { ...overlay }, printed: this.#printed, note };
      const item = await prepareItem(this.stage, this.host, node, view, values, index);
      yield { node, piece: item.piece, read, isNext: true, item };
      // An item can read what those before it registered or set.
      if (index === 0) setPending(overlay, node);
    }
  }
}

/** What a task registers or sets is not known before it is done. */
function setPending(overlay: Overlay, { task }: Node): void {
  const pending = new Unknown([`task:${task.id}`]);
  if (task.register !== undefined) overlay[task.register] = pending;
  if (shortName(task.module) === 'set_fact' && isVars(task.args as Value))
    for (const name of Object.keys(task.args as Vars)) overlay[name] = pending;
}
