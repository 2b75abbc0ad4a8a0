/** How a walk goes on behind a step: to the next, to a rescue, or not at all. */
export type Flow = 'on' | 'failed' | 'left';
