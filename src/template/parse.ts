import { didYouMean } from '../core/place.js';
import { Cursor, describe } from './cursor.js';
import { type Delimiters, lex, type Segment } from './lex.js';
import { lexExpression } from './lex-expression.js';
import { ExpressionParser } from './parse-expression.js';
import { parseOneLiner } from './parse-tag.js';
import { parseOneTarget, parseParameters, parseTarget } from './parse-target.js';
import { type Body, type Expression, type Span, type Statement, SyntaxFault, type Target } from './syntax.js';

/** A bare expression, as `when` has it. Throws {@link SyntaxFault}. */
export function parseExpression(text: string): Expression {
  const { tokens } = lexExpression(text, 0, undefined, 'escapes');
  const parser = new ExpressionParser(new Cursor(tokens));
  const value = parser.tuple();
  parser.cursor.expectEnd();
  return value;
}

/** A whole template. Throws {@link SyntaxFault}. */
export function parseTemplate(text: string, delimiters: Delimiters): Body {
  return new StatementParser(lex(text, delimiters), text.length).template();
}

/** Tags inside tags. */
const DEEPEST = 100;

const TAGS = [
  'if',
  'for',
  'set',
  'with',
  'filter',
  'macro',
  'call',
  'do',
  'include',
  'import',
  'from',
  'extends',
  'block',
  'print',
  'raw',
  'autoescape',
];

/** What ended a body: the tag's word, and its parser for what follows the word. */
interface Ended {
  readonly body: Body;
  readonly word: string;
  readonly parser: ExpressionParser;
}

class StatementParser {
  #at = 0;
  /** The tags that are open, innermost last, for a good message. */
  readonly #open: { readonly tag: string; readonly span: Span }[] = [];

  constructor(
    readonly segments: readonly Segment[],
    readonly size: number,
  ) {}

  template(): Body {
    const out: Statement[] = [];
    while (this.#at < this.segments.length) {
      const statement = this.#statement(this.segments[this.#at++]!);
      if (statement) out.push(statement);
    }
    return out;
  }

  /** Statements up to one of the ending tags, which is taken. */
  #body(ends: readonly string[]): Ended {
    const body: Statement[] = [];
    while (this.#at < this.segments.length) {
      const segment = this.segments[this.#at++]!;
      const word = segment.kind === 'tag' && segment.tokens[0]!.kind === 'name' ? segment.tokens[0]!.value : undefined;
      if (segment.kind === 'tag' && word !== undefined && ends.includes(word)) {
        const parser = new ExpressionParser(new Cursor(segment.tokens));
        parser.cursor.take();
        return { body, word, parser };
      }
      const statement = this.#statement(segment);
      if (statement) body.push(statement);
    }
    const open = this.#open.at(-1)!;
    const wanted = ends.map(end => `'${end}'`).join(' or ');
    throw new SyntaxFault(`'${open.tag}' is never ended: ${wanted} is missing`, open.span);
  }

  /** A body and its end tag, which may carry nothing more. */
  #simpleBody(end: string): Body {
    const { body, parser } = this.#body([end]);
    parser.cursor.expectEnd();
    return body;
  }

  #statement(segment: Segment): Statement | undefined {
    const span = { offset: segment.offset, length: segment.length };
    if (segment.kind === 'text') return { kind: 'text', text: segment.text, ...span };
    const parser = new ExpressionParser(new Cursor(segment.tokens));
    if (segment.kind === 'output') {
      const value = parser.tuple();
      parser.cursor.expectEnd();
      return { kind: 'output', value, ...span };
    }
    const tag = parser.cursor.take();
    if (tag.kind !== 'name') throw new SyntaxFault(`tag name expected, got ${describe(tag)}`, tag);
    if (this.#open.length >= DEEPEST)
      throw new SyntaxFault(`tags are nested more than ${DEEPEST} deep`, span, 'put the inner ones into a macro');
    this.#open.push({ tag: tag.value, span });
    const statement = this.#tag(tag.value, parser, span);
    this.#open.pop();
    return statement;
  }

  #tag(tag: string, parser: ExpressionParser, span: Span): Statement {
    switch (tag) {
      case 'if':
        return this.#if(parser, span);
      case 'for':
        return this.#for(parser, span);
      case 'set':
        return this.#set(parser, span);
      case 'with':
        return this.#with(parser, span);
      case 'macro':
        return this.#macro(parser, span);
      case 'call':
        return this.#call(parser, span);
      case 'block':
        return this.#block(parser, span);
      case 'filter': {
        const filter = parser.filterChain();
        parser.cursor.expectEnd();
        return { kind: 'filter-block', filter, body: this.#simpleBody('endfilter'), ...span };
      }
      case 'autoescape': {
        // Nothing is ever escaped here, so the block is only a scope.
        parser.expression();
        parser.cursor.expectEnd();
        return { kind: 'with', values: [], body: this.#simpleBody('endautoescape'), ...span };
      }
    }
    const statement = parseOneLiner(tag, parser, span);
    if (statement) {
      parser.cursor.expectEnd();
      return statement;
    }
    throw this.#unknownTag(tag, span);
  }

  #unknownTag(tag: string, span: Span): SyntaxFault {
    const open = this.#open.at(-2);
    const around = open ? ` inside '${open.tag}'` : '';
    return new SyntaxFault(`Encountered unknown tag '${tag}'${around}`, span, didYouMean(tag, TAGS));
  }

  #if(first: ExpressionParser, span: Span): Statement {
    const branches: { test: Expression; body: Body }[] = [];
    let parser = first;
    for (;;) {
      const test = parser.tuple('without-condition');
      parser.cursor.expectEnd();
      const ended = this.#body(['elif', 'else', 'endif']);
      branches.push({ test, body: ended.body });
      parser = ended.parser;
      if (ended.word === 'elif') continue;
      parser.cursor.expectEnd();
      const otherwise = ended.word === 'else' ? this.#simpleBody('endif') : [];
      return { kind: 'if', branches, otherwise, ...span };
    }
  }

  #for(parser: ExpressionParser, span: Span): Statement {
    const { cursor } = parser;
    const target = parseTarget(cursor, ['in']);
    cursor.expect('in');
    const over = parser.tuple('without-condition', ['recursive']);
    const test = cursor.accept('if') ? parser.expression() : undefined;
    const recursive = cursor.accept('recursive');
    cursor.expectEnd();
    const ended = this.#body(['endfor', 'else']);
    ended.parser.cursor.expectEnd();
    const otherwise = ended.word === 'else' ? this.#simpleBody('endfor') : [];
    return { kind: 'for', target, over, test, recursive, body: ended.body, otherwise, ...span };
  }

  #set(parser: ExpressionParser, span: Span): Statement {
    const { cursor } = parser;
    const target = parseTarget(cursor, []);
    if (cursor.accept('=')) {
      const value = parser.tuple();
      cursor.expectEnd();
      return { kind: 'set', target, value, ...span };
    }
    const filter = cursor.accept('|') ? parser.filterChain() : undefined;
    cursor.expectEnd();
    return { kind: 'set-block', target, filter, body: this.#simpleBody('endset'), ...span };
  }

  #with(parser: ExpressionParser, span: Span): Statement {
    const { cursor } = parser;
    const values: (readonly [Target, Expression])[] = [];
    while (cursor.now.kind !== 'end') {
      if (values.length > 0) cursor.expect(',');
      const target = parseOneTarget(cursor);
      cursor.expect('=');
      values.push([target, parser.expression()]);
    }
    cursor.expectEnd();
    return { kind: 'with', values, body: this.#simpleBody('endwith'), ...span };
  }

  #macro(parser: ExpressionParser, span: Span): Statement {
    const name = parser.cursor.expectName();
    const parameters = parseParameters(parser);
    parser.cursor.expectEnd();
    return { kind: 'macro', name, parameters, body: this.#simpleBody('endmacro'), ...span };
  }

  #call(parser: ExpressionParser, span: Span): Statement {
    const parameters = parser.cursor.is('(') ? parseParameters(parser) : [];
    const call = parser.expression();
    if (call.kind !== 'call') throw new SyntaxFault('expected call', call);
    parser.cursor.expectEnd();
    return { kind: 'call-block', parameters, call, body: this.#simpleBody('endcall'), ...span };
  }

  #block(parser: ExpressionParser, span: Span): Statement {
    const { cursor } = parser;
    const name = cursor.expectName();
    const scoped = cursor.accept('scoped');
    const required = cursor.accept('required');
    cursor.expectEnd();
    const ended = this.#body(['endblock']);
    if (ended.parser.cursor.isName(name)) ended.parser.cursor.take();
    ended.parser.cursor.expectEnd();
    return { kind: 'block', name, scoped, required, body: ended.body, ...span };
  }
}
