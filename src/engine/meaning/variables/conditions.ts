import { type Template, Unknown } from '../../../core/value.js';
import { OMIT } from '../../../template/omit.js';
import { isTruthy } from '../../../template/operate.js';
import type { LayeredScope } from './scope.js';

/** What conditions come to, and why. */
export type Verdict =
  | { readonly kind: 'true' }
  /** There is none, or all are omitted. */
  | { readonly kind: 'none' }
  | { readonly kind: 'false'; readonly why: string }
  | { readonly kind: 'unknown'; readonly because: readonly string[] };

/** All must hold, in order, stopping at the first that does not; one that is omitted is as if it were not written. Throws RenderError. */
export function conditions(templates: readonly Template[], scope: LayeredScope): Verdict {
  const because: string[] = [];
  let asked = 0;
  for (const template of templates) {
    const value = template.render(scope);
    if (value === OMIT) continue;
    asked++;
    if (value instanceof Unknown) {
      because.push(...value.because);
      // The conditions behind an unknown one were often meant to be guarded by it: they are not asked.
      break;
    }
    if (!isTruthy(value)) return { kind: 'false', why: template.text.trim() };
  }
  if (because.length > 0) return { kind: 'unknown', because };
  return { kind: asked > 0 ? 'true' : 'none' };
}
