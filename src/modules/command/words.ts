/** Words of a command line, or why there are none. */
export type Words =
  | { readonly ok: true; readonly words: readonly string[] }
  | { readonly ok: false; readonly why: string };

/**
 * Splits a command line as Python's `shlex.split` does, which is what the `command` module means by words: quotes and
 * backslashes are taken off, nothing is expanded, and an operator such as `|` is a word like any other.
 */
export function wordsOf(line: string): Words {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (quote === "'") {
      if (c === quote) quote = '';
      else word += c;
    } else if (c === '\\' && (quote === '' || line[i + 1] === '"' || line[i + 1] === '\\')) {
      if (i + 1 === line.length) return { ok: false, why: 'no character after the backslash at the end' };
      word = (word ?? '') + line[++i];
    } else if (quote !== '') {
      if (c === quote) quote = '';
      else word += c;
    } else if (c === "'" || c === '"') {
      quote = c;
      word ??= '';
    } else if (/[ \t\r\n]/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + c;
  }
  if (quote !== '') return { ok: false, why: `no closing ${quote === '"' ? 'double' : 'single'} quote` };
  if (word !== undefined) words.push(word);
  return { ok: true, words };
}
