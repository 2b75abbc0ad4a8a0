import { wellFormed } from '../core/bytes.js';

/** C0 and C1 control characters but tab and line feed. */
const CONTROL = '\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f';
/** What turns the reading direction (UAX #9), separators that some terminals take for line ends, the byte order mark, invisible tags. */
const DECEIVING = '\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff\\u{e0000}-\\u{e007f}';
const UNSEEN = new RegExp(`[${CONTROL}${DECEIVING}]`, 'gu');

/**
 * Text from a host as a terminal may have it: control characters are shown, not obeyed, so that no output can move the
 * cursor, change the title, hide a line or turn its direction. Line ends and tabs stay; a carriage return at a line's end
 * is dropped. Bytes that were no text are shown as U+FFFD.
 */
export const visible = (text: string): string => wellFormed(text).replace(/\r+\n/g, '\n').replace(UNSEEN, spell);

/** As {@link visible}, but on one line: for names. */
export const visibleLine = (text: string): string =>
  visible(text)
    .replace(/[\n\t]+/g, ' ')
    .trim();

/** JSON text with the same characters escaped as JSON escapes them: it stays the same document. Bytes that were no text are U+FFFD. */
export const visibleJson = (json: string): string => wellFormedJson(json).replace(UNSEEN, asJson);

/** JSON.stringify escapes halves of pairs, which most readers of JSON refuse. */
export const wellFormedJson = (json: string): string =>
  json.includes('\\ud')
    ? json.replace(/\\(?:u(d[89a-f][\da-f]{2})|.)/g, (spelled, half) => (half === undefined ? spelled : '\ufffd'))
    : json;

function spell(character: string): string {
  const code = character.codePointAt(0)!;
  if (code > 0xffff) return `\\u{${code.toString(16)}}`;
  return code > 0xff ? `\\u${code.toString(16)}` : `\\x${code.toString(16).padStart(2, '0')}`;
}

const asJson = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
