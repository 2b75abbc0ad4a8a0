import { type Span, SyntaxFault, type Token } from './syntax.js';

/** Walks the tokens of one expression or tag. */
export class Cursor {
  #at = 0;
  constructor(readonly tokens: readonly Token[]) {}

  get now(): Token {
    return this.tokens[this.#at]!;
  }

  get next(): Token | undefined {
    return this.tokens[this.#at + 1];
  }

  take(): Token {
    const token = this.now;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  is(operator: string): boolean {
    return this.now.kind === 'operator' && this.now.value === operator;
  }

  isName(...names: readonly string[]): boolean {
    return this.now.kind === 'name' && names.includes(this.now.value);
  }

  /** Takes the operator or keyword if it stands here. */
  accept(word: string): boolean {
    const found = (this.now.kind === 'operator' || this.now.kind === 'name') && this.now.value === word;
    if (found) this.#at++;
    return found;
  }

  expect(word: string): Token {
    const token = this.now;
    if (!this.accept(word)) throw new SyntaxFault(`expected token '${word}', got ${describe(token)}`, token);
    return token;
  }

  expectName(): string {
    const token = this.take();
    if (token.kind !== 'name') throw new SyntaxFault(`expected a name, got ${describe(token)}`, token);
    return token.value;
  }

  expectEnd(): void {
    if (this.now.kind === 'end') {
      if (this.now.value === 'end of template') throw new SyntaxFault('the tag is never closed', this.tokens[0]!);
      return;
    }
    throw new SyntaxFault(`unexpected ${describe(this.now)}`, this.now);
  }

  /** From a token to the last one taken. */
  since(first: Span): Span {
    const last = this.tokens[this.#at - 1] ?? first;
    return { offset: first.offset, length: Math.max(1, last.offset + last.length - first.offset) };
  }
}

export const describe = (token: Token): string => (token.kind === 'string' ? 'a text' : `'${token.value}'`);
