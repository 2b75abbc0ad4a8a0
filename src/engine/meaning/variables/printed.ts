import {
  isVars,
  type Scope,
  type Source,
  type SourceVars,
  Template,
  type Value,
  type Vars,
} from '../../../core/value.js';

/** A template that is a variable and no more. (Ansible's SINGLE_VAR) */
const ALONE = /^\{\{\s*(\w+)\s*\}\}\n?$/;

/**
 * Whether what a source gives is text for Ansible 2.14, be it a number here: what templates print is, unless they are one
 * variable that is a number as it is written.
 */
export function isPrinted(source: Source | undefined, scope: Scope): boolean {
  if (!(source instanceof Template)) return false;
  const name = ALONE.exec(source.text)?.[1];
  return name === undefined || scope.isWritten?.(name) === false;
}

/** Notes of the facts that a set_fact sets which ones templates printed, and forgets it of the others. */
export function notePrinted(facts: Vars, args: Source, scope: Scope, printed: Set<string>): void {
  const sources = isVars(args as Value) ? (args as SourceVars) : {};
  for (const name of Object.keys(facts))
    if (isPrinted(sources[name], scope)) printed.add(name);
    else printed.delete(name);
}
