import type { Blob } from '../core/blob.js';
import { type Change, isBlocked } from '../core/change.js';
import type { Failure } from '../core/outcome.js';
import type { Output } from '../core/probe.js';
import { join, type Sh, sh } from '../core/sh.js';
import { guard, seenBy } from './guard.js';
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
  const owners: Work[] = [];
  const push = (script: Sh, work: Work): void => {
    snippets.push(script);
    owners.push(work);
  };
  for (const { work, sight, changes, isFresh } of links) {
    if (!isFresh) push(guard(work.probe.script, sight.output), work);
    for (const change of changes)
      push(work.environment ? join([work.environment, change.apply], '\n') : change.apply, work);
  }
  for (const work of tail)
    push(sh`rm_seen=$( ( ${work.probe.script}\n ) 2>/dev/null; printf '#%s' "$?" ); printf %s "$rm_seen"`, work);
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
      watch: (snippet, text) => watch(owners[snippet]!, text),
    },
    acts ? 'act' : 'look',
  );
  const outputs = [...answer.outputs];
  const epoch = first.link.epoch;

  for (const { work, sight, changes, isFresh } of links) {
    const script = work.probe.script.text;
    if (!isFresh) {
      const guarded = outputs.shift();
      if (!guarded) return lose(work);
      if (guarded.status !== 0) {
        const seen = seenBy(guarded);
        if (seen) host.sights.set(work.key, { script, output: seen, link: work.link, epoch, at: now() });
        else host.sights.delete(work.key);
        return;
      }
    }
    const ran: Output[] = [];
    for (let i = 0; i < changes.length; i++) {
      const output = outputs.shift();
      if (!output) return lose(work);
      ran.push(output);
      if (output.status !== 0) break;
    }
    host.acted.set(work.key, { kind: 'done', script, sight, changes, outputs: ran });
    if (ran.some(output => output.status !== 0)) return;
  }
  for (const work of tail) {
    const output = outputs.shift();
    const seen = output && seenBy(output);
    if (seen)
      host.sights.set(work.key, { script: work.probe.script.text, output: seen, link: work.link, epoch, at: now() });
  }

  /** Behind the last answer: not begun if the chain ended before it, unknown if the link was cut. */
  function lose(work: Work): void {
    if (answer.kind === 'lost')
      host.acted.set(work.key, { kind: 'lost', script: work.probe.script.text, failure: answer.failure });
  }
}

/** A link for a piece of work that was looked at, or nothing if it cannot go into a chain. */
export function linkOf(work: Work, sight: Sight | undefined, now: number): ChainLink | undefined {
  if (!sight || sight.script !== work.probe.script.text || sight.link !== work.link) return undefined;
  const plan = work.module.plan(work.args, work.probe.parse(sight.output), work.given);
  if (isBlocked(plan)) return undefined;
  return { work, sight, changes: plan, isFresh: sight.epoch === work.link.epoch && now - sight.at < FRESH_FOR };
}
