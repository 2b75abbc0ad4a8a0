/** A stretch of a text: words keep where they stand, so that a mistake in one can be pointed at. */
export interface Word {
  readonly text: string;
  readonly offset: number;
  /** Where a letter of the text stands, seen from `offset`; absent where nothing was taken out. */
  readonly at?: (index: number) => number;
}

/**
 * Splits at white space, keeping quotes and `{{ }}`, `{% %}`, `{# #}` whole, as Ansible's argument splitter does.
 * Quotes stay part of the words. Answers where a quote or brace was left open.
 */
export function splitWords(text: string): { readonly words: readonly Word[]; readonly open?: number } {
  const words: Word[] = [];
  let start = -1;
  for (let i = 0; i < text.length; ) {
    if (/\s/.test(text[i]!)) {
      if (start >= 0) words.push({ text: text.slice(start, i), offset: start });
      start = -1;
      i++;
      continue;
    }
    if (start < 0) start = i;
    const end = skip(text, i);
    if (end === undefined) return { words: [...words, { text: text.slice(start), offset: start }], open: i };
    i = end;
  }
  if (start >= 0) words.push({ text: text.slice(start), offset: start });
  return { words };
}

const CLOSING: Readonly<Record<string, string>> = { '{{': '}}', '{%': '%}', '{#': '#}' };

/** Past one character, one escape, one quoted stretch or one template; `undefined` if that is never closed. */
function skip(text: string, at: number): number | undefined {
  const char = text[at]!;
  if (char === '\\') return at + 2;
  const closing = CLOSING[text.slice(at, at + 2)];
  if (closing) return pastTemplate(text, at + 2, closing);
  if (char !== '"' && char !== "'") return at + 1;
  for (let i = at + 1; i < text.length; ) {
    if (text[i] === char) return i + 1;
    const end = CLOSING[text.slice(i, i + 2)] ? skip(text, i) : undefined;
    i = end ?? (text[i] === '\\' ? i + 2 : i + 1);
  }
  return undefined;
}

/** Quotes inside a template hide its closing braces. */
function pastTemplate(text: string, from: number, closing: string): number | undefined {
  let quote = '';
  for (let i = from; i < text.length; i++) {
    const char = text[i]!;
    if (quote !== '') {
      if (char === '\\') i++;
      else if (char === quote) quote = '';
    } else if (closing !== '#}' && (char === '"' || char === "'")) quote = char;
    else if (text.startsWith(closing, i)) return i + 2;
  }
  const unquoted = text.indexOf(closing, from);
  return unquoted < 0 ? undefined : unquoted + 2;
}

/** What Python's `unicode-escape` makes of the escapes that Ansible decodes (parsing/splitter.py), but for \\N{name}. */
const ESCAPE = /\\(?:U([\da-fA-F]{8})|u([\da-fA-F]{4})|x([\da-fA-F]{2})|([\\'"abfnrtv]))/g;
const LETTERS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The word with its escapes decoded, as Ansible reads `key=value`: `\\n` is a line end, `\\\\` a backslash. */
function decoded(word: Word): Word {
  if (!word.text.includes('\\')) return word;
  /** For each letter of the result, where it stood. */
  const stood: number[] = [];
  let text = '';
  const take = (letters: string, at: (i: number) => number) => {
    for (let i = 0; i < letters.length; i++) stood.push(at(i));
    text += letters;
  };
  let done = 0;
  for (const match of word.text.matchAll(ESCAPE)) {
    const { index } = match;
    const [all, long, short, byte, letter] = match;
    take(word.text.slice(done, index), i => done + i);
    const hex = long ?? short ?? byte;
    const code = Number.parseInt(hex ?? '', 16);
    take(
      hex === undefined ? (LETTERS[letter!] ?? letter!) : code > 0x10ffff ? all : String.fromCodePoint(code),
      () => index,
    );
    done = index + all.length;
  }
  take(word.text.slice(done), i => done + i);
  return { text, offset: word.offset, at: index => stood[index] ?? word.text.length };
}

/** Part of a word, still placed. */
function cut(word: Word, from: number, to: number): Word {
  const { text, offset, at } = word;
  if (!at) return { text: text.slice(from, to), offset: offset + from };
  const start = at(from);
  return { text: text.slice(from, to), offset: offset + start, at: index => at(from + index) - start };
}

/** `key=value` with escapes decoded and the quotes around the value removed; `undefined` if the word is none. */
export function pairOf(word: Word): { readonly key: Word; readonly value: Word } | undefined {
  const equals = firstEquals(word.text);
  if (equals <= 0) return undefined;
  const raw = trimmed(decoded(cut(word, equals + 1, word.text.length)));
  const quote = raw.text[0];
  const isQuoted =
    raw.text.length >= 2 && (quote === '"' || quote === "'") && raw.text.endsWith(quote) && raw.text.at(-2) !== '\\';
  return { key: cut(word, 0, equals), value: isQuoted ? cut(raw, 1, raw.text.length - 1) : raw };
}

function trimmed(word: Word): Word {
  const start = word.text.length - word.text.trimStart().length;
  return cut(word, start, Math.max(start, word.text.trimEnd().length));
}

/** The first `=` that is neither escaped nor inside of a template or a quote. */
function firstEquals(text: string): number {
  for (let i = 0; i < text.length; ) {
    if (text[i] === '=') return i;
    i = skip(text, i) ?? i + 1;
  }
  return -1;
}
