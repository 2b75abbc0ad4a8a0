import type { Answer } from '../../core/connection.js';
import { type Draft, MOST_DRAFTS } from '../../core/draft.js';
import type { Failure } from '../../core/outcome.js';
import type { Output } from '../../core/probe.js';
import { type Sh, sh } from '../../core/sh.js';
import type { Span } from '../meaning/task/times.js';
import { blobsOf, flushOf, interruptedAfter, noteDone, scriptOf, type Watch } from '../meaning/trips/act.js';
import type { ModuleTask } from '../state/pending-task.js';
import type { Reach } from '../state/session.js';
import type { ChainLink } from './chain.js';
import { guard, guarded, movedIn, seeing, seenBy } from './guard.js';

/** What became of a link. */
export type Acted =
  | { readonly kind: 'done'; readonly outputs: readonly Output[]; readonly span: Span }
  /** The target was not as the plan saw it: nothing was done. What was seen instead, if anything. */
  | { readonly kind: 'moved'; readonly seen: Output | undefined }
  /** The chain ended before it: nothing was done. */
  | { readonly kind: 'unreached' }
  /** The shell was lost while it ran: nobody knows what became of it. */
  | { readonly kind: 'lost'; readonly failure: Failure };

/** The same before anybody has taken the time. */
type Unspanned = Exclude<Acted, { kind: 'done' }> | Omit<Acted & { kind: 'done' }, 'span'>;

/** A chain, with what is looked at behind its last link. */
export interface Sending {
  readonly links: readonly ChainLink[];
  readonly tail: readonly ModuleTask[];
  /** Stops the chain behind the link that runs. */
  readonly stop: AbortSignal | undefined;
  readonly watch: Watch;
  now(): number;
  /** Told of each link as its end is heard. */
  tell(link: ChainLink, acted: Acted): void;
  /** Told what the tail saw, once the trip is over; `holds`: nobody else acted meanwhile. */
  see(work: ModuleTask, seen: Output, holds: boolean): void;
}

/** One snippet of a trip, and who hears its answer. */
interface Part {
  readonly script: Sh;
  /** Whose act it is; nothing where it only looks. */
  readonly owner?: ModuleTask;
  hear(output: Output): void;
}

/** Sends a chain in one trip. */
export async function sendChain({ links, tail, stop, watch, now, tell, see }: Sending): Promise<void> {
  const { session, become, timeout } = links[0]!.work;
  const untold = new Set(links);
  const made = new Map<ChainLink, number>();
  // A link begins where the one before it ended.
  let began = now();
  const settle = (link: ChainLink, acted: Unspanned): void => {
    if (!untold.delete(link)) return;
    const ended = now();
    tell(link, acted.kind === 'done' ? { ...acted, span: { began, ended } } : acted);
    began = ended;
  };
  const acts = links.map(link =>
    partsOf(
      link,
      acted => settle(link, acted),
      () => made.set(link, (made.get(link) ?? 0) + 1),
    ),
  );
  const changes = links.flatMap(link => link.changes);
  const flushing = flushOf(session, changes);
  const seen = new Map<ModuleTask, Output>();
  const parts: readonly Part[] = [
    ...acts.flat(),
    ...(flushing ? [{ script: flushing, hear: () => session.unflushed.clear() }] : []),
    ...tail.map(work => lookingAt(work, output => seen.set(work, output))),
  ];
  const answer = await session.ask(
    become,
    {
      snippets: parts.map(({ script }) => script),
      how: 'chain',
      blobs: blobsOf(changes),
      drafts: drafting(links, acts),
      timeout: links.length === 1 ? timeout : undefined,
      stop,
      heard: (index, output) => parts[index]!.hear(output),
      watch(snippet, text) {
        const owner = parts[snippet]?.owner;
        if (owner) watch.output(owner, text);
      },
      // Files of all links travel before the first of them, while its task is the one that runs.
      sent: (bytes, size) => watch.upload(links[0]!.work, bytes, size),
    },
    changes.length > 0 ? 'act' : 'look',
    farthest(links),
  );
  for (const link of untold) settle(link, unheard(answer, made.get(link) ?? 0, link.changes.length));
  for (const [work, output] of seen) see(work, output, answer.wasAlone);
}

/** How far a chain may change anything: as far as any of its links. */
function farthest(links: readonly ChainLink[]): Reach {
  const reaches = links.filter(({ changes }) => changes.length > 0).map(({ work }) => work.reach);
  return reaches.includes('run') ? 'run' : reaches.includes('machine') ? 'machine' : 'nothing';
}

/** The link that ran when the shell was lost is the first unheard one; whether those behind it ran nobody knows either. */
function unheard(answer: Answer, made: number, changes: number): Acted {
  if (answer.kind === 'lost') return { kind: 'lost', failure: answer.failure };
  return made === 0 ? { kind: 'unreached' } : { kind: 'lost', failure: interruptedAfter(made, changes) };
}

/** `made`: told of each change that was done, but for the last. */
function partsOf(
  { work, seen, changes, isGuarded }: ChainLink,
  tell: (acted: Unspanned) => void,
  made: () => void,
): readonly Part[] {
  const { script } = work.probe;
  // Apart where nothing is to be done, or where the act's words are told as they come.
  const isApart = isGuarded && (changes.length === 0 || work.module.opaque === true);
  const look: Part = {
    script: guard(script, seen),
    hear(output) {
      if (output.status !== 0) tell({ kind: 'moved', seen: seenBy(output) });
      else if (changes.length === 0) tell({ kind: 'done', outputs: [] });
    },
  };
  const done: Output[] = [];
  const acts = changes.map((change, i): Part => {
    const isTogether = i === 0 && isGuarded && !isApart;
    const act = scriptOf(work, change);
    return {
      script: isTogether ? guarded(script, seen, act) : act,
      owner: work,
      hear(output) {
        const moved = isTogether ? movedIn(script, output) : undefined;
        if (moved) return tell({ kind: 'moved', seen: seenBy(moved) });
        done.push(output);
        if (output.status === 0) noteDone(work, change);
        if (output.status !== 0 || done.length === changes.length) tell({ kind: 'done', outputs: done });
        else made();
      },
    };
  });
  return isApart ? [look, ...acts] : acts;
}

const lookingAt = (work: ModuleTask, see: (seen: Output) => void): Part => ({
  script: sh`${seeing(work.probe.script)}; printf %s "$rm_seen"`,
  hear(output) {
    const seen = seenBy(output);
    if (seen) see(seen);
  },
});

/**
 * New files that are written one right behind the other are made ready together, before the first snippet of the first of
 * them, by its index. Any other link between them could see drafts, or might make the directory for them.
 */
function drafting(
  links: readonly ChainLink[],
  acts: readonly (readonly Part[])[],
): ReadonlyMap<number, readonly Draft[]> {
  const drafts = new Map<number, Draft[]>();
  let index = 0;
  let open: Draft[] = [];
  links.forEach(({ changes }, i) => {
    const draft = changes.length === 1 ? changes[0]!.draft : undefined;
    if (draft && open.length > 0 && open.length < MOST_DRAFTS) open.push(draft);
    else {
      open = draft ? [draft] : [];
      drafts.set(index, open);
    }
    index += acts[i]!.length;
  });
  // One alone is written by its act.
  return new Map([...drafts].filter(([, files]) => files.length > 1));
}
