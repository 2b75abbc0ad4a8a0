import type { Folder } from '../core/files.js';
import { RenderError, type Scope, Unknown, type Value } from '../core/value.js';
import { deeper } from './budget.js';
import { finalize } from './finalize.js';
import { LANGUAGE } from './language.js';
import { lookupNamed } from './lookups/registry.js';
import { splitLines } from './methods-text.js';
import { Run } from './run.js';
import { isList, mergeUnknown, typeName, UnknownTouched } from './terms.js';

/**
 * The items that a task goes over. `kind` is `loop`, or what stands behind `with_`, such as `items` or `dict`;
 * `over` is the rendered value of the keyword. `folder` is where the task's module searches. Gives {@link Unknown} where
 * nobody can say yet what the items are; an item may be unknown too. Throws RenderError where the value cannot be gone over.
 */
export function loopItems(kind: string, over: Value, scope: Scope, folder?: Folder): readonly Value[] | Unknown {
  if (over instanceof Unknown) return over;
  if (kind === 'loop') return listFor('loop', over);
  if (kind === 'list') return listFor('with_list', over);
  const lookup = lookupNamed(kind);
  const terms = isList(over) ? over : [over];
  try {
    return deeper(() => lookup({ terms, options: new Map(), run: new Run(scope, false, LANGUAGE), folder })).map(
      finalize,
    );
  } catch (error) {
    if (error instanceof UnknownTouched) return mergeUnknown(error.because);
    throw error;
  }
}

/** Kinds of `with_…` whose items are what commands say on the controller. Rendering runs nothing: whoever prepares a task does. */
export const isLoopOfCommands = (kind: string): boolean => kind === 'lines' || kind === 'pipe';

/** The items of what one command wrote: its lines, or of `with_pipe` all of it without white space at its end. */
export const linesSaid = (kind: string, text: string): readonly string[] =>
  kind === 'pipe' ? [text.trimEnd()] : splitLines(text, false);

function listFor(keyword: string, over: Value): readonly Value[] {
  if (isList(over)) return over as readonly Value[];
  const name = typeName(over);
  throw new RenderError(
    `${keyword === 'loop' ? '`loop` needs' : `${keyword} expects`} a list, not ${name === 'str' ? 'text' : name === 'dict' ? 'a dictionary' : name}`,
    undefined,
    name === 'dict'
      ? '`| dict2items` makes a list of a dictionary'
      : name === 'str'
        ? 'write a list in brackets; `query(…)` gives a list where `lookup(…)` gives text'
        : undefined,
  );
}
