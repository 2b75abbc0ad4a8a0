import type { Change } from '../core/change.js';
import type { Event, Reporter } from '../core/event.js';
import type { Outcome } from '../core/outcome.js';
import { Lazy, Unknown } from '../core/value.js';
import { visibleJson } from './visible.js';

/** The event stream itself, one JSON object a line, in ASCII where a terminal would obey or hide a character. */
export const jsonReporter = (write: (line: string) => void): Reporter => ({
  on: event => write(`${visibleJson(JSON.stringify(readable(event), spelled))}\n`),
});

/** Changes without the scripts and contents that make them. */
function readable(event: Event): object {
  if (event.kind !== 'task-finished' && event.kind !== 'item-finished') return event;
  return { ...event, outcome: withoutScripts(event.outcome) };
}

function withoutScripts(outcome: Outcome): object {
  const { changes } = outcome as { readonly changes?: readonly Change[] };
  return changes
    ? { ...outcome, changes: changes.map(({ what, before, after }) => ({ what, before, after })) }
    : outcome;
}

/** Values that JSON has no word for. */
function spelled(_key: string, value: unknown): unknown {
  if (value instanceof Unknown) return '(known after it is run)';
  if (value instanceof Lazy) return `(${value.keys().length} members, looked up when asked for)`;
  if (typeof value === 'bigint') return String(value);
  return value;
}
