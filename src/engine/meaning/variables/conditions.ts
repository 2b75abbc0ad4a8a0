import { type Template, Unknown } from '../../../core/value.js';
import { isTruthy } from '../../../template/operate.js';
import type { LayeredScope } from './scope.js';

/** What conditions come to, and why. */
export type Verdict =
  | { readonly kind: 'true' }
  | { readonly kind: 'false'; readonly why: string }
  | { readonly kind: 'unknown'; readonly because: readonly string[] };

/** All must hold, in order, stopping at the first that does not. Throws RenderError. */
export function conditions(templates: readonly Template[], scope: LayeredScope): Verdict {
  const because: string[] = [];
  for (const template of templates) {
    const value = template.render(scope);
    if (value instanceof Unknown) {
      because.push(...value.because);
      // The conditions behind an unknown one were often meant to be guarded by it: they are not asked.
      break;
    }
    if (!isTruthy(value)) return { kind: 'false', why: template.text.trim() };
  }
  return because.length > 0 ? { kind: 'unknown', because } : { kind: 'true' };
}
