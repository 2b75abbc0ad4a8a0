/** A stretch of a text: words keep where they stand, so that a mistake in one can be pointed at. */
export interface Word {
  readonly text: string;
  readonly offset: number;
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

/** `key=value` with the quotes around the value removed; `undefined` if the word is none. */
export function pairOf(word: Word): { readonly key: Word; readonly value: Word } | undefined {
  const equals = firstEquals(word.text);
  if (equals <= 0) return undefined;
  const raw = word.text.slice(equals + 1);
  const offset = word.offset + equals + 1;
  const quote = raw[0];
  const isQuoted = raw.length >= 2 && (quote === '"' || quote === "'") && raw.endsWith(quote) && raw.at(-2) !== '\\';
  return {
    key: { text: word.text.slice(0, equals), offset: word.offset },
    value: isQuoted ? { text: raw.slice(1, -1), offset: offset + 1 } : { text: raw, offset },
  };
}

/** The first `=` that is neither escaped nor inside of a template or a quote. */
function firstEquals(text: string): number {
  for (let i = 0; i < text.length; ) {
    if (text[i] === '=') return i;
    i = skip(text, i) ?? i + 1;
  }
  return -1;
}
