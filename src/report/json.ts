import type { Reporter } from '../core/event.js';
import { Lazy, Unknown } from '../core/value.js';
import { visibleJson } from './visible.js';

/** The event stream itself, one JSON object a line, in ASCII where a terminal would obey or hide a character. */
export const jsonReporter = (write: (line: string) => void): Reporter => ({
  on: event => write(`${visibleJson(JSON.stringify(event, spelled))}\n`),
});

/** Values that JSON has no word for. */
function spelled(_key: string, value: unknown): unknown {
  if (value instanceof Unknown) return '(known after it is run)';
  if (value instanceof Lazy) return `(${value.keys().length} members, looked up when asked for)`;
  if (typeof value === 'bigint') return String(value);
  return value;
}
