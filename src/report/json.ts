import type { Reporter } from '../core/event.js';
import { Lazy, Unknown } from '../core/value.js';

/** The event stream itself, one JSON object a line. */
export function jsonReporter(write: (line: string) => void): Reporter {
  return { on: event => write(`${JSON.stringify(event, plainly)}\n`) };
}

/** Scripts and blobs are not for readers, and unknown values say so. */
function plainly(key: string, value: unknown): unknown {
  if (key === 'apply' || key === 'needs') return undefined;
  if (value instanceof Unknown) return '(known after it is run)';
  if (value instanceof Lazy) return '(lazy)';
  if (typeof value === 'bigint') return String(value);
  return value;
}
