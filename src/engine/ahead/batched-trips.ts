import { isBlocked, type Plan } from '../../core/change.js';
import type { Failure } from '../../core/outcome.js';
import type { Output } from '../../core/probe.js';
import type { Outlook } from '../meaning/play/walk.js';
import type { Deed, Seen } from '../meaning/task/judge.js';
import { failureOf } from '../meaning/task/outcomes.js';
import { NOTHING_SEEN, planFrom } from '../meaning/trips/single-trips.js';
import { INTERRUPTED, type Trips } from '../meaning/trips/trips.js';
import { settleComputed } from '../meaning/variables/facts.js';
import type { HostRun } from '../state/host.js';
import type { ModuleTask } from '../state/pending-task.js';
import type { Stage } from '../state/stage.js';
import { endsChain, isCertain, isPassable } from './certainty.js';
import { Chain, type ChainLink, type Drawn, draw } from './chain.js';
import { Forecast } from './forecast.js';
import { Guesser } from './guess.js';
import { type Acted, sendChain } from './send.js';
import { type Sight, Sights } from './sights.js';
import { lookAround } from './window.js';

/** Looks in one trip at most: back-pressure is the lane's business, memory is ours. */
const WIDEST = 400;
/** Sights of all hosts of a batch at most. */
const MOST_SIGHTS = 400_000;
/** Looks behind a chain at most: they are a guess at what will be wanted next. */
const WIDEST_TAIL = 100;
/** Looks behind a short chain: each costs more than in a window. Behind a longer one as many as it has links. */
const USUAL_TAIL = 12;
/** So many looks ahead are taken along at most behind an act. */
const NARROW = 8;
/** A link on which no trip was quicker than this is far, in milliseconds: there a trip costs more than a look in vain. */
const FAR = 40;
/** A look of one's own turn needs no guard before the act as long as this, in milliseconds. */
const FRESH_FOR = 2000;
/** A probe that never answers the same twice still gets on: what is seen at its turn goes unguarded. This bounds our own mistakes. */
const MOST_ROUNDS = 1000;

/** Never the present moment of a session. */
const LONG_AGO = { ofMachine: -1, ofRun: -1 };

/** What a chain does for a task that is still ahead. */
interface Ahead {
  readonly link: ChainLink;
  readonly acted: Promise<Acted>;
  /** What its command wrote before its turn, which is told then; undefined: its turn has come. */
  said: string[] | undefined;
}

/**
 * Fetches ahead and together what single trips would fetch one by one: looks in windows, and acts in chains where there is
 * no lockstep. A look counts only if at its turn the task asks the very same of a target that nothing was done to; an act
 * only behind a guard that looks again on the target, and only of tasks whose arguments cannot be other ones at their turn.
 */
export class BatchedTrips implements Trips {
  readonly #sights: Sights;
  readonly #chained = new Map<string, Ahead>();
  /** The chain under way: links are told as they end, what is looked at behind them when it is over. */
  #trip: Promise<void> = Promise.resolve();
  readonly #forecast: Forecast;
  readonly #certainForecast: Forecast;
  readonly #widest: number;
  #width: number;

  constructor(
    private readonly stage: Stage,
    private readonly host: HostRun,
    private readonly outlook: Outlook,
  ) {
    this.#sights = new Sights(stage.run.questions);
    this.#forecast = new Forecast(stage, host, outlook, new Guesser(stage, host, this.#sights));
    this.#certainForecast = new Forecast(stage, host, outlook, undefined);
    this.#widest = Math.min(WIDEST, Math.ceil(MOST_SIGHTS / stage.batch.length));
    this.#width = this.#widest;
  }

  async look(work: ModuleTask): Promise<Seen | Failure> {
    if (!work.isLooked && !work.isDry) return planFrom(work, NOTHING_SEEN);
    await this.#trip;
    const sight = this.#sights.current(work) ?? (await this.#lookNow(work));
    return 'reason' in sight ? sight : planFrom(work, sight.output);
  }

  async fetch(because: readonly string[], next?: ModuleTask): Promise<Failure | undefined> {
    await settleComputed(this.stage, because);
    if (because.every(word => word.startsWith('compute:'))) return undefined;
    await this.#trip;
    return await this.#around(next?.isLooked ? next : undefined, because);
  }

  async owes(): Promise<boolean> {
    await this.#trip;
    const acted = await Promise.all([...this.#chained.values()].map(ahead => ahead.acted));
    return acted.some(({ kind }) => kind === 'done' || kind === 'lost');
  }

  async idle(): Promise<void> {
    await this.#trip;
  }

  async perform(work: ModuleTask): Promise<Deed | Failure> {
    const ahead = this.#chained.get(work.key);
    let own: Sight | undefined;
    if (ahead) {
      this.#chained.delete(work.key);
      for (const text of ahead.said ?? []) this.outlook.emitter.output(work, text);
      ahead.said = undefined;
      const acted = await ahead.acted;
      const deed = this.#deedOf(work, ahead.link, acted);
      if (deed) return deed;
      own = this.#moved(work, acted);
    }
    await this.#trip;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      if (this.stage.run.options.signal?.aborted) return INTERRUPTED;
      const now = own ?? this.#sights.current(work);
      const drawn = now ? { seen: now.output, plan: planFrom(work, now.output).plan } : this.#drawOld(work);
      const isNow = now !== undefined || (!work.isLooked && !work.isDry);
      const hasChanges = drawn !== undefined && !isBlocked(drawn.plan) && drawn.plan.length > 0;
      if (drawn && isNow && (work.isDry || !hasChanges)) return this.#nothingFor(work, drawn.seen);
      if (!drawn || work.isDry || !hasChanges) {
        const looked = await this.#lookNow(work);
        if ('reason' in looked) return looked;
        own = looked;
        continue;
      }
      const isFresh = now !== undefined && this.#now() - now.at < FRESH_FOR;
      const link = this.#linkOf(work, drawn, work.isLooked && !isFresh);
      const acted = await this.#send(link);
      const deed = this.#deedOf(work, link, acted);
      if (deed) return deed;
      own = this.#moved(work, acted);
    }
    return { reason: 'internal', why: `${work.node.task.id} did not come to an end` };
  }

  #now(): number {
    return this.stage.run.ports.clock.now();
  }

  /** A plan from what was seen before something was done; its guard will tell whether it still holds. */
  #drawOld(work: ModuleTask): Drawn | undefined {
    return work.isDry ? undefined : draw(work, this.#sights.of(work), work.session.effects);
  }

  #linkOf(work: ModuleTask, { seen, plan }: Drawn, isGuarded: boolean): ChainLink {
    return { work, seen, changes: isBlocked(plan) ? [] : plan, isGuarded };
  }

  // ── looks ─────────────────────────────────────────────────────────────────

  async #lookNow(work: ModuleTask): Promise<Sight | Failure> {
    const lost = await this.#around(work, []);
    if (lost) return lost;
    return this.#sights.of(work) ?? { reason: 'lost', why: 'the look was not answered' };
  }

  async #around(present: ModuleTask | undefined, because: readonly string[]): Promise<Failure | undefined> {
    const ahead = this.#forecast.tasks(node => this.#sights.isForeseen(node));
    return await lookAround(this.stage, this.host, this.#sights, { present, because, ahead, width: this.#width });
  }

  /** Where nothing is to be done, looks ahead hold: more and more are taken along. */
  #nothingFor(work: ModuleTask, seen: Output): Deed {
    if (work.isLooked) this.#width = Math.min(this.#widest, Math.max(1, this.#width) * 2);
    return { ...planFrom(work, seen), ran: { kind: 'nothing' } };
  }

  /** An act makes old what was seen before: where one follows the other, less and less is taken along. */
  #narrow(): void {
    this.#width = Math.min(NARROW, Math.floor(this.#width / 2));
  }

  // ── acts ──────────────────────────────────────────────────────────────────

  /** What came of a link, if it was done. Its task must still be the one that it was made for. */
  #deedOf(work: ModuleTask, link: ChainLink, acted: Acted): Deed | Failure | undefined {
    if (acted.kind === 'lost') return acted.failure;
    if (acted.kind !== 'done') return undefined;
    const planned = planFrom(work, link.seen);
    if (link.work !== work && scriptsOf(work, planned.plan) !== scriptsOf(link.work, link.changes))
      return { reason: 'internal', why: `${work.node.task.id} was done ahead of its turn with other arguments` };
    const { outputs, span } = acted;
    return link.changes.length > 0
      ? { ...planned, ran: { kind: 'done', outputs }, span }
      : { ...planned, ran: { kind: 'nothing' } };
  }

  /** What a failed guard saw was seen at the task's turn. */
  #moved(work: ModuleTask, acted: Acted): Sight | undefined {
    if (acted.kind !== 'moved') return undefined;
    if (!acted.seen) this.#sights.forget(work);
    return this.#sights.of(work);
  }

  /** Acts, and takes along what can surely be done behind it, or is worth a look. Answers once the first link has ended. */
  async #send(first: ChainLink): Promise<Acted> {
    await this.#trip;
    if (first.work.reach === 'run') this.#narrow();
    const chain = new Chain(first);
    const tail = await this.#extend(chain);
    const { links } = chain;
    const waiting = new Map<ChainLink, (acted: Acted) => void>();
    const outcomes = links.map(link => new Promise<Acted>(resolve => void waiting.set(link, resolve)));
    const behind = new Map<ModuleTask, Ahead>();
    links.forEach((link, i) => {
      if (i === 0) return;
      const ahead: Ahead = { link, acted: outcomes[i]!, said: [] };
      behind.set(link.work, ahead);
      this.#chained.set(link.work.key, ahead);
    });
    const { session } = first.work;
    this.#trip = sendChain({
      links,
      tail,
      stop: this.stage.run.options.signal,
      watch: {
        output: (work, text) => {
          const said = behind.get(work)?.said;
          if (said) said.push(text);
          else this.outlook.emitter.output(work, text);
        },
        upload: (work, bytes, size) => this.outlook.emitter.upload(work, bytes, size),
      },
      now: () => this.#now(),
      tell: (link, acted) => {
        if (acted.kind === 'moved' && acted.seen) this.#see(link.work, acted.seen, session.moment);
        waiting.get(link)!(acted);
      },
      see: (work, seen, holds) => this.#see(work, seen, holds ? session.moment : LONG_AGO),
    }).catch(error => {
      const failure = failureOf(error, first.work.node.task);
      for (const resolve of waiting.values()) resolve({ kind: 'lost', failure });
    });
    return await outcomes[0]!;
  }

  #see(work: ModuleTask, output: Output, moment: Sight['moment']): void {
    this.#sights.put(work, { output, moment, order: work.session.effects.order, at: this.#now() });
  }

  /** Extends a chain as far as it may run unattended. Answers what is to be looked at behind it. */
  async #extend(chain: Chain): Promise<readonly ModuleTask[]> {
    const first = chain.first.work;
    const tail: ModuleTask[] = [];
    // Behind a command that changes little, what was seen still holds, or a window is cheaper.
    if (first.reach !== 'run' || first.timeout !== undefined) return tail;
    const isLockstep = this.stage.gate !== undefined;
    let isOpen = endsChain(this.stage, this.host, first.node) === 'no';
    let task = first.node.task;
    // Others act meanwhile, so that a look behind the act will have to be repeated: it only saves a trip.
    const hasTail = !isLockstep || first.session.quickest >= FAR;
    if (!hasTail && !task.loop) return tail;
    for await (const { node, piece, read, isNext } of this.#certainForecast.tasks()) {
      if (node.task !== task) {
        // Other hosts have to end this task first; the items of a loop are one's own business.
        if (isLockstep) isOpen = false;
        if (!hasTail || (isLockstep && tail.length > 0)) break;
        task = node.task;
        if (isOpen && endsChain(this.stage, this.host, node) === 'before') isOpen = false;
      }
      if (isOpen) {
        if (!isNext || !isCertain(read, first)) isOpen = false;
        else if (piece.kind === 'directive') isOpen = isPassable(piece);
        else if (piece.kind === 'work')
          isOpen = piece.perhaps.length === 0 && chain.extend(piece.work, this.#sights.of(piece.work));
        else isOpen = piece.kind === 'skip';
        if (isOpen && endsChain(this.stage, this.host, node) === 'behind') isOpen = false;
        if (isOpen || chain.links.at(-1)!.work === (piece.kind === 'work' ? piece.work : undefined)) continue;
      }
      if (tail.length >= Math.min(WIDEST_TAIL, Math.max(USUAL_TAIL, chain.links.length))) break;
      if (piece.kind !== 'work' || !piece.work.isLooked || piece.work.probe.dear || !chain.isAlongside(piece.work))
        continue;
      // In a chain the guard of an act repeats a look that is old.
      if (!isLockstep && this.#sights.of(piece.work)) continue;
      tail.push(piece.work);
    }
    return tail;
  }
}

/** All that is sent for a plan, to compare. */
function scriptsOf({ probe, environment }: ModuleTask, plan: Plan): string {
  if (isBlocked(plan)) return plan.blocked;
  const acts = plan.map(({ apply, needs = [] }) => [apply.text, needs.map(({ digest }) => digest)]);
  return JSON.stringify([probe.script.text, environment?.text, acts]);
}
