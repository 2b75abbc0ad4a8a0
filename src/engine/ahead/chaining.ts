import { isBlocked } from '../../core/change.js';
import type { Task } from '../../core/play.js';
import { prepare } from '../meaning/task/prepare.js';
import type { Surroundings } from '../meaning/task/surroundings.js';
import { identityWord } from '../meaning/variables/target.js';
import type { HostRun } from '../state/host.js';
import type { Piece, Work } from '../state/pending-task.js';
import type { Stage } from '../state/stage.js';
import { isPassable } from './ahead.js';
import { Chain, type ChainLink, LONGEST_CHAIN } from './chain.js';
import { sendChain } from './send.js';
import { sightOf } from './sight.js';

/** Looks behind a chain at most: they are a guess at what will be wanted next. */
const WIDEST_TAIL = 100;

/** Makes chains of what a host is to do next, and has them carried out. */
export class Chaining {
  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
    private readonly around: Surroundings,
  ) {}

  /**
   * Acts, and takes along in the same trip whatever behind it can be acted on unseen, or only needs to be seen again.
   * What was blocked when it was looked at is looked at once more behind the last act, which may have made what it lacked.
   */
  async send(first: ChainLink, rest: readonly Piece[]): Promise<void> {
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
    const drawn = chain.draw(work, sightOf(this.host, work));
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
    const drawn = chain.draw(work, sightOf(this.host, work));
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
}

/** Whether the controller has to judge, or wait, at this task, so that a chain cannot run on through it. */
function endsChain(task: Task): 'no' | 'before' | 'behind' {
  const { keywords } = task;
  if (task.until || task.retries !== undefined || task.async !== undefined || task.loop?.pause !== undefined)
    return 'before';
  if (keywords.runOnce !== undefined || keywords.throttle !== undefined) return 'before';
  // Whether it is done at all is known when the role has run, or not.
  if (task.use?.isRepeat && !task.use.isAlways) return 'before';
  if (task.failedWhen || keywords.anyErrorsFatal !== undefined) return 'behind';
  return 'no';
}
