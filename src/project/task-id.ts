import type { TaskId } from '../core/names.js';
import type { Place } from '../core/place.js';
import type { Scene } from './reading.js';

/** `file:line`, with a number where the line became several tasks, and the include that led here. */
export function idOf({ file, line }: Place, { reading, include }: Scene): TaskId {
  const base = `${file}:${line}`;
  const count = (reading.ids.get(base) ?? 0) + 1;
  reading.ids.set(base, count);
  return `${base}${count > 1 ? `#${count}` : ''}${include ? ` < ${include}` : ''}` as TaskId;
}
