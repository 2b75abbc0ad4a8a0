import { dirname, join } from 'node:path/posix';
import { RenderError, type Template } from '../core/value.js';
import { deeper, spend } from './budget.js';
import type { ExpressionCompiler } from './evaluate.js';
import type { Execute } from './execute.js';
import type { Origin } from './origin.js';
import { Output } from './output.js';
import { Program } from './program.js';
import { Frame, type Run } from './run.js';
import type { Import, Span, Statement } from './syntax.js';
import { isList, Live, orElse, type Term, touch, Undefined } from './terms.js';
import { toText } from './text.js';

type Inclusion = Statement & { kind: 'include' | 'import' | 'from-import' | 'extends' };

/** The statements that reach for another template: include, import, from … import, extends. */
export function inclusion(node: Statement, expressions: ExpressionCompiler): Execute {
  const { kind } = node;
  switch (kind) {
    case 'include':
      return include(node, expressions);
    case 'import': {
      const load = importing(node.source, node, expressions);
      return frame => void frame.vars.set(node.as, load(frame));
    }
    case 'from-import': {
      const load = importing(node.source, node, expressions);
      return frame => {
        const module = load(frame);
        for (const { name, as } of node.names)
          frame.vars.set(
            as,
            orElse(module.attribute(name), () => missingExport(module, name, expressions.origin, node)),
          );
      };
    }
    case 'extends': {
      const parent = expressions.compile(node.parent);
      return frame => {
        frame.page.parent = placed(expressions.origin, node, () => {
          const found = programFor(parent(frame), expressions.origin, frame.run);
          if (!found) throw notFound(parent(frame), frame.run);
          return found;
        });
      };
    }
    default:
      throw new Error(`not an inclusion: ${kind}`);
  }
}

function include(node: Inclusion & { kind: 'include' }, expressions: ExpressionCompiler): Execute {
  const template = expressions.compile(node.source.template);
  return (frame, out) => {
    const name = template(frame);
    const program = placed(expressions.origin, node, () => programFor(name, expressions.origin, frame.run));
    if (!program) {
      if (node.ignoreMissing) return;
      throw expressions.origin.placed(notFound(name, frame.run), node.source.template);
    }
    const inner = node.source.withContext
      ? new Frame(frame.run, frame, program.page())
      : program.frame(frame.run.isolated());
    const own = new Output();
    placed(expressions.origin, node, () => deeper(() => program.execute(inner, own)));
    out.put(own.text());
  };
}

function importing(source: Import, span: Span, expressions: ExpressionCompiler): (frame: Frame) => Module {
  const template = expressions.compile(source.template);
  return frame => {
    const name = template(frame);
    return placed(expressions.origin, span, () => {
      const program = programFor(name, expressions.origin, frame.run);
      if (!program) throw notFound(name, frame.run);
      const inner = source.withContext
        ? new Frame(frame.run, frame, program.page())
        : program.frame(frame.run.isolated());
      const out = new Output();
      deeper(() => program.execute(inner, out));
      return new Module(program, inner, out);
    });
  };
}

/** What a template exports: the names set at its top, but for those with an underscore. */
class Module extends Live {
  readonly title = 'TemplateModule';
  constructor(
    readonly program: Program,
    readonly frame: Frame,
    readonly out: Output,
  ) {
    super();
  }
  override printed(): string {
    return toText(this.out.text());
  }
  override attribute(name: string): Term | undefined {
    return name.startsWith('_') ? undefined : this.frame.vars.get(name);
  }
}

const missingExport = (module: Module, name: string, origin: Origin, span: Span): Undefined =>
  new Undefined(`the template ${module.program.place.file} does not export '${name}'`, name, origin.place(span));

function placed<T>(origin: Origin, span: Span, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw origin.placed(error, span);
  }
}

/** The first of the named templates that there is. */
function programFor(named: Term, origin: Origin, run: Run): Program | undefined {
  touch(named);
  for (const name of isList(named) ? named.map(toText) : [toText(named)]) {
    const template = find(name, origin, run);
    if (template instanceof Program) return template;
    if (template) throw new RenderError(`${name} is not a template that can be included`);
  }
  return undefined;
}

/** Steps that the search for a file costs; so that files that include each other twice, level by level, come to an end. */
const SEARCH = 500;

/** Searched as the template module searches, and beside the template that asks. */
function find(name: string, origin: Origin, run: Run): Template | undefined {
  const { files } = run;
  spend(SEARCH);
  if (!files) throw new RenderError('no file can be included here');
  const beside = join(dirname(origin.locate(0, 0).file), name);
  const path = files.find(name, 'templates') ?? (beside.startsWith('/') ? files.find(beside, 'templates') : undefined);
  return path === undefined ? undefined : files.template(path);
}

function notFound(named: Term, run: Run): RenderError {
  const names = isList(named) ? named.map(toText) : [toText(named)];
  const tried = names.flatMap(name => run.files?.tried(name, 'templates') ?? []);
  return new RenderError(`template not found: ${names.join(', ')}`, undefined, `looked for ${tried.join(', ')}`);
}
