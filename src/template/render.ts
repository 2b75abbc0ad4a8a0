import { keepKeys } from '../core/keys.js';
import { Float, Lazy, type Scope, Secret, type Source, Template, Tuple, Unknown, type Value } from '../core/value.js';
import { type MutableDict, setMember, tupleOf } from './terms.js';

/**
 * Renders all templates in a tree of project data. Keys stay as they are. A leaf that cannot be known yet becomes
 * {@link Unknown}, and only that leaf. A branch without templates is handed back as it is. Throws RenderError.
 */
export function render(source: Source, scope: Scope): Value {
  if (source instanceof Template) return source.render(scope);
  if (
    source === null ||
    typeof source !== 'object' ||
    source instanceof Float ||
    source instanceof Secret ||
    source instanceof Unknown ||
    source instanceof Lazy
  )
    return source;
  if (Array.isArray(source)) return renderList(source as readonly Source[], scope);
  let changed = false;
  const out: MutableDict = {};
  for (const [key, member] of Object.entries(source as { readonly [key: string]: Source })) {
    const value = render(member, scope);
    changed ||= value !== member;
    setMember(out, key, value);
  }
  return (changed ? keepKeys(source, out) : source) as Value;
}

function renderList(source: readonly Source[], scope: Scope): Value {
  const items = source.map(item => render(item, scope));
  if (items.every((item, i) => item === source[i])) return source as Value;
  return source instanceof Tuple ? (tupleOf(items) as Value) : items;
}
