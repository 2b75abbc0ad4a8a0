/** Where in a play a host stands: indices from the section down to the task, the same for every host that goes the same way. */
export type Position = readonly number[];

/** Negative if `a` comes before `b`. A task comes before what it includes. */
export function compare(a: Position, b: Position): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1; // not a difference: two infinities have none
  }
  return a.length - b.length;
}

export const START: Position = [-1];
export const END: Position = [Number.POSITIVE_INFINITY];

/** Behind a task and all that it included, before the next. */
export const behind = (position: Position): Position => [...position, Number.POSITIVE_INFINITY];
