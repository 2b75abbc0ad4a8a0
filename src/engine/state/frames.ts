import type { Step } from '../../core/play.js';
import type { Value, Vars } from '../../core/value.js';
import type { Node } from './pending-task.js';
import type { Position } from './position.js';

/** Which part of a block a step stands in; its number is the part's index in positions. */
export const PART = { body: 0, rescue: 1, always: 2 } as const;

/** A list of steps being walked, and how far. The walk keeps a stack of these, so that one can see what lies ahead. */
export interface Frame {
  readonly steps: readonly Step[];
  /** The step being done. */
  index: number;
  /** Position of the list; a step's own is this and its index. */
  readonly base: Position;
  readonly local: Vars | undefined;
  readonly isHandlers: boolean;
  /** Steps that are not known yet come behind these: those of the next item of an include, or handlers. */
  readonly isFollowed?: boolean;
  /** The loop of the step being done, and the item. */
  loop?: { readonly values: readonly Value[]; index: number } | undefined;
  /** What follows when all these are done: the `always` of their block, or the later sections of the play. */
  readonly then?: readonly { readonly steps: readonly Step[]; readonly base: Position }[] | undefined;
}

/** The task being done; nothing while a block is entered. */
export function presentTask(frames: readonly Frame[]): Node | undefined {
  const frame = frames.at(-1);
  const step = frame?.steps[frame.index];
  if (!frame || step?.kind !== 'task') return undefined;
  return { task: step, position: [...frame.base, frame.index], isHandler: frame.isHandlers, local: frame.local };
}

/** The tasks behind the present one, in order, if nothing fails; `unknown` where steps come that are not known yet. */
export function* tasksAhead(frames: readonly Frame[]): Generator<Node | 'unknown'> {
  for (let i = frames.length - 1; i >= 0; i--) {
    const frame = frames[i]!;
    yield* tasksIn(frame.steps, frame.base, frame, frame.index + 1);
    if (frame.isFollowed) yield 'unknown';
    for (const { steps, base } of frame.then ?? []) yield* tasksIn(steps, base, frame, 0);
  }
}

/** The tasks of some steps as they come if nothing fails: bodies of blocks, then what is always done. */
export function* tasksIn(
  steps: readonly Step[],
  base: Position,
  frame: Pick<Frame, 'local' | 'isHandlers'>,
  from: number,
): Generator<Node> {
  for (let i = from; i < steps.length; i++) {
    const step = steps[i]!;
    const position = [...base, i];
    if (step.kind === 'task') yield { task: step, position, isHandler: frame.isHandlers, local: frame.local };
    else {
      yield* tasksIn(step.body, [...position, PART.body], frame, 0);
      yield* tasksIn(step.always, [...position, PART.always], frame, 0);
    }
  }
}
