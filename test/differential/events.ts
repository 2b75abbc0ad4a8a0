import type { Change } from '../../src/core/change.js';
import type { Event } from '../../src/core/event.js';
import type { ToldOutcome } from '../../src/core/outcome.js';
import { Lazy, Unknown } from '../../src/core/value.js';
import type { Step } from './observation.js';
import type { Fields } from './project.js';

/** The steps of our own walk, from its events (or from their JSON). */
export function stepsOf(events: readonly Event[]): readonly Step[] {
  return events.flatMap((event): Step[] => {
    if (event.kind !== 'task-finished' && event.kind !== 'item-finished') return [];
    const { outcome } = event;
    if (outcome.kind === 'failed' && (outcome.failure.reason === 'ended' || outcome.failure.reason === 'interrupted'))
      return [];
    return [
      {
        host: event.host,
        task: event.task.name,
        module: event.task.module,
        ...(event.kind === 'item-finished' ? { item: event.item } : {}),
        outcome: wordOf(outcome, event.kind === 'item-finished'),
        result: plain(outcome.result) as Fields,
      },
    ];
  });
}

/** The outcome in Ansible's words. An item that failed is told as failed; whether that is ignored, the task says. */
function wordOf(outcome: ToldOutcome, isItem: boolean): Step['outcome'] {
  if (outcome.kind !== 'failed') return outcome.kind;
  const { failure, ignored } = outcome;
  if (failure.reason === 'unreachable' || failure.reason === 'lost') return 'unreachable';
  return ignored && !isItem ? 'ignored' : 'failed';
}

/** By host, each event that says something of the playbook, without times and trips. */
export function streamOf(events: readonly Event[]): ReadonlyMap<string, readonly string[]> {
  const streams = new Map<string, string[]>();
  for (const event of events) {
    if (!('host' in event) || event.host === undefined) continue;
    if (
      event.kind === 'round-trip' ||
      event.kind === 'host-connected' ||
      event.kind === 'task-output' ||
      event.kind === 'task-upload'
    )
      continue;
    const stream = streams.get(event.host) ?? [];
    streams.set(event.host, stream);
    stream.push(JSON.stringify(shownOf(event)));
  }
  return streams;
}

/** An event as reporters tell it, without times and numbers: of changes, what was and will be, but not the scripts that make them. */
export function shownOf(event: Event): unknown {
  const { at, ms, order, start, end, ...told } = plain(event) as {
    readonly outcome?: { readonly changes?: readonly Change[] };
  } & Fields;
  const changes = told.outcome?.changes?.map(({ what, before, after }) => ({ what, before, after }));
  return changes ? { ...told, outcome: { ...told.outcome, changes } } : told;
}

/** How many failures went to a rescue, by host. */
export function rescuesOf(events: readonly Event[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const event of events)
    if (event.kind === 'host-rescued') counts.set(event.host, (counts.get(event.host) ?? 0) + 1);
  return counts;
}

/** Times of files and tasks, which no two runs share; digests, since contents are compared. */
const FLEETING = new Set([
  'start',
  'end',
  'delta',
  'atime',
  'mtime',
  'ctime',
  'inode',
  'elapsed',
  'dev',
  'version',
  'birthtime',
  'checksum',
  'md5sum',
  'checksum',
  'md5sum',
]);

/** A value as JSON has it, without what no two runs share. */
export const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, one: unknown) => {
      if (FLEETING.has(key)) return undefined;
      if (one instanceof Unknown) return '(unknown)';
      if (one instanceof Lazy) return '(lazy)';
      return typeof one === 'bigint' ? String(one) : one;
    }) ?? 'null',
  );
