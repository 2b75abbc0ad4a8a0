import type { Handler } from '../../../core/play.js';
import { RenderError, Unknown, type Value } from '../../../core/value.js';
import { render } from '../../../template/render.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Stage } from '../../state/stage.js';
import { scopeOf } from '../variables/variables.js';

/**
 * The handlers a notification means: one of the name, and every one that listens to it. Of several lists (of the play, of each
 * role) the last that has the name counts, and in it the first of the name.
 */
export function handlersNamed(stage: Stage, host: HostRun, name: string): readonly Handler[] {
  const all = [...stage.play.handlers, ...host.handlers];
  const listening = all.filter(handler =>
    handler.listen.some(topic => texts(stage, host, handler, topic).includes(name)),
  );
  const last = all.findLastIndex(handler => namesOf(stage, host, handler).includes(name));
  const list = all.slice(startOfList(all, last), last + 1);
  const named = list.find(handler => namesOf(stage, host, handler).includes(name));
  return named && !listening.includes(named) ? [named, ...listening] : listening;
}

/** Where the list begins that the handler at a place is in. */
function startOfList(all: readonly Handler[], at: number): number {
  let start = at;
  while (start > 0 && all[start - 1]!.task.use === all[at]!.task.use) start--;
  return Math.max(start, 0);
}

function namesOf(stage: Stage, host: HostRun, handler: Handler): readonly string[] {
  const { name, role } = handler.task;
  if (name === undefined) return [];
  return texts(stage, host, handler, name).flatMap(text => (role ? [text, `${role.name} : ${text}`] : [text]));
}

/** What a name or topic says; templates that cannot be rendered here name nothing. */
function texts(stage: Stage, host: HostRun, handler: Handler, source: Parameters<typeof render>[0]): readonly string[] {
  if (typeof source === 'string') return [source];
  try {
    const value = render(source, scopeOf(stage, host, { task: handler.task, purpose: 'connection' }));
    if (value instanceof Unknown || value === null) return [];
    return (Array.isArray(value) ? (value as readonly Value[]) : [value]).map(toText);
  } catch (error) {
    if (error instanceof RenderError) return [];
    throw error;
  }
}
