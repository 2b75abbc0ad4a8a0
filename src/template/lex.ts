import { type Backslashes, lexExpression } from './lex-expression.js';
import { type Span, SyntaxFault, type Token } from './syntax.js';

/** The marks of a template language, and how white space around tags is treated. */
export interface Delimiters {
  readonly variableStart: string;
  readonly variableEnd: string;
  readonly blockStart: string;
  readonly blockEnd: string;
  readonly commentStart: string;
  readonly commentEnd: string;
  /** The line end behind a tag is dropped. */
  readonly trimBlocks: boolean;
  /** White space before a tag that starts a line is dropped. */
  readonly lstripBlocks: boolean;
  readonly backslashes: Backslashes;
}

export const ANSIBLE_DELIMITERS: Delimiters = {
  variableStart: '{{',
  variableEnd: '}}',
  blockStart: '{%',
  blockEnd: '%}',
  commentStart: '{#',
  commentEnd: '#}',
  trimBlocks: true,
  lstripBlocks: false,
  backslashes: 'escapes',
};

/** A template taken apart: text, `{{ tokens }}` and `{% tokens %}`. Comments are gone, raw blocks are text. */
export type Segment = Span &
  (
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'output' | 'tag'; readonly tokens: readonly Token[] }
  );

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

type Opening = 'variable' | 'block' | 'comment';

/** Takes a template apart. Throws {@link SyntaxFault}. */
export function lex(text: string, delimiters: Delimiters): readonly Segment[] {
  return new Lexer(text, delimiters).segments();
}

class Lexer {
  readonly #text: string;
  readonly #marks: Delimiters;
  readonly #opening: RegExp;
  readonly #blockEnd: RegExp;
  readonly #variableEnd: RegExp;
  readonly #commentEnd: RegExp;
  readonly #rawStart: RegExp;
  readonly #rawEnd: RegExp;
  readonly #segments: Segment[] = [];
  #at = 0;
  /** Nothing but the start of a line is before us. */
  #lineStarts = true;

  constructor(text: string, marks: Delimiters) {
    this.#text = text;
    this.#marks = marks;
    const trim = marks.trimBlocks ? '\\n?' : '';
    const [block, end] = [escaped(marks.blockStart), escaped(marks.blockEnd)];
    // The longest mark wins where one begins with another, such as <% and <%=.
    const openings = [marks.variableStart, marks.blockStart, marks.commentStart].sort((a, b) => b.length - a.length);
    this.#opening = new RegExp(openings.map(escaped).join('|'), 'g');
    this.#blockEnd = new RegExp(`\\+${end}|-${end}\\s*|${end}${trim}`, 'y');
    this.#variableEnd = new RegExp(`-${escaped(marks.variableEnd)}\\s*|${escaped(marks.variableEnd)}`, 'y');
    this.#commentEnd = new RegExp(
      `(.*?)(?:\\+${escaped(marks.commentEnd)}|-${escaped(marks.commentEnd)}\\s*|${escaped(marks.commentEnd)}${trim})`,
      'sy',
    );
    this.#rawStart = new RegExp(`${block}[-+]?\\s*raw\\s*(?:-${end}\\s*|${end})`, 'y');
    this.#rawEnd = new RegExp(`${block}([-+]?)\\s*endraw\\s*(?:\\+${end}|-${end}\\s*|${end}${trim})`, 'g');
  }

  segments(): readonly Segment[] {
    while (this.#at < this.#text.length) {
      this.#opening.lastIndex = this.#at;
      const found = this.#opening.exec(this.#text);
      if (!found) {
        this.#addText(this.#at, this.#text.length);
        break;
      }
      this.#open(found);
    }
    return this.#segments;
  }

  #kindOf(mark: string): Opening {
    if (mark === this.#marks.variableStart) return 'variable';
    return mark === this.#marks.blockStart ? 'block' : 'comment';
  }

  #open(found: RegExpExecArray): void {
    const kind = this.#kindOf(found[0]);
    const sign = this.#text[found.index + found[0].length];
    this.#textBefore(found.index, kind, sign === '-' || sign === '+' ? sign : '');
    this.#rawStart.lastIndex = found.index;
    const raw = kind === 'block' ? this.#rawStart.exec(this.#text) : null;
    if (raw) {
      this.#raw(found.index, this.#rawStart.lastIndex);
      return;
    }
    const inner = found.index + found[0].length + (sign === '-' || sign === '+' ? 1 : 0);
    if (kind === 'comment') this.#comment(found.index, inner);
    else this.#code(kind, found.index, inner);
  }

  /** Emits the text before a tag, less the white space that the tag takes away. */
  #textBefore(end: number, kind: Opening, sign: '-' | '+' | ''): void {
    let stop = end;
    if (sign === '-') while (stop > this.#at && /\s/.test(this.#text[stop - 1]!)) stop--;
    else if (this.#marks.lstripBlocks && sign !== '+' && kind !== 'variable') stop = this.#lineStart(end);
    this.#addText(this.#at, stop);
  }

  /** The start of the line, if there is only white space between it and `end`. */
  #lineStart(end: number): number {
    const start = Math.max(this.#text.lastIndexOf('\n', end - 1) + 1, this.#at);
    const isLineStart = start > this.#at || this.#lineStarts;
    return isLineStart && this.#text.slice(start, end).trim() === '' ? start : end;
  }

  #addText(start: number, end: number): void {
    if (end > start)
      this.#segments.push({ kind: 'text', text: this.#text.slice(start, end), offset: start, length: end - start });
  }

  #advance(to: number): void {
    this.#at = to;
    this.#lineStarts = this.#text[to - 1] === '\n';
  }

  #comment(start: number, inner: number): void {
    this.#commentEnd.lastIndex = inner;
    if (!this.#commentEnd.exec(this.#text))
      throw new SyntaxFault('Missing end of comment tag', { offset: start, length: this.#marks.commentStart.length });
    this.#advance(this.#commentEnd.lastIndex);
  }

  #raw(start: number, inner: number): void {
    this.#rawEnd.lastIndex = inner;
    const end = this.#rawEnd.exec(this.#text);
    if (!end) throw new SyntaxFault('Missing end of raw directive', { offset: start, length: inner - start });
    let stop = end.index;
    if (end[1] === '-') while (stop > inner && /\s/.test(this.#text[stop - 1]!)) stop--;
    else if (this.#marks.lstripBlocks && end[1] !== '+') {
      this.#advance(inner);
      stop = Math.max(inner, this.#lineStart(end.index));
    }
    this.#addText(inner, stop);
    this.#advance(this.#rawEnd.lastIndex);
  }

  #code(kind: 'variable' | 'block', start: number, inner: number): void {
    const isVariable = kind === 'variable';
    const end = isVariable
      ? { mark: this.#variableEnd, name: 'end of print statement' }
      : { mark: this.#blockEnd, name: 'end of statement block' };
    const { tokens, ending } = lexExpression(this.#text, inner, end, isVariable ? this.#marks.backslashes : 'escapes');
    const stop = ending ? ending.index + ending[0].length : this.#text.length;
    this.#segments.push({
      kind: isVariable ? 'output' : 'tag',
      tokens,
      offset: start,
      length: Math.max(1, this.#text.slice(start, stop).trimEnd().length),
    });
    this.#advance(stop);
  }
}
