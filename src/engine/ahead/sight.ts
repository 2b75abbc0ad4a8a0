import type { Sh } from '../../core/sh.js';
import type { HostRun, Sight } from '../state/host.js';
import type { Work } from '../state/pending-task.js';

/** What a host is asked for a piece of work. */
export const questionOf = ({ asLook, probe }: Work): Sh => asLook ?? probe.script;

/** What was seen for a piece of work: by the very question it asks now, and over the same link. It may be old. */
export function sightOf(host: HostRun, work: Work): Sight | undefined {
  const sight = host.sights.get(work.key);
  return sight?.link === work.link && sight.script === questionOf(work).text ? sight : undefined;
}

/** Whether nothing was changed on the target since. */
export const isCurrent = ({ epoch }: Sight, { link }: Work): boolean => epoch === link.epoch;
