import type { Change, Plan } from '../../core/change.js';
import { Effects } from '../../core/effect.js';
import type { Sight } from '../state/host.js';
import type { Work } from '../state/pending-task.js';

/** One link of a chain: look again, and act only if the world is as the plan saw it. */
export interface ChainLink {
  readonly work: Work;
  readonly sight: Sight;
  readonly changes: readonly Change[];
  /** The sight was taken a moment ago and nothing was changed since: it goes unguarded, so that each trip gets on. */
  readonly isFresh: boolean;
}

/** Sights younger than this need no guard at the head of a chain, in milliseconds. */
export const FRESH_FOR = 2000;

/** More snippets than this do not go in one write. */
export const LONGEST_CHAIN = 300;

/** A plan, and the sight it is drawn from. */
interface Drawn {
  readonly sight: Sight;
  readonly plan: Plan;
}

/**
 * Plans a piece of work as it will be seen behind these effects; where that cannot be told, as it was seen. Nothing if it
 * was not seen.
 */
export function draw(work: Work, seen: Sight | undefined, effects: Effects): Drawn | undefined {
  if (!seen) return undefined;
  // What failed, or complained, is for the controller to judge before anything goes on.
  if (work.asLook)
    return seen.output.status === 0 && seen.output.stderr === '' && !seen.output.cut
      ? { sight: seen, plan: [] }
      : undefined;
  const isOld = effects.order > seen.order;
  const output = (isOld ? work.probe.after?.(seen.output, effects.since(seen.order)) : undefined) ?? seen.output;
  const sight = output === seen.output ? seen : { ...seen, output };
  return { sight, plan: work.module.plan(work.args, work.probe.parse(output), work.given) };
}

/** A chain in the making. Each link is planned as it will be seen once those before it have acted. */
export class Chain {
  readonly #links: ChainLink[] = [];
  readonly #effects: Effects;

  constructor(readonly first: ChainLink) {
    this.#effects = new Effects(first.work.link.effects);
    this.#push(first);
  }

  get links(): readonly ChainLink[] {
    return this.#links;
  }

  /** What could be planned of a piece of work behind the last link. */
  draw(work: Work, seen: Sight | undefined): Drawn | undefined {
    return draw(work, seen, this.#effects);
  }

  extend(work: Work, sight: Sight, changes: readonly Change[]): void {
    this.#push({ work, sight, changes, isFresh: false });
  }

  #push(link: ChainLink): void {
    this.#links.push(link);
    for (const { leaves = [] } of link.changes) for (const effect of leaves) this.#effects.add(effect);
  }
}
