import type { Blob } from '../../../core/blob.js';
import type { Change } from '../../../core/change.js';
import { flush } from '../../../core/draft.js';
import type { Failure } from '../../../core/outcome.js';
import type { Output } from '../../../core/probe.js';
import { join, type Sh } from '../../../core/sh.js';
import type { ModuleTask } from '../../state/pending-task.js';
import type { Session } from '../../state/session.js';
import { INTERRUPTED } from './trips.js';

/** Hears of a task while its act runs. */
export interface Watch {
  /** What its own command writes, as it comes. */
  output(work: ModuleTask, text: string): void;
  /** How much of the large files that go with the act has been sent, in bytes. */
  upload(work: ModuleTask, bytes: number, size: number): void;
}

/** The script of a change, with the environment of its task. */
export const scriptOf = ({ environment }: ModuleTask, { apply }: Change): Sh =>
  environment ? join([environment, apply], '\n') : apply;

/** What some changes need on the target, each once. */
export function blobsOf(changes: readonly Change[]): readonly Blob[] {
  const blobs = new Map<string, Blob>();
  for (const { needs = [] } of changes) for (const blob of needs) blobs.set(blob.digest, blob);
  return [...blobs.values()];
}

/**
 * Brings new names of files to the disk, those too of earlier acts that ended before they could, and removes what dead
 * lanes left beside them. Nothing where there are none.
 */
export function flushOf({ unflushed }: Session, changes: readonly Change[]): Sh | undefined {
  const words = [...unflushed, ...changes.flatMap(({ flush: directory }) => directory ?? [])];
  const directories = [...new Map(words.map(word => [word.text, word])).values()];
  return directories.length === 0 ? undefined : flush(directories);
}

/** Notes what a change that was done left behind, for what is looked at or flushed later. */
export function noteDone({ session }: ModuleTask, { leaves = [], flush: directory }: Change): void {
  for (const effect of leaves) session.effects.add(effect);
  if (directory) session.unflushed.add(directory);
}

/** An interrupt came between two changes of one task. */
export const interruptedAfter = (made: number, changes: number): Failure => ({
  reason: 'interrupted',
  why: `interrupted after ${made} of its ${changes} changes`,
});

/** What acts of one task are sent with. */
interface Sending {
  readonly watch: Watch;
  /** No change is started once it is aborted. */
  readonly stop: AbortSignal | undefined;
}

/** Carries out the changes of one task in one trip. Answers one output for each that was started; the last may have failed. */
export async function act(
  work: ModuleTask,
  changes: readonly Change[],
  { watch, stop }: Sending,
): Promise<readonly Output[] | Failure> {
  const { session, become, timeout } = work;
  const flushing = flushOf(session, changes);
  const snippets = [...changes.map(change => scriptOf(work, change)), ...(flushing ? [flushing] : [])];
  const answer = await session.ask(
    become,
    {
      snippets,
      how: 'chain',
      blobs: blobsOf(changes),
      timeout,
      stop,
      watch: (snippet, text) => {
        if (snippet < changes.length) watch.output(work, text);
      },
      sent: (bytes, size) => watch.upload(work, bytes, size),
    },
    'act',
    work.reach,
  );
  const outputs = answer.outputs.slice(0, changes.length);
  outputs.forEach((output, i) => {
    if (output.status === 0) noteDone(work, changes[i]!);
  });
  if (answer.outputs.length > changes.length) session.unflushed.clear();
  const isThrough = outputs.length === changes.length || outputs.some(output => output.status !== 0);
  if (isThrough) return outputs;
  if (answer.kind === 'lost') return answer.failure;
  return outputs.length === 0 ? INTERRUPTED : interruptedAfter(outputs.length, changes.length);
}
