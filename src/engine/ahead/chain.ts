import { type Change, isBlocked, type Plan } from '../../core/change.js';
import { Effects } from '../../core/effect.js';
import type { Output } from '../../core/probe.js';
import { NOTHING_SEEN, planFrom } from '../meaning/trips/single-trips.js';
import { identityWord } from '../meaning/variables/target.js';
import type { ModuleTask } from '../state/pending-task.js';
import type { Sight } from './sights.js';

/** One link of a chain: look again, and act only if the world is as the plan saw it. */
export interface ChainLink {
  readonly work: ModuleTask;
  /** What the plan was drawn from. */
  readonly seen: Output;
  readonly changes: readonly Change[];
  /** Not where it was seen a moment ago, at its very turn; nor where there is nothing to look at. */
  readonly isGuarded: boolean;
}

/** More snippets than this do not go in one write. */
const LONGEST = 300;
/** So many tasks in a row with nothing to be done end a chain: looks in a window are cheaper than guards one by one. */
const MOST_IDLE = 24;

/** A plan, and what it is drawn from. */
export interface Drawn {
  readonly seen: Output;
  readonly plan: Plan;
}

/** Plans as will be seen behind these effects; where that cannot be told, as it was seen. */
export function draw(work: ModuleTask, sight: Sight | undefined, effects: Effects): Drawn | undefined {
  if (!work.isLooked) return { seen: NOTHING_SEEN, plan: planFrom(work, NOTHING_SEEN).plan };
  if (!sight) return undefined;
  const isOld = effects.order > sight.order;
  const seen = (isOld ? work.probe.after?.(sight.output, effects.since(sight.order)) : undefined) ?? sight.output;
  return { seen, plan: planFrom(work, seen).plan };
}

/** A chain in the making. Each link is planned as it will be seen once those before it have acted. */
export class Chain {
  readonly #links: ChainLink[] = [];
  readonly #effects: Effects;

  constructor(readonly first: ChainLink) {
    this.#effects = new Effects(first.work.session.effects);
    this.#push(first);
  }

  get links(): readonly ChainLink[] {
    return this.#links;
  }

  /** Whether a task is done by the same shell, and may be looked at or done behind the first. */
  isAlongside({ session, become, isDry, timeout }: ModuleTask): boolean {
    const first = this.first.work;
    return (
      session === first.session &&
      identityWord(become) === identityWord(first.become) &&
      !isDry &&
      timeout === undefined &&
      first.timeout === undefined
    );
  }

  /** Adds a task; false where it was not seen, lacks something, or does not pay: then the chain has to end before it. */
  extend(work: ModuleTask, sight: Sight | undefined): boolean {
    if (this.#links.length >= LONGEST || !this.isAlongside(work)) return false;
    const drawn = draw(work, sight, this.#effects);
    if (!drawn || isBlocked(drawn.plan)) return false;
    const latest = this.#links.slice(-MOST_IDLE);
    if (latest.length === MOST_IDLE && latest.every(({ changes }) => changes.length === 0)) return false;
    this.#push({ work, seen: drawn.seen, changes: drawn.plan, isGuarded: work.isLooked });
    return true;
  }

  #push(link: ChainLink): void {
    this.#links.push(link);
    for (const { leaves = [] } of link.changes) for (const effect of leaves) this.#effects.add(effect);
  }
}
