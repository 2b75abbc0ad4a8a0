import { SyntaxFault, type Token } from './syntax.js';

/** How string literals are read. Ansible doubles the backslashes in `{{ }}` of playbooks, so that they stay as written. */
export type Backslashes = 'escapes' | 'literal';

const TOKEN = new RegExp(
  [
    '(?<float>(?<!\\.)(?:\\d+_)*\\d+(?:(?:\\.(?:\\d+_)*\\d+)?[eE][+-]?(?:\\d+_)*\\d+|\\.(?:\\d+_)*\\d+))',
    '(?<integer>0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\\da-fA-F])+|[1-9](?:_?\\d)*|0(?:_?0)*)',
    '(?<name>[\\p{L}_][\\p{L}\\p{N}_]*)',
    `(?<string>'(?:[^'\\\\]|\\\\[^])*'|"(?:[^"\\\\]|\\\\[^])*")`,
    '(?<operator>\\*\\*|//|==|!=|<=|>=|[-+*/%~<>=()[\\]{}.,:|;])',
  ].join('|'),
  'uy',
);

const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Where an expression ends: at a mark such as `}}`, which does not count inside brackets. */
export interface Ending {
  /** Sticky; matches the end mark with its white-space control. */
  readonly mark: RegExp;
  readonly name: string;
}

/** The tokens of one expression or tag, the last of kind `end`, and the match of its end mark. */
export interface Lexed {
  readonly tokens: readonly Token[];
  readonly ending: RegExpExecArray | undefined;
}

/** Splits an expression into tokens, from `start` to its end mark, or to the end of the text. */
export function lexExpression(text: string, start: number, end: Ending | undefined, how: Backslashes): Lexed {
  const tokens: Token[] = [];
  const open: { closer: string; offset: number; letter: string }[] = [];
  let at = start;
  for (;;) {
    while (/\s/.test(text[at] ?? '')) at++;
    if (end && open.length === 0) {
      end.mark.lastIndex = at;
      const ending = end.mark.exec(text);
      if (ending) {
        tokens.push({ kind: 'end', value: end.name, offset: at, length: Math.max(1, ending[0].trimEnd().length) });
        return { tokens, ending };
      }
    }
    if (at >= text.length) {
      const bracket = open.at(-1);
      if (bracket) throw new SyntaxFault(`'${bracket.letter}' is never closed`, { offset: bracket.offset, length: 1 });
      tokens.push({ kind: 'end', value: end ? 'end of template' : 'end of expression', offset: at, length: 1 });
      return { tokens, ending: undefined };
    }
    const token = tokenAt(text, at, how);
    balance(token, open);
    tokens.push(token);
    at += token.length;
  }
}

function tokenAt(text: string, offset: number, how: Backslashes): Token {
  TOKEN.lastIndex = offset;
  const match = TOKEN.exec(text);
  if (!match) {
    const letter = String.fromCodePoint(text.codePointAt(offset)!);
    if (letter === "'" || letter === '"')
      throw new SyntaxFault(`the text that starts with ${letter} is never closed`, { offset, length: 1 });
    throw new SyntaxFault(`unexpected char '${letter}'`, { offset, length: letter.length });
  }
  const { float, integer, name, string } = match.groups!;
  const span = { offset, length: match[0].length };
  if (float !== undefined) return { kind: 'float', value: float.replaceAll('_', ''), ...span };
  if (integer !== undefined) return { kind: 'integer', value: integer.replaceAll('_', ''), ...span };
  if (name !== undefined) return { kind: 'name', value: name, ...span };
  if (string !== undefined) return { kind: 'string', value: unquoted(string, how), ...span };
  return { kind: 'operator', value: match[0], ...span };
}

function balance(token: Token, open: { closer: string; offset: number; letter: string }[]): void {
  if (token.kind !== 'operator') return;
  const closer = CLOSERS[token.value];
  if (closer !== undefined) open.push({ closer, offset: token.offset, letter: token.value });
  else if (token.value === ')' || token.value === ']' || token.value === '}') {
    const expected = open.pop()?.closer;
    if (expected === token.value) return;
    const why = expected === undefined ? '' : `, expected '${expected}'`;
    throw new SyntaxFault(`unexpected '${token.value}'${why}`, token);
  }
}

const LETTERS: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
};

/** The value of a string literal with its quotes. Unknown escapes stay as they are, as in Python. */
function unquoted(literal: string, how: Backslashes): string {
  const body = literal.slice(1, -1);
  if (!body.includes('\\')) return body;
  // An escaped quote could not be written otherwise, so it loses its backslash even where they are kept.
  if (how === 'literal') return body.replaceAll(`\\${literal[0]}`, literal[0]!);
  return body.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (all, hex, short, long, octal, letter) => {
      const code = hex ?? short ?? long;
      if (code !== undefined) return codePoint(Number.parseInt(code, 16), all);
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      return LETTERS[letter] ?? all;
    },
  );
}

const codePoint = (code: number, otherwise: string): string =>
  code <= 0x10ffff ? String.fromCodePoint(code) : otherwise;
