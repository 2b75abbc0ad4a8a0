import type { FileSearch } from '../../src/core/files.js';
import type { Place } from '../../src/core/place.js';
import { Float, type Scope, type Value } from '../../src/core/value.js';
import { compileExpression, compileText, locator } from '../../src/template/compile.js';

/** A scope of these variables. */
export const scopeOf = (vars: { readonly [name: string]: Value }, files?: FileSearch): Scope => ({
  get: name => (Object.hasOwn(vars, name) ? vars[name] : undefined),
  names: () => Object.keys(vars),
  files,
});

export const FILE = 'site.yml';

/** The value of a bare expression. Throws what compiling complains of. */
export function evaluate(text: string, vars: { readonly [name: string]: Value } = {}, files?: FileSearch): Value {
  const compiled = compileExpression(text, locator(text, FILE));
  if (!compiled.ok) throw new Error(compiled.error.map(one => one.message).join('; '));
  return compiled.value.render(scopeOf(vars, files));
}

/** The value of a text with tags. */
export function expand(text: string, vars: { readonly [name: string]: Value } = {}, files?: FileSearch): Value {
  const compiled = compileText(text, locator(text, FILE));
  if (!compiled.ok) throw new Error(compiled.error.map(one => one.message).join('; '));
  return compiled.value.render(scopeOf(vars, files));
}

/** Floats and tuples as JSON has them. */
export function flat(value: Value): unknown {
  if (value instanceof Float) return value.value;
  if (typeof value === 'bigint') return `BIGINT:${value}`;
  if (Array.isArray(value)) return Array.from(value as readonly Value[], flat);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, flat(member as Value)]));
  return value;
}

export const placed = (place: Place | undefined): string =>
  place ? `${place.file}:${place.line}:${place.column}` : 'nowhere';
