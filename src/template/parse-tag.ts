import type { Cursor } from './cursor.js';
import type { ExpressionParser } from './parse-expression.js';
import { type Expression, type Import, type Span, type Statement, SyntaxFault } from './syntax.js';

/** A tag without a body, up to its end; nothing for a tag of another kind. */
export function parseOneLiner(tag: string, parser: ExpressionParser, span: Span): Statement | undefined {
  const { cursor } = parser;
  switch (tag) {
    case 'do':
      return { kind: 'do', value: parser.tuple(), ...span };
    case 'print':
      return { kind: 'output', value: parser.tuple(), ...span };
    case 'extends':
      return { kind: 'extends', parent: parser.expression(), ...span };
    case 'include': {
      const template = parser.expression();
      const ignoreMissing = cursor.isName('ignore') && cursor.accept('ignore');
      if (ignoreMissing) cursor.expect('missing');
      return { kind: 'include', source: importOf(template, parser, true), ignoreMissing, ...span };
    }
    case 'import': {
      const template = parser.expression();
      cursor.expect('as');
      const as = cursor.expectName();
      return { kind: 'import', source: importOf(template, parser, false), as, ...span };
    }
    case 'from':
      return parseFromImport(parser, span);
    default:
      return undefined;
  }
}

function importOf(template: Expression, parser: ExpressionParser, withContext: boolean): Import {
  const { cursor } = parser;
  if (!cursor.isName('with', 'without')) return { template, withContext };
  const given = cursor.take().value === 'with';
  cursor.expect('context');
  return { template, withContext: given };
}

function parseFromImport(parser: ExpressionParser, span: Span): Statement {
  const { cursor } = parser;
  const template = parser.expression();
  cursor.expect('import');
  const names: { name: string; as: string }[] = [];
  while (!atEnd(cursor)) {
    if (names.length > 0) {
      cursor.expect(',');
      if (atEnd(cursor)) break;
    }
    const name = cursor.expectName();
    names.push({ name, as: cursor.accept('as') ? cursor.expectName() : name });
  }
  if (names.length === 0) throw new SyntaxFault('expected the names to import', cursor.now);
  return { kind: 'from-import', source: importOf(template, parser, false), names, ...span };
}

/** At the end of the names: of the tag, or of what says with which context. */
function atEnd(cursor: Cursor): boolean {
  if (cursor.now.kind === 'end') return true;
  return cursor.isName('with', 'without') && cursor.next?.kind === 'name' && cursor.next.value === 'context';
}
