import { type Cursor, describe } from './cursor.js';
import {
  type BinaryWord,
  type CallArguments,
  type CompareWord,
  type Expression,
  type Span,
  SyntaxFault,
  type Token,
} from './syntax.js';

/** Brackets inside brackets, signs and `not`s before each other. */
const DEEPEST = 150;
/** Operators, filters and members one behind the other. */
const LONGEST = 1000;

const NO_ARGUMENTS: CallArguments = { positional: [], named: [] };
/** Words that are values, in both spellings. */
export const CONSTANTS: ReadonlyMap<string, null | boolean> = new Map<string, null | boolean>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);
const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);

/** Where `a if b else c` may stand without brackets, and where not: behind `in` of a loop `if` is a filter. */
export type Conditions = 'with-condition' | 'without-condition';

/** Jinja's expression grammar, weakest binding first. Throws {@link SyntaxFault}. */
export class ExpressionParser {
  #depth = 0;
  #links = 0;

  constructor(readonly cursor: Cursor) {}

  /** `a, b` without brackets is a tuple. */
  tuple(conditions: Conditions = 'with-condition', stopAt: readonly string[] = []): Expression {
    const first = this.cursor.now;
    const items: Expression[] = [];
    let isTuple = false;
    while (!this.#endsTuple(stopAt)) {
      items.push(conditions === 'with-condition' ? this.expression() : this.#or());
      if (!this.cursor.accept(',')) break;
      isTuple = true;
    }
    if (items.length === 0) throw new SyntaxFault(`Expected an expression, got ${describe(first)}`, first);
    return isTuple ? { kind: 'tuple', items, ...this.cursor.since(first) } : items[0]!;
  }

  #endsTuple(stopAt: readonly string[]): boolean {
    const { cursor } = this;
    return cursor.now.kind === 'end' || cursor.is(')') || cursor.is('=') || cursor.isName(...stopAt);
  }

  /** `a if b else c` and all that binds stronger. */
  expression(): Expression {
    return this.#deeper(() => this.#choice());
  }

  /** Both reading and evaluating what is nested call themselves, and the stack has an end. */
  #deeper(read: () => Expression): Expression {
    if (this.#depth >= DEEPEST) throw tooMuch(`nested more than ${DEEPEST} deep`, this.cursor.now);
    const links = this.#links;
    this.#depth++;
    const value = read();
    this.#depth--;
    // What stands beside it begins no deeper.
    this.#links = links;
    return value;
  }

  /** Another operator behind what was read: the tree becomes deeper by one. */
  #link(): void {
    if (++this.#links > LONGEST) throw tooMuch(`longer than ${LONGEST} operators`, this.cursor.now);
  }

  #choice(): Expression {
    const first = this.cursor.now;
    let value = this.#or();
    while (this.cursor.accept('if')) {
      this.#link();
      const test = this.#or();
      const otherwise = this.cursor.accept('else') ? this.expression() : undefined;
      value = { kind: 'choice', test, value, otherwise, ...this.cursor.since(first) };
    }
    return value;
  }

  #or(): Expression {
    const first = this.cursor.now;
    let left = this.#and();
    while (this.cursor.accept('or')) {
      this.#link();
      left = { kind: 'or', left, right: this.#and(), ...this.cursor.since(first) };
    }
    return left;
  }

  #and(): Expression {
    const first = this.cursor.now;
    let left = this.#not();
    while (this.cursor.accept('and')) {
      this.#link();
      left = { kind: 'and', left, right: this.#not(), ...this.cursor.since(first) };
    }
    return left;
  }

  #not(): Expression {
    const first = this.cursor.now;
    if (this.cursor.isName('not')) {
      this.cursor.take();
      return { kind: 'not', operand: this.#deeper(() => this.#not()), ...this.cursor.since(first) };
    }
    return this.#compare();
  }

  #compare(): Expression {
    const start = this.cursor.now;
    const first = this.#sum();
    const steps: { operator: CompareWord; operand: Expression }[] = [];
    for (;;) {
      const operator = this.#comparison();
      if (operator === undefined) break;
      steps.push({ operator, operand: this.#sum() });
    }
    return steps.length === 0 ? first : { kind: 'compare', first, steps, ...this.cursor.since(start) };
  }

  #comparison(): CompareWord | undefined {
    const { cursor } = this;
    const { now, next } = cursor;
    if (now.kind === 'operator' && COMPARISONS.has(now.value)) return cursor.take().value as CompareWord;
    if (cursor.accept('in')) return 'in';
    if (cursor.isName('not') && next?.kind === 'name' && next.value === 'in') {
      cursor.take();
      cursor.take();
      return 'not in';
    }
    return undefined;
  }

  #binary(operators: readonly BinaryWord[], operand: () => Expression): Expression {
    const first = this.cursor.now;
    let left = operand();
    while (this.cursor.now.kind === 'operator' && operators.includes(this.cursor.now.value as BinaryWord)) {
      this.#link();
      const operator = this.cursor.take().value as BinaryWord;
      left = { kind: 'binary', operator, left, right: operand(), ...this.cursor.since(first) };
    }
    return left;
  }

  #sum(): Expression {
    return this.#binary(['+', '-'], () => this.#concat());
  }

  #concat(): Expression {
    return this.#binary(['~'], () => this.#product());
  }

  #product(): Expression {
    return this.#binary(['*', '/', '//', '%'], () => this.#power());
  }

  /** Binds to the left, unlike Python's. */
  #power(): Expression {
    return this.#binary(['**'], () => this.#unary('with-filters'));
  }

  #unary(filters: 'with-filters' | 'without-filters'): Expression {
    const { cursor } = this;
    const first = cursor.now;
    let value: Expression;
    if (cursor.is('-') || cursor.is('+')) {
      const operator = cursor.take().value as '-' | '+';
      value = {
        kind: 'sign',
        operator,
        operand: this.#deeper(() => this.#unary('without-filters')),
        ...cursor.since(first),
      };
    } else value = this.#primary();
    value = this.#postfix(value, first);
    return filters === 'with-filters' ? this.#filtersAndTests(value, first) : value;
  }

  #primary(): Expression {
    const { cursor } = this;
    const token = cursor.now;
    switch (token.kind) {
      case 'name': {
        cursor.take();
        const constant = CONSTANTS.get(token.value);
        if (constant !== undefined) return { kind: 'constant', value: constant, ...at(token) };
        return { kind: 'name', name: token.value, ...at(token) };
      }
      case 'string': {
        let value = '';
        while (cursor.now.kind === 'string') value += cursor.take().value;
        return { kind: 'constant', value, ...cursor.since(token) };
      }
      case 'integer':
      case 'float':
        cursor.take();
        return { kind: 'constant', value: { digits: token.value, float: token.kind === 'float' }, ...at(token) };
      case 'operator':
        if (token.value === '(') return this.#brackets();
        if (token.value === '[') return this.#list();
        if (token.value === '{') return this.#dict();
    }
    throw new SyntaxFault(
      token.kind === 'end' ? `Expected an expression, got ${describe(token)}` : `unexpected ${describe(token)}`,
      token,
    );
  }

  #brackets(): Expression {
    return this.#deeper(() => this.#inBrackets());
  }

  #inBrackets(): Expression {
    const first = this.cursor.take();
    if (this.cursor.accept(')')) return { kind: 'tuple', items: [], ...this.cursor.since(first) };
    const value = this.tuple();
    this.cursor.expect(')');
    return { ...value, ...this.cursor.since(first) };
  }

  #list(): Expression {
    const first = this.cursor.take();
    const items: Expression[] = [];
    while (!this.cursor.is(']')) {
      if (items.length > 0) this.cursor.expect(',');
      if (this.cursor.is(']')) break;
      items.push(this.expression());
    }
    this.cursor.expect(']');
    return { kind: 'list', items, ...this.cursor.since(first) };
  }

  #dict(): Expression {
    const first = this.cursor.take();
    const entries: (readonly [Expression, Expression])[] = [];
    while (!this.cursor.is('}')) {
      if (entries.length > 0) this.cursor.expect(',');
      if (this.cursor.is('}')) break;
      const key = this.expression();
      this.cursor.expect(':');
      entries.push([key, this.expression()]);
    }
    this.cursor.expect('}');
    return { kind: 'dict', entries, ...this.cursor.since(first) };
  }

  #postfix(value: Expression, first: Span): Expression {
    const { cursor } = this;
    let object = value;
    for (; ; this.#link()) {
      if (cursor.is('.')) object = this.#member(object, first);
      else if (cursor.is('[')) object = this.#subscript(object, first);
      else if (cursor.is('('))
        object = { kind: 'call', callee: object, args: this.#arguments(), ...cursor.since(first) };
      else return object;
    }
  }

  #member(object: Expression, first: Span): Expression {
    const { cursor } = this;
    cursor.take();
    const token = cursor.take();
    if (token.kind === 'name') return { kind: 'attribute', object, name: token.value, ...cursor.since(first) };
    if (token.kind !== 'integer') throw new SyntaxFault('expected name or number', token);
    const key: Expression = { kind: 'constant', value: { digits: token.value, float: false }, ...at(token) };
    return { kind: 'item', object, key, ...cursor.since(first) };
  }

  #subscript(object: Expression, first: Span): Expression {
    const { cursor } = this;
    const bracket = cursor.take();
    const parts: ((span: Span) => Expression)[] = [];
    while (!cursor.is(']')) {
      if (parts.length > 0) cursor.expect(',');
      parts.push(this.#subscriptPart(object));
    }
    cursor.expect(']');
    const span = cursor.since(first);
    if (parts.length === 1) return parts[0]!(span);
    if (parts.length === 0) throw new SyntaxFault('expected subscript expression', bracket);
    const items = parts.map(part => part(span)).map(part => (part.kind === 'item' ? part.key : part));
    return { kind: 'item', object, key: { kind: 'tuple', items, ...span }, ...span };
  }

  #subscriptPart(object: Expression): (span: Span) => Expression {
    const { cursor } = this;
    const start = cursor.is(':') ? undefined : this.expression();
    if (!cursor.accept(':')) return span => ({ kind: 'item', object, key: start!, ...span });
    const bound = () => (cursor.is(':') || cursor.is(']') || cursor.is(',') ? undefined : this.expression());
    const stop = bound();
    const step = cursor.accept(':') ? bound() : undefined;
    return span => ({ kind: 'slice', object, start, stop, step, ...span });
  }

  /** `(a, *b, c=d, **e)` */
  #arguments(): CallArguments {
    const { cursor } = this;
    cursor.expect('(');
    const positional: Expression[] = [];
    const named: [string, Expression][] = [];
    let rest: Expression | undefined;
    let restNamed: Expression | undefined;
    for (let count = 0; !cursor.is(')'); count++) {
      if (count > 0) cursor.expect(',');
      if (cursor.is(')')) break;
      const token = cursor.now;
      if (cursor.accept('**')) restNamed = once(restNamed, this.expression(), token);
      else if (cursor.accept('*')) rest = once(rest, this.expression(), token);
      else if (token.kind === 'name' && cursor.next?.kind === 'operator' && cursor.next.value === '=') {
        cursor.take();
        cursor.take();
        named.push([token.value, this.expression()]);
      } else if (named.length > 0 || restNamed || rest)
        throw new SyntaxFault('a positional argument cannot follow a named one', token);
      else positional.push(this.expression());
    }
    cursor.expect(')');
    return { positional, named, rest, restNamed };
  }

  #filtersAndTests(value: Expression, first: Span): Expression {
    const { cursor } = this;
    let result = value;
    for (; ; this.#link()) {
      if (cursor.accept('|')) result = this.filter(result, first);
      else if (cursor.accept('is')) result = this.#test(result, first);
      // Calls are postfix, but may also follow a filter or a test: (x | f)(y)
      else if (cursor.is('('))
        result = { kind: 'call', callee: result, args: this.#arguments(), ...cursor.since(first) };
      else return result;
    }
  }

  /** `name(args)` behind a bar. */
  filter(input: Expression | undefined, first: Span): Expression {
    const name = this.#dottedName();
    const args = this.cursor.is('(') ? this.#arguments() : NO_ARGUMENTS;
    return { kind: 'filter', input, name, args, ...this.cursor.since(first) };
  }

  /** `name | name(args)` without an input, as `{% filter %}` and `{% set %}` have it. */
  filterChain(): Expression {
    const first = this.cursor.now;
    let chain = this.filter(undefined, first);
    while (this.cursor.accept('|')) {
      this.#link();
      chain = this.filter(chain, first);
    }
    return chain;
  }

  #dottedName(): string {
    let name = this.cursor.expectName();
    while (this.cursor.accept('.')) name += `.${this.cursor.expectName()}`;
    return name;
  }

  #test(input: Expression, first: Span): Expression {
    const { cursor } = this;
    const negated = cursor.accept('not');
    const name = this.#dottedName();
    const args = cursor.is('(') ? this.#arguments() : this.#testOperand();
    return { kind: 'test', input, name, args, negated, ...cursor.since(first) };
  }

  /** `is divisibleby 3`: one argument may follow without brackets. */
  #testOperand(): CallArguments {
    const { cursor } = this;
    const { now } = cursor;
    const starts =
      now.kind === 'string' ||
      now.kind === 'integer' ||
      now.kind === 'float' ||
      (now.kind === 'name' && !['else', 'or', 'and'].includes(now.value)) ||
      cursor.is('[') ||
      cursor.is('{');
    if (!starts) return NO_ARGUMENTS;
    if (cursor.isName('is')) throw new SyntaxFault('You cannot chain multiple tests with is', now);
    if (cursor.isName('if', 'in', 'not')) return NO_ARGUMENTS;
    return { positional: [this.#postfix(this.#primary(), now)], named: [] };
  }
}

const tooMuch = (what: string, token: Token): SyntaxFault =>
  new SyntaxFault(`the expression is ${what}`, token, 'set parts of it as variables first');

const at = ({ offset, length }: Span): Span => ({ offset, length });

function once(before: Expression | undefined, value: Expression, token: Token): Expression {
  if (before) throw new SyntaxFault('only one such argument is allowed', token);
  return value;
}
