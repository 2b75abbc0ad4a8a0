import type { Value } from '../../../core/value.js';
import { asBoolean } from '../../../template/filters/values.js';

/** Whether a keyword's value means yes: what the `bool` filter takes for true, and `y` and `t`. */
export const isTrue = (value: Value): boolean =>
  asBoolean(value) === true || (typeof value === 'string' && /^[yt]$/i.test(value));
