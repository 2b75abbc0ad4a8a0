const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const NARROWEST = /[\p{Mn}\p{Me}]|[\u200b-\u200d]/u;

/**
 * Columns that a text of one line takes in a terminal: wide and full-width characters take two (UAX #11), combining
 * marks none, a tab one. Emoji that are joined from several count each part.
 */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : NARROWEST.test(character) ? 0 : 1;
  return width;
}

/** `padEnd` by columns. */
export const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));
