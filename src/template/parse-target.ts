import type { Cursor } from './cursor.js';
import { CONSTANTS, type ExpressionParser } from './parse-expression.js';
import { type Parameter, SyntaxFault, type Target } from './syntax.js';

/** The parameters of a macro: `(a, b=1)`. */
export function parseParameters(parser: ExpressionParser): readonly Parameter[] {
  const { cursor } = parser;
  const parameters: Parameter[] = [];
  cursor.expect('(');
  while (!cursor.is(')')) {
    if (parameters.length > 0) cursor.expect(',');
    if (cursor.is(')')) break;
    const token = cursor.now;
    const name = cursor.expectName();
    const otherwise = cursor.accept('=') ? parser.expression() : undefined;
    if (!otherwise && parameters.some(parameter => parameter.otherwise))
      throw new SyntaxFault('non-default argument follows default argument', token);
    parameters.push({ name, otherwise });
  }
  cursor.expect(')');
  return parameters;
}

/** `a`, `a, (b, c)`, `ns.member`. */
export function parseTarget(cursor: Cursor, stopAt: readonly string[]): Target {
  const first = cursor.now;
  const targets: Target[] = [];
  let isTuple = false;
  for (;;) {
    targets.push(parseOneTarget(cursor));
    if (!cursor.accept(',')) break;
    isTuple = true;
    if (cursor.now.kind === 'end' || cursor.is('=') || cursor.is(')') || cursor.isName(...stopAt)) break;
  }
  return isTuple ? { kind: 'tuple', targets, ...cursor.since(first) } : targets[0]!;
}

/** One target: a name, a member of a namespace, or several in brackets. */
export function parseOneTarget(cursor: Cursor): Target {
  const first = cursor.now;
  if (cursor.accept('(')) {
    const target = parseTarget(cursor, []);
    cursor.expect(')');
    return target;
  }
  const name = cursor.expectName();
  if (CONSTANTS.has(name)) throw new SyntaxFault(`can't assign to '${name}'`, first);
  if (cursor.accept('.')) return { kind: 'member', name, member: cursor.expectName(), ...cursor.since(first) };
  return { kind: 'name', name, ...cursor.since(first) };
}
