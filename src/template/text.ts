import { Float, type Lazy, Secret, Tuple, Unknown } from '../core/value.js';
import { nested, spend } from './budget.js';
import { type Dict, entriesOf, isList, Live, mapKnown, Nothing, type Term, touch, Undefined } from './terms.js';

/** Python's `str()`: how a value prints inside a text. */
export function toText(term: Term): string {
  if (typeof term === 'string') return term;
  if (typeof term === 'number' && Number.isSafeInteger(term)) return String(term);
  if (term instanceof Secret) return term.reveal();
  return term instanceof Nothing ? '' : toRepr(term);
}

/** Python's `repr()`: how a value prints inside a list. */
export function toRepr(term: Term): string {
  switch (typeof term) {
    case 'string':
      return quoted(term);
    case 'boolean':
      return term ? 'True' : 'False';
    case 'bigint':
      return String(term);
    case 'number':
      return Number.isInteger(term) ? String(BigInt(term)) : floatText(term);
  }
  if (term === null) return 'None';
  if (term instanceof Float) return floatText(term.value);
  if (term instanceof Secret) return quoted(term.reveal());
  if (term instanceof Undefined || term instanceof Unknown) touch(term);
  if (term instanceof Live) return term.printed() ?? `<${term.title}>`;
  return nested(() => (isList(term) ? listText(term) : dictText(term as Dict | Lazy)));
}

function listText(list: readonly Term[]): string {
  spend(list.length);
  const items = mapKnown(list, toRepr).join(', ');
  if (list instanceof Tuple) return list.length === 1 ? `(${items},)` : `(${items})`;
  return `[${items}]`;
}

function dictText(dict: Dict | Lazy): string {
  const entries = entriesOf(dict);
  spend(entries.length);
  return `{${mapKnown(entries, ([key, value]) => `${toRepr(key)}: ${toRepr(value)}`).join(', ')}}`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Python's spelling of a text literal: single quotes, unless only those are inside. */
function quoted(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, letter => {
    if (ESCAPES[letter] !== undefined) return ESCAPES[letter];
    const hex = letter.codePointAt(0)!.toString(16);
    if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
    return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
  });
  return mark + (mark === "'" ? body.replaceAll("'", "\\'") : body) + mark;
}

/** Python's repr of a float: shortest digits that read back, exponent from 1e16 and below 1e-4. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e16 || size < 1e-4) {
    const [digits, exponent] = value.toExponential().split('e') as [string, string];
    const power = Number(exponent);
    return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}
