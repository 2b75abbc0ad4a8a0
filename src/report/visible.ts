/** C0 and C1 control characters but tab and line feed. */
const CONTROL = '\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f';
/** What turns the reading direction (UAX #9), separators that some terminals take for line ends, the byte order mark, invisible tags, halves of pairs. */
const DECEIVING = '\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff\\u{e0000}-\\u{e007f}\\ud800-\\udfff';
const UNSEEN = new RegExp(`[${CONTROL}${DECEIVING}]`, 'gu');

/**
 * Text from a host as a terminal may have it: control characters are shown, not obeyed, so that no output can move the
 * cursor, change the title, hide a line or turn its direction. Line ends and tabs stay; a carriage return at a line's end
 * is dropped.
 */
export const visible = (text: string): string => text.replace(/\r+\n/g, '\n').replace(UNSEEN, spell);

/** As {@link visible}, but on one line: for names. */
export const visibleLine = (text: string): string =>
  visible(text)
    .replace(/[\n\t]+/g, ' ')
    .trim();

/** JSON text with the same characters escaped as JSON escapes them: it stays the same document. */
export const visibleJson = (json: string): string => json.replace(UNSEEN, asJson);

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
