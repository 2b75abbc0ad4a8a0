import { Secret } from './secret.js';

declare const made: unique symbol;
/**
 * POSIX sh. Only the sh`…` tag and the joiners below make one: every value is quoted, and secrets are masked in `shown`.
 * `text` runs; `shown` may be printed.
 */
export interface Sh {
  readonly text: string;
  readonly shown: string;
  readonly [made]: true;
}

type Word = string | number | Sh | Secret | readonly (string | number | Secret)[];

const make = (text: string, shown: string): Sh => ({ text, shown }) as Sh;

/** One word for the shell, byte for byte. Throws on NUL, which no shell word can hold. */
export function quote(word: string): string {
  if (word.includes('\0')) throw new Error('a NUL byte cannot be passed to a shell');
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Builds a script. Values are quoted, a list becomes several words, an {@link Sh} is spliced as it is. */
export function sh(parts: TemplateStringsArray, ...words: readonly Word[]): Sh {
  let text = parts[0]!;
  let shown = text;
  words.forEach((word, i) => {
    const one = spell(word);
    text += one.text + parts[i + 1]!;
    shown += one.shown + parts[i + 1]!;
  });
  return make(text, shown);
}

function spell(word: Word): { text: string; shown: string } {
  if (word instanceof Secret) return { text: quote(word.reveal()), shown: word.shown };
  if (Array.isArray(word)) {
    const spelled = (word as readonly (string | number | Secret)[]).map(spell);
    return { text: spelled.map(s => s.text).join(' '), shown: spelled.map(s => s.shown).join(' ') };
  }
  if (typeof word === 'object') return word as Sh;
  const text = quote(String(word));
  return { text, shown: text };
}

export const nothing: Sh = make(':', ':');

/** Joins scripts with a separator such as `\n`, ` && `, ` | `. */
export const join = (scripts: readonly Sh[], separator: string): Sh =>
  make(scripts.map(s => s.text).join(separator), scripts.map(s => s.shown).join(separator));

/**
 * A script the *user* wrote (the `shell` module, a validate command): the only way for text to become sh unquoted.
 * Never hand it anything that a target said.
 */
export const userScript = (text: string): Sh => make(text, text);
