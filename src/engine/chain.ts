import type { Blob } from '../core/blob.js';
import type { Change, Plan } from '../core/change.js';
import { Effects } from '../core/effect.js';
import type { Failure } from '../core/outcome.js';
import type { Output } from '../core/probe.js';
import { join, type Sh, sh } from '../core/sh.js';
import { guard, guarded, sight as look, lookAgain, movedIn, seenBy } from './guard.js';
import type { HostRun, Sight } from './host.js';
import type { Work } from './piece.js';

/** What a chain did for one piece of work. */
export type Acted = { readonly script: string } & (
  | {
      readonly kind: 'done';
      readonly sight: Sight;
      readonly changes: readonly Change[];
      readonly outputs: readonly Output[];
    }
  /** The link was cut while it ran: nobody knows what became of it. */
  | { readonly kind: 'lost'; readonly failure: Failure }
);

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

/**
 * Sends a chain in one trip, and notes for each piece of work what it did, or the fresh sight of the one whose guard
 * failed. `tail` is looked at behind the last link, so that handlers need no trip of their own to be seen.
 */
export async function sendChain(
  host: HostRun,
  links: readonly ChainLink[],
  tail: readonly Work[],
  now: () => number,
  watch: (work: Work, text: string) => void,
): Promise<void> {
  const first = links[0]!.work;
  const snippets: Sh[] = [];
  /** Whose act a snippet is; nothing where it only looks. */
  const owners: (Work | undefined)[] = [];
  const push = (script: Sh, owner?: Work): void => {
    snippets.push(script);
    owners.push(owner);
  };
  for (const link of links) {
    const { work, sight, changes, isFresh } = link;
    const acts = changes.map(({ apply }) => (work.environment ? join([work.environment, apply], '\n') : apply));
    if (work.asLook) push(lookAgain(work.asLook, sight.output));
    else if (isGuardedApart(link)) push(guard(work.probe.script, sight.output));
    else if (!isFresh) push(guarded(work.probe.script, sight.output, acts.shift()!), work);
    for (const act of acts) push(act, work);
  }
  const flushed = [
    ...first.link.unflushed,
    ...links.flatMap(({ changes }) => changes.flatMap(({ flush }) => flush ?? [])),
  ];
  const directories = [...new Map(flushed.map(word => [word.text, word])).values()];
  if (directories.length > 0) push(sh`sync ${join(directories, ' ')} 2>/dev/null; :`);
  for (const work of tail) push(look(work.probe.script));
  const blobs = new Map<string, Blob>();
  for (const { changes } of links)
    for (const change of changes) for (const blob of change.needs ?? []) blobs.set(blob.digest, blob);

  const acts = links.some(link => link.changes.length > 0);
  const answer = await first.link.ask(
    first.become,
    {
      snippets,
      how: 'chain',
      blobs: [...blobs.values()],
      timeout: links.length === 1 ? first.timeout : undefined,
      watch: (snippet, text) => {
        const owner = owners[snippet];
        if (owner) watch(owner, text);
      },
    },
    acts ? 'act' : 'look',
  );
  const outputs = [...answer.outputs];
  const epoch = first.link.epoch;

  for (const link of links) {
    const { work, sight, changes, isFresh } = link;
    const script = work.probe.script.text;
    if (work.asLook) {
      const looked = outputs.shift();
      const seen = looked && seenBy(looked);
      if (seen)
        host.sights.set(work.key, { ...sightNow(work, { ...seen, stderr: looked.stderr }), script: work.asLook.text });
      if (looked?.status !== 0) return;
      continue;
    }
    if (isGuardedApart(link)) {
      const answer = outputs.shift();
      if (!answer) return lose(work);
      if (answer.status !== 0) return see(work, answer);
    }
    const ran: Output[] = [];
    for (let i = 0; i < changes.length; i++) {
      const output = outputs.shift();
      if (!output) return lose(work);
      const moved = i === 0 && !isFresh && !isGuardedApart(link) ? movedIn(work.probe.script, output) : undefined;
      if (moved) return see(work, moved);
      ran.push(output);
      if (output.status !== 0) break;
    }
    host.acted.set(work.key, { kind: 'done', script, sight, changes, outputs: ran });
    ran.forEach(({ status }, i) => {
      const { leaves = [], flush } = changes[i]!;
      if (status !== 0) return;
      for (const effect of leaves) work.link.effects.add(effect);
      if (flush) work.link.unflushed.add(flush);
    });
    if (ran.some(output => output.status !== 0)) return;
  }
  if (directories.length > 0 && outputs.shift()) first.link.unflushed.clear();
  for (const work of tail) {
    const output = outputs.shift();
    const seen = output && seenBy(output);
    if (seen) host.sights.set(work.key, sightNow(work, seen));
  }

  /** What a guard saw instead of what it was to see. */
  function see(work: Work, answer: Output): void {
    const seen = seenBy(answer);
    if (seen) host.sights.set(work.key, sightNow(work, seen));
    else host.sights.delete(work.key);
  }

  function sightNow({ probe, link }: Work, output: Output): Sight {
    return { script: probe.script.text, output, link, epoch, order: link.effects.order, at: now() };
  }

  /** Behind the last answer: not begun if the chain ended before it, unknown if the link was cut. */
  function lose(work: Work): void {
    if (answer.kind === 'lost')
      host.acted.set(work.key, { kind: 'lost', script: work.probe.script.text, failure: answer.failure });
  }
}

/** Whether a link's guard is a snippet of its own: where nothing is to be done, or the act's words are told as they come. */
const isGuardedApart = ({ work, changes, isFresh }: ChainLink): boolean =>
  !isFresh && !work.asLook && (changes.length === 0 || work.module.opaque === true);

/** A plan, and the sight it is drawn from. */
interface Drawn {
  readonly sight: Sight;
  readonly plan: Plan;
}

/**
 * Plans a piece of work as it will be seen behind these effects; where that cannot be told, as it was seen. Nothing if it
 * was not seen, or over another link.
 */
export function draw(work: Work, seen: Sight | undefined, effects: Effects): Drawn | undefined {
  if (!seen || seen.script !== (work.asLook ?? work.probe.script).text || seen.link !== work.link) return undefined;
  // What failed, or complained, is for the controller to judge before anything goes on.
  if (work.asLook) return seen.output.status === 0 && seen.output.stderr === '' ? { sight: seen, plan: [] } : undefined;
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
