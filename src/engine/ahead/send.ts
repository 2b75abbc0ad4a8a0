import type { Blob } from '../../core/blob.js';
import type { Change } from '../../core/change.js';
import type { Answer } from '../../core/connection.js';
import { type Draft, flush, MOST_DRAFTS } from '../../core/draft.js';
import type { Failure } from '../../core/outcome.js';
import type { Output } from '../../core/probe.js';
import { join, type Sh, sh } from '../../core/sh.js';
import type { HostRun, Sight } from '../state/host.js';
import type { Work } from '../state/pending-task.js';
import type { Link } from '../state/session.js';
import type { ChainLink } from './chain.js';
import { guard, guarded, lookAgain, movedIn, seeing, seenBy } from './guard.js';

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

/** A chain with what is looked at behind its last link, so that handlers need no trip of their own to be seen. */
export interface Sending {
  readonly links: readonly ChainLink[];
  readonly tail: readonly Work[];
  now(): number;
  /** Told what the users' own commands say, as it comes. */
  watch(work: Work, text: string): void;
}

/** One snippet of a trip, and who hears its answer. */
interface Part {
  readonly script: Sh;
  /** Whose act it is; nothing where it only looks. */
  readonly owner?: Work;
  /** `stop`: nothing behind it was done. */
  hear(output: Output): 'on' | 'stop';
  /** It was not answered. */
  lose?(answer: Answer): void;
}

/**
 * Sends a chain in one trip, and notes for each piece of work what it did, or the fresh sight of the one whose guard
 * failed.
 */
export async function sendChain(host: HostRun, sending: Sending): Promise<void> {
  const { links, tail, now, watch } = sending;
  const { link, become, timeout } = links[0]!.work;
  const notes = new Notes(host, now);
  const acts = links.map(each => partsOf(each, notes));
  const parts = [...acts.flat(), ...flushing(links, link), ...tail.map(work => lookingAt(work, notes))];
  const changes = links.flatMap(each => each.changes);
  const blobs = new Map<string, Blob>();
  for (const { needs = [] } of changes) for (const blob of needs) blobs.set(blob.digest, blob);
  const batch = {
    snippets: parts.map(({ script }) => script),
    how: 'chain',
    blobs: [...blobs.values()],
    drafts: drafting(links, acts),
    timeout: links.length === 1 ? timeout : undefined,
    watch(snippet: number, text: string) {
      const owner = parts[snippet]?.owner;
      if (owner) watch(owner, text);
    },
  } as const;
  const answer = await link.ask(become, batch, changes.length > 0 ? 'act' : 'look');
  for (const [i, part] of parts.entries()) {
    const output = answer.outputs[i];
    if (!output) return part.lose?.(answer);
    if (part.hear(output) === 'stop') return;
  }
}

/** What is noted of a host while the answers of a chain are heard. */
class Notes {
  constructor(
    private readonly host: HostRun,
    private readonly now: () => number,
  ) {}

  /** What was seen just now; nothing was, where a look did not get as far as that. */
  saw({ key, probe, link }: Work, seen: Output | undefined, script: Sh = probe.script): void {
    const { epoch, effects } = link;
    if (!seen) this.host.sights.delete(key);
    else
      this.host.sights.set(key, {
        script: script.text,
        output: seen,
        link,
        epoch,
        order: effects.order,
        at: this.now(),
      });
  }

  did({ work, sight, changes }: ChainLink, outputs: readonly Output[]): void {
    this.host.acted.set(work.key, { kind: 'done', script: work.probe.script.text, sight, changes, outputs });
  }

  /** Not begun if the chain ended before it, unknown if the link was cut. */
  lost({ key, probe }: Work, answer: Answer): void {
    if (answer.kind === 'lost')
      this.host.acted.set(key, { kind: 'lost', script: probe.script.text, failure: answer.failure });
  }
}

function partsOf(link: ChainLink, notes: Notes): readonly Part[] {
  const { work, sight, changes, isFresh } = link;
  const { script } = work.probe;
  if (work.asLook) return [lookingAgain(work, work.asLook, { sight, notes })];
  const lose = (answer: Answer) => notes.lost(work, answer);
  // Apart where nothing is to be done, or where the act's words are told as they come.
  const isApart = !isFresh && (changes.length === 0 || work.module.opaque === true);
  const look: Part = {
    script: guard(script, sight.output),
    hear(output) {
      if (output.status !== 0) {
        notes.saw(work, seenBy(output));
        return 'stop';
      }
      if (changes.length === 0) notes.did(link, []);
      return 'on';
    },
    lose,
  };
  const done: Output[] = [];
  const acts = changes.map(({ apply, leaves = [], flush: directory }, i): Part => {
    const act = work.environment ? join([work.environment, apply], '\n') : apply;
    const isGuarded = i === 0 && !isFresh && !isApart;
    return {
      script: isGuarded ? guarded(script, sight.output, act) : act,
      owner: work,
      hear(output) {
        const moved = isGuarded ? movedIn(script, output) : undefined;
        if (moved) {
          notes.saw(work, seenBy(moved));
          return 'stop';
        }
        done.push(output);
        const isDone = output.status === 0;
        if (isDone) for (const effect of leaves) work.link.effects.add(effect);
        if (isDone && directory) work.link.unflushed.add(directory);
        if (!isDone || done.length === changes.length) notes.did(link, done);
        return isDone ? 'on' : 'stop';
      },
      lose,
    };
  });
  return isApart ? [look, ...acts] : acts;
}

/** A look of the user's own: what it says holds from here on, and what stands behind it only if it is what was seen before. */
const lookingAgain = (work: Work, script: Sh, { sight, notes }: { sight: Sight; notes: Notes }): Part => ({
  script: lookAgain(script, sight.output),
  hear(output) {
    const seen = seenBy(output);
    notes.saw(work, seen && { ...seen, stderr: output.stderr }, script);
    return output.status === 0 ? 'on' : 'stop';
  },
});

const lookingAt = (work: Work, notes: Notes): Part => ({
  script: sh`${seeing(work.probe.script)}; printf %s "$rm_seen"`,
  hear(output) {
    const seen = seenBy(output);
    if (seen) notes.saw(work, seen);
    return 'on';
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

/**
 * Brings new names of files to the disk, those too of an earlier chain that ended before it could, and removes what dead
 * lanes left beside them.
 */
function flushing(links: readonly ChainLink[], { unflushed }: Link): readonly Part[] {
  const words = [
    ...unflushed,
    ...links.flatMap(({ changes }) => changes.flatMap(({ flush: directory }) => directory ?? [])),
  ];
  const directories = [...new Map(words.map(word => [word.text, word])).values()];
  if (directories.length === 0) return [];
  return [
    {
      script: flush(directories),
      hear() {
        unflushed.clear();
        return 'on';
      },
    },
  ];
}
