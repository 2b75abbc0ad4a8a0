import { isVars, Unknown, type Value, type Vars } from '../../core/value.js';
import { isTruthy } from '../../template/operate.js';
import { prepare } from '../meaning/task/prepare.js';
import type { HostRun } from '../state/host.js';
import type { Node, Piece, Prepared } from '../state/pending-task.js';
import type { Stage } from '../state/stage.js';
import { guessResult } from './guess.js';

/** A task ahead, as far as it can be known now. */
export interface Foreseen {
  readonly node: Node;
  readonly prepared: Prepared;
}

/** How many tasks ahead are prepared at most: a bound for plays of thousands. */
const FARTHEST = 600;

/**
 * Prepares the tasks ahead, in order. What a task will set is foreseen where it can be (set_fact with known values),
 * and Unknown where not, so that no later task is prepared from a value that will be another by then.
 * Results are kept while nothing unforeseen happens to the host's variables.
 */
export class Ahead {
  readonly #kept = new Map<
    string,
    { readonly version: number; readonly prepared: Prepared; readonly isGuess: boolean }
  >();

  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
    private readonly isSelected: (node: Node) => boolean,
  ) {}

  async *look(current: Node, nodes: Iterable<Node>): AsyncGenerator<Foreseen> {
    let overlay: Overlay = this.#extend({ sets: {}, isGuess: false }, current, undefined);
    let count = 0;
    for (const node of nodes) {
      if (!this.isSelected(node)) continue;
      if (++count > FARTHEST) return;
      const prepared = await this.#prepare(node, overlay);
      yield { node, prepared };
      overlay = this.#extend(overlay, node, prepared);
    }
  }

  /** What was prepared ahead for a task, if it holds at its turn. */
  take(node: Node): Prepared | undefined {
    const kept = this.#kept.get(node.position.join('.'));
    if (!kept || kept.version !== this.host.version || kept.isGuess) return undefined;
    return isSettled(kept.prepared) ? kept.prepared : undefined;
  }

  async #prepare(node: Node, { sets, isGuess }: Overlay): Promise<Prepared> {
    const kept = this.take(node);
    if (kept) return kept;
    const prepared = await prepare(this.stage, this.host, node, { ahead: sets });
    this.#kept.set(node.position.join('.'), { version: this.host.version, prepared, isGuess });
    return prepared;
  }

  /** Adds the names a task will set: with their values where these are known, or can be guessed from a fresh sight. */
  #extend(overlay: Overlay, node: Node, prepared: Prepared | undefined): Overlay {
    const { task } = node;
    const sets: Record<string, Value> = {};
    let { isGuess } = overlay;
    const pending = new Unknown([`task:${task.id}`]);
    if (task.register !== undefined) {
      const guess = prepared && guessResult(this.stage, this.host, prepared);
      sets[task.register] = guess ?? pending;
      isGuess ||= guess !== undefined;
    }
    if (/(?:^|\.)set_fact$/.test(task.module)) {
      const piece = prepared?.kind === 'once' ? prepared.piece : undefined;
      if (piece?.kind === 'directive') Object.assign(sets, piece.args);
      else if (piece?.kind !== 'skip' && isVars(task.args as Value))
        for (const name of Object.keys(task.args as Vars)) sets[name] = pending;
    }
    return Object.keys(sets).length === 0 ? overlay : { sets: { ...overlay.sets, ...sets }, isGuess };
  }
}

/** Variables as they will be by the time of a task ahead. */
interface Overlay {
  readonly sets: Vars;
  /** Some of it holds only if nothing changes until then. */
  readonly isGuess: boolean;
}

/** Whether a preparation made ahead of its turn is still good at its turn. */
function isSettled(prepared: Prepared): boolean {
  const good = (piece: Piece): boolean =>
    piece.kind === 'skip' || (piece.kind === 'work' && piece.perhaps.length === 0);
  return prepared.kind === 'once' ? good(prepared.piece) : prepared.items.every(item => good(item.piece));
}

/** Whether a directive ahead can be passed by a chain: it neither touches the target nor turns the way. */
export function isPassable(piece: Piece & { kind: 'directive' }): boolean {
  if (piece.verb === 'set_fact' || piece.verb === 'debug' || piece.verb === 'set_stats') return true;
  if (piece.verb === 'meta') return piece.args._raw_params === 'noop';
  if (piece.verb !== 'assert') return false;
  const that = piece.args.that;
  const claims = Array.isArray(that) ? (that as readonly Value[]) : [that];
  return claims.every(
    claim => claim !== undefined && !(claim instanceof Unknown) && typeof claim !== 'string' && isTruthy(claim),
  );
}
