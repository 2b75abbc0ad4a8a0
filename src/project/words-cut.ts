import type { Word } from './words.js';

/** A text with some of its words cut out, and for every character left where it was. */
export interface Cut {
  readonly text: string;
  /** The offset in the whole text of an offset in what is left. */
  readonly whole: (offset: number) => number;
}

/** Cuts words, each with the white space behind it, and trims the ends; all else stays byte for byte. */
export function cutWords(text: string, words: readonly Word[]): Cut {
  const kept: { readonly from: number; readonly to: number }[] = [];
  let at = 0;
  for (const word of words) {
    kept.push({ from: at, to: word.offset });
    at = word.offset + word.text.length;
    while (at < text.length && /[ \t]/.test(text[at]!)) at++;
  }
  kept.push({ from: at, to: text.length });
  const joined = kept.map(({ from, to }) => text.slice(from, to)).join('');
  const leading = joined.length - joined.trimStart().length;
  return {
    text: joined.trim(),
    whole: offset => {
      let left = offset + leading;
      for (const { from, to } of kept) {
        if (left < to - from) return from + left;
        left -= to - from;
      }
      return text.length;
    },
  };
}
