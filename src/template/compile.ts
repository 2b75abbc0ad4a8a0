import type { TemplateOptions } from '../core/module.js';
import type { Diagnostic } from '../core/place.js';
import { fail, ok, type Result } from '../core/result.js';
import { RenderError, type Template } from '../core/value.js';
import { Condition } from './condition.js';
import { ExpressionCompiler } from './evaluate.js';
import { type Execute, StatementCompiler } from './execute.js';
import { readHeader } from './header.js';
import { ANSIBLE_DELIMITERS, type Delimiters } from './lex.js';
import { type Locate, Origin } from './origin.js';
import { parseExpression, parseTemplate } from './parse.js';
import { Constant, type Facts, Formula, Program } from './program.js';
import { survey } from './reads.js';
import { type Body, type Span, SyntaxFault } from './syntax.js';

export type { Locate } from './origin.js';

/** Whether a text holds a tag at all; one that does not is itself whatever happens. */
export const hasTemplate = (text: string): boolean => text.includes('{{') || text.includes('{%') || text.includes('{#');

/**
 * Compiles a text of the project, such as an argument of a task. A text that is one `{{ expression }}` gives a value of
 * its own type, any other gives text. As in Ansible, backslashes in texts inside `{{ }}` stay as they are written, and
 * line ends at the end are kept.
 */
export function compileText(text: string, locate: Locate, options?: TemplateOptions): Result<Template> {
  const marks = delimitersOf(options, { ...ANSIBLE_DELIMITERS, backslashes: 'literal' });
  const origin = new Origin(text, locate);
  if (![marks.variableStart, marks.blockStart, marks.commentStart].some(mark => text.includes(mark)))
    return ok(new Constant(factsOf(origin, { reads: [], mutates: false })));
  return compileBody(origin, text, { marks, form: 'native', newline: options?.newlineSequence ?? '\n' });
}

/** Compiles a bare expression, as `when` and `until` have it. Its value keeps its type. */
export function compileExpression(text: string, locate: Locate): Result<Template> {
  const origin = new Origin(text, locate);
  return attempt(origin, () => {
    const node = parseExpression(text);
    const found = survey(node, origin);
    if (found.diagnostics.length > 0) return fail(...found.diagnostics);
    return ok(new Formula(factsOf(origin, found), new ExpressionCompiler(origin).compile(node)));
  });
}

/**
 * Compiles a condition: a bare expression, or a text with tags, which is rendered to one (see {@link Condition}).
 * `claims` is for `that` of assert, where a list that is rendered is one of conditions.
 */
export function compileCondition(
  text: string,
  locate: Locate,
  form: Condition['form'] = 'condition',
): Result<Template> {
  if (!hasTemplate(text)) return compileExpression(text, locate);
  const origin = new Origin(text, locate);
  return attempt(origin, () => {
    const body = parseTemplate(text, { ...ANSIBLE_DELIMITERS, backslashes: 'literal' });
    const found = survey(body, origin);
    if (found.diagnostics.length > 0) return fail(...found.diagnostics);
    const making: Making = { marks: ANSIBLE_DELIMITERS, form: 'native', newline: '\n' };
    const part = (nodes: Body) => programOf(nodes, origin, factsOf(origin, found), making, 0);
    const isPlain = body.every(({ kind }) => kind === 'text' || kind === 'output');
    const pieces = isPlain ? body.map(node => (node.kind === 'text' ? node.text : part([node]))) : [part(body)];
    return ok(new Condition(part(body), pieces, form, claim => claimOf(claim, locate)));
  });
}

/** What a condition's text was rendered to, as an expression; it stands where the condition does. */
function claimOf(text: string, locate: Locate): Template {
  const compiled = compileExpression(text, () => locate(0, 1));
  if (compiled.ok) return compiled.value;
  throw new RenderError(`the condition was rendered to \`${text}\`: ${compiled.error[0]?.message}`, locate(0, 1));
}

/**
 * Compiles a template file; `file` is how its places call it. The result is always text. A first line `#jinja2: key:value, …`
 * is taken as options, which come before those given. The line ends at the end of the file are those of the result.
 */
export function compileFile(text: string, file: string, options?: TemplateOptions): Result<Template> {
  const plain = text.replace(/\r\n?/g, '\n');
  const origin = new Origin(plain, locator(plain, file));
  return attempt(origin, () => {
    const header = readHeader(plain);
    const marks = { ...delimitersOf(options, ANSIBLE_DELIMITERS), ...header.marks };
    const newline = header.newline ?? options?.newlineSequence ?? '\n';
    // Blanking the header keeps all offsets as they are.
    return compileBody(origin, plain.slice(header.length), { marks, form: 'text', newline, skipped: header.length });
  });
}

interface Making {
  readonly marks: Delimiters;
  readonly form: 'native' | 'text';
  readonly newline: string;
  /** Characters of the file before the text that is compiled. */
  readonly skipped?: number;
}

function compileBody(whole: Origin, text: string, making: Making): Result<Template> {
  const skipped = making.skipped ?? 0;
  const origin = skipped === 0 ? whole : new Origin(text, (offset, length) => whole.locate(offset + skipped, length));
  return attempt(origin, () => {
    const lineEnds = /\n*$/.exec(text)![0].length;
    // Jinja drops one line end at the end of a source; Ansible gives it back to the result.
    const body = parseTemplate(lineEnds > 0 ? text.slice(0, -1) : text, making.marks);
    const found = survey(body, origin);
    if (found.diagnostics.length > 0) return fail(...found.diagnostics);
    return ok(programOf(body, origin, factsOf(whole, found), making, lineEnds));
  });
}

function programOf(body: Body, origin: Origin, facts: Facts, making: Making, lineEnds: number): Template {
  const [only] = body;
  if (making.form === 'native' && body.length === 1 && only?.kind === 'output')
    return new Formula(facts, new ExpressionCompiler(origin).compile(only.value), {
      lineEnds,
      ...(only.value.kind === 'name' ? { name: only.value.name } : {}),
    });
  const compiler = new StatementCompiler(origin);
  const statements: readonly Execute[] = body.map(statement => compiler.compile(statement));
  return new Program(facts, statements, compiler.blocks, making.form, lineEnds, making.newline);
}

const factsOf = (origin: Origin, { reads, mutates }: Pick<Facts, 'reads' | 'mutates'>): Facts => ({
  text: origin.text,
  place: origin.place({ offset: 0, length: Math.max(1, origin.text.length) }),
  reads,
  mutates,
});

/** Makes a diagnostic of a syntax error, and of an expression so deep that reading it ran out of stack. */
function attempt(origin: Origin, work: () => Result<Template>): Result<Template> {
  try {
    return work();
  } catch (error) {
    if (error instanceof SyntaxFault) return fail(diagnostic(error.message, origin, error.span, error.hint));
    if (error instanceof RangeError)
      return fail(diagnostic('the template is nested too deeply', origin, { offset: 0, length: 1 }));
    throw error;
  }
}

const diagnostic = (message: string, origin: Origin, span: Span, hint?: string): Diagnostic => ({
  code: 'template-syntax',
  message,
  place: origin.place({ offset: span.offset, length: Math.max(1, span.length) }),
  ...(hint === undefined ? {} : { hint }),
});

function delimitersOf(options: TemplateOptions | undefined, base: Delimiters): Delimiters {
  if (!options) return base;
  return {
    ...base,
    variableStart: options.variableStart ?? base.variableStart,
    variableEnd: options.variableEnd ?? base.variableEnd,
    blockStart: options.blockStart ?? base.blockStart,
    blockEnd: options.blockEnd ?? base.blockEnd,
    trimBlocks: options.trimBlocks ?? base.trimBlocks,
    lstripBlocks: options.lstripBlocks ?? base.lstripBlocks,
  };
}

/** Lines and columns of a file's text. */
export function locator(text: string, file: string): Locate {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset, length) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { file, line: low + 1, column: offset - starts[low]! + 1, length: Math.max(1, length) };
  };
}
